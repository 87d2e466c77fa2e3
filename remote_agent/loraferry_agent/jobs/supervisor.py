"""The one process of a host that moves jobs: looks, lets `decisions` decide, does it, ten times a second.

It alone writes states after a job was submitted. It can be killed at any moment: all it knows is read again from
files, and the runners go on without it.
"""

import argparse
import logging
import subprocess
import time
from collections.abc import Callable

from loraferry_agent import platform, probe
from loraferry_agent.jobs.adaptations import died_in, read_adaptation, write_adaptation
from loraferry_agent.jobs.atomic import write_atomically, write_json
from loraferry_agent.jobs.comeback import comeback
from loraferry_agent.jobs.decisions import Action, JobView, Patience, Ruling, Verb, decide, in_front, rule, rule_reorder
from loraferry_agent.jobs.diagnosis import Exit, Missing, Outcome, Scene, diagnose
from loraferry_agent.jobs.event_log import EventLog
from loraferry_agent.jobs.ladder import detail_of
from loraferry_agent.jobs.launch import Settings, add_arguments, settings_from, start_runner, start_supervisor
from loraferry_agent.jobs.log_tail import log_tail
from loraferry_agent.jobs.mailbox import Command, Mailbox
from loraferry_agent.jobs.memory import memory_limit_mb
from loraferry_agent.jobs.mending import mend
from loraferry_agent.jobs.meter import Meter
from loraferry_agent.jobs.milestones import read_milestones
from loraferry_agent.jobs.observation import Observer
from loraferry_agent.jobs.process import identify_self
from loraferry_agent.jobs.progress import Progress, ProgressReader
from loraferry_agent.jobs.queue import first_turn, last_turn, reordered
from loraferry_agent.jobs.reserve import give_reserve, is_full, keep_reserve
from loraferry_agent.jobs.store import JobStore
from loraferry_agent.jobs.succession import is_superseded
from loraferry_agent.layout import SCHEMA, JobFolder, default_home
from loraferry_core.events import Adapted, Failed, Logged, Stopped
from loraferry_core.jobs import ACTIVE, JobState, JobStatus
from loraferry_core.problems import Problem, ProblemError, problem

