"""A progress line in a terminal, and plain lines where there is none."""

import shutil
import sys
import time
from typing import TextIO

_INTERVAL_S = 0.1
_PLAIN_INTERVAL_S = 5.0


class ProgressLine:
    """One line that is written over: `label ████░░░░ 42 %  detail`. In a file or pipe, a line now and then instead."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._live = self._out.isatty()
        self._next = 0.0
        self._label = ""
        self._width = 0

    def show(self, label: str, done: float, total: float, detail: str = "") -> None:
        """Show how far `label` is; `total` 0 means that it cannot be counted."""
        now = time.monotonic()
        fresh = label != self._label
        if fresh:
            self.clear()
        elif now < self._next and done != total:
            return
        self._label = label
        self._next = now + (_INTERVAL_S if self._live else _PLAIN_INTERVAL_S)
        share = min(1.0, done / total) if total else 0.0
        percent = f"{share:4.0%}  " if total else ""
        if not self._live:
            print(f"{label} {percent}{detail}".rstrip(), file=self._out, flush=True)
            return
        columns = shutil.get_terminal_size().columns - 1
        bar = _bar(share, 24) + " " if total else ""
        line = f"{label:<22} {bar}{percent}{detail}"[:columns]
        self._out.write("\r" + line.ljust(self._width))
        self._out.flush()
        self._width = len(line)

    def say(self, text: str) -> None:
        """A line that stays."""
        self.clear()
        print(text, file=self._out, flush=True)

    def clear(self) -> None:
        """Take the progress line away."""
        if self._live and self._width:
            self._out.write("\r" + " " * self._width + "\r")
            self._out.flush()
        self._width = 0
        self._label = ""


def _bar(share: float, width: int) -> str:
    full = round(share * width)
    return "█" * full + "░" * (width - full)
