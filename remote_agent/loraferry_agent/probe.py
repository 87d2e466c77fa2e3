"""Looks at a machine before anything is installed there, and prints what it found as one JSON line.

It is piped into whatever Python there is: standard library only, Python 3.8 syntax. `collect` gives what
`loraferry_core.host.HostFacts` holds, as plain values.
"""

from __future__ import annotations

import csv
import getpass
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from typing import Any, Callable, Iterator, Sequence

SENTINEL = "\x05loraferry-probe "
"""Starts the one line that counts; whatever a shell prints before it is noise."""
MIB = 2**20
PLACES = (
    "/root/miniconda3/bin/python",
    "/venv/main/bin/python",
    "/opt/conda/bin/python",
    "/opt/venv/bin/python",
    "/workspace/venv/bin/python",
    "/usr/local/bin/python3",
    "/usr/bin/python3",
)
NAMES = ("python3", "python", "python3.12", "python3.11", "python3.13", "python3.14")
PSEUDO = frozenset([
    "autofs", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs", "fusectl",
    "hugetlbfs", "mqueue", "nsfs", "proc", "pstore", "ramfs", "rpc_pipefs", "securityfs", "squashfs", "sysfs",
    "tracefs", "binfmt_misc",
])  # fmt: skip
INTERPRETER = """
import json, sys
from importlib.util import find_spec
from importlib.metadata import PackageNotFoundError, version
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps({
    "path": sys.executable, "prefix": sys.prefix, "version": "%d.%d.%d" % sys.version_info[:3],
    "torch": found.get("torch", ""), "packages": found,
    "has_venv": bool(find_spec("venv") and find_spec("ensurepip")), "has_pip": bool(find_spec("pip")),
}))
"""
PACKAGES = [
    "torch", "diffusers", "transformers", "peft", "accelerate", "safetensors", "pillow", "numpy", "pydantic",
    "tokenizers", "huggingface_hub", "onnxruntime",
]  # fmt: skip
"""What an environment of the trainer is judged by. Read from the metadata on disk; nothing is imported."""

MARKER_VARIABLES = (
    "RUNPOD_POD_ID", "VAST_CONTAINERLABEL", "CONTAINER_API_KEY", "AutoDLContainerUUID", "AutoDLRegion",
)  # fmt: skip
MARKER_PATHS = (
    "/etc/rp_environment", "/etc/network_turbo", "/root/autodl-tmp", "/root/autodl-pub", "/root/autodl-fs",
    "/lambda/nfs", "/etc/apt/sources.list.d/lambda-repository.list", "/hy-tmp", "/workspace",
)  # fmt: skip
MARKER_COMMANDS = ("runpodctl", "vastai")
"""Traces of those who rent out machines. Of variables only these names are told, never a value: some are secret."""


def collect(home: str, pythons: Sequence[str] = ()) -> dict[str, Any]:
    """All facts. `home` is the agent's home ("~" is expanded), `pythons` are further interpreters to look at."""
    home = os.path.abspath(os.path.expanduser(home))
    environments = find_environments(home)
    return {
        "hostname": socket.gethostname(),
        "system": platform.system(),
        "machine": platform.machine(),
        "user": getpass.getuser(),
        "home": home,
        "boot_id": boot_id(),
        "cpus": usable_cpus(),
        "memory_mb": memory_mb(),
        "memory_limit_mb": memory_limit("/sys/fs/cgroup", read("/proc/self/cgroup")) // MIB,
        "cpu_limit": cpu_limit("/sys/fs/cgroup", read("/proc/self/cgroup")),
        "gpus": find_gpus(),
        "disks": find_disks(home),
        "interpreters": find_interpreters(list(pythons) + sorted(set(environments.values()))),
        "codes": names_in(os.path.join(home, "code"), os.path.isdir),
        "venvs": sorted(environments),
        "pythons": environments,
        "agent_id": read(os.path.join(home, "agent_id")).strip(),
        "markers": find_markers(),
    }


