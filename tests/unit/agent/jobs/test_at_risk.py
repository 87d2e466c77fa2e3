"""Which runs would lose their only copy."""

from pathlib import Path

import pytest

from loraferry_agent.jobs.acknowledged import Copy, write_copies
from loraferry_agent.jobs.at_risk import Risks
from loraferry_agent.jobs.event_log import EventLog
from loraferry_agent.jobs.milestones import read_milestones
from loraferry_agent.layout import JobFolder, Layout
from loraferry_core.events import Artifact, CheckpointSaved, Failed, Finished, Step, Stopped
from loraferry_core.jobs import JobState, JobStatus
from loraferry_core.problems import problem

S = JobState
LORA, STATE = "checkpoints/000005/a.safetensors", "checkpoints/000005/state.json"
OUTPUT = "output/a.safetensors"


def artifact(name: str) -> Artifact:
    return Artifact(name=name, size=1, sha256="0" * 64)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path, tmp_path / "work")


@pytest.fixture
def folder(layout: Layout) -> JobFolder:
    """A job with a checkpoint of two files."""
    folder = layout.job("a")
    for name in (LORA, STATE, OUTPUT):
        (folder.path / name).parent.mkdir(parents=True, exist_ok=True)
        (folder.path / name).write_bytes(b"x")
    tell(folder, CheckpointSaved, step=5, file=artifact(LORA), files=(artifact(LORA), artifact(STATE)))
    return folder


def tell(folder: JobFolder, kind: type, **fields: object) -> None:
    log = EventLog(folder.events, 1, lambda: 1.0)
    log.append(kind, **fields)
    log.close()


def acknowledge(folder: JobFolder, *names: str) -> None:
    write_copies(folder, {name: Copy.of(folder.path / name, "0" * 64) for name in names})


def at_risk(layout: Layout, state: JobState, *keeps: str) -> tuple[list[str], list[str]]:
    status = JobStatus(job="a", name="cat", state=state, spec_hash="h")
    return Risks(layout).of([status], keeps)


def test_a_finished_lora_is_at_risk_until_there_is_a_copy(layout: Layout, folder: JobFolder) -> None:
    tell(folder, Finished, step=9, file=artifact(OUTPUT))
    assert at_risk(layout, S.FINISHED) == (["cat"], [])
    acknowledge(folder, LORA, STATE)
    assert at_risk(layout, S.FINISHED) == (["cat"], [])
    acknowledge(folder, OUTPUT)
    assert at_risk(layout, S.FINISHED) == ([], [])


def test_a_stopped_run_has_its_lora_even_when_it_was_stopped_again_without_one(
    layout: Layout, folder: JobFolder
) -> None:
    tell(folder, Stopped, step=5, file=artifact(OUTPUT))
    tell(folder, Stopped, step=5)
    acknowledge(folder, LORA, STATE)
    assert at_risk(layout, S.STOPPED) == (["cat"], [])
    acknowledge(folder, OUTPUT)
    assert at_risk(layout, S.STOPPED) == ([], [])


@pytest.mark.parametrize("state", [S.FAILED, S.LOST, S.PAUSED, S.HELD, S.QUEUED, S.STOPPED])
def test_what_could_go_on_needs_its_whole_checkpoint(layout: Layout, folder: JobFolder, state: JobState) -> None:
    assert at_risk(layout, state) == (["cat"], [])
    acknowledge(folder, LORA)
    assert at_risk(layout, state) == (["cat"], [])
    acknowledge(folder, LORA, STATE)
    assert at_risk(layout, state) == ([], [])


@pytest.mark.parametrize("state", [S.PREPARING, S.RUNNING, S.STOPPING])
def test_a_run_under_way_is_always_at_risk(layout: Layout, folder: JobFolder, state: JobState) -> None:
    acknowledge(folder, LORA, STATE)
    assert at_risk(layout, state) == ([], ["cat"])


def test_a_job_that_has_made_nothing_loses_nothing(layout: Layout) -> None:
    layout.job("a").path.mkdir(parents=True)
    assert at_risk(layout, S.FAILED) == ([], [])


def test_what_lies_in_a_folder_that_is_kept_is_safe(layout: Layout, folder: JobFolder, tmp_path: Path) -> None:
    assert at_risk(layout, S.FAILED, str(layout.work)) == ([], [])
    assert at_risk(layout, S.RUNNING, "/elsewhere", str(tmp_path)) == ([], [])
    assert at_risk(layout, S.FAILED, str(tmp_path / "wor")) == (["cat"], [])


def test_a_kept_folder_that_only_points_elsewhere_keeps_nothing(
    layout: Layout, folder: JobFolder, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "work").symlink_to(layout.work)
    assert Risks(Layout(tmp_path, kept / "work")).of(
        [JobStatus(job="a", name="cat", state=S.FAILED, spec_hash="h")], [str(kept)]
    ) == (["cat"], [])


def test_events_are_read_again_when_the_state_is_another(layout: Layout, folder: JobFolder) -> None:
    risks = Risks(layout)
    acknowledge(folder, LORA, STATE)
    status = JobStatus(job="a", name="cat", state=S.PAUSED, spec_hash="h")
    assert risks.of([status], ()) == ([], [])
    tell(folder, Finished, step=9, file=artifact(OUTPUT))
    assert risks.of([status.replace(state=S.FINISHED)], ()) == (["cat"], [])


def test_losses_are_counted_since_the_newest_checkpoint(folder: JobFolder) -> None:
    for _ in range(2):
        tell(folder, Failed, problem=problem("host_restarted"))
    tell(folder, Failed, problem=problem("runner_lost"))
    tell(folder, Step, step=1, loss=0.1, lr=1e-4, images_per_s=1.0)
    with folder.events.open("ab") as file:
        file.write(b'{"type":"finished"\n')
    assert read_milestones(folder.events).losses == 2
    tell(folder, CheckpointSaved, step=6, file=artifact(LORA))
    found = read_milestones(folder.events)
    assert (found.losses, found.checkpoint.step if found.checkpoint else 0) == (0, 6)
