"""Which runs would lose their only copy if this machine's disks were gone."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from loraferry_agent.jobs.acknowledged import is_acknowledged, read_copies
from loraferry_agent.jobs.milestones import Milestones, read_milestones
from loraferry_agent.layout import JobFolder, Layout
from loraferry_core.events import Artifact
from loraferry_core.jobs import ACTIVE, JobState, JobStatus

OVER = frozenset({JobState.FINISHED, JobState.STOPPED})


class Risks:
    """Looks at jobs again and again; reads the events of one only when its state is another."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._known: dict[str, tuple[JobStatus, Milestones]] = {}

    def of(self, jobs: Iterable[JobStatus], keeps: Sequence[str]) -> tuple[list[str], list[str]]:
        """Names of the runs at risk: those that are over or wait, and those under way. What lies in one of the folders
        `keeps` is safe."""
        settled, running = [], []
        for status in jobs:
            folder = self._layout.job(status.job)
            if _is_kept(folder.path, keeps):
                continue
            if status.state in ACTIVE:
                # Whatever it has made, there will be more before it has stopped.
                running.append(status.name)
            elif not self._has_copies(status, folder):
                settled.append(status.name)
        return settled, running

    def _has_copies(self, status: JobStatus, folder: JobFolder) -> bool:
        copies = read_copies(folder)
        wanted = wanted_copies(status.state, self._milestones(status, folder))
        return all(is_acknowledged(folder, copies, artifact.name) for artifact in wanted)

    def _milestones(self, status: JobStatus, folder: JobFolder) -> Milestones:
        known, milestones = self._known.get(status.job, (None, Milestones()))
        if known != status:
            milestones = read_milestones(folder.events)
            self._known[status.job] = status, milestones
        return milestones


def wanted_copies(state: JobState, milestones: Milestones) -> tuple[Artifact, ...]:
    """What of a job must not be lost: the LoRA of one that is over, else the checkpoint from which it would go on."""
    if state in OVER and milestones.outcome is not None:
        return (milestones.outcome,)
    if milestones.checkpoint is None:
        return ()
    return milestones.checkpoint.files or (milestones.checkpoint.file,)


def _is_kept(path: Path, keeps: Sequence[str]) -> bool:
    # Resolved, because a folder that is kept may hold only a link to what is not.
    real = path.resolve()
    return any(real.is_relative_to(Path(folder).resolve()) for folder in keeps)