def read(path: str) -> str:
    """The text of a small file; empty where it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1 << 20)
    except OSError:
        return ""


def run(argv: list[str], timeout: float = 20) -> str:
    """What a command prints on stdout; empty where it fails."""
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=timeout
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def names_in(folder: str, fits: Callable[[str], bool]) -> list[str]:
    """Sorted names in a folder whose paths fit; temporary ones, which begin with a dot, are left out."""
    if not os.path.isdir(folder):
        return []
    return sorted(name for name in os.listdir(folder) if name[0] != "." and fits(os.path.join(folder, name)))


def find_environments(home: str) -> dict[str, str]:
    """Complete environments: for each name the interpreter that its pointer, written last, leads to."""
    folder = os.path.join(home, "venvs")
    found = {name: read(os.path.join(folder, name, "python")).strip() for name in names_in(folder, os.path.isdir)}
    return {name: path for name, path in found.items() if path and os.path.exists(path)}


# ---- vendor ---------------------------------------------------------------------------------------------------------


def find_markers(root: str = "/") -> list[str]:
    """Traces of a vendor under `root`: `env:NAME`, `path:/…`, `cmd:NAME`."""
    names = environment_names(root)
    return (
        ["env:" + name for name in MARKER_VARIABLES if name in names]
        + ["path:" + path for path in MARKER_PATHS if os.path.exists(root.rstrip("/") + path)]
        + ["cmd:" + name for name in MARKER_COMMANDS if shutil.which(name)]
    )


def environment_names(root: str = "/") -> set[str]:
    """Names of variables: of this process, of process 1, which has those of a container that its ssh sessions lack, and
    in the file in which RunPod keeps them."""
    first = read(os.path.join(root, "proc/1/environ")).split("\0")
    kept = [line.strip() for line in read(os.path.join(root, "etc/rp_environment")).splitlines()]
    assignments = first + [line[len("export ") :] if line.startswith("export ") else line for line in kept]
    return set(os.environ) | {text.partition("=")[0].strip() for text in assignments if "=" in text}


# ---- machine --------------------------------------------------------------------------------------------------------


def boot_id() -> str:
    """Changes when the machine starts anew; in a container also when the container does (its process 1 is younger)."""
    kernel = read("/proc/sys/kernel/random/boot_id").strip()
    if not kernel:
        return run(["sysctl", "-n", "kern.boottime"]).strip() if sys.platform == "darwin" else ""
    after_name = read("/proc/1/stat").rpartition(")")[2].split()
    return kernel + ("." + after_name[19] if len(after_name) > 19 else "")


def usable_cpus() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory_mb() -> int:
    """Main memory in MiB; 0 where it cannot be found out."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MIB
    except (AttributeError, ValueError, OSError):
        return windows_memory_mb() if os.name == "nt" else 0


def windows_memory_mb() -> int:
    """Main memory as GlobalMemoryStatusEx tells it: ullTotalPhys stands at byte 8 of MEMORYSTATUSEX."""
    import ctypes

    windows: Any = ctypes

    status = (ctypes.c_uint64 * 8)()
    ctypes.cast(status, ctypes.POINTER(ctypes.c_uint32))[0] = ctypes.sizeof(status)
    windows.windll.kernel32.GlobalMemoryStatusEx(status)
    return int(status[1]) // MIB


def control_groups(root: str, membership: str, controller: str) -> Iterator[str]:
    """Folders of this process's groups of version 2, then of `controller` in version 1, from its own up to the root.

    `membership` is the text of /proc/self/cgroup. In a container its paths may be those outside, so the root counts.
    """
    for line in [*membership.splitlines(), "0::/", "1:%s:/" % controller]:
        parts = line.split(":", 2)
        if len(parts) != 3 or (parts[1] and controller not in parts[1].split(",")):
            continue
        base = os.path.join(root, controller) if parts[1] else root
        inner = parts[2].strip("/")
        while True:
            yield os.path.join(base, inner) if inner else base
            if not inner:
                break
            inner = inner.rpartition("/")[0]


