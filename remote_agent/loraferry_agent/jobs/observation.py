"""Looks at what files and processes say about a job, for `decisions` to decide on."""

import os
from dataclasses import dataclass

from loraferry_agent import platform
from loraferry_agent.jobs.atomic import read_json
from loraferry_agent.jobs.decisions import MAX_LOSSES, JobView, Runner
from loraferry_agent.jobs.diagnosis import Exit
from loraferry_agent.jobs.milestones import read_milestones
from loraferry_agent.jobs.process import ProcessIdentity
from loraferry_agent.jobs.progress import Progress, ProgressReader
from loraferry_agent.jobs.store import JobStore
from loraferry_agent.layout import JOB_VARIABLE, Layout
from loraferry_core.jobs import ACTIVE, JobState, JobStatus
from loraferry_core.problems import ProblemError


@dataclass(frozen=True)
class RunnerRecord:
    """What the runner of an attempt wrote about itself."""

    attempt: int
    after_seq: int
    oom_kills: int
    runner: ProcessIdentity
    trainer: ProcessIdentity | None


class Observer:
    """The eyes of the supervisor. Keeps its place in the events of the running attempt."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._readers: dict[str, tuple[int, ProgressReader]] = {}
        self._lost: dict[str, tuple[JobStatus, bool]] = {}
        """Of lost jobs: whether they go on by themselves."""

    def look(self, status: JobStatus, waited: float = 0.0) -> JobView:
        """All about one job, which is in its state for so many seconds. Of one that is not active only its state, and
        whether it resumes by itself."""
        if status.state not in ACTIVE:
            self._readers.pop(status.job, None)
            return JobView(status, resumes=status.state is JobState.LOST and self._goes_on(status))
        folder = self._layout.job(status.job)
        record = self.record(status)
        # First whether it lives, then whether it wrote how it ended: the other way round misses an end in between.
        runner = _runner(record)
        end = self._exit(status, record)
        lost = end is None and runner in (Runner.GONE, Runner.UNRECORDED)
        return JobView(
            status,
            runner,
            end,
            self._progress(status, record),
            tuple(self.processes_to_end(status)) if lost else (),
            folder.terminate_request.exists(),
            folder.kill_request.exists(),
            waited=waited,
        )

    def _goes_on(self, status: JobStatus) -> bool:
        known, goes_on = self._lost.get(status.job, (None, False))
        if known != status:
            goes_on = self._is_to_go_on(status)
            self._lost[status.job] = status, goes_on
        return goes_on

    def _is_to_go_on(self, status: JobStatus) -> bool:
        """A job that was told to stop or to pause when the machine went down is left alone."""
        folder = self._layout.job(status.job)
        try:
            wanted = JobStore(self._layout).spec(status.job).resume_when_lost
        except ProblemError:
            return False
        return wanted and not folder.stop_request.exists() and read_milestones(folder.events).losses < MAX_LOSSES

    def record(self, status: JobStatus) -> RunnerRecord | None:
        """What the runner of the latest attempt wrote; None while it has not."""
        value = read_json(self._layout.job(status.job).runner)
        if value is None or value.get("attempt") != status.attempt:
            return None
        trainer = ProcessIdentity(**value["trainer"]) if "trainer" in value else None
        runner = ProcessIdentity(**value["runner"])
        return RunnerRecord(value["attempt"], value["after_seq"], value["oom_kills"], runner, trainer)

    def processes_to_end(self, status: JobStatus) -> list[int]:
        """Living processes of the job but its runner, which is to see the end of the others."""
        record = self.record(status)
        found = set(platform.tagged_processes(JOB_VARIABLE, status.job))
        if record is not None:
            if record.trainer is not None and record.trainer.is_alive():
                found.add(record.trainer.pid)
            if record.runner.is_alive():
                found.discard(record.runner.pid)
        found.discard(os.getpid())
        return sorted(found)

    def _exit(self, status: JobStatus, record: RunnerRecord | None) -> Exit | None:
        value = read_json(self._layout.job(status.job).exit)
        if value is None or value.get("attempt") != status.attempt:
            return None
        before = record.oom_kills if record is not None else value["oom_kills"]
        return Exit(value["code"], value["signal"], value["oom_kills"] - before)

    def _progress(self, status: JobStatus, record: RunnerRecord | None) -> Progress:
        if record is None:
            # Nothing of this attempt has been written before its runner wrote its record.
            return Progress()
        attempt, reader = self._readers.get(status.job, (0, None))
        if reader is None or attempt != status.attempt:
            reader = ProgressReader(self._layout.job(status.job).events, record.after_seq)
            self._readers[status.job] = (status.attempt, reader)
        return reader.read()


def _runner(record: RunnerRecord | None) -> Runner:
    if record is None:
        return Runner.UNRECORDED
    if record.runner.is_alive():
        return Runner.ALIVE
    return Runner.GONE if record.runner.is_of_this_boot() else Runner.OTHER_BOOT
