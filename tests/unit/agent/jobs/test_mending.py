"""States that a disk has damaged."""

import json
from pathlib import Path

import pytest

from loraferry_agent.jobs.event_log import EventLog
from loraferry_agent.jobs.mending import mend
from loraferry_agent.jobs.store import JobStore
from loraferry_agent.layout import Layout
from loraferry_core.config.train import TrainConfig, digest
from loraferry_core.events import Artifact, Event, Failed, Finished, Step, Stopped
from loraferry_core.jobs import JobSpec, JobState
from loraferry_core.problems import ProblemError, problem

ID = "00000000-0000-4000-8000-000000000001"
SPEC = JobSpec(job=ID, name="cat", config=TrainConfig())
FILE = Artifact(name="output/a.safetensors", size=1, sha256="0" * 64)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path, tmp_path)
    JobStore(layout).submit(SPEC, 5.0)
    return layout


def tell(layout: Layout, attempt: int, kind: type[Event], **fields: object) -> None:
    log = EventLog(layout.job(ID).events, attempt, lambda: 1.0)
    log.append(kind, **fields)
    log.close()


def record(layout: Layout, attempt: int) -> None:
    layout.job(ID).runner.write_text(json.dumps({"attempt": attempt}), encoding="ascii")


def mended(layout: Layout, damage: bytes = b'{"job": "00') -> tuple[JobState, int]:
    layout.job(ID).state.write_bytes(damage)
    with pytest.raises(ProblemError, match="job_damaged"):
        JobStore(layout).status(ID)
    assert JobStore(layout).list() == []
    status = mend(layout, ID)
    assert JobStore(layout).status(ID) == status
    assert (status.name, status.spec_hash) == ("cat", digest(SPEC))
    assert (layout.job(ID).path / "state.damaged").read_bytes() == damage
    return status.state, status.attempt


@pytest.mark.parametrize("damage", [b"", b"\x00" * 200, b"{}", b'{"job": "00', b"\xff\xfe"])
def test_a_job_that_never_began_is_held(layout: Layout, damage: bytes) -> None:
    assert mended(layout, damage) == (JobState.HELD, 0)


@pytest.mark.parametrize(
    ("last", "fields", "state"),
    [
        (Finished, {"step": 5, "file": FILE}, JobState.FINISHED),
        (Stopped, {"step": 5}, JobState.STOPPED),
        (Failed, {"problem": problem("runner_lost")}, JobState.FAILED),
        (Failed, {"problem": problem("host_restarted")}, JobState.LOST),
    ],
)
def test_the_last_event_tells_how_it_ended(
    layout: Layout, last: type[Event], fields: dict[str, object], state: JobState
) -> None:
    record(layout, 2)
    tell(layout, 2, last, **fields)
    assert mended(layout) == (state, 2)


def test_a_pause_is_remembered(layout: Layout) -> None:
    tell(layout, 1, Stopped, step=5)
    layout.job(ID).pause_request.touch()
    assert mended(layout) == (JobState.PAUSED, 1)


def test_an_attempt_without_an_end_is_under_way(layout: Layout) -> None:
    tell(layout, 1, Failed, problem=problem("runner_lost"))
    tell(layout, 2, Step, step=1, loss=0.1, lr=1e-4, images_per_s=1.0)
    record(layout, 2)
    assert mended(layout) == (JobState.PREPARING, 2)
    layout.job(ID).stop_request.touch()
    assert mended(layout) == (JobState.STOPPING, 2)


def test_without_a_plan_there_is_no_job(layout: Layout) -> None:
    layout.job(ID).spec.write_bytes(b"{")
    with pytest.raises(ProblemError, match="job_damaged"):
        mend(layout, ID)
