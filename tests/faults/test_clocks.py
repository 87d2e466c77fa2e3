"""F10: the clock of the machine is two hours off, or jumps while everything runs; nothing is decided by it."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loraferry.cancellation import CancelToken
from loraferry.remote.client import AgentClient
from loraferry.remote.sync import upload
from loraferry_core.guards import GuardSettings, StopPlan
from loraferry_core.jobs import JobState
from tests.fakes.agent_process import spec_for
from tests.faults.box import Box, Home, await_that, ignore, make_files, manifest_name, manifest_of_files
from tests.faults.interpreter import Clock
from tests.faults.ledger import FULL, LEDGER, count
from tests.faults.naive import naive

pytestmark = pytest.mark.ssh
OFF_S = 2 * 3600.0
SIZES = (0, 10, 40_000)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "clock")


@pytest.fixture
def clocked(calm: Box, clock: Clock, tmp_path: Path) -> Iterator[Home]:
    home = clock.home(calm, tmp_path / "machine")
    yield home
    home.end()


def is_off(client: AgentClient, shift: float) -> bool:
    """Whether the machine says the time as it was set; else the trial would be none."""
    return abs(client.load().time - time.time() - shift) < OFF_S / 2


def test_a_sync_goes_by_digests(clocked: Home, clock: Clock) -> None:
    for number in range(count(10, 2)):
        shift = (OFF_S, -OFF_S)[number % 2]
        clock.set(shift)
        with LEDGER.trial("F10"), clocked.connected() as client:
            assert is_off(client, shift)
            files = make_files(number, SIZES)
            upload([client], manifest_of_files(files), files, ignore, CancelToken())
            # One picture is changed and no bigger; its blob is older there than it, or newer, as the clock goes.
            name = sorted(files)[-1]
            changed = files | {name: bytes(reversed(files[name]))}
            manifest = manifest_of_files(changed)
            upload([client], manifest, changed, ignore, CancelToken())
            LEDGER.shipped(clocked, manifest, changed)
            sent = clocked.box.relay.up_bytes
            upload([client], manifest, changed, ignore, CancelToken())
            assert clocked.box.relay.up_bytes - sent < SIZES[-1]


def test_a_clock_that_jumps_while_a_job_runs(clocked: Home, clock: Clock) -> None:
    files = make_files(10, SIZES)
    with clocked.connected() as client:
        upload([client], manifest_of_files(files), files, ignore, CancelToken())
        spec = spec_for("steps=1000000 pause=0.02", manifest_name(manifest_of_files(files)))
        client.submit(spec)
        clocked.await_steps(spec.job)
        supervisor = clocked.supervisor()
        for number in range(count(20, 2)):
            with LEDGER.trial("F10"):
                shift = (OFF_S, -OFF_S, 0.0)[number % 3]
                clock.set(shift)
                assert is_off(client, shift)
                clocked.await_steps(spec.job)
                LEDGER.job(clocked, spec.job, JobState.RUNNING)
                assert clocked.supervisor() == supervisor
        with LEDGER.trial("F10"):
            client.stop(spec.job)
            clocked.await_state(spec.job, JobState.STOPPED)
            LEDGER.job(clocked, spec.job, JobState.STOPPED)
            LEDGER.gapless(clocked, spec.job)


@pytest.mark.skipif(not FULL, reason="waits for the guards to look, which they do once a second")
def test_the_grace_of_a_guard_is_lived_through(clocked: Home, clock: Clock, tmp_path: Path) -> None:
    called = tmp_path / "called"
    command = (sys.executable, "-c", "import sys; open(sys.argv[1], 'a').write('x')", str(called))
    plan = StopPlan(command=command, keeps=(str(clocked.path),))
    files = make_files(11, SIZES)
    with clocked.connected() as client:
        upload([client], manifest_of_files(files), files, ignore, CancelToken())
        spec = spec_for("steps=3", manifest_name(manifest_of_files(files)))
        client.set_guards(GuardSettings(armed=True, stop=plan, finished_s=3600, idle_s=3600))
        client.submit(spec)
        clocked.await_state(spec.job, JobState.FINISHED)
        await_that(lambda: client.load().guards.countdowns)
        for number in range(count(6, 1)):
            with LEDGER.trial("F10"):
                shift = (OFF_S, -OFF_S)[number % 2]
                clock.set(shift)

                def has_looked(shift: float = shift) -> bool:
                    counts = client.load().guards.countdowns
                    return bool(counts) and all(abs(c.fires_at - time.time() - shift - 3600) < 1800 for c in counts)

                await_that(has_looked)
                assert client.load().guards.fired is None
                assert not called.exists()


def test_a_naive_sync_believes_the_clock(box: Box, tmp_path: Path) -> None:
    local, remote = tmp_path / "a.txt", tmp_path / "there" / "a.txt"
    with naive(box) as client:
        client.put_all({"a.txt": b"a cat"}, remote.parent)
        os.utime(remote, (time.time() + OFF_S,) * 2)  # as a machine writes it whose clock is ahead
        local.write_bytes(b"a dog")
        with client.client.open_sftp() as sftp:
            if local.stat().st_mtime > (sftp.stat(str(remote)).st_mtime or 0):
                sftp.put(str(local), str(remote))
    LEDGER.naive_fails("F10", remote.read_bytes() != local.read_bytes())
