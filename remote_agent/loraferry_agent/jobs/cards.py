"""What the graphics cards are doing, by nvidia-smi, without waiting for it: on a broken driver it hangs."""

import csv
import shutil
import subprocess
import time
from collections.abc import Callable

from loraferry_core.host import GpuLoad

QUERY = "--query-gpu=name,memory.total,memory.used,utilization.gpu,temperature.gpu"
TIMEOUT = 20.0


def smi_command() -> list[str]:
    """The command line that tells the load of all cards; empty where the program is not there."""
    program = shutil.which("nvidia-smi")
    return [program, QUERY, "--format=csv,noheader,nounits"] if program else []


def parse_loads(text: str) -> tuple[GpuLoad, ...]:
    """The cards in nvidia-smi's CSV. What a card does not tell ("[N/A]") is 0; lines that do not fit are left out."""
    found = []
    for row in csv.reader(text.splitlines(), skipinitialspace=True):
        if len(row) != 5 or not row[1].strip().isdigit():
            continue
        total, used, load, heat = (int(cell) if cell.strip().isdigit() else 0 for cell in row[1:])
        found.append(
            GpuLoad(
                name=row[0].strip(),
                memory_mb=total,
                used_mb=used,
                load_percent=min(100, load),
                temperature_c=min(1000, heat),
            )
        )
    return tuple(found)


def read_loads() -> tuple[GpuLoad, ...]:
    """The load now; waits for the program, none where it fails."""
    command = smi_command()
    if not command:
        return ()
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return parse_loads(done.stdout.decode("utf-8", "replace")) if done.returncode == 0 else ()


class CardWatch:
    """Asks now and then, in a process beside; `load` is what was told last."""

    def __init__(
        self, command: Callable[[], list[str]] = smi_command, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self.load: tuple[GpuLoad, ...] = ()
        self._command = command
        self._ticks = ticks
        self._process: subprocess.Popen[bytes] | None = None
        self._asked_at = float("-inf")

    def look(self, every: float) -> None:
        """Take an answer that has come; ask again when the last question is older than `every` seconds."""
        if self._process is not None:
            self._take(self._process)
        elif self._ticks() - self._asked_at >= every:
            self._ask()

    def _ask(self) -> None:
        self._asked_at = self._ticks()
        command = self._command()
        if not command:
            self.load = ()
            return
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except OSError:
            self.load = ()

    def _take(self, process: "subprocess.Popen[bytes]") -> None:
        code = process.poll()
        if code is None:
            if self._ticks() - self._asked_at > TIMEOUT:
                process.kill()
            return
        # The answer is a line a card, far less than a pipe holds, so it never waited for this.
        assert process.stdout is not None
        with process.stdout as output:
            text = output.read().decode("utf-8", "replace")
        self.load = parse_loads(text) if code == 0 else ()
        self._process = None
