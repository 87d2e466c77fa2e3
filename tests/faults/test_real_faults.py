"""Each fault once while the real trainer is at work on the toy base: one run goes through all of them, in this order.

What a naive client makes of them is shown beside the trials of the trainer that needs no torch.
"""

import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from loraferry.cancellation import CancelToken
from loraferry.remote.client import AgentClient
from loraferry.remote.link import PASSING
from loraferry.remote.sync import upload
from loraferry.runs.store import RunStore
from loraferry_core.config.train import TrainConfig
from loraferry_core.events import CheckpointSaved, Logged, Stopped
from loraferry_core.guards import GuardSettings, StopPlan
from loraferry_core.jobs import JobSpec, JobState
from loraferry_core.lora_file.header import read_header
from loraferry_core.problems import ProblemError
from loraferry_resources import toy_base_path
from tests.fakes.job_folder import png
from tests.fakes.sshd import make_key, running_sshd
from tests.faults.box import (
    PATIENCE,
    SCALE,
    SERVER_SETTINGS,
    Box,
    Home,
    Voyage,
    await_that,
    ignore,
    kill,
    make_files,
    manifest_name,
    manifest_of_files,
    remember,
    voyage,
)
from tests.faults.canary import unseen, written
from tests.faults.interpreter import Clock
from tests.faults.ledger import FULL, LEDGER
from tests.faults.test_clocks import OFF_S, is_off
from tests.faults.test_disks import disk, fill
from tests.faults.test_half_open import FLAP_S, await_caught_up, be_silent, catch_up, flap, suspend
from tests.faults.test_hostile_words import EVIL, check_clean, texts_of
from tests.faults.test_kills import ClientProcess, failures, journey_of, kill_serve, kill_server, kill_session, restart
from tests.faults.test_shells import SHELLS, forced
from tests.faults.test_two_clients import at_once

pytest.importorskip("torch")
pytestmark = [pytest.mark.ssh, pytest.mark.skipif(not FULL, reason="trains"), pytest.mark.usefixtures("settled")]
START_S = 300.0
SAVE_EVERY = 20
ROOM = 64 * 1024
"""Bytes: many events, and less than a checkpoint."""
STILL_S = 2.0
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "HF_HUB_OFFLINE": "1"}
NOTE = "import sys; open(sys.argv[1], 'a').write('x')"


@dataclass
class Training:
    """The run, who follows it, and how often it has been started so far."""

    running: Voyage
    spec: JobSpec
    clock: Clock
    token: str
    folder: Path
    attempts: int = 1

    @property
    def home(self) -> Home:
        return self.running.home

    @property
    def job(self) -> str:
        return self.spec.job

    def client(self) -> AgentClient:
        """The conversation of now, once the loss of an earlier one has been noticed."""
        found: list[AgentClient] = []

        def answers() -> bool:
            try:
                client = self.running.client()
                client.load()
            except ProblemError as error:
                assert error.problem.code in PASSING, error
                return False
            found.append(client)
            return True

        await_that(answers)
        return found[0]

    def check(self) -> None:
        """It goes on, everything that happened arrives, and nobody has started it again."""
        self.home.await_steps(self.job)
        await_caught_up(self.running, self.job)
        LEDGER.job(self.home, self.job, JobState.RUNNING, attempts=self.attempts)
        LEDGER.one_job(self.home, [self.job])

    def await_next_attempt(self) -> None:
        """Wait until it trains again, from a checkpoint; and follow it further, where it had ended."""
        self.attempts += 1
        await_that(lambda: self.home.status(self.job).attempt == self.attempts)
        self.home.await_state(self.job, JobState.RUNNING, seconds=START_S)
        started = [event for event in self.home.events(self.job) if event.type == "attempt_started"][-1]
        assert started.attempt == self.attempts
        assert started.resume_step > 0
        if self.running.over.pop(self.job, None) is not None:
            self.running.follow(self.job)

    def journey(self, name: str) -> dict[str, Any]:
        """What another client needs to follow the same run."""
        own = {"job": self.job, "spec": json.loads(self.spec.model_dump_json())}
        return journey_of(self.home, self.folder / name, "unused") | own


@pytest.fixture(scope="module")
def training(box: Box, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Training]:
    folder = tmp_path_factory.mktemp("real")
    clock = Clock(folder / "clock")
    home = clock.home(box, folder / "machine", "--trainer=loraferry_agent.train", environment=ONE_THREAD)
    with ExitStack() as stack:
        if sys.platform == "linux" and os.geteuid() == 0:
            small = stack.enter_context(disk(folder / "disk", "size=200m"))
            home.path.mkdir(parents=True)
            (home.path / "work").write_text(str(small / "work"), encoding="utf-8")
        stack.callback(home.end)
        running = stack.enter_context(voyage(home, folder / "laptop"))
        token = f"hf_canary{os.urandom(12).hex()}"
        running.client().set_secret("huggingface", token)
        with unseen(token):
            yield Training(running, launch(running), clock, token, folder)


