"""F2, F14, F17: a line that goes silent without closing, that flaps, or whose laptop sleeps; then everything is there.

Clocks of silence run `SCALE` times faster than in life, except where a test says that it is in real time.
"""

import json
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from loraferry.remote.liveness import LinkState, Patience
from loraferry.runs.store import RunStore
from loraferry_core.jobs import JobState
from tests.fakes.relay import Direction
from tests.faults.box import PATIENCE, SCALE, Home, Voyage, await_that, voyage
from tests.faults.ledger import FULL, LEDGER, count
from tests.faults.naive import naive, stays_connected
from tests.faults.test_kills import ClientProcess, journey_of

pytestmark = pytest.mark.ssh
LONG = "steps=1000000 pause=0.02"
SILENCES = (10 / SCALE, 40 / SCALE, 20 / SCALE, 60 / SCALE)
DIRECTIONS: tuple[Direction | None, ...] = (None, "down", "up")
FLAP_S = 7 / SCALE
in_real_time = pytest.mark.skipif(not FULL, reason="takes minutes; part of `dev.py faults`")


def await_caught_up(running: Voyage, job: str) -> None:
    """Wait until all that had happened by now is here."""
    newest = running.home.events(job)[-1].seq
    await_that(lambda: running.seen(job) >= newest)


def finish(running: Voyage, job: str, scratch: Path) -> None:
    """Stop the job as a person would and compare both ends."""
    LEDGER.job(running.home, job, JobState.RUNNING, JobState.PREPARING)
    running.client().stop(job)
    running.await_over(job)
    LEDGER.job(running.home, job, JobState.STOPPED)
    LEDGER.gapless(running.home, job)
    LEDGER.mirror(running.home, running.store, job, scratch)


def be_silent(running: Voyage, direction: Direction | None, seconds: float, patience: Patience) -> None:
    """Pause the line for so long. Once nothing can have been heard for long enough, the link says so."""
    relay, told = running.home.box.relay, len(running.states)
    relay.pause(direction)
    try:
        until = time.monotonic() + seconds
        if direction != "up" and seconds > patience.offline:
            await_that(lambda: LinkState.OFFLINE in running.states[told:], seconds + patience.offline + 30)
        while time.monotonic() < until:
            time.sleep(0.01)
    finally:
        relay.resume()


def test_half_open_then_healed(home: Home, tmp_path: Path) -> None:
    with voyage(home, tmp_path / "laptop") as running:
        job = running.launch(LONG)
        home.await_state(job, JobState.RUNNING)
        for number in range(count(60, 3)):
            with LEDGER.trial("F2"):
                be_silent(running, DIRECTIONS[number % 3], SILENCES[number % 4], PATIENCE)
                await_caught_up(running, job)
                LEDGER.job(home, job, JobState.RUNNING)
        finish(running, job, tmp_path / "fresh")


def test_a_very_long_silence(home: Home, tmp_path: Path) -> None:
    with voyage(home, tmp_path / "laptop") as running:
        job = running.launch(LONG)
        home.await_state(job, JobState.RUNNING)
        with LEDGER.trial("F2"):
            be_silent(running, None, count(600, 100) / SCALE, PATIENCE)
            await_caught_up(running, job)
        finish(running, job, tmp_path / "fresh")


def test_a_naive_client_calls_a_dead_line_alive(home: Home) -> None:
    with naive(home.box) as client:
        home.box.relay.pause()
        blind = stays_connected(client, 4 * PATIENCE.offline)
        home.box.relay.resume()
    LEDGER.naive_fails("F2", blind)


@in_real_time
def test_half_open_in_real_time(home: Home, tmp_path: Path) -> None:
    patience = Patience()
    with voyage(home, tmp_path / "laptop", patience, dial_s=15.0) as running:
        job = running.launch("steps=1000000 pause=0.2")
        home.await_state(job, JobState.RUNNING)
        with LEDGER.trial("F2"):
            be_silent(running, None, 40, patience)
            await_caught_up(running, job)
        finish(running, job, tmp_path / "fresh")


# ---- F14 ------------------------------------------------------------------------------------------------------------


def flap(running: Voyage, job: str, times: int, seconds: float) -> None:
    """Cut the line again and again, now and then with nobody listening for a while."""
    relay, random = running.home.box.relay, Random(14)
    logins, seen = relay.accepted, running.seen(job)
    for number in range(times):
        with LEDGER.trial("F14"):
            relay.refuse(number % 3 == 0)
            relay.reset() if number % 2 else relay.finish()
            time.sleep(seconds * random.uniform(0.5, 1.0))
            relay.refuse(False)
            assert running.seen(job) >= seen
            seen = running.seen(job)
            running.client()
    await_caught_up(running, job)
    assert relay.accepted - logins <= times + 1, "more logins than losses"


