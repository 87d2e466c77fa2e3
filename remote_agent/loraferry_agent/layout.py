"""Where everything lies on the training machine.

`home` (mode 0700, on a local disk) holds what must be local: identity, code, environments, locks, mailbox, heartbeat.
`work` holds what is large and must last: jobs, blobs, models, caches. It is where `home/work` points, or in `home`.
What can be computed or fetched again may lie elsewhere, where `home/host.json` says.

Standard library only, Python 3.8 syntax: what sets a machine up and what takes it down again read the names here.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HOME_VARIABLE = "LORAFERRY_HOME"
JOB_VARIABLE = "LORAFERRY_JOB"
"""In the environment of every process of a job, so that all of them can be found and ended."""


SCHEMA = 1
"""Of the files both an old and a new agent may read: states, events, mailbox, heartbeat."""
FROM_NEWER: Literal["ignore"] = "ignore"
"""How pydantic takes unknown fields in those files: a newer agent may have written them."""


@dataclass(frozen=True)
class Layout:
    """All paths of an agent."""

    home: Path
    work: Path
    elsewhere: "Path | None" = None
    """The folder for what can be had again, where it is not in `work`."""

    @property
    def code(self) -> Path:
        """Agent code, a folder for each content hash."""
        return self.home / "code"

    @property
    def venvs(self) -> Path:
        """Environments, a folder for each hash of what is in them."""
        return self.home / "venvs"

    @property
    def uv(self) -> Path:
        """The installer that was sent, a folder for each version, where the machine had none."""
        return self.home / "uv"

    @property
    def pythons(self) -> Path:
        """Interpreters that were fetched, where the machine had none new enough."""
        return self.home / "pythons"

    @property
    def host_setup(self) -> Path:
        """What the desktop has decided about this machine: a `HostSetup`."""
        return self.home / "host.json"

    @property
    def places(self) -> Path:
        """All folders that were ever used, and those of them that had to be made; for taking them away again."""
        return self.home / "places.json"

    @property
    def used(self) -> Path:
        """An empty file for each code and environment, as old as its last deployment."""
        return self.home / "used"

    @property
    def newest(self) -> Path:
        """The newest code that has served here; whoever starts a supervisor starts this one's."""
        return self.home / "newest.json"

    @property
    def deploy_log(self) -> Path:
        """What was done to set this machine up, and what the tools said."""
        return self.home / "deploy.log"

    @property
    def meetings(self) -> Path:
        """A folder for each run with several processes, by which they find each other."""
        return self.home / "meetings"

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
    def guards(self) -> Path:
        """What the guards of the meter may do, as the desktop has set it."""
        return self.home / "guards.json"

    @property
    def guard_snooze(self) -> Path:
        """An order to put the guards off, until the supervisor has taken it."""
        return self.home / "guard_snooze.json"

    @property
    def guard_call_off(self) -> Path:
        """An order to end the countdown of one guard, until the supervisor has taken it."""
        return self.home / "guard_call_off.json"

    @property
    def guard_state(self) -> Path:
        """How the guards stand, written by the supervisor alone."""
        return self.home / "guard_state.json"

    @property
    def guard_log(self) -> Path:
        """What the vendor's command printed that a guard ran last."""
        return self.home / "guard_stop.log"

    @property
    def reserve(self) -> Path:
        """Room kept for the time when the disk is full; there is one in `work` too, where that is another folder."""
        return self.home / "reserve"

    @property
    def activity(self) -> Path:
        """Touched while data go to or from this machine, so that no guard takes it for idle."""
        return self.home / "activity"

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
    def blobs_boot(self) -> Path:
        """The start of the machine after which the blobs were last looked through."""
        return self.home / "blobs_boot"

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
        """What can be had again: latents and encoded captions, packages, the hub's downloads."""
        return self.elsewhere or self.work / "caches"

    @property
    def models(self) -> Path:
        """Fetched base models, a folder for each order."""
        return self.work / "models"

    @property
    def captionings(self) -> Path:
        """What was found in pictures, a folder for each order."""
        return self.work / "captionings"

    @property
    def secrets(self) -> Path:
        """Tokens, readable by this user alone. On the local disk, never on one that is shared."""
        return self.home / "secrets.json"

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
    def adaptation(self) -> Path:
        """What the run has given up so as to go on, written by the trainer while it lives, then by the supervisor."""
        return self.path / "adapted.json"

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
    def pause_request(self) -> Path:
        """Exists beside a stop request that is to end in a pause; holds why, where it was not a person's wish."""
        return self.path / "control" / "pause"

    @property
    def save_request(self) -> Path:
        """Exists while a checkpoint is wanted; the trainer removes it when that is made."""
        return self.path / "control" / "save"

    @property
    def sample_request(self) -> Path:
        """Exists while test pictures are wanted; the trainer removes it when they are made."""
        return self.path / "control" / "sample"

    @property
    def acknowledged(self) -> Path:
        """The artifacts of which the desktop holds a verified copy."""
        return self.path / "acked.json"

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
    caches = read_setup(home).get("caches")
    return Layout(home, work, Path(str(caches)) if caches else None)


def read_setup(home: Path) -> "dict[str, object]":
    """The fields of the home's `HostSetup` as plain values; none where there is no such file, or a damaged one."""
    try:
        value = json.loads((home / "host.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