@pytest.fixture
def settled(calm: Box, training: Training) -> None:
    """The line is good, and the loss of the one before has been noticed."""
    training.client()


def launch(running: Voyage) -> JobSpec:
    """Ship two pictures, and train on them until somebody says otherwise, under a name that does harm elsewhere."""
    files = {"红.png": png("red"), "b.png": png("blue")}
    manifest = manifest_of_files(files)
    upload([running.client()], manifest, files, ignore, CancelToken())
    LEDGER.shipped(running.home, manifest, files)
    config = TrainConfig.model_validate(
        {
            "base": {"source": str(toy_base_path())},
            "dataset": {"manifest": manifest_name(manifest), "resolution": 64},
            "network": {"kind": "lora", "rank": 2, "alpha": 2},
            "optimizer": {"kind": "adamw", "lr": 0.001},
            "loop": {"unit": "steps", "steps": 100_000, "batch": 1},
            "sampling": {"every": 0},
            "saving": {"every": SAVE_EVERY},
        }
    )
    spec = JobSpec(job=str(uuid.uuid4()), name=f"../{EVIL}", config=config)
    remember(running.store, spec)
    running.store.set_status(running.client().submit(spec))
    running.follow(spec.job)
    await_that(lambda: running.home.steps(spec.job) >= 1 or spec.job in running.over, START_S)
    LEDGER.job(running.home, spec.job, JobState.RUNNING)
    return spec


@contextmanager
def other_server(box: Box, *settings: str) -> Iterator[None]:
    """Another one with the same key takes the connections meanwhile."""
    keys = f"AuthorizedKeysFile {box.server.folder / 'authorized_keys'}"
    with running_sshd(keys, *SERVER_SETTINGS, *settings, host_key=box.server.folder / "host_key") as other:
        box.relay.target = (other.host, other.port)
        box.relay.reset()
        try:
            yield
        finally:
            box.relay.target = (box.server.host, box.server.port)
            box.relay.reset()


def ferry(training: Training, seed: int, *sizes: int) -> None:
    """Send something else meanwhile."""
    files = make_files(seed, sizes)
    upload([training.client()], manifest_of_files(files), files, ignore, CancelToken())
    LEDGER.shipped(training.home, manifest_of_files(files), files)


def test_the_line_is_cut(training: Training) -> None:
    relay = training.home.box.relay
    with LEDGER.trial("F1"):
        accepted = relay.accepted
        relay.cut_after(500, "down")
        await_that(lambda: relay.accepted > accepted)
        training.check()


def test_half_open(training: Training) -> None:
    with LEDGER.trial("F2"):
        be_silent(training.running, None, 40 / SCALE, PATIENCE)
        training.check()


def test_the_client_is_killed(training: Training) -> None:
    journey = training.journey("killed")
    with LEDGER.trial("F3"):
        with ClientProcess(journey) as client:
            client.await_word("following")
        with ClientProcess(journey) as client:
            client.await_word("following")
            catch_up(training.home, journey, seconds=60)
        training.check()


@pytest.mark.parametrize("end", [kill_serve, kill_session, kill_server], ids=["serve", "session", "server"])
def test_what_stands_between_is_killed(training: Training, end: Callable[[Home], None]) -> None:
    with LEDGER.trial("F4"):
        training.client()
        end(training.home)
        training.check()


def test_its_supervisor_is_killed(training: Training) -> None:
    home = training.home
    with LEDGER.trial("F5"):
        old, trainer = home.supervisor(), home.trainer(training.job)
        kill(old)
        await_that(lambda: home.supervisor() not in (0, old))
        training.check()
        assert home.trainer(training.job) == trainer


def test_an_impostor(training: Training, tmp_path: Path) -> None:
    box = training.home.box
    with LEDGER.trial("F7"), running_sshd(host_key=make_key(tmp_path / "impostor")) as impostor:
        box.relay.target = (impostor.host, impostor.port)
        try:
            with pytest.raises(ProblemError) as caught:
                box.dial()
        finally:
            box.relay.target = (box.server.host, box.server.port)
        assert caught.value.problem.code == "host_key_changed"
        training.check()


def test_it_is_submitted_again_by_two(training: Training) -> None:
    with LEDGER.trial("F9"), training.home.connected() as one, training.home.connected() as two:
        at_once(*(lambda client=client: client.submit(training.spec) for client in (one, two)))
        training.check()


def test_the_clock_jumps(training: Training) -> None:
    for shift in (OFF_S, -OFF_S, 0.0):
        with LEDGER.trial("F10"):
            training.clock.set(shift)
            assert is_off(training.client(), shift)
            training.check()


def test_its_words(training: Training) -> None:
    with LEDGER.trial("F11"):
        client = training.client()
        assert client.read_log(training.job) is not None
        seen = [*client.list_jobs(), *training.running.store.events(training.job)]
        check_clean(client.read_log(training.job), *(text for one in seen for text in texts_of(one.model_dump())))
        training.check()


