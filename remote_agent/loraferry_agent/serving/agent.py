"""What a connection can ask of this machine: identity, blobs, jobs, orders, facts."""

import subprocess
import threading
import time
import uuid
from dataclasses import dataclass, field

from loraferry_agent import platform
from loraferry_agent.blobs.store import BlobStore
from loraferry_agent.jobs.atomic import write_atomically
from loraferry_agent.jobs.decisions import concerned_attempt
from loraferry_agent.jobs.launch import Settings, read_heartbeat, start_supervisor
from loraferry_agent.jobs.mailbox import Mailbox, OrderedAction, command_for
from loraferry_agent.jobs.meter import read_settings
from loraferry_agent.jobs.store import JobStore
from loraferry_agent.jobs.succession import announce
from loraferry_agent.layout import Layout
from loraferry_agent.models.refusals import refuse_base
from loraferry_core.jobs import JobSpec, JobStatus, Restore
from loraferry_core.problems import ProblemError, fail

ORDER_SECONDS = 15.0
"""How long an order waits for the supervisor."""
LOOK_SECONDS = 1.0
POLL_SECONDS = 0.02


@dataclass
class Agent:
    """The services behind one connection. `open_agent` makes it."""

    settings: Settings
    layout: Layout
    id: str
    blobs: BlobStore
    jobs: JobStore
    mailbox: Mailbox
    _started: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    _starting: threading.Lock = field(default_factory=threading.Lock)

    def ensure_supervisor(self) -> None:
        """Start the supervisor if there is none. Raises OSError."""
        with self._starting:
            self._started = [process for process in self._started if process.poll() is None]
            announce(self.layout)
            beat = read_heartbeat(self.layout)
            is_starting = any(beat is None or process.pid != beat.process.pid for process in self._started)
            if not is_starting and (beat is None or not beat.is_alive()):
                self._started.append(start_supervisor(self.settings))

    def ensure_guarded(self) -> None:
        """Start the supervisor if there is none though guards are armed. Raises OSError."""
        if read_settings(self.layout).armed:
            self.ensure_supervisor()

    def submit(self, spec: JobSpec, restore: Restore | None = None, held: bool = False) -> JobStatus:
        """Queue a job, or hold it. Raises ProblemError: manifest_unknown, also for the checkpoint to go on from,
        no_images_approved, job_conflict, job_damaged; base_not_found and its like where the base model can be none;
        OSError."""
        config = spec.config
        for manifest in (config.dataset.manifest, config.base.tree, config.network.parent_tree):
            if manifest and not self.blobs.is_committed(manifest):
                raise fail("manifest_unknown", manifest=manifest)
        if not spec.config.dataset.manifest:
            raise fail("no_images_approved")
        if not self.layout.job(spec.job).path.exists():
            refuse_base(spec)
        status = self.jobs.submit(spec, time.time(), restore, held)
        self.ensure_supervisor()
        return status

    def order(self, job: str, action: OrderedAction, before: str = "") -> JobStatus:
        """Have the supervisor do something to a job. Raises ProblemError: whatever it refuses with, agent_failed."""
        command = command_for(job, concerned_attempt(self.jobs.status(job)), action, ORDER_SECONDS, before)
        self.mailbox.send(command)
        give_up_at = time.monotonic() + ORDER_SECONDS
        look_at = 0.0
        while (answer := self.mailbox.answer_to(command)) is None:
            if time.monotonic() > give_up_at:
                self.mailbox.withdraw(command)
                raise fail("agent_failed", detail=f"{action}: the supervisor does not answer")
            if time.monotonic() >= look_at:
                self.ensure_supervisor()
                look_at = time.monotonic() + LOOK_SECONDS
            time.sleep(POLL_SECONDS)
        if answer.problem is not None:
            raise ProblemError(answer.problem)
        return self.jobs.status(job)


def open_agent(settings: Settings) -> Agent:
    """Open a home, making it if need be. Raises ProblemError home_unwritable, disk_full; OSError."""
    try:
        platform.make_private_folder(settings.home)
        layout = settings.layout
        for folder in (layout.locks, layout.jobs):
            folder.mkdir(parents=True, exist_ok=True)
        mailbox = Mailbox(layout)
        identity = read_or_make_id(layout)
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise fail("home_unwritable", path=error.filename or settings.home) from error
    return Agent(settings, layout, identity, BlobStore(layout), JobStore(layout), mailbox)


def read_or_make_id(layout: Layout) -> str:
    """The identity of this host, made once, also when two connections ask at the same moment."""
    lock = platform.FileLock(layout.locks / "agent_id")
    while not lock.acquire():
        time.sleep(POLL_SECONDS)
    try:
        if not layout.agent_id.exists():
            write_atomically(layout.agent_id, str(uuid.uuid4()).encode())
        return layout.agent_id.read_text(encoding="ascii").strip()
    finally:
        lock.release()
