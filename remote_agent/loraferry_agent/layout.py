"""Where everything lies on the training machine.

`home` (mode 0700, on a local disk) holds what must be local: identity, code, environments, locks, mailbox, heartbeat.
`work` holds what is large and must last: jobs, blobs, models, caches. It is where `home/work` points, or in `home`.
"""

import os
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "LORAFERRY_HOME"
JOB_VARIABLE = "LORAFERRY_JOB"
"""In the environment of every process of a job, so that all of them can be found and ended."""


SCHEMA = 1
"""Of the files both an old and a new agent may read: states, events, mailbox, heartbeat."""


@dataclass(frozen=True)
class Layout:
    """All paths of an agent."""

    home: Path
    work: Path

    @property
    def code(self) -> Path:
        """Agent code, a folder for each content hash."""
        return self.home / "code"

    @property
    def venvs(self) -> Path:
        """Environments, a folder for each hash of what is in them."""
        return self.home / "venvs"

    @property
    def mailbox(self) -> Path:
        """Commands to the supervisor and its answers, as small files."""
        return self.home / "mailbox"

    @property
    def agent_id(self) -> Path:
        """The identity of this host: a UUID, made once."""
        return self.home / "agent_id"

    @property
    def locks(self) -> Path:
        """Files that are locked, never read."""
        return self.home / "locks"

    @property
    def heartbeat(self) -> Path:
        """Who the supervisor is, when it last went round, and whether it has retired."""
        return self.home / "supervisor.json"

    @property
    def supervisor_log(self) -> Path:
        """What the supervisor prints."""
        return self.home / "supervisor.log"

    @property
    def jobs(self) -> Path:
        """A folder for each job."""
        return self.work / "jobs"

    @property
    def blobs(self) -> Path:
        """Files by their hash: `ab/cdef…`; manifests are blobs too."""
        return self.work / "blobs"

    @property
    def committed(self) -> Path:
        """An empty file for each committed manifest, named by its hash."""
        return self.work / "committed"

    @property
    def trees(self) -> Path:
        """Ferried base models as folders, named by the hash of their manifest."""
        return self.work / "trees"

    @property
    def caches(self) -> Path:
        """What the trainer can compute again: latents and encoded captions."""
        return self.work / "caches"

    def job(self, job: str) -> "JobFolder":
        """The folder of one job."""
        return JobFolder(self.jobs / job)


@dataclass(frozen=True)
class JobFolder:
    """The state of record of one job."""

    path: Path

    @property
    def spec(self) -> Path:
        """The submitted `JobSpec`, never changed."""
        return self.path / "spec.json"

    @property
    def state(self) -> Path:
        """The `JobStatus`, written by the supervisor alone."""
        return self.path / "state.json"

    @property
    def events(self) -> Path:
        """One JSON line an event."""
        return self.path / "events.jsonl"

    @property
    def log(self) -> Path:
        """What the training processes print."""
        return self.path / "train.log"

    @property
    def exit(self) -> Path:
        """How the training process of the latest attempt ended, written by the runner."""
        return self.path / "exit.json"

    @property
    def runner(self) -> Path:
        """Identity of the runner of the latest attempt."""
        return self.path / "runner.json"

    @property
    def stop_request(self) -> Path:
        """Exists while a stop is wanted; the trainer looks for it at each step."""
        return self.path / "control" / "stop"

    @property
    def terminate_request(self) -> Path:
        """Exists once the supervisor has asked the processes to end, because they did not stop in time."""
        return self.path / "control" / "terminate"

    @property
    def kill_request(self) -> Path:
        """Exists once the processes are to be killed."""
        return self.path / "control" / "kill"

    @property
    def checkpoints(self) -> Path:
        """A folder for each committed checkpoint."""
        return self.path / "checkpoints"

    @property
    def samples(self) -> Path:
        """Test pictures."""
        return self.path / "samples"

    @property
    def output(self) -> Path:
        """The finished LoRA."""
        return self.path / "output"


def default_home() -> Path:
    """The agent's home of this user: `LORAFERRY_HOME`, or `.loraferry` in the home folder."""
    return Path(os.environ.get(HOME_VARIABLE) or Path.home() / ".loraferry")


def layout_of(home: Path) -> Layout:
    """The layout of an agent's home; its `work` pointer is a text file with one absolute path."""
    pointer = home / "work"
    work = Path(pointer.read_text(encoding="utf-8").strip()) if pointer.is_file() else home
    return Layout(home, work)
