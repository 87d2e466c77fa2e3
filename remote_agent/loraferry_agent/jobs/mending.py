"""Writing a job's state of record anew, where it cannot be read, from what else lies in its folder."""

import logging

from loraferry_agent.jobs.atomic import read_json
from loraferry_agent.jobs.progress import Progress, ProgressReader
from loraferry_agent.jobs.store import JobStore
from loraferry_agent.layout import JobFolder, Layout
from loraferry_core.config.train import digest
from loraferry_core.events import Failed, Finished, Stopped
from loraferry_core.jobs import JobState, JobStatus

LOG = logging.getLogger(__name__)


def mend(layout: Layout, job: str) -> JobStatus:
    """The status of a job whose `state.json` is damaged; the damaged file is kept beside as `state.damaged`.

    A runner's record newer than the last event of an end means that the job is under way: the supervisor then finds
    out what became of it. A job that was never started is held, because nobody knows whether it was to wait.
    Raises ProblemError: job_damaged where the plan cannot be read either. Raises OSError.
    """
    store, folder = JobStore(layout), layout.job(job)
    spec = store.spec(job)
    progress = ProgressReader(folder.events, 0).read()
    attempt, state = _state(folder, progress)
    born = folder.spec.stat().st_mtime
    status = JobStatus(
        job=job,
        name=spec.name,
        state=state,
        spec_hash=digest(spec),
        attempt=attempt,
        created=max(0.0, born),
        changed=max(0.0, born),
        reason=progress.terminal.problem if isinstance(progress.terminal, Failed) and state in _FAILED else None,
    )
    folder.state.replace(folder.state.with_suffix(".damaged"))
    store.write(status)
    LOG.warning("state of job %s was damaged; it is taken to be %s", job, state.value)
    return status


_FAILED = frozenset({JobState.FAILED, JobState.LOST})


def _state(folder: JobFolder, progress: Progress) -> tuple[int, JobState]:
    record = read_json(folder.runner) or {}
    runner = int(record.get("attempt", 0))
    last = progress.terminal
    if runner and (last is None or runner > last.attempt):
        stopping = folder.stop_request.exists()
        return runner, JobState.STOPPING if stopping else JobState.PREPARING
    if isinstance(last, Finished):
        return last.attempt, JobState.FINISHED
    if isinstance(last, Stopped):
        return last.attempt, JobState.PAUSED if folder.pause_request.exists() else JobState.STOPPED
    if isinstance(last, Failed):
        return last.attempt, JobState.LOST if last.problem.code == "host_restarted" else JobState.FAILED
    return max(0, progress.attempt - 1), JobState.HELD
