"""Main memory as the control groups of this process account it: limit, use, and processes that the kernel killed."""

import contextlib
from pathlib import Path

from loraferry_agent import probe

ROOT = "/sys/fs/cgroup"
MEMBERSHIP = "/proc/self/cgroup"
MIB = 2**20


def oom_kills(root: str = ROOT, membership: str | None = None) -> int:
    """How often the kernel has killed a process of this process's own group for its memory; 0 where nobody counts.

    The group itself counts, not those above it: there the deaths of strangers would be in the number. Version 2 counts
    in `memory.events`, version 1 in `memory.oom_control`.
    """
    for folder in _groups(root, membership):
        for name in ("memory.events", "memory.oom_control"):
            count = _numbers(folder / name).get("oom_kill")
            if count is not None:
                return count
    return 0


def memory_limit_mb(root: str = ROOT, membership: str | None = None) -> int:
    """The strictest limit in MiB; 0 where there is none."""
    return probe.memory_limit(root, probe.read(MEMBERSHIP) if membership is None else membership) // MIB


def machine_mb() -> int:
    """Main memory of the whole machine in MiB; 0 where it cannot be told."""
    return _numbers(Path("/proc/meminfo")).get("MemTotal:", 0) // 1024


def memory_used_mb(root: str = ROOT, membership: str | None = None) -> int:
    """What is in use in MiB, without the file cache that the kernel would give back; of the whole machine where no
    limit is set, 0 where it cannot be told."""
    if memory_limit_mb(root, membership):
        for folder in _groups(root, membership):
            for name, cache in (("memory.current", "inactive_file"), ("memory.usage_in_bytes", "total_inactive_file")):
                text = probe.read(str(folder / name)).strip()
                if text.isdigit():
                    return max(0, int(text) - _numbers(folder / "memory.stat").get(cache, 0)) // MIB
    found = _numbers(Path("/proc/meminfo"))
    return max(0, found.get("MemTotal:", 0) - found.get("MemAvailable:", 0)) // 1024


def _groups(root: str, membership: str | None) -> list[Path]:
    text = probe.read(MEMBERSHIP) if membership is None else membership
    return [Path(folder) for folder in probe.control_groups(root, text, "memory")]


def _numbers(path: Path) -> dict[str, int]:
    """The lines `name number` of a file; none where it cannot be read."""
    found = {}
    for line in probe.read(str(path)).splitlines():
        with contextlib.suppress(ValueError, IndexError):
            words = line.split()
            found[words[0]] = int(words[1])
    return found
