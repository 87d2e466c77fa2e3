"""Jobs as folders: submitting is one rename, the state of record is one small file."""

import contextlib
import logging
import os
import shutil
import uuid

from loraferry_agent.jobs.atomic import write_atomically
from loraferry_agent.jobs.queue import last_turn
from loraferry_agent.jobs.restoring import lay_out_checkpoint
from loraferry_agent.layout import FROM_NEWER, JobFolder, Layout
from loraferry_core.config.train import digest
from loraferry_core.jobs import JobSpec, JobState, JobStatus, Restore
from loraferry_core.names import is_safe_relative
from loraferry_core.problems import ProblemError, fail

LOG = logging.getLogger(__name__)


class JobStore:
    """The jobs of one agent."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def submit(self, spec: JobSpec, now: float, restore: Restore | None = None, held: bool = False) -> JobStatus:
        """Queue a job, or hold it; the same identity and plan again gives the job that is there.

        With `restore` a new job begins where it ended on another machine. Raises ProblemError: job_conflict where the
        identity belongs to another plan, job_damaged; manifest_unknown where what is to be restored is not here.
        Raises OSError.
        """
        folder = self._layout.job(spec.job)
        if not folder.path.exists():
            self._create(folder, spec, now, restore, held)
        status = self.status(spec.job)
        if status.spec_hash != digest(spec):
            raise fail("job_conflict", job=spec.job)
        return status

    def _create(self, folder: JobFolder, spec: JobSpec, now: float, restore: Restore | None, held: bool) -> None:
        status = JobStatus(
            job=spec.job,
            name=spec.name,
            state=JobState.HELD if held else JobState.QUEUED,
            spec_hash=digest(spec),
            attempt=restore.attempt if restore else 0,
            created=now,
            changed=now,
            turn=last_turn(self.list()),
        )
        new = JobFolder(self._layout.jobs / f".new-{uuid.uuid4().hex}")
        new.path.mkdir(parents=True)
        try:
            new.stop_request.parent.mkdir()
            if restore is not None:
                lay_out_checkpoint(self._layout, new, restore, now)
            write_atomically(new.spec, spec.model_dump_json(indent=1).encode())
            write_atomically(new.state, status.model_dump_json().encode())
            # The claim: a folder with content is never replaced, so of two submissions at once one loses here.
            with contextlib.suppress(OSError):
                os.rename(new.path, folder.path)  # noqa: PTH104 - Path.rename replaces files on some systems
        finally:
            shutil.rmtree(new.path, ignore_errors=True)

    def folder(self, job: str) -> JobFolder:
        """The folder of a job. Raises ProblemError: job_unknown."""
        folder = self._layout.job(job)
        if not is_safe_relative(job) or "/" in job or job.startswith(".") or not folder.state.is_file():
            raise fail("job_unknown", job=job)
        return folder

    def status(self, job: str) -> JobStatus:
        """The state of record. Raises ProblemError: job_unknown; job_damaged where it cannot be read."""
        try:
            return JobStatus.model_validate_json(self.folder(job).state.read_bytes(), extra=FROM_NEWER)
        except ValueError as error:
            raise fail("job_damaged", job=job) from error

    def spec(self, job: str) -> JobSpec:
        """The plan as it was submitted. Raises like `status`."""
        try:
            return JobSpec.model_validate_json(self.folder(job).spec.read_bytes(), extra=FROM_NEWER)
        except ValueError as error:
            raise fail("job_damaged", job=job) from error

    def write(self, status: JobStatus) -> None:
        """Replace the state of record. Only the supervisor does this. Raises OSError."""
        write_atomically(self._layout.job(status.job).state, status.model_dump_json().encode())

    def names(self) -> list[str]:
        """The identities of all jobs, in no order."""
        if not self._layout.jobs.is_dir():
            return []
        with os.scandir(self._layout.jobs) as entries:
            return [entry.name for entry in entries if not entry.name.startswith(".")]

    def list(self) -> list[JobStatus]:
        """All jobs, oldest first. One whose state cannot be read is left out: the supervisor mends it."""
        found = []
        for name in self.names():
            try:
                found.append(self.status(name))
            except ProblemError as error:
                LOG.warning("left out: %s", error)
        return sorted(found, key=lambda status: (status.created, status.job))