def test_flapping(home: Home, tmp_path: Path) -> None:
    with voyage(home, tmp_path / "laptop") as running:
        job = running.launch(LONG)
        home.await_state(job, JobState.RUNNING)
        flap(running, job, 3, FLAP_S)
        threads, sockets = threading.active_count(), open_sockets()
        flap(running, job, count(60, 5), FLAP_S)
        await_that(lambda: threading.active_count() <= threads + 2)
        await_that(lambda: open_sockets() <= sockets + 2)
        await_that(lambda: len(home.serves()) == 1)
        finish(running, job, tmp_path / "fresh")


@in_real_time
def test_flapping_in_real_time(home: Home, tmp_path: Path) -> None:
    with voyage(home, tmp_path / "laptop", Patience(), dial_s=15.0) as running:
        job = running.launch("steps=1000000 pause=0.2")
        home.await_state(job, JobState.RUNNING)
        flap(running, job, 6, 7)
        finish(running, job, tmp_path / "fresh")


def test_a_naive_tail_is_over_after_one_flap(home: Home, tmp_path: Path) -> None:
    with voyage(home, tmp_path / "laptop") as running:
        job = running.launch(LONG)
        home.await_steps(job)
        heard: list[int] = []
        with naive(home.box) as client:
            client.tail(home.job(job).events, heard)
            await_that(lambda: heard)
            home.box.relay.reset()
            await_that(lambda: not client.thinks_it_is_connected())
            kept = len(heard)
            home.await_steps(job)
            LEDGER.naive_fails("F14", len(heard) == kept)
        finish(running, job, tmp_path / "fresh")


def open_sockets() -> int:
    """Those of this process; files come and go with what is being fetched."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            count += entry.readlink().name.startswith("socket:")
    return count


# ---- F17 ------------------------------------------------------------------------------------------------------------


def test_a_laptop_that_sleeps(home: Home, tmp_path: Path) -> None:
    journey = journey_of(home, tmp_path / "laptop", "steps=1000000 pause=0.02")
    with ClientProcess(journey) as client:
        client.await_word("following")
        home.await_steps(str(journey["job"]))
        for number in range(count(12, 1)):
            with LEDGER.trial("F17"):
                suspend(client.process, home, 0.2 + number % 3)
                catch_up(home, journey, seconds=60)
                LEDGER.job(home, journey["job"], JobState.RUNNING)
        stop_from_elsewhere(home, journey["job"])
        client.await_word("over")
    store = RunStore(tmp_path / "laptop" / "runs.sqlite")
    LEDGER.mirror(home, store, journey["job"], tmp_path / "fresh")
    LEDGER.gapless(home, journey["job"])
    store.close()


@in_real_time
def test_a_laptop_that_sleeps_in_real_time(home: Home, tmp_path: Path) -> None:
    journey = journey_of(home, tmp_path / "laptop", "steps=1000000 pause=0.2") | {"scale": 1}
    with ClientProcess(journey) as client:
        client.await_word("following")
        home.await_steps(str(journey["job"]))
        with LEDGER.trial("F17"):
            suspend(client.process, home, 75)
            catch_up(home, journey, seconds=10)
        stop_from_elsewhere(home, journey["job"])
        client.await_word("over")


def suspend(process: "subprocess.Popen[bytes]", home: Home, seconds: float) -> None:
    """Stop the client's process and its network, and later let both go on."""
    process.send_signal(signal.SIGSTOP)
    home.box.relay.pause()
    time.sleep(seconds)
    home.box.relay.resume()
    process.send_signal(signal.SIGCONT)


def catch_up(home: Home, journey: dict[str, object], seconds: float) -> None:
    job = str(journey["job"])
    newest = home.events(job)[-1].seq
    store = RunStore(Path(str(journey["folder"])) / "runs.sqlite")
    try:
        await_that(lambda: store.last_seq(job) >= newest, seconds)
    finally:
        store.close()


def stop_from_elsewhere(home: Home, job: object) -> None:
    with home.connected() as other:
        other.stop(str(job))


def test_a_naive_client_wakes_up_deaf(home: Home, tmp_path: Path) -> None:
    journey = journey_of(home, tmp_path / "laptop", LONG)
    with ClientProcess(journey) as client:
        client.await_word("following")
        home.await_steps(str(journey["job"]))
        heard: list[int] = []
        with naive(home.box) as sleeper:
            sleeper.tail(home.job(str(journey["job"])).events, heard)
            await_that(lambda: heard)
            # While it sleeps, its place in the network is given to somebody else: nothing comes, and nothing ends.
            home.box.relay.pause("down")
            kept = len(heard)
            deaf = stays_connected(sleeper, 4 * PATIENCE.offline) and len(heard) <= kept + 1
            home.box.relay.resume()
        LEDGER.naive_fails("F17", deaf)
        stop_from_elsewhere(home, journey["job"])
        client.await_word("over")


def test_the_journey_is_plain_data(home: Home, tmp_path: Path) -> None:
    journey = journey_of(home, tmp_path, "x")
    assert json.loads(json.dumps(journey)) == journey
