"""Restoring: the same run goes on elsewhere from what this computer holds, or says why it cannot."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from loraferry.cancellation import CancelToken
from loraferry.ferry.cargo import Cargo, LaunchProgress
from loraferry.ferry.launch import launch
from loraferry.ferry.own_base import address_of
from loraferry.ferry.restore import lost_runs, newest_mirror, rejoin, restore, start_over
from loraferry.remote.client import AgentClient
from loraferry.runs.store import Run, RunStore
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.dataset.manifest import decode
from loraferry_core.events import AttemptStarted, CheckpointSaved, Event, Step
from loraferry_core.jobs import JobState
from loraferry_core.problems import ProblemError
from tests.fakes.loopback_agent import LoopbackAgent
from tests.fakes.stories import add_run, hashed, status_of, write
from tests.unit.desktop.ferry.conftest import cargo_of
from tests.unit.desktop.ferry.test_own_base import single

Dial = Callable[[LoopbackAgent], AgentClient]


def started(seq: int, attempt: int = 1, resume: int = 0) -> Event:
    return AttemptStarted(
        seq=seq, time=1, attempt=attempt, resume_step=resume, total_steps=9, device="d", precision="bf16", images=2
    )


def checkpoint(seq: int, step: int) -> CheckpointSaved:
    files = [hashed(f"{name} {step}".encode(), f"checkpoints/{step:06d}/{name}") for name in ("lora.bin", "state.json")]
    return CheckpointSaved(seq=seq, time=1, attempt=1, step=step, file=files[0], files=tuple(files))


def mirror(folder: Path, job: str, event: CheckpointSaved) -> None:
    for file in event.files:
        write(folder / job, file, f"{Path(file.name).name} {event.step}".encode())


@pytest.fixture
def run(store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo, tmp_path: Path) -> Run:
    """A run on the machine `loopback` with checkpoints at 3 and 6, both mirrored, of which seven events came."""
    run = launch(dial(agent), store, TrainConfig(), cargo, name="cats", token=CancelToken())
    job = run.spec.job
    first, second = checkpoint(3, 3), checkpoint(5, 6)
    steps = [
        Step(seq=seq, time=1, attempt=1, step=number, loss=1, lr=1, images_per_s=1)
        for seq, number in ((2, 3), (4, 6), (6, 7), (7, 8))
    ]
    store.apply(job, sorted([started(1), first, second, *steps], key=lambda event: event.seq))
    store.set_status(run.status.replace(state=JobState.RUNNING, attempt=1))
    for event in (first, second):
        mirror(tmp_path, job, event)
    return store.run(job)


def test_a_run_goes_on_on_another_machine_as_the_same_one(
    store: RunStore, run: Run, dial: Dial, tmp_path: Path
) -> None:
    other = LoopbackAgent("other")
    told: list[LaunchProgress] = []
    restored = restore(dial(other), store, tmp_path, run, CancelToken(told.append))
    (submit,) = other.submits
    assert submit.spec == run.spec
    assert submit.restore is not None
    assert (submit.restore.step, submit.restore.after_seq, submit.restore.attempt) == (6, 7, 1)
    tree = decode(other.blobs[submit.restore.manifest])
    assert [entry.name for entry in tree.entries] == ["lora.bin", "state.json"]
    assert other.blobs[hashlib.sha256(b"state.json 6").hexdigest()] == b"state.json 6"
    assert other.committed == {
        submit.restore.manifest: "tree",
        run.spec.config.base.tree: "tree",
        run.spec.config.dataset.manifest: "dataset",
    }
    assert (restored.host, restored.status.state, restored.last_seq) == ("other", JobState.QUEUED, 7)
    parts = [progress.part for progress in told]
    assert sorted(set(parts), key=parts.index) == ["checkpoint", "base", "pictures", "submit", "done"]


def test_its_events_go_on_without_a_gap_and_fold_the_curve_back(
    store: RunStore, run: Run, dial: Dial, tmp_path: Path
) -> None:
    restore(dial(LoopbackAgent("other")), store, tmp_path, run, CancelToken())
    job = run.spec.job
    again = Step(seq=9, time=2, attempt=2, step=7, loss=2, lr=1, images_per_s=1)
    store.apply(job, [started(8, attempt=2, resume=6), again])
    assert list(store.curve(job).step) == [3, 6, 7]
    assert store.last_seq(job) == 9


def test_restoring_twice_is_the_same_as_once(store: RunStore, run: Run, dial: Dial, tmp_path: Path) -> None:
    other = LoopbackAgent("other")
    for _ in range(2):
        restore(dial(other), store, tmp_path, store.run(run.spec.job), CancelToken())
    assert list(other.jobs) == [run.spec.job]


def test_a_damaged_mirror_is_passed_over_for_an_older_one(
    store: RunStore, run: Run, dial: Dial, tmp_path: Path
) -> None:
    (tmp_path / run.spec.job / "checkpoints" / "000006" / "state.json").write_bytes(b"cut")
    found = newest_mirror(store, tmp_path, run.spec.job)
    assert found is not None
    assert found.step == 3
    (tmp_path / run.spec.job / "checkpoints" / "000003" / "lora.bin").unlink()
    with pytest.raises(ProblemError) as caught:
        restore(dial(LoopbackAgent("other")), store, tmp_path, run, CancelToken())
    assert caught.value.problem.code == "checkpoint_missing"
    assert store.run(run.spec.job).host == "loopback"


def test_a_checkpoint_whose_files_lie_elsewhere_is_none(store: RunStore, tmp_path: Path) -> None:
    job = add_run(store)
    stray = checkpoint(1, 3)
    files = (*stray.files, hashed(b"x", "output/x"))
    store.apply(job, [stray.replace(files=files), checkpoint(2, 4).replace(files=())])
    assert newest_mirror(store, tmp_path, job) is None


def test_pictures_come_from_wherever_they_are_as_they_were(
    store: RunStore, run: Run, dial: Dial, cargo: Cargo, tmp_path: Path
) -> None:
    moved = cargo_of(tmp_path / "moved", {"new name.png": b"one"})
    cargo.sources["猫 1.png"].unlink()
    other = LoopbackAgent("other")
    restore(dial(other), store, tmp_path, run, CancelToken(), cargo=moved)
    assert {entry.sha256 for entry in cargo.manifest.entries} <= other.blobs.keys()


def test_a_picture_that_changed_since_is_named_and_nothing_is_submitted(
    store: RunStore, run: Run, dial: Dial, cargo: Cargo, tmp_path: Path
) -> None:
    cargo.sources["猫 2.png"].write_bytes(b"edited")
    other = LoopbackAgent("other")
    now = Cargo(cargo.manifest, cargo.sources)
    with pytest.raises(ProblemError) as caught:
        restore(dial(other), store, tmp_path, run, CancelToken(), cargo=now)
    assert caught.value.problem.code == "pictures_changed"
    assert caught.value.problem.params == {"name": "猫 2.png"}
    assert other.submits == []


def test_a_changed_picture_that_the_machine_still_has_does_no_harm(
    store: RunStore, run: Run, dial: Dial, cargo: Cargo, tmp_path: Path
) -> None:
    other = LoopbackAgent("other")
    client = dial(other)
    launch(client, store, TrainConfig(), cargo, name="another run", token=CancelToken())
    for path in cargo.sources.values():
        path.unlink()
    restore(client, store, tmp_path, run, CancelToken())
    assert len(other.submits) == 2


def test_a_base_that_this_program_no_longer_has_is_told(store: RunStore, run: Run, dial: Dial, tmp_path: Path) -> None:
    config = run.spec.config
    other_base = run.spec.replace(config=config.replace(base=config.base.replace(tree="0" * 64)))
    from dataclasses import replace

    with pytest.raises(ProblemError) as caught:
        restore(dial(LoopbackAgent("other")), store, tmp_path, replace(run, spec=other_base), CancelToken())
    assert caught.value.problem.code == "base_changed"


def test_a_finished_run_is_not_restored(store: RunStore, run: Run, dial: Dial, tmp_path: Path) -> None:
    store.set_status(run.status.replace(state=JobState.FINISHED))
    with pytest.raises(ProblemError) as caught:
        restore(dial(LoopbackAgent("other")), store, tmp_path, store.run(run.spec.job), CancelToken())
    assert caught.value.problem.code == "job_state"


def test_without_a_checkpoint_it_starts_over_as_another_run(
    store: RunStore, run: Run, dial: Dial, cargo: Cargo
) -> None:
    other = LoopbackAgent("other")
    begun = start_over(dial(other), store, run, CancelToken())
    assert begun.spec.job != run.spec.job
    assert begun.spec.config == run.spec.config
    assert (begun.host, begun.folder, begun.images) == ("other", cargo.folder, 2)
    assert store.run(run.spec.job).status.state is JobState.STOPPED


def test_runs_that_an_agent_does_not_know_any_more_are_lost(store: RunStore) -> None:
    there = add_run(store)
    gone = add_run(store)
    add_run(store, JobState.FINISHED)
    add_run(store, JobState.STOPPED)
    add_run(store, JobState.HELD, unsent="queued")
    add_run(store, host="another")
    jobs = (status_of(store.run(there).spec, JobState.RUNNING),)
    assert [run.spec.job for run in lost_runs(store, "agent-1", jobs)] == [gone]


def test_a_host_with_a_new_identity_keeps_the_runs_on_its_lasting_disk(
    store: RunStore, dial: Dial, cargo: Cargo, agent: LoopbackAgent
) -> None:
    kept, lost, elsewhere = add_run(store), add_run(store), add_run(store, host="another")
    unsent = add_run(store, JobState.HELD, unsent="queued")
    agent.jobs = {job: status_of(store.run(job).spec, JobState.LOST) for job in (kept, elsewhere)}
    assert [run.spec.job for run in rejoin(store, "agent-1", dial(agent))] == [lost]
    assert (store.run(kept).host, store.run(kept).status.state) == ("loopback", JobState.LOST)
    assert store.run(unsent).host == "loopback"
    assert store.run(unsent).unsent
    assert store.run(elsewhere).host == "another"


def test_a_base_of_ones_own_is_sent_to_the_other_machine_too(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo, tmp_path: Path
) -> None:
    file = single(tmp_path / "龙.safetensors")
    config = replace_at(TrainConfig(), "base.source", address_of(file))
    run = launch(dial(agent), store, config, cargo, name="cats", token=CancelToken())
    store.apply(run.spec.job, [started(1), checkpoint(2, 3)])
    store.set_status(run.status.replace(state=JobState.RUNNING, attempt=1))
    mirror(tmp_path, run.spec.job, checkpoint(2, 3))
    other = LoopbackAgent("other")
    restore(dial(other), store, tmp_path, store.run(run.spec.job), CancelToken())
    assert other.committed[run.spec.config.base.tree] == "tree"
    assert file.read_bytes() in other.blobs.values()
