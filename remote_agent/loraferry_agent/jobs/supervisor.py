"""The one process of a host that moves jobs: looks, lets `decisions` decide, does it, ten times a second.

It alone writes states after a job was submitted. It can be killed at any moment: all it knows is read again from
files, and the runners go on without it.
"""

import argparse
import logging
import subprocess
import time
from collections.abc import Callable

from pydantic import ValidationError

from loraferry_agent import platform
from loraferry_agent.jobs.atomic import write_json
from loraferry_agent.jobs.decisions import Action, Patience, Ruling, Verb, decide, rule
from loraferry_agent.jobs.diagnosis import Exit, Missing, diagnose
from loraferry_agent.jobs.event_log import EventLog
from loraferry_agent.jobs.launch import Settings, add_arguments, settings_from, start_runner
from loraferry_agent.jobs.log_tail import log_tail
from loraferry_agent.jobs.mailbox import Command, Mailbox
from loraferry_agent.jobs.observation import Observer
from loraferry_agent.jobs.process import identify_self
from loraferry_agent.jobs.progress import ProgressReader
from loraferry_agent.jobs.store import JobStore
from loraferry_agent.layout import SCHEMA, default_home
from loraferry_core.events import Failed, Stopped
from loraferry_core.jobs import ACTIVE, JobState, JobStatus
from loraferry_core.problems import Problem, ProblemError

LOG = logging.getLogger(__name__)
POLL_SECONDS = 0.1
BEAT_SECONDS = 1.0
TROUBLE_SECONDS = 2.0
"""Pause after the disk refused something."""
LOCK_SECONDS = 3.0
"""How long a new supervisor waits for one that is ending."""
TAIL_LINES = 40
TAIL_BYTES = 4 * 1024