def test_a_long_round_trip(training: Training) -> None:
    with LEDGER.trial("F12"):
        training.home.box.relay.delay = 0.08
        ferry(training, 12, *(700,) * 40)
        training.check()
        training.home.box.relay.delay = 0.0


def test_new_keys_under_load(training: Training) -> None:
    with LEDGER.trial("F13"), other_server(training.home.box, "RekeyLimit 1M"):
        ferry(training, 13, 8_000_000, 500_000)
        training.check()


def test_flapping(training: Training) -> None:
    flap(training.running, training.job, 3, FLAP_S)
    training.check()


@pytest.mark.parametrize("shell", sorted(SHELLS))
def test_odd_shells(training: Training, tmp_path: Path, shell: str) -> None:
    with LEDGER.trial("F15"), other_server(training.home.box, forced(tmp_path, SHELLS[shell])):
        ferry(training, 15, 1000)
        training.check()


def test_a_laptop_that_sleeps(training: Training) -> None:
    journey = training.journey("asleep")
    with LEDGER.trial("F17"), ClientProcess(journey) as client:
        client.await_word("following")
        suspend(client.process, training.home, 1.0)
        catch_up(training.home, journey, seconds=60)
        training.check()


def test_a_token(training: Training) -> None:
    with LEDGER.trial("F18"):
        assert training.token not in training.client().read_log(training.job)
        (kept,) = written(training.token, training.home.path, training.home.layout.work, training.folder / "laptop")
        assert kept == training.home.layout.secrets
        training.check()


# ---- faults that it does not go through without a new start -----------------------------------------------------------


def test_the_guards_pause_it(training: Training, tmp_path: Path) -> None:
    home, client, called = training.home, training.client(), tmp_path / "called"
    with LEDGER.trial("F16"):
        plan = StopPlan(
            command=(sys.executable, "-c", NOTE, str(called)), keeps=(str(home.path), str(home.layout.work))
        )
        client.set_guards(GuardSettings(armed=True, stop=plan, ceiling_s=0.1))
        home.await_state(training.job, JobState.PAUSED, seconds=START_S)
        await_that(lambda: called.exists() and called.read_text(encoding="utf-8") == "x")
        client.set_guards(GuardSettings())
        client.resume(training.job)
        training.await_next_attempt()
        training.check()


def test_its_disk_is_full(training: Training) -> None:
    home = training.home
    if not (training.folder / "disk").exists():
        pytest.skip("needs root, to mount a disk")
    with LEDGER.trial("F8"):
        filler = fill(training.folder / "disk", ROOM)  # for events, but not for a checkpoint
        await_that(lambda: "disk_awaited" in warnings(home, training.job), START_S)
        LEDGER.job(home, training.job, JobState.RUNNING, attempts=training.attempts)
        filler.unlink()
        await_that(lambda: "disk_has_room" in warnings(home, training.job))
        training.check()
    with LEDGER.trial("F8"):
        filler = fill(training.folder / "disk")
        await_that(lambda: stands_still(home, training.job), START_S)
        LEDGER.job(home, training.job, JobState.RUNNING, attempts=training.attempts)
        filler.unlink()
        training.check()
    assert not list(home.job(training.job).path.rglob("*.part"))


def warnings(home: Home, job: str) -> list[str]:
    return [event.problem.code for event in home.events(job) if isinstance(event, Logged) and event.problem]


def stands_still(home: Home, job: str) -> bool:
    before = home.job(job).events.stat().st_size
    time.sleep(STILL_S)
    return home.job(job).events.stat().st_size == before


def test_its_machine_starts_anew(training: Training) -> None:
    with LEDGER.trial("F6"):
        restart(training.home, training.job)
        training.home.box.relay.reset()
        training.client()
        training.await_next_attempt()
        assert failures(training.home, training.job)[-1].problem.code == "host_restarted"
        training.check()


def test_in_the_end_everything_is_here(training: Training, tmp_path: Path) -> None:
    home, running, job = training.home, training.running, training.job
    training.client().stop(job)
    home.await_state(job, JobState.STOPPED, seconds=START_S)
    running.await_over(job)
    LEDGER.job(home, job, JobState.STOPPED, attempts=training.attempts)
    LEDGER.gapless(home, job)
    LEDGER.mirror(home, running.store, job, tmp_path / "fresh")
    stopped = home.events(job)[-1]
    assert isinstance(stopped, Stopped)
    assert stopped.file is not None
    local = running.folder / "files" / job / stopped.file.name
    LEDGER.file(local, stopped.file.sha256)
    assert read_header(local).tensors
    saved = [event for event in home.events(job) if isinstance(event, CheckpointSaved)]
    assert saved[-1].step == stopped.step
    for name in ("killed", "asleep"):
        with ClientProcess(training.journey(name)) as client:
            client.await_word("over")
        store = RunStore(training.folder / name / "runs.sqlite")
        LEDGER.mirror(home, store, job, tmp_path / "fresh")
        store.close()