def memory_limit(root: str, membership: str) -> int:
    """The strictest memory limit in bytes; 0 where there is none."""
    limits = []
    for folder in control_groups(root, membership, "memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            text = read(os.path.join(folder, name)).strip()
            if text.isdigit() and int(text) < 2**60:  # version 1 writes "no limit" as a number near 2**63
                limits.append(int(text))
    return min(limits) if limits else 0


def cpu_limit(root: str, membership: str) -> float:
    """The strictest limit in processors; 0 where there is none."""
    limits = []
    for folder in control_groups(root, membership, "cpu"):
        words = read(os.path.join(folder, "cpu.max")).split()
        if not words:
            quota, period = (read(os.path.join(folder, name)) for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us"))
            words = [quota.strip(), period.strip()]
        if len(words) == 2 and words[0].isdigit() and words[1].isdigit() and int(words[1]):
            limits.append(int(words[0]) / float(words[1]))
    return min(limits) if limits else 0.0


# ---- graphics cards -------------------------------------------------------------------------------------------------


def find_gpus() -> list[dict[str, Any]]:
    """Graphics cards by nvidia-smi, with the compute capability where the driver is new enough to tell it."""
    program = shutil.which("nvidia-smi") or "/usr/bin/nvidia-smi"
    for fields in (
        "name,memory.total,memory.free,driver_version,compute_cap",
        "name,memory.total,memory.free,driver_version",
    ):
        text = run([program, "--query-gpu=" + fields, "--format=csv,noheader,nounits"])
        if text.strip():
            return parse_gpus(text)
    return []


def parse_gpus(text: str) -> list[dict[str, Any]]:
    """The cards in nvidia-smi's CSV; lines that do not fit are left out."""
    found = []
    for row in csv.reader(text.splitlines(), skipinitialspace=True):
        if len(row) >= 4 and row[1].strip().isdigit() and row[2].strip().isdigit():
            found.append({
                "name": row[0].strip(), "memory_mb": int(row[1]), "free_mb": int(row[2]),
                "driver": row[3].strip(), "compute_capability": row[4].strip() if len(row) > 4 else "",
            })  # fmt: skip
    return found


# ---- disks ----------------------------------------------------------------------------------------------------------


def find_disks(home: str) -> list[dict[str, Any]]:
    """Mounts that could hold work, the one of `home` among them."""
    places = mount_points(read("/proc/mounts"))
    nearest = home
    while not os.path.exists(nearest) and os.path.dirname(nearest) != nearest:
        nearest = os.path.dirname(nearest)
    if not places:
        places = [os.path.splitdrive(nearest)[0] + os.sep if os.name == "nt" else "/"]
    return [disk for disk in map(measure_disk, places) if disk]


def mount_points(mounts: str) -> list[str]:
    """Folders of /proc/mounts on real file systems, without single files that a container mounts."""
    found = []
    for line in mounts.splitlines():
        words = line.split(" ")
        if len(words) < 3 or words[2] in PSEUDO:
            continue
        place = words[1].replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
        if not place.startswith(("/proc", "/sys", "/dev", "/run")) and os.path.isdir(place) and place not in found:
            found.append(place)
    return found


def measure_disk(place: str) -> dict[str, Any] | None:
    """Size and free space of the file system at a folder; None where it cannot be asked or has no size."""
    try:
        usage = shutil.disk_usage(place)
        counted = os.statvfs(place) if hasattr(os, "statvfs") else None
        # 0 says that they are not counted.
        inodes = max(1, counted.f_favail) if counted and counted.f_files else 0
    except OSError:
        return None
    if usage.total < MIB:
        return None
    return {
        "path": place, "total_mb": usage.total // MIB, "free_mb": usage.free // MIB,
        "inodes_free": inodes, "writable": os.access(place, os.W_OK),
    }  # fmt: skip


# ---- interpreters ---------------------------------------------------------------------------------------------------


def find_interpreters(pythons: Sequence[str]) -> list[dict[str, Any]]:
    """The Pythons here, this one first, each environment once."""
    candidates = [sys.executable] + list(pythons) + [shutil.which(name) for name in NAMES] + list(PLACES)
    candidates.append(os.path.expanduser("~/miniconda3/bin/python"))
    if shutil.which("uv"):
        candidates.append(run(["uv", "python", "find", ">=3.11"]).strip())
    found, prefixes, seen = [], set(), set()
    for path in candidates:
        if not path or path in seen or not os.path.exists(path):
            continue
        seen.add(path)
        facts = ask_interpreter(path)
        if facts and facts["prefix"] not in prefixes:
            prefixes.add(facts.pop("prefix"))
            found.append(facts)
    return found


def ask_interpreter(path: str) -> dict[str, Any] | None:
    """What an interpreter says about itself; None where it does not run or is older than 3.8."""
    try:
        # Not from this folder, and without PYTHONPATH: only what is installed counts.
        told: dict[str, Any] | None = json.loads(run([path, "-E", "-c", INTERPRETER, *PACKAGES]) or "null")
    except ValueError:
        return None
    return told


def main() -> None:
    """Print the facts; arguments are the agent's home and further interpreters."""
    facts = collect(sys.argv[1] if len(sys.argv) > 1 else "~/.loraferry", sys.argv[2:])
    sys.stdout.write("\n" + SENTINEL + json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()
