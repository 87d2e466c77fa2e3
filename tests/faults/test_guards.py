"""F16: the meter is stopped once, by the machine itself, and never where that would lose the only copy of something."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from loraferry.cancellation import CancelToken
from loraferry.remote.client import AgentClient
from loraferry.remote.sync import upload
from loraferry_agent.jobs.meter import read_state
from loraferry_core.events import Artifact
from loraferry_core.guards import Fired, GuardSettings, GuardState, StopPlan
from loraferry_core.jobs import JobState
from tests.fakes.agent_process import spec_for
from tests.faults.box import Box, Home, await_that, ignore, kill, make_files, manifest_name, manifest_of_files
from tests.faults.ledger import FULL, LEDGER, count
from tests.faults.naive import BROKEN, naive

pytestmark = pytest.mark.ssh
TRIALS = count(4, 1)
long = pytest.mark.skipif(not FULL, reason="waits for the guards to look, which they do once a second")
NOTE = "import sys; open(sys.argv[1], 'a').write('x'); print('pod stopped'); sys.exit(int(sys.argv[2]))"

NOTE_AND_WAIT = """
import os, sys, time
open(sys.argv[1], "a").write("x")
until = time.monotonic() + 120
while not os.path.exists(sys.argv[2]) and time.monotonic() < until:
    time.sleep(0.05)
print("pod stopped")
"""


@dataclass
class Meter:
    """A vendor's command that only notes that it was called."""

    path: Path

    def plan(self, *keeps: Path, code: int = 0) -> StopPlan:
        command = (sys.executable, "-c", NOTE, str(self.path), str(code))
        return StopPlan(command=command, keeps=tuple(map(str, keeps)), answer="pod stopped")

    def slow_plan(self, *keeps: Path) -> StopPlan:
        """One whose command ends only when it is let go."""
        command = (sys.executable, "-c", NOTE_AND_WAIT, str(self.path), str(self._gate))
        self._gate.unlink(missing_ok=True)
        return StopPlan(command=command, keeps=tuple(map(str, keeps)), answer="pod stopped")

    def let_go(self) -> None:
        """Let the slow commands end."""
        self._gate.touch()

    @property
    def _gate(self) -> Path:
        return self.path.with_name("gate")

    @property
    def calls(self) -> int:
        return len(self.path.read_bytes()) if self.path.exists() else 0


@pytest.fixture
def meter(tmp_path: Path) -> Meter:
    return Meter(tmp_path / "called")


@pytest.fixture
def watchful(calm: Box) -> Iterator[Home]:
    """Its runner notices soon that no supervisor is there."""
    made = calm.home("watchful", "--silence-seconds=1")
    yield made
    made.end()


def begin(home: Home, client: AgentClient, name: str = "steps=3") -> str:
    """Submit a job."""
    files = make_files(16, (10, 20))
    manifest = manifest_of_files(files)
    upload([client], manifest, files, ignore, CancelToken())
    spec = spec_for(name, manifest_name(manifest))
    client.submit(spec)
    return spec.job


def finish(home: Home, client: AgentClient) -> tuple[str, Artifact]:
    """Run a job to its end; its LoRA."""
    job = begin(home, client)
    home.await_state(job, JobState.FINISHED)
    await_that(lambda: home.events(job)[-1].type == "finished")
    return job, home.events(job)[-1].file  # type: ignore[union-attr]


def guards(home: Home) -> GuardState:
    """How they stand, whether anybody is connected or not."""
    return read_state(home.layout) or GuardState()


def is_answered(state: GuardState, before: Fired | None) -> bool:
    """Whether another stop than the one `before` was ordered and the vendor's tool has said something."""
    return state.fired is not None and state.fired != before and bool(state.fired.output)


def await_looks(home: Home, looks: int = 1) -> None:
    """Wait until the guards have looked so many times more."""
    for _ in range(looks):
        before = home.layout.guard_state.stat().st_mtime_ns
        await_that(lambda before=before: home.layout.guard_state.stat().st_mtime_ns != before)


def renew_supervisor(home: Home) -> None:
    """A new one takes over what the old one has counted. Where no job runs, somebody must come, or none is started."""
    old = home.supervisor()
    kill(old)
    with home.connected():
        await_that(lambda: home.supervisor() not in (0, old))


def test_only_an_acknowledged_copy_lets_the_machine_stop_and_it_stops_once(home: Home, meter: Meter) -> None:
    for number in range(TRIALS):
        with LEDGER.trial("F16"):
            with home.connected() as client:
                client.set_guards(GuardSettings())
                job, lora = finish(home, client)
                before = client.load().guards.fired
                client.set_guards(GuardSettings(armed=True, stop=meter.plan(), finished_s=0))
                await_that(lambda: guards(home).problem is not None)
                alarm = guards(home)
                assert alarm.problem is not None
                assert alarm.problem.code == "guard_would_lose"
                assert alarm.countdowns[0].alarm
                assert meter.calls == number
                client.acknowledge(job, lora)
                await_that(lambda before=before: is_answered(client.load().guards, before))
                assert client.load().guards.problem is None
            home.box.relay.reset()
            if FULL:
                renew_supervisor(home)
                await_looks(home, 2)
            with home.connected() as client:
                fired = client.load().guards.fired
                assert fired is not None
                assert (fired.kind, fired.word, fired.output) == ("finished", "confirmed", "pod stopped")
                assert meter.calls == number + 1


