"""F12: a line of 0, 50 or 160 ms there and back carries an upload as fast as it can, however many files that are.

A share is bytes of pictures by bytes that the line could have carried meanwhile. Ours is asked for only in the long run;
that a naive client's is small needs no fast machine, since a slower one makes it smaller.
"""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from loraferry.cancellation import CancelToken
from loraferry.remote.client import AgentClient
from loraferry.remote.sync import upload
from tests.faults.box import Box, Home, ignore, make_files, manifest_of_files
from tests.faults.ledger import FULL, LEDGER, count
from tests.faults.naive import naive

pytestmark = pytest.mark.ssh
ROUND_TRIPS = (0.0, 0.05, 0.16)
SMALL = (700,) * 40
LARGE = (40_000,) * 500
RATE = 2_500_000.0
FULL_SHARE = 0.7
"""The bench asks for more; here other trials run beside it, and the start weighs more in a small set."""
NAIVE_SHARE = 0.5
OVERHEAD = 1.1, 30_000
"""Bytes on the line for each of pictures, and for the list of them and the questions."""


def share(box: Box, size: int, work: Callable[[], object]) -> float:
    """Of what the line could have carried while the work was done."""
    begun = time.monotonic()
    work()
    return size / ((time.monotonic() - begun) * box.relay.rate)


def send(client: AgentClient, files: dict[str, bytes]) -> None:
    upload([client], manifest_of_files(files), files, ignore, CancelToken())


@pytest.mark.parametrize("round_trip", ROUND_TRIPS if FULL else ROUND_TRIPS[1:2])
def test_many_small_files(home: Home, round_trip: float) -> None:
    relay = home.box.relay
    for number in range(count(5, 1)):
        files = make_files(number, SMALL)
        with LEDGER.trial("F12"), home.connected() as client:
            relay.delay = round_trip / 2
            before = relay.up_bytes
            send(client, files)
            LEDGER.shipped(home, manifest_of_files(files), files)
            assert relay.up_bytes - before < sum(SMALL) * OVERHEAD[0] + OVERHEAD[1]
            before = relay.up_bytes
            send(client, files)
            assert relay.up_bytes - before < sum(SMALL) / 4
            relay.delay = 0.0


@pytest.mark.skipif(not FULL, reason="measures time")
@pytest.mark.parametrize("round_trip", ROUND_TRIPS)
def test_the_line_is_full(home: Home, round_trip: float) -> None:
    relay, shares = home.box.relay, list[float]()
    for number in range(3):
        files = make_files(1000 + number, LARGE)
        with LEDGER.trial("F12"), home.connected() as client:
            relay.delay, relay.rate = round_trip / 2, RATE
            shares.append(share(home.box, sum(LARGE), lambda files=files: send(client, files)))
            LEDGER.shipped(home, manifest_of_files(files), files)
            relay.delay = relay.rate = 0.0
    assert max(shares) > FULL_SHARE, shares


def test_a_naive_upload_waits_for_each_file(box: Box, calm: Box, tmp_path: Path) -> None:
    files = make_files(12, SMALL[:4])
    with naive(box) as client:
        box.relay.delay, box.relay.rate = ROUND_TRIPS[1] / 2, 1_000_000.0
        carried = share(box, sum(SMALL[:4]), lambda: client.put_all(files, tmp_path / "set"))
    LEDGER.naive_fails("F12", carried < NAIVE_SHARE)