class Supervisor:
    """One supervisor over one home."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._layout = settings.layout
        self._store = JobStore(self._layout)
        self._mailbox = Mailbox(self._layout)
        self._observer = Observer(self._layout)
        self._clock = clock
        self._identity = identify_self()
        self._patience = Patience(settings.stop_seconds, settings.kill_seconds)
        self._jobs: dict[str, JobStatus] = {}
        self._damaged: set[str] = set()
        self._runners: list[subprocess.Popen[bytes]] = []
        self._busy_at = time.monotonic()

    def is_idle(self) -> bool:
        """Whether there was nothing to do for so long that this process may end."""
        return time.monotonic() - self._busy_at > self._settings.idle_seconds

    def is_homeless(self) -> bool:
        """Whether the home was removed, so that there is nothing left to look after."""
        return not self._layout.locks.exists()

    def has_work(self) -> bool:
        """Whether a job waits or runs, looked up anew."""
        self._load()
        return any(status.state in ACTIVE or status.state is JobState.QUEUED for status in self._jobs.values())

    def retire(self) -> bool:
        """Say that nobody supervises any more; False, and back to work, when a job came in meanwhile.

        Whoever submits looks for the heartbeat afterwards, so one of the two sees the other.
        """
        self._write_heartbeat(retired=True)
        if not self.has_work() and not any(self._mailbox.pending()):
            return True
        self.beat()
        return False

    def beat(self) -> None:
        """Say who the supervisor is, and that it lives."""
        self._write_heartbeat(retired=False)
        self._mailbox.tidy(self._clock())

    def _write_heartbeat(self, retired: bool) -> None:
        beat = {
            "process": self._identity.as_json(),
            "retired": retired,
            "time": self._clock(),
            "schema_number": SCHEMA,
        }
        write_json(self._layout.heartbeat, beat, durable=False)

    def tick(self) -> None:
        """One round. Raises OSError where the disk refuses; the next round starts from the files again."""
        # Popen collects the ends of those that are asked.
        self._runners = [runner for runner in self._runners if runner.poll() is None]
        if self.has_work():
            self._busy_at = time.monotonic()
        for command in self._mailbox.pending():
            self._busy_at = time.monotonic()
            self._obey(command)
        views = [self._observer.look(status) for status in self._jobs.values()]
        for action in decide(views, self._clock(), self._patience):
            self._apply(action)

    def _load(self) -> None:
        names = set(self._store.names())
        for gone in self._jobs.keys() - names:
            del self._jobs[gone]
        for name in names - self._jobs.keys() - self._damaged:
            try:
                self._jobs[name] = self._store.status(name)
            except (ProblemError, ValidationError) as error:
                self._damaged.add(name)
                LOG.error("job %s cannot be read: %s", name, error)

    # ---- orders ----

    def _obey(self, command: Command) -> None:
        status = self._jobs.get(command.job)
        ruling = rule(command, status, self._clock())
        if status is not None and ruling.refusal is None:
            self._prepare_for(command, status, ruling)
            if ruling.state is JobState.STOPPED:
                self._append_stopped(status)
            if ruling.state is not None:
                self._move(status, ruling.state)
        self._mailbox.answer(command, ruling.refusal)

    def _prepare_for(self, command: Command, status: JobStatus, ruling: Ruling) -> None:
        folder = self._layout.job(status.job)
        marks = (folder.stop_request, folder.terminate_request, folder.kill_request)
        folder.stop_request.parent.mkdir(exist_ok=True)
        if ruling.state is JobState.QUEUED:
            for path in (*marks, folder.exit):
                path.unlink(missing_ok=True)
        elif command.action == "kill":
            folder.kill_request.touch()
        if ruling.state is JobState.STOPPING:
            folder.stop_request.touch()

    # ---- actions ----

    def _apply(self, action: Action) -> None:
        status = self._jobs[action.job]
        if action.verb is Verb.START:
            self._start(status)
        elif action.verb is Verb.MARK_RUNNING:
            self._move(status, JobState.RUNNING)
        elif action.verb is Verb.TERMINATE:
            self._layout.job(status.job).terminate_request.touch()
            self._signal(status, platform.terminate)
        elif action.verb is Verb.KILL:
            self._signal(status, platform.kill)
        else:
            assert action.end is not None
            self._conclude(status, action.end)

    def _start(self, status: JobStatus) -> None:
        moved = self._move(status, JobState.PREPARING)
        folder = self._layout.job(status.job)
        log = EventLog(folder.events, moved.attempt)
        log.close()
        self._runners.append(start_runner(self._settings, status.job, moved.attempt, log.last_seq))

    def _signal(self, status: JobStatus, send: Callable[[int], None]) -> None:
        for pid in self._observer.processes_to_end(status):
            send(pid)

    def _conclude(self, status: JobStatus, end: Exit | Missing) -> None:
        folder = self._layout.job(status.job)
        view = self._observer.look(status)
        tail = log_tail(folder.log, TAIL_LINES, TAIL_BYTES)
        stopping = status.state is JobState.STOPPING
        forced = view.terminated or view.kill_asked
        outcome = diagnose(end, view.progress, stopping, forced, tail, platform.memory_limit_mb())
        if not outcome.announced and outcome.problem is None:
            self._append_stopped(status)
        elif not outcome.announced:
            log = EventLog(folder.events, status.attempt, self._clock)
            log.append(Failed, problem=outcome.problem)
            log.close()
        self._move(status, outcome.state, outcome.problem)

    def _append_stopped(self, status: JobStatus) -> None:
        events = self._layout.job(status.job).events
        log = EventLog(events, max(1, status.attempt), self._clock)
        log.append(Stopped, step=ProgressReader(events, 0).read().last_step)
        log.close()

    def _move(self, status: JobStatus, state: JobState, reason: Problem | None = None) -> JobStatus:
        moved = status.moved(state, self._clock(), reason)
        self._store.write(moved)
        self._jobs[status.job] = moved
        return moved


def main() -> None:
    """Supervise until there was nothing to do for long. Ends at once where another supervisor has the lock."""
    parser = argparse.ArgumentParser(prog="loraferry_agent.jobs.supervisor")
    add_arguments(parser, default_home())
    settings = settings_from(parser.parse_args())
    layout = settings.layout
    platform.outlive_signals()
    layout.locks.mkdir(parents=True, exist_ok=True)
    lock = platform.FileLock(layout.locks / "supervisor")
    give_up_at = time.monotonic() + LOCK_SECONDS
    while not lock.acquire():
        if time.monotonic() > give_up_at:
            return
        time.sleep(POLL_SECONDS)
    supervise(Supervisor(settings))
    lock.release()


def supervise(supervisor: Supervisor) -> None:
    """Go round until idle, or until the home was removed."""
    beat_at = 0.0
    while not supervisor.is_homeless():
        try:
            if time.monotonic() >= beat_at:
                supervisor.beat()
                beat_at = time.monotonic() + BEAT_SECONDS
            supervisor.tick()
            if supervisor.is_idle() and supervisor.retire():
                return
            time.sleep(POLL_SECONDS)
        except OSError:
            # A full or vanished disk must not end supervision; the reason stands in the log.
            LOG.exception("a round failed")
            time.sleep(TROUBLE_SECONDS)


if __name__ == "__main__":
    main()
