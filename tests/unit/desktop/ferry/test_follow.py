"""Following a run over a scripted connection: nothing lost, nothing doubled, every file brought home."""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from loraferry.cancellation import CancelToken
from loraferry.ferry.follow import Follower, Mirrored, is_owed, outcome, put_on_shelf
from loraferry.ferry.haul import Haulage
from loraferry.remote.flow import Shared
from loraferry.remote.pace import Pace
from loraferry.runs.shelf import Shelf
from loraferry.runs.store import RunStore
from loraferry.runs.wants import Wants
from loraferry_core.events import Artifact, CheckpointSaved, Event, Failed, Finished, SampleMade, Stopped
from loraferry_core.jobs import JobState, JobStatus
from loraferry_core.problems import ProblemError, fail, problem
from loraferry_core.protocol.messages import Events, JobChanged
from tests.fakes.stories import add_run, hashed, status_of, story
from tests.unit.desktop.runs.test_shelf import lora

Push = Events | JobChanged


class ScriptedAgent:
    """Stands for `AgentClient`: replays events from where it is asked, then says what `then` wants."""

    def __init__(self, events: list[Event], status: JobStatus, files: dict[str, bytes], batch: int = 7) -> None:
        self.agent_id = "agent-1"
        self.reading = Shared(time.monotonic())
        self.ended: ProblemError | None = None
        self.events, self.status, self.files, self.batch = events, status, files, batch
        self.subscriptions: list[int] = []
        self.reads: list[str] = []
        self.unsubscribed = 0
        self.forgot = False
        self.acknowledged: list[Artifact] = []
        self.refuses: list[ProblemError] = []
        self.cut_after: int | None = None

    def list_jobs(self) -> tuple[JobStatus, ...]:
        return (self.status,)

    def subscribe(self, job: str, after_seq: int, listener: Callable[[Push], None]) -> JobStatus:
        self.subscriptions.append(after_seq)
        if self.forgot:
            raise fail("job_unknown", job=job)
        wanted = [event for event in self.events if event.seq > after_seq]
        if self.cut_after is not None:
            wanted = wanted[: self.cut_after]
            self.ended = fail("link_lost", host="h")
        for start in range(0, len(wanted), self.batch):
            part = tuple(wanted[start : start + self.batch])
            listener(Events(job=job, events=part, last_seq=self.events[-1].seq))
        return self.status

    def unsubscribe(self, job: str) -> None:
        self.unsubscribed += 1

    def acknowledge(self, job: str, artifact: Artifact) -> None:
        if self.refuses:
            raise self.refuses.pop(0)
        self.acknowledged.append(artifact)

    def read_block(self, job: str, name: str, offset: int, length: int) -> "Future[tuple[bytes, int]]":
        self.reads.append(name)
        done: Future[tuple[bytes, int]] = Future()
        data = self.files.get(name)
        if data is None:
            done.set_exception(fail("artifact_unknown", name=name))
            return done
        done.set_result((data[offset : offset + length], len(data)))
        return done


@pytest.fixture
def store(tmp_path: Path):
    store = RunStore(tmp_path / "runs.sqlite")
    yield store
    store.close()


def finished_story(files: dict[str, bytes], steps: int = 20) -> list[Event]:
    events = list(story(steps, finished=False))
    last = events[-1]
    name = "output/zorblax.safetensors"
    end = Finished(seq=last.seq + 1, time=last.time, attempt=1, step=steps, file=hashed(files[name], name))
    return [*events, end]


def agent_for(store: RunStore, job: str, files: dict[str, bytes], state: JobState = JobState.FINISHED) -> ScriptedAgent:
    return ScriptedAgent(finished_story(files), status_of(store.run(job).spec, state), files)


