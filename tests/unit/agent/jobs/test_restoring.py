"""Jobs that began elsewhere."""

from pathlib import Path

import pytest

from loraferry_agent.blobs.store import BlobStore
from loraferry_agent.jobs.acknowledged import is_acknowledged, read_copies
from loraferry_agent.jobs.event_log import EventLog, EventTail
from loraferry_agent.jobs.store import JobStore
from loraferry_agent.layout import Layout
from loraferry_core.config.train import TrainConfig
from loraferry_core.dataset.manifest import ManifestEntry, encode, manifest_of
from loraferry_core.events import Logged, Step
from loraferry_core.jobs import JobSpec, JobState, Restore
from loraferry_core.problems import ProblemError
from tests.fakes.job_folder import Machine

ID = "00000000-0000-4000-8000-000000000001"
SPEC = JobSpec(job=ID, name="cat", config=TrainConfig())
FILES = {"adapter.safetensors": b"weights", "manifest.json": b"{}"}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path, tmp_path)


def ferried(layout: Layout, as_tree: bool = True) -> Restore:
    machine = Machine(layout.work)
    entries = [ManifestEntry(name=name, size=len(data), sha256=machine.store(data)) for name, data in FILES.items()]
    manifest = machine.store(encode(manifest_of(entries)))
    BlobStore(layout).commit(manifest, as_tree)
    return Restore(manifest=manifest, step=250, after_seq=1200, attempt=3)


@pytest.mark.parametrize("held", [False, True])
def test_it_goes_on_from_the_tree_and_behind_the_events_that_are_known(layout: Layout, held: bool) -> None:
    status = JobStore(layout).submit(SPEC, 5.0, ferried(layout), held)
    assert (status.state, status.attempt) == (JobState.HELD if held else JobState.QUEUED, 3)
    folder = layout.job(ID)
    checkpoint = folder.checkpoints / "000250"
    assert {path.name: path.read_bytes() for path in checkpoint.iterdir()} == FILES
    copies = read_copies(folder)
    assert all(is_acknowledged(folder, copies, f"checkpoints/000250/{name}") for name in FILES)
    assert len(copies) == 2
    (event,) = EventTail(folder.events, after_seq=1200).new()
    assert isinstance(event, Logged)
    assert event.problem is not None
    assert (event.seq, event.attempt, event.problem.code) == (1201, 4, "job_restored")
    log = EventLog(folder.events, 4)
    assert log.append(Step, step=251, loss=0.1, lr=1e-4, images_per_s=1.0).seq == 1202
    log.close()


def test_without_the_tree_there_is_no_job(layout: Layout) -> None:
    restores = [
        Restore(manifest="0" * 64, step=1, after_seq=0, attempt=0),
        ferried(layout, as_tree=False),
    ]
    for restore in restores:
        with pytest.raises(ProblemError, match="manifest_unknown"):
            JobStore(layout).submit(SPEC, 5.0, restore)
    assert list(layout.jobs.iterdir()) == []


def test_it_counts_only_where_the_job_is_new(layout: Layout) -> None:
    restore = ferried(layout)
    first = JobStore(layout).submit(SPEC, 5.0)
    assert JobStore(layout).submit(SPEC, 6.0, restore) == first
    assert not layout.job(ID).checkpoints.exists()