LOG = logging.getLogger(__name__)
POLL_SECONDS = 0.1
BEAT_SECONDS = 1.0
TROUBLE_SECONDS = 2.0
"""Pause after the disk refused something."""
LOCK_SECONDS = 3.0
"""How long a new supervisor waits for one that is ending."""
TAIL_LINES = 40
TAIL_BYTES = 4 * 1024
BY_GUARD = "guard"
"""In a pause request: nobody wished for it, the machine is about to stop."""


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
        self._meter = Meter(settings, clock)
        self._jobs: dict[str, JobStatus] = {}
        self._since: dict[str, float] = {}
        """When each job came into its state, by a clock that nobody sets."""
        self._damaged: set[str] = set()
        self._runners: list[subprocess.Popen[bytes]] = []
        self._busy_at = time.monotonic()

    def is_idle(self) -> bool:
        """Whether there was nothing to do for so long that this process may end. Armed guards always have."""
        idle = time.monotonic() - self._busy_at
        return idle > self._settings.idle_seconds and not self._meter.is_armed

    def is_homeless(self) -> bool:
        """Whether the home was removed, so that there is nothing left to look after."""
        return not self._layout.locks.exists()

    def has_work(self) -> bool:
        """Whether a job waits or runs, looked up anew."""
        self._load()
        # A lost job that goes on by itself is queued in the next round.
        return any(status.state in ACTIVE or status.state is JobState.QUEUED for status in self._jobs.values())

    def retire(self) -> bool:
        """Say that nobody supervises any more; False, and back to work, when a job came in meanwhile.

        Whoever submits looks for the heartbeat afterwards, so one of the two sees the other.
        """
        self._write_heartbeat(retired=True)
        if not self.has_work() and not any(self._mailbox.pending()) and not self._meter.is_armed:
            return True
        self.beat()
        return False

    def hands_over(self) -> bool:
        """Whether newer code is to supervise; if so, nobody does until its supervisor begins. Jobs go on meanwhile."""
        if self._meter.is_stopping or not is_superseded(self._layout):
            return False
        self._write_heartbeat(retired=True)
        return True

    def beat(self) -> None:
        """Say who the supervisor is, and that it lives; mend what a disk has damaged. Raises OSError."""
        self._write_heartbeat(retired=False)
        self._mailbox.tidy(self._clock())
        self._mend()
        keep_reserve(self._layout)

    def make_room(self) -> None:
        """Let go of what was kept for the time when a disk is full."""
        give_reserve(self._layout)

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
        views = [self._look(status) for status in self._jobs.values()]
        for action in decide(views, self._patience, self._meter.holds_queue):
            self._apply(action)
        if self._meter.look(self._jobs.values()):
            self._pause_all()

    def _look(self, status: JobStatus) -> JobView:
        return self._observer.look(status, time.monotonic() - self._since[status.job])

    def _load(self) -> None:
        names = set(self._store.names())
        for gone in self._jobs.keys() - names:
            del self._jobs[gone]
        for name in names - self._jobs.keys() - self._damaged:
            try:
                self._take_in(self._status(name))
            except ProblemError as error:
                self._damaged.add(name)
                LOG.error("job %s cannot be read: %s", name, error)

    def _status(self, job: str) -> JobStatus:
        try:
            return self._store.status(job)
        except ProblemError as error:
            if error.problem.code != "job_damaged":
                raise
            return mend(self._layout, job)

    def _take_in(self, status: JobStatus) -> None:
        self._jobs[status.job] = status
        self._since[status.job] = time.monotonic()

    def _mend(self) -> None:
        """Write states anew that were damaged on the disk since this process wrote or read them."""
        for status in self._jobs.values():
            try:
                self._store.status(status.job)
            except ProblemError as error:
                if error.problem.code == "job_damaged":
                    LOG.warning("%s: written anew", error)
                    self._store.write(status)

    # ---- orders ----

    def _obey(self, command: Command) -> None:
        status = self._jobs.get(command.job)
        pausing = self._layout.job(command.job).pause_request.exists() if status is not None else False
        ruling = rule(command, status, self._clock(), pausing)
        if ruling.refusal is None and command.action == "reorder" and command.before:
            ruling = rule_reorder(command, self._jobs.get(command.before))
        if status is not None and ruling.refusal is None:
            self._prepare_for(command, status, ruling)
            if ruling.state is JobState.STOPPED:
                self._append_stopped(status)
            if ruling.state is not None:
                self._move(status, ruling.state)
        self._mailbox.answer(command, ruling.refusal)

    def _prepare_for(self, command: Command, status: JobStatus, ruling: Ruling) -> None:
        folder = self._layout.job(status.job)
        folder.stop_request.parent.mkdir(exist_ok=True)
        if command.action == "reorder":
            for job, turn in reordered(self._jobs.values(), command.job, command.before).items():
                self._write(self._jobs[job].replace(turn=turn))
        elif command.action == "save":
            folder.save_request.touch()
        elif command.action == "sample":
            folder.sample_request.touch()
        elif command.action == "kill":
            folder.kill_request.touch()
        if command.action in ("stop", "kill"):
            folder.pause_request.unlink(missing_ok=True)
        if ruling.state is JobState.STOPPING:
            if command.action == "pause":
                folder.pause_request.touch()
            folder.stop_request.touch()
        elif command.action == "resume" and ruling.state is JobState.QUEUED:
            self._write(self._requeued(status))

    def _requeued(self, status: JobStatus) -> JobStatus:
        """A job with its place in the queue; what was asked of its last attempt is forgotten."""
        folder = self._layout.job(status.job)
        marks = (folder.stop_request, folder.terminate_request, folder.kill_request, folder.pause_request)
        for path in (*marks, folder.save_request, folder.sample_request, folder.exit):
            path.unlink(missing_ok=True)
        others = [other for other in self._jobs.values() if other.job != status.job]
        turn = min(status.turn, first_turn(others)) if in_front(status) else last_turn(others)
        return status.replace(turn=turn)

    def _pause_all(self) -> None:
        for status in list(self._jobs.values()):
            if status.state in (JobState.PREPARING, JobState.RUNNING):
                folder = self._layout.job(status.job)
                folder.stop_request.parent.mkdir(exist_ok=True)
                write_atomically(folder.pause_request, BY_GUARD.encode())
                folder.stop_request.touch()
                self._move(status, JobState.STOPPING)

    # ---- actions ----

    def _apply(self, action: Action) -> None:
        status = self._jobs[action.job]
        if action.verb is Verb.START:
            self._start(status)
        elif action.verb is Verb.RESUME:
            self._write(self._requeued(status))
            self._move(status, JobState.QUEUED)
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
        view = self._look(status)
        stopping = status.state is JobState.STOPPING
        pausing = stopping and folder.pause_request.exists()
        forced = view.terminated or view.kill_asked
        scene = self._scene(folder)
        outcome = diagnose(end, view.progress, scene, stopping, forced, pausing)
        if not stopping and self._comes_back(status, end, outcome, view.progress, scene.tail):
            self._start_anew(status)
            return
        if not outcome.announced and outcome.problem is None:
            self._append_stopped(status)
        elif not outcome.announced:
            log = EventLog(folder.events, status.attempt, self._clock)
            log.append(Failed, problem=outcome.problem)
            log.close()
        reason = outcome.problem
        if outcome.state is JobState.PAUSED and folder.pause_request.read_text(encoding="ascii") == BY_GUARD:
            reason = problem("guard_paused")
        self._move(status, outcome.state, reason)

    def _comes_back(
        self, status: JobStatus, end: Exit | Missing, outcome: Outcome, progress: Progress, tail: str
    ) -> bool:
        """Whether a job whose trainer has died goes on by itself; if so, it is told and written down how."""
        folder = self._layout.job(status.job)
        if died_in(folder) == status.attempt:
            return True  # this process's predecessor has got so far
        loop = self._store.spec(status.job).config.loop
        found = comeback(end, outcome, progress, tail, read_adaptation(folder), loop)
        if found is None:
            return False
        log = EventLog(folder.events, status.attempt, self._clock)
        log.append(Logged, level="warning", problem=outcome.problem)
        detail = detail_of(found.rung, found.adaptation)
        log.append(Adapted, step=progress.last_step, rung=found.rung, detail=detail)
        log.close()
        write_adaptation(folder, found.adaptation, died_in_attempt=status.attempt)
        return True

    def _start_anew(self, status: JobStatus) -> None:
        """Back into the queue at once. That the trainer was lost in between is nothing that anybody could act upon."""
        now = self._clock()
        self._write(self._requeued(status.moved(JobState.LOST, now)).moved(JobState.QUEUED, now))
        self._since[status.job] = time.monotonic()

    def _scene(self, folder: JobFolder) -> Scene:
        disk = probe.measure_disk(str(self._layout.work)) or {}
        return Scene(
            tail=log_tail(folder.log, TAIL_LINES, TAIL_BYTES),
            limit_mb=memory_limit_mb(),
            disk=str(self._layout.work),
            free_mb=disk.get("free_mb", -1),
            free_inodes=platform.free_inodes(self._layout.work),
        )

    def _append_stopped(self, status: JobStatus) -> None:
        events = self._layout.job(status.job).events
        step = ProgressReader(events, 0).read().last_step
        # A run that was paused has left its LoRA as far as it got.
        file = read_milestones(events).outcome if status.state is JobState.PAUSED else None
        log = EventLog(events, max(1, status.attempt), self._clock)
        log.append(Stopped, step=step, file=file)
        log.close()

    def _move(self, status: JobStatus, state: JobState, reason: Problem | None = None) -> JobStatus:
        moved = self._jobs[status.job].moved(state, self._clock(), reason)
        self._write(moved)
        self._since[status.job] = time.monotonic()
        return moved

    def _write(self, status: JobStatus) -> None:
        self._store.write(status)
        self._jobs[status.job] = status


