"""The most memory in use at once since somebody last looked: of the graphics card, or of this process without one."""

from pathlib import Path

import torch

_STATUS = Path("/proc/self/status")
_RESTART = Path("/proc/self/clear_refs")
_RESIDENT_PEAK = "5"
"""What makes Linux count `VmHWM` anew (proc(5))."""
_PEAK = "VmHWM:"


class Peak:
    """Counts from one look to the next."""

    def __init__(self) -> None:
        self._before = 0
        self.restart()

    def take(self) -> float | None:
        """The peak in MiB, and count anew. None where the system does not tell, or does not count anew and this was not
        the highest so far."""
        now = peak_bytes()
        found = now / 2**20 if now > self._before else None
        self.restart()
        return found

    def restart(self) -> None:
        """Count anew."""
        self._before = 0
        if on_card():
            torch.cuda.reset_peak_memory_stats()
            return
        try:
            _RESTART.write_text(_RESIDENT_PEAK, encoding="utf-8")
        except OSError:  # no such file on this system, or it is closed to us
            self._before = peak_bytes()


def on_card() -> bool:
    """Whether a graphics card is in use."""
    return torch.cuda.is_available() and torch.cuda.is_initialized()


def peak_bytes() -> int:
    """The peak since it was last counted anew; 0 where the system does not tell."""
    if on_card():
        return torch.cuda.max_memory_allocated()
    if not _STATUS.exists():
        return 0
    lines = _STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(_PEAK)), 0)
