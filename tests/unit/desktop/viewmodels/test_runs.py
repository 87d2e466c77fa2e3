"""The runs page's logic, with a runner that runs at once and a scripted agent."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication

from loraferry.ferry.follow import Mirrored
from loraferry.ferry.haul import Haulage
from loraferry.remote.sync import SyncProgress
from loraferry.runs.shelf import Shelf
from loraferry.runs.store import RunStore
from loraferry.runs.wants import Wants
from loraferry.viewmodels.runs import RunsViewModel
from loraferry_core.events import Logged
from loraferry_core.jobs import JobState
from loraferry_core.problems import fail, problem
from tests.fakes.door import FakeClient
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.stories import add_run, status_of, story
from tests.unit.desktop.ferry.test_follow import ScriptedAgent, agent_for
from tests.unit.desktop.runs.test_shelf import lora


@pytest.fixture
def store(tmp_path: Path):
    store = RunStore(tmp_path / "runs.sqlite")
    yield store
    store.close()


Make = Callable[..., RunsViewModel]


@pytest.fixture
def make(qapp: QCoreApplication, store: RunStore, tmp_path: Path) -> Iterator[Make]:
    """Builds view-models as after a start, and ends them all."""
    made: list[RunsViewModel] = []

    def build(runner: InlineRunner | None = None) -> RunsViewModel:
        tasks = runner or InlineRunner()
        made.append(RunsViewModel(tasks, store, Shelf(tmp_path / "models"), tmp_path / "mirror"))
        return made[-1]

    yield build
    for model in made:
        model.shutdown()


def test_everything_is_there_without_any_connection(store: RunStore, make: Make) -> None:
    job = add_run(store, JobState.FINISHED)
    store.apply(job, list(story(30, sample_every=10)))
    offline = make()
    offline.select(job)
    assert offline.watch is not None
    assert len(offline.watch.curve.step) == 30
    assert len(offline.watch.samples) == 6
    assert offline.watch.progress.step == 30
    assert offline.active == []


def test_attaching_a_machine_follows_its_runs_and_brings_the_lora_home(
    store: RunStore, make: Make, tmp_path: Path
) -> None:
    job = add_run(store)
    other = add_run(store, host="agent-2")
    model = make()
    home: list[object] = []
    model.brought_home.connect(home.append)
    agent = agent_for(store, job, {"output/zorblax.safetensors": lora(tmp_path / "made").read_bytes()})
    model.attach(agent)  # type: ignore[arg-type]
    assert agent.subscriptions == [0]
    assert store.run(job).status.state is JobState.FINISHED
    assert store.last_seq(other) == 0
    assert len(home) == 1
    assert model.is_attached(store.run(job))
    model.detach("agent-1")
    assert not model.is_attached(store.run(job))


def test_a_run_whose_end_came_home_before_its_lora_is_followed_again(
    store: RunStore, make: Make, tmp_path: Path
) -> None:
    job = add_run(store)
    agent = agent_for(store, job, {"output/zorblax.safetensors": lora(tmp_path / "made").read_bytes()})
    store.set_status(agent.status)
    store.apply(job, agent.events)
    model = make()
    assert [run.spec.job for run in model.wanting] == [job]
    model.attach(agent)  # type: ignore[arg-type]
    assert "output/zorblax.safetensors" in store.pulled(job)
    assert model.wanting == []


def test_a_lost_link_harms_nothing_and_is_not_told_as_a_failure(store: RunStore, make: Make) -> None:
    job = add_run(store)
    runner = InlineRunner()
    model = make(runner)
    agent = ScriptedAgent(list(story(9)), status_of(store.run(job).spec, JobState.RUNNING), {})
    agent.cut_after = 4
    model.attach(agent)  # type: ignore[arg-type]
    assert store.last_seq(job) == 4
    assert store.run(job).status.state is JobState.RUNNING
    assert runner.problems == []


def test_any_other_failure_is_told(store: RunStore, make: Make, tmp_path: Path) -> None:
    job = add_run(store)
    runner = InlineRunner()
    model = make(runner)
    agent = agent_for(store, job, {"output/zorblax.safetensors": lora(tmp_path / "made", 0.0).read_bytes()})
    model.attach(agent)  # type: ignore[arg-type]
    assert [found.code for found in runner.problems] == ["lora_zero"]


def test_stop_and_resume_go_to_the_machine_of_the_run(store: RunStore, make: Make) -> None:
    job = add_run(store)
    model = make()
    asked: list[tuple[str, str]] = []

    class Agent(ScriptedAgent):
        def stop(self, job: str, now: bool = False):  # type: ignore[no-untyped-def]
            asked.append(("stop", job))
            return self.status

        def resume(self, job: str):  # type: ignore[no-untyped-def]
            asked.append(("resume", job))
            return self.status

    agent = Agent(list(story(2)), status_of(store.run(job).spec, JobState.STOPPING), {})
    agent.ended = fail("link_lost", host="h")
    model.stop(job)
    assert asked == []
    model.attach(agent)  # type: ignore[arg-type]
    model.select(job)
    model.stop(job)
    model.resume(job)
    assert asked == [("stop", job), ("resume", job)]
    assert store.run(job).status.state is JobState.STOPPING


def test_orders_and_the_queue_go_to_the_machine_of_the_run(store: RunStore, make: Make) -> None:
    agent = FakeClient("agent-1")
    jobs = []
    for turn, name in enumerate("abc"):
        jobs.append(add_run(store, JobState.QUEUED, name=name))
        agent.jobs[jobs[-1]] = status_of(store.run(jobs[-1]).spec, JobState.QUEUED).replace(turn=float(turn))
        store.set_status(agent.jobs[jobs[-1]])
    add_run(store, JobState.RUNNING, host="agent-2")
    agent.ended = fail("link_lost", host="h")  # nobody follows; this is about orders
    model = make()
    model.move(jobs[2], 0)
    assert agent.wanted == []
    model.attach(agent)  # type: ignore[arg-type]
    model.move(jobs[2], 0)
    assert agent.wanted == [("reorder", jobs[2], jobs[0])]
    assert [run.spec.job for run in model.queues["agent-1"]] == [jobs[2], jobs[0], jobs[1]]
    model.move(jobs[2], 0)
    model.move(jobs[2], 7)
    assert len(agent.wanted) == 1
    model.order(jobs[0], "hold")
    assert store.run(jobs[0]).status.state is JobState.HELD
    assert model.actions(store.run(jobs[0])) == {"release", "cancel", "reorder"}
    assert list(model.queues) == ["agent-1"]


def test_a_run_that_its_machine_no_longer_knows_may_go_on_elsewhere(store: RunStore, make: Make) -> None:
    job, over = add_run(store), add_run(store, JobState.FINISHED)
    agent = FakeClient("agent-1")
    model = make()
    assert model.is_astray(store.run(job))
    assert not model.is_astray(store.run(over))
    agent.jobs[job] = status_of(store.run(job).spec, JobState.RUNNING)
    agent.ended = fail("link_lost", host="h")
    model.attach(agent)  # type: ignore[arg-type]
    assert not model.is_astray(store.run(job))
    agent.jobs.clear()
    model.attach(agent)  # type: ignore[arg-type]
    assert model.is_astray(store.run(job))
    model.added(store.run(job))
    assert not model.is_astray(store.run(job))


def test_runs_of_a_wiped_machine_that_are_still_there_belong_to_its_new_identity(store: RunStore, make: Make) -> None:
    there, gone = add_run(store), add_run(store)
    agent = FakeClient("agent-new")
    agent.ended = fail("link_lost", host="h")
    agent.jobs[there] = status_of(store.run(there).spec, JobState.LOST)
    model = make()
    model.rejoin("agent-1", agent)  # type: ignore[arg-type]
    assert store.run(there).host == "agent-new"
    assert model.is_astray(store.run(gone))


def test_what_is_brought_home_can_be_chosen_for_each_run(store: RunStore, make: Make) -> None:
    job = add_run(store)
    model = make()
    model.set_wants(job, Wants(checkpoints="all"))
    assert store.run(job).wants == Wants(checkpoints="all")


def test_files_left_on_the_machine_come_when_they_are_asked_for(store: RunStore, make: Make, tmp_path: Path) -> None:
    job = add_run(store)
    model = make()
    model.leave_files(job, True)
    agent = agent_for(store, job, {"output/zorblax.safetensors": lora(tmp_path / "made").read_bytes()})
    model.attach(agent)  # type: ignore[arg-type]
    run = store.run(job)
    assert run.status.state is JobState.FINISHED
    assert model.leaves_files(run)
    assert agent.reads == []
    model.leave_files(job, False)
    assert not model.leaves_files(run)
    assert "output/zorblax.safetensors" in store.pulled(job)


def test_a_pause_holds_all_that_is_brought_home(make: Make) -> None:
    model = make()
    seen: list[bool] = []
    model.changed.connect(lambda: seen.append(model.pace.paused))
    model.pause_haul(True)
    model.pause_haul(False)
    assert seen == [True, False]


def test_what_has_arrived_is_under_way_no_longer(store: RunStore, make: Make) -> None:
    job = add_run(store, JobState.RUNNING)
    model = make()
    model._progressed(Haulage(job, SyncProgress(1, 2, 0, 1)))
    assert model.haulage(store.run(job)) is not None
    model._progressed(Mirrored(job, pulled="a"))
    assert model.haulage(store.run(job)) is None
    model.leave_files(job, True)
    model._progressed(Haulage(job, SyncProgress(1, 2, 0, 1)))
    assert model.haulage(store.run(job)) is None


def test_what_is_told_of_a_disk_is_passed_on_while_it_counts(store: RunStore, make: Make) -> None:
    job = add_run(store, JobState.RUNNING)
    model = make()
    told: list[tuple[str, str]] = []
    model.disk_told.connect(lambda agent, found: told.append((agent, found.code)))
    low = problem("disk_low", path="/w", needed_mb=3, free_mb=2, freeable_mb=1)
    events = [
        Logged(seq=seq, time=1.0, attempt=1, level="warning", problem=found)
        for seq, found in enumerate((low, problem("event_damaged"), problem("disk_has_room", path="/w")), start=1)
    ]
    model._progressed(Mirrored(job, events=tuple(events[:2])))
    model._progressed(Mirrored(job, events=tuple(events)))
    store.set_status(status_of(store.run(job).spec, JobState.FINISHED))
    model._progressed(Mirrored(job, events=tuple(events[:1])))
    assert told == [("agent-1", "disk_low"), ("agent-1", "disk_has_room")]