def main() -> None:
    """Supervise until there was nothing to do for long. Ends at once where another supervisor has the lock."""
    parser = argparse.ArgumentParser(prog="loraferry_agent.jobs.supervisor")
    add_arguments(parser, default_home())
    # A runner of another version may have started it, with arguments that this one does not have.
    settings = settings_from(parser.parse_known_args()[0])
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
    if is_superseded(layout) and layout.locks.exists():
        start_supervisor(settings)


def supervise(supervisor: Supervisor) -> None:
    """Go round until idle, until newer code is to take over, or until the home was removed."""
    beat_at = 0.0
    while not supervisor.is_homeless():
        if supervisor.hands_over():
            return
        if time.monotonic() >= beat_at:
            beat_at = time.monotonic() + BEAT_SECONDS
            attempt(supervisor.beat, supervisor)
        if attempt(supervisor.tick, supervisor):
            if supervisor.is_idle() and supervisor.retire():
                return
            time.sleep(POLL_SECONDS)
        else:
            time.sleep(TROUBLE_SECONDS)


def attempt(work: Callable[[], None], supervisor: Supervisor) -> bool:
    """Whether it could be done. A full or vanished disk must not end supervision; the reason stands in the log."""
    try:
        work()
    except OSError as error:
        LOG.exception("a round failed")
        if is_full(error):
            supervisor.make_room()
        return False
    return True


if __name__ == "__main__":
    main()
