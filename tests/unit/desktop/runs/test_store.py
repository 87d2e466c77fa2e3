import math
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from loraferry.runs import steps
from loraferry.runs.database import SCHEMAS
from loraferry.runs.store import Copy, RunStore, SequenceGap, is_over
from loraferry.runs.wants import Wants
from loraferry_core.config import TrainConfig, digest
from loraferry_core.events import Artifact, AttemptStarted, Event, Finished, SampleMade, Step, Validated
from loraferry_core.jobs import JobSpec, JobState, JobStatus

JOB = "11111111-2222-3333-4444-555555555555"
FILE = Artifact(name="samples/000002-0.png", size=3, sha256="a" * 64)


def started(seq: int, resume: int = 0, attempt: int = 1) -> Event:
    return AttemptStarted(
        seq=seq, time=seq, attempt=attempt, resume_step=resume, total_steps=9, device="cpu", precision="fp32", images=3
    )


def step(seq: int, number: int, loss: float | None = 0.5) -> Event:
    return Step(seq=seq, time=float(seq), attempt=1, step=number, loss=loss, lr=1e-3, images_per_s=2.0)


def sample(seq: int, number: int) -> Event:
    return SampleMade(seq=seq, time=seq, attempt=1, step=number, index=0, prompt="p", seed=1, file=FILE)


def validated(seq: int, number: int) -> Event:
    return Validated(seq=seq, time=seq, attempt=1, step=number, loss=0.5, timesteps=(500,), losses=(0.5,))


@pytest.fixture
def store(tmp_path: Path):
    store = RunStore(tmp_path / "本地 runs" / "runs.sqlite")
    spec = JobSpec(job=JOB, name="猫", config=TrainConfig())
    status = JobStatus(job=JOB, name="猫", state=JobState.QUEUED, spec_hash=digest(spec))
    store.add(spec, status, host="host-1", folder="/pictures", images=3)
    yield store
    store.close()


def test_events_and_the_last_seq_are_kept_and_come_back(store: RunStore) -> None:
    new = store.apply(JOB, [started(1), step(2, 1), step(3, 2, None), sample(4, 2)])
    assert [event.seq for event in new] == [1, 2, 3, 4]
    assert store.last_seq(JOB) == 4
    curve = store.curve(JOB)
    assert list(curve.step) == [1, 2]
    assert curve.loss[0] == 0.5
    assert math.isnan(curve.loss[1])
    assert [event.type for event in store.events(JOB)] == ["attempt_started", "sample"]
    assert store.events(JOB, ["sample"]) == [sample(4, 2)]
    assert store.events(JOB, after_seq=1) == [sample(4, 2)]


def test_an_event_that_comes_twice_is_kept_once(store: RunStore) -> None:
    store.apply(JOB, [started(1), step(2, 1)])
    assert store.apply(JOB, [step(2, 1), step(3, 2)]) == [step(3, 2)]
    assert list(store.curve(JOB).step) == [1, 2]


def test_a_gap_is_refused_and_nothing_of_its_batch_is_kept(store: RunStore) -> None:
    store.apply(JOB, [started(1)])
    with pytest.raises(SequenceGap):
        store.apply(JOB, [step(2, 1), step(4, 3)])
    assert store.last_seq(JOB) == 1
    assert len(store.curve(JOB).step) == 0


def test_what_a_new_attempt_measures_again_is_kept_once(store: RunStore) -> None:
    store.apply(JOB, [started(1), validated(2, 0), step(3, 1), sample(4, 1), validated(5, 1), validated(6, 2)])
    store.apply(JOB, [started(7, resume=1, attempt=2), validated(8, 2)])
    assert store.events(JOB, ["validated"]) == [validated(2, 0), validated(5, 1), validated(8, 2)]
    store.apply(JOB, [started(9, attempt=3), validated(10, 0)])
    assert store.events(JOB, ["validated"]) == [validated(10, 0)]


def test_a_new_attempt_drops_what_lies_behind_its_start(store: RunStore) -> None:
    store.apply(JOB, [started(1), step(2, 1), step(3, 2), sample(4, 2), step(5, 3), sample(6, 3)])
    store.apply(JOB, [started(7, resume=2, attempt=2), step(8, 3, 0.25)])
    assert list(store.curve(JOB).step) == [1, 2, 3]
    assert store.curve(JOB).loss[2] == 0.25
    assert [event.step for event in store.events(JOB, ["sample"])] == [2]  # type: ignore[union-attr]


def test_the_same_run_again_changes_nothing(store: RunStore) -> None:
    store.apply(JOB, [started(1)])
    run = store.run(JOB)
    store.add(run.spec, run.status, host="other", folder="other", images=9)
    assert store.run(JOB) == run
    assert len(store.runs()) == 1


def test_status_pulled_files_and_removal(store: RunStore, tmp_path: Path) -> None:
    assert not is_over(store.run(JOB))
    store.set_status(store.run(JOB).status.replace(state=JobState.FINISHED))
    assert is_over(store.run(JOB))
    copy = tmp_path / "a.png"
    store.set_pulled(JOB, FILE.name, copy)
    assert store.pulled(JOB) == {}
    copy.write_bytes(b"abc")
    assert store.pulled(JOB) == {FILE.name: copy}
    store.remove(JOB)
    with pytest.raises(KeyError):
        store.run(JOB)
    with pytest.raises(KeyError):
        store.apply(JOB, [started(1)])