@long
def test_a_stop_whose_answer_nobody_heard_is_not_repeated(home: Home, meter: Meter) -> None:
    for number in range(TRIALS):
        with LEDGER.trial("F16"):
            with home.connected() as client:
                client.set_guards(GuardSettings())
                finish(home, client)
                before = client.load().guards.fired
                client.set_guards(GuardSettings(armed=True, stop=meter.slow_plan(home.path), finished_s=0))
                await_that(lambda number=number: meter.calls == number + 1)
            home.box.relay.reset()
            renew_supervisor(home)
            meter.let_go()
            await_looks(home, 3)
            with home.connected() as client:
                fired = client.load().guards.fired
                assert fired is not None
                assert fired != before
                assert (fired.kind, fired.word, fired.output) == ("finished", "ordered", "")
                assert meter.calls == number + 1


@long
def test_a_refused_stop_is_told(home: Home, meter: Meter) -> None:
    for number in range(TRIALS):
        with LEDGER.trial("F16"), home.connected() as client:
            client.set_guards(GuardSettings())
            finish(home, client)
            before = client.load().guards.fired
            client.set_guards(GuardSettings(armed=True, stop=meter.plan(home.path, code=3), finished_s=0))
            await_that(lambda number=number: meter.calls == number + 1)
            await_that(lambda before=before: is_answered(client.load().guards, before))
            fired = client.load().guards.fired
            assert fired is not None
            assert (fired.word, fired.output) == ("refused", "pod stopped")
            LEDGER.job(home, next(home.layout.jobs.iterdir()).name, JobState.FINISHED)


@long
def test_a_snooze_holds_it_off(home: Home, meter: Meter) -> None:
    for number in range(TRIALS):
        with LEDGER.trial("F16"), home.connected() as client:
            client.set_guards(GuardSettings())
            assert client.snooze_guards(3600).snoozed_until
            finish(home, client)
            client.set_guards(GuardSettings(armed=True, stop=meter.plan(home.path), finished_s=0))
            await_that(lambda: guards(home).settings.armed and guards(home).countdowns)
            home.box.relay.reset()
            renew_supervisor(home)
            await_looks(home, 2)
            assert meter.calls == number
            with home.connected() as again:
                again.snooze_guards(0)
                await_that(lambda number=number: meter.calls == number + 1)


@long
def test_the_guards_outlive_laptop_and_supervisor(watchful: Home, meter: Meter) -> None:
    home = watchful
    for number in range(TRIALS):
        with LEDGER.trial("F16"):
            with home.connected() as client:
                client.set_guards(GuardSettings(armed=True, stop=meter.plan(home.path), finished_s=0))
                job = begin(home, client, "steps=300 pause=0.02")
                home.await_steps(job)
                home.box.relay.reset()
            old = home.supervisor()
            kill(old)
            await_that(lambda old=old: home.supervisor() not in (0, old))  # the runner starts it
            home.await_state(job, JobState.FINISHED)
            LEDGER.job(home, job, JobState.FINISHED)
            await_that(lambda number=number: meter.calls == number + 1)
            await_looks(home)
            assert meter.calls == number + 1
            LEDGER.gapless(home, job)


@long
def test_at_the_ceiling_only_what_is_kept_is_paused_and_stopped(home: Home, meter: Meter) -> None:
    for number in range(TRIALS):
        with LEDGER.trial("F16"), home.connected() as client:
            client.set_guards(GuardSettings())
            job = begin(home, client, "steps=1000000 pause=0.02")
            home.await_steps(job)
            client.set_guards(GuardSettings(armed=True, stop=meter.plan(), ceiling_s=0.1))
            await_that(lambda: guards(home).problem is not None)
            LEDGER.job(home, job, JobState.RUNNING)
            assert meter.calls == number
            client.set_guards(GuardSettings(armed=True, stop=meter.plan(home.path), ceiling_s=0.1))
            home.await_state(job, JobState.PAUSED)
            await_that(lambda number=number: meter.calls == number + 1)
            LEDGER.job(home, job, JobState.PAUSED)
            LEDGER.gapless(home, job)
            client.set_guards(GuardSettings())
            client.stop(job)


def test_a_naive_guard_sits_in_the_laptop(box: Box, meter: Meter) -> None:
    with pytest.raises(BROKEN), naive(box) as client:
        assert client.run("echo finished").strip() == "finished"
        box.relay.reset()
        client.run(
            " ".join(f"'{part}'" for part in (sys.executable, "-c", "print()")) + f" && echo x >> '{meter.path}'"
        )
    LEDGER.naive_fails("F16", meter.calls == 0)
