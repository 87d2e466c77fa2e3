"""How the agent's processes are started: which module, with which arguments, in which environment."""

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from loraferry_agent import platform
from loraferry_agent.jobs.atomic import read_json
from loraferry_agent.jobs.process import ProcessIdentity
from loraferry_agent.jobs.succession import Version, newest_version, own_version
from loraferry_agent.layout import HOME_VARIABLE, JOB_VARIABLE, Layout, layout_of
from loraferry_agent.setup.surroundings import VENDOR_KEY, surroundings

MAX_LOG = 2**20


@dataclass(frozen=True)
class Settings:
    """What serve, supervisor and runner hand on to each other. Times in seconds."""

    home: Path
    trainer: str = "loraferry_agent.train"
    stop_seconds: float = 60.0
    """A trainer that was asked to stop is asked by signal after this long."""
    kill_seconds: float = 10.0
    """And killed this much later."""
    idle_seconds: float = 600.0
    """A supervisor without work ends after this long."""

    @property
    def layout(self) -> Layout:
        """The layout of this home."""
        return layout_of(self.home)

    def arguments(self) -> list[str]:
        """The settings as command line arguments."""
        return [
            f"--home={self.home}",
            f"--trainer={self.trainer}",
            f"--stop-seconds={self.stop_seconds}",
            f"--kill-seconds={self.kill_seconds}",
            f"--idle-seconds={self.idle_seconds}",
        ]


def add_arguments(parser: argparse.ArgumentParser, home: Path) -> None:
    """Declare what `Settings.arguments` writes."""
    standard = Settings(home)
    parser.add_argument("--home", type=Path, default=standard.home)
    parser.add_argument("--trainer", default=standard.trainer)
    parser.add_argument("--stop-seconds", type=float, default=standard.stop_seconds)
    parser.add_argument("--kill-seconds", type=float, default=standard.kill_seconds)
    parser.add_argument("--idle-seconds", type=float, default=standard.idle_seconds)


def settings_from(parsed: argparse.Namespace) -> Settings:
    """The settings of a parsed command line."""
    return Settings(
        parsed.home.absolute(), parsed.trainer, parsed.stop_seconds, parsed.kill_seconds, parsed.idle_seconds
    )


def environment(settings: Settings, job: str = "", version: Version | None = None) -> dict[str, str]:
    """The environment of a child: the same code (or that of `version`), this home, what the machine's owner meant to be
    set, text as UTF-8, and the tag of the job, if it is of one. A job gets no key to the vendor's account."""
    layout = settings.layout
    roots = (version or own_version(layout)).roots
    inherited = {name: value for name, value in os.environ.items() if name != JOB_VARIABLE}
    around = surroundings(settings.home, inherited)
    everything = {**inherited, **caches_environment(layout), **around}
    # Other versions of ours must not come after these: their process would keep them from being removed.
    others = [
        path for path in inherited.get("PYTHONPATH", "").split(os.pathsep) if path and not _is_deployed(path, layout)
    ]
    own = {
        "PYTHONPATH": os.pathsep.join(dict.fromkeys([*roots, *others])),
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        # As nvidia-smi counts the cards.
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        HOME_VARIABLE: str(settings.home),
    }
    if job:
        everything = {name: value for name, value in everything.items() if not VENDOR_KEY.fullmatch(name)}
        own[JOB_VARIABLE] = job
    return {**everything, **own}


def caches_environment(layout: Layout) -> dict[str, str]:
    """Where libraries keep what can be had again: in our folder, so that it is counted, and goes when we go."""
    torch = layout.caches / "torch"
    return {
        "HF_HOME": str(layout.caches / "huggingface"),
        "TORCH_HOME": str(torch / "home"),
        "TORCHINDUCTOR_CACHE_DIR": str(torch / "inductor"),
        "TRITON_CACHE_DIR": str(torch / "triton"),
        "CUDA_CACHE_PATH": str(torch / "kernels"),
    }


def _is_deployed(path: str, layout: Layout) -> bool:
    return layout.code in Path(path).parents


def python_module(module: str, *arguments: str) -> list[str]:
    """The command line that runs a module with this interpreter."""
    return [sys.executable, "-m", module, *arguments]


@dataclass(frozen=True)
class Heartbeat:
    """Who supervises. `retired`: it looks for work no more, though its process may still be ending."""

    process: ProcessIdentity
    retired: bool

    def is_alive(self) -> bool:
        """Whether this supervisor is at work."""
        return not self.retired and self.process.is_alive()


def read_heartbeat(layout: Layout) -> Heartbeat | None:
    """The last heartbeat; None when there was never one."""
    beat = read_json(layout.heartbeat)
    return None if beat is None else Heartbeat(ProcessIdentity(**beat["process"]), beat["retired"])


def supervisor_is_alive(layout: Layout) -> bool:
    """Whether the process that wrote the heartbeat is at work."""
    beat = read_heartbeat(layout)
    return beat is not None and beat.is_alive()


def start_supervisor(settings: Settings) -> "subprocess.Popen[bytes]":
    """Start a supervisor of the newest version; it ends by itself where another one has the lock."""
    layout = settings.layout
    if layout.supervisor_log.exists() and layout.supervisor_log.stat().st_size > MAX_LOG:
        layout.supervisor_log.replace(layout.supervisor_log.with_suffix(".old.log"))
    version = newest_version(layout)
    command = [version.python, "-m", "loraferry_agent.jobs.supervisor", *settings.arguments()]
    return platform.spawn_detached(
        command, environment(settings, version=version), settings.home, layout.supervisor_log
    )


def start_runner(settings: Settings, job: str, attempt: int, after_seq: int) -> "subprocess.Popen[bytes]":
    """Start the runner of one attempt; the attempt's events come after `after_seq`."""
    folder = settings.layout.job(job)
    numbers = [f"--job={job}", f"--attempt={attempt}", f"--after-seq={after_seq}"]
    command = python_module("loraferry_agent.jobs.runner", *settings.arguments(), *numbers)
    return platform.spawn_detached(command, environment(settings, job), folder.path, folder.log)
