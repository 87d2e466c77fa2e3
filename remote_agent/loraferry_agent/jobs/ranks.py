"""One trainer as several processes, a card each: how many, the command that starts them, and how each finds its place."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loraferry_agent import platform
from loraferry_agent.jobs.atomic import read_json
from loraferry_agent.layout import JobFolder

MEETING = "LORAFERRY_MEETING"
"""In the environment of each of them: the file by which they find each other."""
NUMBER, COUNT = "RANK", "WORLD_SIZE"
"""How torchrun tells each of them which one it is, and of how many."""
VISIBLE = "CUDA_VISIBLE_DEVICES"
TIMEOUT = 60.0
"""Seconds that nvidia-smi may take; after a start of the machine it first loads the driver."""


@dataclass(frozen=True)
class Place:
    """Which of so many processes of a run one is, counted from 0, and where they meet."""

    number: int
    count: int
    meeting: Path


def place_of(environment: Mapping[str, str]) -> Place | None:
    """The place of a process with this environment; None where it is the only one of its run."""
    if MEETING not in environment:
        return None
    return Place(int(environment[NUMBER]), int(environment[COUNT]), Path(environment[MEETING]))


def wanted_cards(folder: JobFolder) -> int:
    """On how many cards a job's plan wants to train; 0 for all, 1 where it says nothing."""
    plan = (read_json(folder.spec) or {}).get("config", {})
    return int(plan.get("loop", {}).get("gpus", 1))


def cards_there() -> int:
    """How many cards the machine has, as nvidia-smi counts them; 0 where it is not there, or hangs."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return 0
    command = [program, "--query-gpu=index", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return sum(line.strip().isdigit() for line in done.stdout.splitlines()) if done.returncode == 0 else 0


def processes(wanted: int, cards: int, environment: Mapping[str, str]) -> int:
    """How many processes train: one for each card that is `wanted` (0: all) and there, of those that may be used."""
    visible = environment.get(VISIBLE)
    if visible is not None:
        cards = min(cards, sum(bool(card.strip()) for card in visible.split(",")))
    return max(1, min(wanted or cards, cards)) if platform.LOOPBACK else 1


def launcher(count: int, meeting: Path, module: str, *arguments: str) -> list[str]:
    """The command line that runs a module in so many processes, which end with the first one that fails. It meets its
    own kind in a file too: torch's store would listen on every network of the machine."""
    options = {
        "num_machines": 1,
        "num_processes": count,
        "mixed_precision": "no",
        "dynamo_backend": "no",
        "rdzv_backend": "c10d",
        "rdzv_conf": "store_type=file",
        "main_process_ip": meeting / "launcher",
        "main_process_port": 0,
    }
    told = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", *told, "--module", module, *arguments]


def launcher_environment(meeting: Path) -> dict[str, str]:
    """What the launcher and its processes find in their environment besides all others."""
    return {
        MEETING: str(meeting / "processes"),
        # Else the launcher opens a store for its processes, on every network of the machine.
        "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1",
        "GLOO_SOCKET_IFNAME": platform.LOOPBACK,
        "NCCL_SOCKET_IFNAME": platform.LOOPBACK,
    }


def meet_anew(meeting: Path) -> None:
    """Make the folder where the processes of an attempt meet, without what an earlier one left there."""
    shutil.rmtree(meeting, ignore_errors=True)
    meeting.mkdir(parents=True)