def test_everything_is_there_after_a_restart_and_for_a_second_program(store: RunStore, tmp_path: Path) -> None:
    store.apply(JOB, [started(1), step(2, 1)])
    other = RunStore(tmp_path / "本地 runs" / "runs.sqlite")
    try:
        assert other.run(JOB).spec.name == "猫"
        assert list(other.curve(JOB).step) == [1]
        other.apply(JOB, [step(3, 2), Finished(seq=4, time=4, attempt=1, step=2, file=FILE)])
        assert store.apply(JOB, [step(3, 2)]) == []
        assert list(store.curve(JOB, after_seq=2).step) == [2]
    finally:
        other.close()


def test_a_lost_run_is_over_unless_it_goes_on_by_itself(store: RunStore) -> None:
    run = store.run(JOB)
    lost = replace(run, status=run.status.replace(state=JobState.LOST))
    assert not is_over(lost)
    assert is_over(replace(lost, spec=run.spec.replace(resume_when_lost=False)))


def test_an_unsent_run_is_sent_moved_and_keeps_its_wants(store: RunStore) -> None:
    job = "22222222-2222-3333-4444-555555555555"
    spec = store.run(JOB).spec.replace(job=job)
    status = store.run(JOB).status.replace(job=job, state=JobState.HELD)
    store.add(spec, status, host="host-1", folder="", images=1, unsent="held")
    assert (store.run(job).unsent, store.run(JOB).unsent) == ("held", "")
    store.move_unsent(job, "host-2")
    assert (store.run(job).host, store.run(job).unsent) == ("host-2", "held")
    revision = store.revision
    store.set_sent(status.replace(state=JobState.QUEUED))
    assert (store.run(job).unsent, store.run(job).status.state) == ("", JobState.QUEUED)
    assert store.revision > revision
    store.move(status.replace(state=JobState.RUNNING), "host-3")
    assert (store.run(job).host, store.run(job).status.state) == ("host-3", JobState.RUNNING)
    assert store.run(job).wants is None
    wants = Wants(checkpoints="all", keep=3)
    store.set_wants(job, wants)
    assert store.run(job).wants == wants
    store.set_wants(job, None)
    assert store.run(job).wants is None


def test_what_is_known_of_a_copy(store: RunStore, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"abc")
    store.set_gone(JOB, FILE)
    assert store.gone(JOB) == {FILE.name: FILE.sha256}
    store.set_pulled(JOB, FILE.name, path, FILE.sha256)
    assert store.gone(JOB) == {}, "it came after all"
    assert store.copies(JOB) == {FILE.name: Copy(path, FILE.sha256, acknowledged=False)}
    store.set_acknowledged(JOB, FILE.replace(sha256="b" * 64))
    assert not store.copies(JOB)[FILE.name].acknowledged, "that was another file"
    store.set_acknowledged(JOB, FILE)
    assert store.copies(JOB)[FILE.name].acknowledged
    store.set_pulled(JOB, FILE.name, path, "b" * 64)
    assert not store.copies(JOB)[FILE.name].acknowledged, "a new file was never acknowledged"
    store.forget_copy(JOB, FILE.name)
    assert store.copies(JOB) == {}


def test_a_file_of_an_older_program_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    old = sqlite3.connect(path)
    old.executescript(SCHEMAS[0])
    spec = JobSpec(job=JOB, name="old", config=TrainConfig())
    status = JobStatus(job=JOB, name="old", state=JobState.RUNNING, spec_hash=digest(spec))
    old.execute(
        "INSERT INTO run (job, host, folder, spec, status, images) VALUES (?, 'h', 'f', ?, ?, 1)",
        (JOB, spec.model_dump_json(), status.model_dump_json()),
    )
    old.execute("PRAGMA user_version = 1")
    old.commit()
    old.close()
    for _ in range(2):
        store = RunStore(path)
        run = store.run(JOB)
        assert (run.spec.name, run.unsent, run.wants) == ("old", "", None)
        store.close()


def test_many_steps_are_packed_and_read_as_one(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "BLOCK", 8)
    events = [step(seq, number=seq - 1) for seq in range(2, 101)]
    store.apply(JOB, [started(1), *events])
    rows = store._database._connection.execute("SELECT count(*) FROM step").fetchone()[0]
    assert rows < 24
    assert list(store.curve(JOB).step) == list(range(1, 100))
    assert list(store.curve(JOB, after_seq=13).seq) == list(range(14, 101))
    assert list(store.curve(JOB, after_seq=99).seq) == [100]
    store.apply(JOB, [started(101, resume=21)])
    assert list(store.curve(JOB).step) == list(range(1, 22))
    store.apply(JOB, [step(102, number=22), step(103, number=23)])
    assert list(store.curve(JOB).step) == list(range(1, 24))
    store.remove(JOB)
    assert store._database._connection.execute("SELECT count(*) FROM block").fetchone()[0] == 0
