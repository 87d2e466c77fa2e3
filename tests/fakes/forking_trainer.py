"""A process that has loaded everything once and trains each job in a fork of itself, so that a trial that ends by a kill
costs no import.

`ForkingTrainer` is for whoever orders; `python -m tests.fakes.forking_trainer` is the process. It makes no tensor itself,
because a fork takes over only one thread of several.
"""

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

LOG = "trainer.log"
"""In the job's folder: what a fork says on its standard error."""
_CALM = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "HF_HUB_OFFLINE": "1"}
_ROOT = Path(__file__).parents[2]


class ForkingTrainer(AbstractContextManager["ForkingTrainer"]):
    """Starts forks and waits for them. A fork is not gone before it was waited for, so its pid stays its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.forking_trainer"],
            env={**os.environ, **_CALM},
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def base(self, folder: Path, family: str = "sd1") -> None:
        """Make a tiny base model."""
        assert self.wait(self._told("base", str(folder), family)) == 0

    def start(self, job: Path) -> int:
        """Begin to train the job in a folder; returns the pid."""
        return self._told("train", str(job))

    def wait(self, pid: int) -> int:
        """How a fork ended: its exit code, or minus the signal that killed it."""
        return self._told("wait", pid)

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _told(self, *order: str | int) -> int:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        return int(json.loads(self._process.stdout.readline()))


# ---- the process ----------------------------------------------------------------------------------------------------


def main() -> None:
    """Carry out orders until there are no more."""
    import torch

    from loraferry_agent import train
    from loraferry_agent.engine import recipe  # noqa: F401 - with it everything is loaded
    from loraferry_agent.engine.stop import Stop
    from loraferry_agent.layout import JobFolder
    from tests.fakes import tiny_base

    def trained(job: str) -> int:
        os.dup2(os.open(Path(job) / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
        torch.set_num_threads(1)
        return train.run(Path(job), train.layout_around(Path(job)), Stop(JobFolder(Path(job)).stop_request))

    def made(folder: str, family: str) -> int:
        tiny_base.make(Path(folder), family, levels=2)
        return 0

    orders: dict[str, Callable[..., int]] = {"base": made, "train": trained}
    for line in sys.stdin:
        kind, *arguments = json.loads(line)
        answer = waited(*arguments) if kind == "wait" else forked(orders[kind], *arguments)
        print(answer, flush=True)


def forked(work: Callable[..., int], *arguments: Any) -> int:
    """The pid of a fork that does `work` and ends with what it returns."""
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "a fork takes over only one thread"
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        code = work(*arguments)
    except Exception:  # must not go back into the loop of orders
        traceback.print_exc()
    finally:
        os._exit(code)


def waited(pid: int) -> int:
    """See `ForkingTrainer.wait`."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    main()