def test_a_whole_run_is_mirrored_and_its_lora_brought_home(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    files = {"output/zorblax.safetensors": lora(tmp_path / "made").read_bytes()}
    agent = agent_for(store, job, files)
    told: list[object] = []
    run = Follower(agent, store, tmp_path / "mirror", job).follow(CancelToken(told.append))  # type: ignore[arg-type]
    assert run.status.state is JobState.FINISHED
    assert run.last_seq == agent.events[-1].seq
    assert list(store.curve(job).step) == list(range(1, 21))
    assert store.pulled(job)["output/zorblax.safetensors"].read_bytes() == files["output/zorblax.safetensors"]
    assert sum(len(m.events) for m in told if isinstance(m, Mirrored)) == len(agent.events)
    assert agent.unsubscribed == 1


def test_following_again_asks_only_for_what_is_new_and_pulls_nothing_twice(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    files = {"output/zorblax.safetensors": lora(tmp_path / "made").read_bytes()}
    first, second = agent_for(store, job, files), agent_for(store, job, files)
    for agent in (first, second):
        Follower(agent, store, tmp_path / "mirror", job).follow(CancelToken())  # type: ignore[arg-type]
    assert first.subscriptions == [0]
    assert second.subscriptions == [first.events[-1].seq]
    assert second.reads == []


def test_a_cut_connection_raises_and_the_next_one_goes_on_without_gap(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    files = {"output/zorblax.safetensors": lora(tmp_path / "made").read_bytes()}
    for cut in (3, 9, 11):
        agent = agent_for(store, job, files, JobState.RUNNING)
        agent.cut_after = cut
        with pytest.raises(ProblemError) as caught:
            Follower(agent, store, tmp_path / "mirror", job).follow(CancelToken())  # type: ignore[arg-type]
        assert caught.value.problem.code == "link_lost"
    assert store.last_seq(job) == 3 + 9 + 11
    last = agent_for(store, job, files)
    Follower(last, store, tmp_path / "mirror", job).follow(CancelToken())  # type: ignore[arg-type]
    assert last.subscriptions == [23]
    assert list(store.curve(job).step) == list(range(1, 21))


def test_a_failed_run_ends_the_following(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    events = list(story(3, finished=False))
    events.append(Failed(seq=len(events) + 1, time=1, attempt=1, problem=problem("runner_lost")))
    agent = ScriptedAgent(events, status_of(store.run(job).spec, JobState.FAILED), {})
    run = Follower(agent, store, tmp_path, job).follow(CancelToken())  # type: ignore[arg-type]
    assert run.status.state is JobState.FAILED
    assert outcome(store, job) is None


@pytest.mark.parametrize(("state", "attempt"), [(JobState.STOPPED, 0), (JobState.LOST, 1)])
def test_a_run_that_nobody_can_finish_ends_it_too(
    store: RunStore, tmp_path: Path, state: JobState, attempt: int
) -> None:
    job = add_run(store, resume_when_lost=False)
    agent = ScriptedAgent(list(story(2, finished=False)), status_of(store.run(job).spec, state, attempt), {})
    run = Follower(agent, store, tmp_path, job).follow(CancelToken())  # type: ignore[arg-type]
    assert run.status.state is state


def test_a_file_that_is_not_what_was_announced_is_refused(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    name = "output/zorblax.safetensors"
    files = {name: lora(tmp_path / "made").read_bytes()}
    agent = agent_for(store, job, files)
    files[name] = files[name][:-1] + b"\x01"
    with pytest.raises(ProblemError) as caught:
        Follower(agent, store, tmp_path / "mirror", job).follow(CancelToken())  # type: ignore[arg-type]
    assert caught.value.problem.code == "artifact_corrupt"
    assert store.pulled(job) == {}


def test_the_lora_goes_on_the_shelf_once(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    shelf = Shelf(tmp_path / "models")
    assert put_on_shelf(store, shelf, job) is None
    files = {"output/zorblax.safetensors": lora(tmp_path / "made").read_bytes()}
    Follower(agent_for(store, job, files), store, tmp_path / "mirror", job).follow(CancelToken())  # type: ignore[arg-type]
    model = put_on_shelf(store, shelf, job)
    assert model is not None
    assert model.path.name == "zorblax.safetensors"
    assert put_on_shelf(store, shelf, job) is None
    assert len(shelf.models()) == 1


def test_the_newest_outcome_counts(store: RunStore) -> None:
    job = add_run(store)
    events = list(story(2))
    again = Finished(
        seq=events[-1].seq + 1, time=0, attempt=2, step=2, file=Artifact(name="b", size=0, sha256="1" * 64)
    )
    store.apply(job, [*events, again])
    found = outcome(store, job)
    assert found is not None
    assert found.name == "b"


def checkpointed(steps: tuple[int, ...], files: dict[str, bytes]) -> list[Event]:
    """The events of a stopped run with a checkpoint of three files at each step; fills `files`."""
    events = list(story(max(steps), finished=False))
    for step in steps:
        names = [f"checkpoints/{step:06d}/{name}" for name in ("lora.bin", "state.json", "optimizer.bin")]
        for name in names:
            files[name] = f"{name} of {step}".encode()
        made = [hashed(files[name], name) for name in names]
        number = {"seq": events[-1].seq + 1, "time": 1.0, "attempt": 1}
        events.append(CheckpointSaved(**number, step=step, file=made[0], files=tuple(made)))
    files["output/lora.bin"] = b"outcome"
    end = {"seq": events[-1].seq + 1, "time": 1.0, "attempt": 1}
    return [*events, Stopped(**end, step=max(steps), file=hashed(b"outcome", "output/lora.bin"))]


def stopped_agent(store: RunStore, job: str, steps: tuple[int, ...] = (1, 2, 3)) -> ScriptedAgent:
    files: dict[str, bytes] = {}
    return ScriptedAgent(
        checkpointed(steps, files), status_of(store.run(job).spec, JobState.STOPPED), files, batch=1000
    )


def test_an_outcome_is_acknowledged_once_and_again_until_the_machine_took_note(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    agent = stopped_agent(store, job)
    agent.refuses = [fail("artifact_corrupt", name="x")]
    Follower(agent, store, tmp_path, job).follow(CancelToken())  # type: ignore[arg-type]
    assert agent.acknowledged == []
    for _ in range(2):
        Follower(agent, store, tmp_path, job).follow(CancelToken())  # type: ignore[arg-type]
    assert [file.name for file in agent.acknowledged] == ["output/lora.bin"]


def test_an_acknowledgement_that_the_line_cut_is_made_up_for(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    agent = stopped_agent(store, job)
    agent.refuses = [fail("link_lost", host="h")]
    with pytest.raises(ProblemError):
        Follower(agent, store, tmp_path, job).follow(CancelToken())  # type: ignore[arg-type]
    assert store.pulled(job).keys() == {"output/lora.bin"}
    Follower(agent, store, tmp_path, job).follow(CancelToken())  # type: ignore[arg-type]
    assert len(agent.acknowledged) == 1
    assert store.copies(job)["output/lora.bin"].acknowledged


def test_every_lora_comes_home_where_wanted(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    agent = stopped_agent(store, job)
    wants = Wants(checkpoints="loras")
    Follower(agent, store, tmp_path, job, wants=wants).follow(CancelToken())  # type: ignore[arg-type]
    loras = {f"checkpoints/{step:06d}/lora.bin" for step in (1, 2, 3)}
    assert store.pulled(job).keys() == {"output/lora.bin", *loras}
    newest = "checkpoints/000003/lora.bin"
    assert {file.name for file in agent.acknowledged} == {"output/lora.bin", newest}


def test_the_newest_checkpoints_are_mirrored_and_older_states_removed(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    store.set_wants(job, Wants(checkpoints="all", keep=1))
    for steps in ((1,), (1, 2)):
        agent = stopped_agent(store, job, steps)
        events = agent.events[:]
        # The first time the run is cut off after its first checkpoint.
        agent.events = events if steps == (1, 2) else events[:-1]
        agent.cut_after = None if steps == (1, 2) else len(agent.events)
        if agent.cut_after is not None:
            with pytest.raises(ProblemError):
                Follower(agent, store, tmp_path, job).follow(CancelToken())  # type: ignore[arg-type]
        else:
            Follower(agent, store, tmp_path, job).follow(CancelToken())  # type: ignore[arg-type]
    folder = tmp_path / job / "checkpoints"
    assert sorted(path.name for path in (folder / "000001").iterdir()) == ["lora.bin"]
    assert sorted(path.name for path in (folder / "000002").iterdir()) == ["lora.bin", "optimizer.bin", "state.json"]
    assert not [name for name in store.pulled(job) if name.startswith("checkpoints/000001/s")]


def test_a_file_that_is_there_no_longer_is_no_endless_error(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    agent = stopped_agent(store, job)
    missing = "checkpoints/000001/lora.bin"
    del agent.files[missing]
    told: list[object] = []
    for _ in range(2):
        follower = Follower(agent, store, tmp_path, job, wants=Wants(checkpoints="loras"))  # type: ignore[arg-type]
        follower.follow(CancelToken(told.append))
    assert agent.reads.count(missing) == 1
    assert [m.gone for m in told if isinstance(m, Mirrored) and m.gone] == [missing]
    assert "checkpoints/000002/lora.bin" in store.pulled(job)


def test_a_corrupt_file_keeps_no_other_from_coming_home(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    agent = stopped_agent(store, job)
    agent.files["checkpoints/000002/lora.bin"] = b"x" * len(agent.files["checkpoints/000002/lora.bin"])
    with pytest.raises(ProblemError) as caught:
        Follower(agent, store, tmp_path, job, wants=Wants(checkpoints="loras")).follow(CancelToken())  # type: ignore[arg-type]
    assert caught.value.problem.code == "artifact_corrupt"
    assert store.pulled(job).keys() == {
        "output/lora.bin", "checkpoints/000001/lora.bin", "checkpoints/000003/lora.bin",
    }  # fmt: skip


def test_a_newer_outcome_of_the_same_name_replaces_the_older(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    Follower(stopped_agent(store, job), store, tmp_path, job).follow(CancelToken())  # type: ignore[arg-type]
    agent = stopped_agent(store, job)
    agent.files["output/lora.bin"] = b"the whole"
    last = agent.events[-1].seq
    file = hashed(b"the whole", "output/lora.bin")
    agent.events.append(Finished(seq=last + 1, time=1.0, attempt=1, step=9, file=file))
    Follower(agent, store, tmp_path, job).follow(CancelToken())  # type: ignore[arg-type]
    assert store.pulled(job)["output/lora.bin"].read_bytes() == b"the whole"
    assert agent.acknowledged == [file]


def test_many_pictures_come_several_at_once_and_all_of_them(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    files = {f"samples/{number}.png": str(number).encode() * 1000 for number in range(20)}
    events = list(story(1, finished=False))
    for number, (name, data) in enumerate(files.items()):
        seq = {"seq": events[-1].seq + 1, "time": 1.0, "attempt": 1}
        events.append(SampleMade(**seq, step=1, index=number, prompt="p", seed=1, file=hashed(data, name)))
    events.append(Failed(seq=events[-1].seq + 1, time=1, attempt=1, problem=problem("runner_lost")))
    agent = ScriptedAgent(events, status_of(store.run(job).spec, JobState.FAILED), files)
    Follower(agent, store, tmp_path, job).follow(CancelToken())  # type: ignore[arg-type]
    assert {name: path.read_bytes() for name, path in store.pulled(job).items()} == files


def test_a_run_that_is_not_sent_yet_has_nothing_to_follow(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store, unsent="queued")
    agent = stopped_agent(store, job)
    run = Follower(agent, store, tmp_path, job).follow(CancelToken())  # type: ignore[arg-type]
    assert run.unsent
    assert agent.subscriptions == []


def test_a_run_is_owed_until_its_outcome_is_here_and_the_machine_knows(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    agent = stopped_agent(store, job)
    store.set_status(agent.status)
    assert is_owed(store, store.run(job)), "its end was not told yet"
    store.apply(job, agent.events)
    assert is_owed(store, store.run(job)), "nothing of it is here"
    agent.refuses = [fail("artifact_corrupt", name="x")]
    Follower(agent, store, tmp_path, job).follow(CancelToken())  # type: ignore[arg-type]
    assert is_owed(store, store.run(job)), "the machine does not know"
    Follower(agent, store, tmp_path, job).follow(CancelToken())  # type: ignore[arg-type]
    assert not is_owed(store, store.run(job))


@pytest.mark.parametrize("code", ["artifact_unknown", "job_unknown"])
def test_what_the_machine_has_no_longer_need_not_be_acknowledged(store: RunStore, tmp_path: Path, code: str) -> None:
    job = add_run(store)
    agent = stopped_agent(store, job)
    agent.refuses = [fail(code, **{code.split("_")[0].replace("artifact", "name"): "x"})]
    Follower(agent, store, tmp_path, job).follow(CancelToken())  # type: ignore[arg-type]
    assert not is_owed(store, store.run(job))
    assert agent.acknowledged == []


def test_a_job_that_its_machine_forgot_is_let_go_only_when_it_is_over(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    agent = stopped_agent(store, job)
    store.apply(job, agent.events)
    agent.forgot = True
    with pytest.raises(ProblemError) as caught:
        Follower(agent, store, tmp_path, job).follow(CancelToken())  # type: ignore[arg-type]
    assert caught.value.problem.code == "job_unknown"
    store.set_status(agent.status)
    run = Follower(agent, store, tmp_path, job).follow(CancelToken())  # type: ignore[arg-type]
    assert not is_owed(store, run)
    assert store.gone(job).keys() == {"output/lora.bin"}


class SlowAgent(ScriptedAgent):
    """Its files come when they are let go; it tells when the first block is asked for."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.asked = threading.Event()
        self.waiting: list[Future[tuple[bytes, int]]] = []

    def read_block(self, job: str, name: str, offset: int, length: int) -> "Future[tuple[bytes, int]]":
        block: Future[tuple[bytes, int]] = Future()
        self.waiting.append(block)
        self.asked.set()
        return block


def test_files_can_be_left_and_brought_home_later(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    files = {"output/zorblax.safetensors": lora(tmp_path / "made").read_bytes()}
    status = status_of(store.run(job).spec, JobState.FINISHED)
    slow = SlowAgent(finished_story(files), status, files)
    follower = Follower(slow, store, tmp_path / "mirror", job)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(follower.follow, CancelToken())
        assert slow.asked.wait(30)
        follower.leave_files(True)
        assert following.result(30).status.state is JobState.FINISHED
    assert store.pulled(job) == {}
    assert is_owed(store, store.run(job))
    follower.leave_files(False)
    Follower(agent_for(store, job, files), store, tmp_path / "mirror", job).follow(CancelToken())  # type: ignore[arg-type]
    assert list(store.pulled(job)) == ["output/zorblax.safetensors"]


def test_files_of_a_run_that_goes_on_are_left_and_begun_anew(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    files = {"output/zorblax.safetensors": lora(tmp_path / "made").read_bytes()}
    slow = SlowAgent(finished_story(files), status_of(store.run(job).spec, JobState.RUNNING), files)
    follower, token = Follower(slow, store, tmp_path / "mirror", job), CancelToken()  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(follower.follow, token)
        try:
            assert slow.asked.wait(30)
            follower.leave_files(True)
            give_up_at = time.monotonic() + 30
            while follower._wanted._under_way:
                assert time.monotonic() < give_up_at
                time.sleep(0.01)
            slow.asked.clear()
            follower.leave_files(False)
            assert slow.asked.wait(30)
        finally:
            token.cancel()
        assert following.result(30).status.state is JobState.RUNNING


def test_a_pause_and_a_limit_hold_back_what_is_brought_home(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    files = {"output/zorblax.safetensors": lora(tmp_path / "made").read_bytes()}
    pace = Pace()
    pace.pause()
    agent = agent_for(store, job, files)
    told: queue.SimpleQueue[object] = queue.SimpleQueue()
    follower = Follower(agent, store, tmp_path / "mirror", job, pace=pace)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(follower.follow, CancelToken(told.put))
        while not (isinstance(news := told.get(timeout=30), Haulage) and news.sync.paused):
            pass
        assert agent.reads == []
        pace.resume()
        following.result(30)
    assert list(store.pulled(job)) == ["output/zorblax.safetensors"]
