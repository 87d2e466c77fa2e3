"""Every difference between operating systems on the agent's side: locks, processes, links, standard streams.

Linux is the rented machine; Windows and macOS are "This computer".
"""

import contextlib
import ctypes
import functools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt
    import winreg
else:
    import fcntl

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_F_SETPIPE_SZ = 1031  # fcntl.F_SETPIPE_SZ, from Python 3.10 on
LOOPBACK = {"linux": "lo", "darwin": "lo0"}.get(sys.platform, "")
"""What the interface is called that leads nowhere but back; empty where processes cannot be told to keep to it."""
PIPE_BYTES = 2**20
"""Of a pipe that bulk data go through; what every user may ask for (/proc/sys/fs/pipe-max-size)."""

# ---- files ----------------------------------------------------------------------------------------------------------


class FileLock:
    """An advisory lock on a file, let go when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def acquire(self) -> bool:
        """Take the lock without waiting; False when another process has it. Raises OSError."""
        file = self._path.open("ab")
        try:
            if sys.platform == "win32":
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Let go of the lock."""
        if self._file is not None:
            if sys.platform == "win32":
                self._file.seek(0)
                msvcrt.locking(self._file.fileno(), msvcrt.LK_UNLCK, 1)
            self._file.close()
            self._file = None


def make_private_folder(path: Path) -> None:
    """Make a folder that only this user may enter. On Windows the user's own profile does that already."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform != "win32":
        path.chmod(0o700)


def sync_folder(path: Path) -> None:
    """Force a rename inside `path` onto the disk. Windows has no such call and orders renames itself."""
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def free_inodes(path: Path) -> int:
    """How many more files the disk of a folder can hold; -1 where it does not count them."""
    if sys.platform == "win32":
        return -1
    found = os.statvfs(path)
    return found.f_favail if found.f_files else -1


def make_read_only(path: Path) -> None:
    """Guard a file against writing. Not on Windows, where such a file could not be removed either."""
    if sys.platform != "win32":
        path.chmod(0o444)


def is_read_only(status: os.stat_result) -> bool:
    """Whether `make_read_only` was called for a file; on Windows, where that leaves no trace, always."""
    return sys.platform == "win32" or not status.st_mode & 0o222


def sync_files(folder: Path, files: Sequence[str]) -> None:
    """Force files in and below `folder` onto the disk, with their names. Raises OSError."""
    if sys.platform == "linux":
        # One call for all of them: a thousand single ones take a hundred times as long.
        _sync_disk(folder)
        return
    for file in files:
        descriptor = os.open(file, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    for parent in {str(Path(file).parent) for file in files}:
        sync_folder(Path(parent))


def _sync_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)


def link_or_copy(source: Path, target: Path) -> None:
    """A second name for the same bytes, or a copy where the disk has no hard links. Raises OSError."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


# ---- standard streams -----------------------------------------------------------------------------------------------


def claim_standard_streams() -> tuple[int, int]:
    """Descriptors of what were stdin and stdout, for the protocol alone.

    Afterwards whatever prints, in Python or below it, prints to stderr, and reading stdin finds its end.
    """
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    if sys.platform == "win32":
        msvcrt.setmode(incoming, os.O_BINARY)
        msvcrt.setmode(outgoing, os.O_BINARY)
    _widen_pipe(incoming)
    _widen_pipe(outgoing)
    return incoming, outgoing


def _widen_pipe(descriptor: int) -> None:
    """Have a pipe hold more, so that the two at its ends seldom wait for each other. Linux only."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # a socket, or more than this user may have: slower, no worse
            fcntl.fcntl(descriptor, _F_SETPIPE_SZ, PIPE_BYTES)


# ---- processes ------------------------------------------------------------------------------------------------------


def spawn_detached(
    command: Sequence[str], environment: dict[str, str], folder: Path, log: Path
) -> "subprocess.Popen[bytes]":
    """Start a process that outlives this one, its session and its terminal; it prints to the end of `log`."""
    with log.open("ab") as output:
        if sys.platform == "win32":
            flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
            return subprocess.Popen(
                command,
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                creationflags=flags,
            )
        return subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def spawn_bound(
    command: Sequence[str], environment: dict[str, str], folder: Path, log: Path
) -> "subprocess.Popen[bytes]":
    """Start a child that prints to the end of `log` and, on Linux, is killed when this process ends.

    The caller must have one thread only: Linux binds the child to the thread that made it.
    """
    with log.open("ab") as output:
        if sys.platform == "win32":
            return subprocess.Popen(
                command,
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                creationflags=subprocess.CREATE_NO_WINDOW,
            )
        return subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=_die_with(os.getpid()) if sys.platform == "linux" else None,
        )


class _die_with:  # noqa: N801 - called like a function, in the child between fork and exec
    """What a child does first: ask the kernel to be killed with its parent."""

    def __init__(self, parent: int) -> None:
        # Loaded here because the child may not load anything.
        self._parent = parent
        self._libc = ctypes.CDLL(None)

    def __call__(self) -> None:
        self._libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
        if os.getppid() != self._parent:
            os._exit(1)


def end_with_parent() -> None:
    """Have this process killed when the thread ends that started it. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


def become_subreaper() -> None:
    """Inherit the orphans among this process's descendants, so that they can be found and ended. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_orphans(but: int) -> None:
    """Collect ended children other than `but`, whose end somebody else waits for."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(ChildProcessError):
        while True:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is None or ended.si_pid == but:
                return
            os.waitpid(ended.si_pid, 0)


def outlive_signals() -> None:
    """Go on when the terminal closes or asks to end; children start with the usual reactions."""
    # A handler, not SIG_IGN: that would be inherited by the trainer.
    for name in ("SIGHUP", "SIGINT", "SIGTERM"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _ignore)


def _ignore(number: int, frame: FrameType | None) -> None:
    pass


def terminate(pid: int) -> None:
    """Ask a process to end. A process that is gone already is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGTERM)


def kill(pid: int) -> None:
    """End a process at once; on Windows its descendants too. A process that is gone already is no error."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(pid)], capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def started_at(pid: int) -> str | None:
    """When a process began, in a form that only serves to tell it from another with the same pid.

    None when there is no such process, or when it has ended and only waits to be collected.
    """
    if sys.platform == "linux":
        return _started_at_linux(pid)
    if sys.platform == "win32":
        return _started_at_windows(pid)
    found = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False, encoding="utf-8"
    )
    words = found.stdout.split()
    return None if not words or words[0].startswith("Z") else " ".join(words[1:])


def _started_at_linux(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may hold anything, so count from its end: state is field 3, the start is field 22.
    fields = stat[stat.rfind(b")") + 2 :].split()
    return None if fields[0] in (b"Z", b"X") else fields[19].decode("ascii")


def _started_at_windows(pid: int) -> str | None:
    if sys.platform != "win32":
        return None
    kernel = ctypes.windll.kernel32
    query_limited_information, still_active = 0x1000, 259
    process = kernel.OpenProcess(query_limited_information, False, pid)
    if not process:
        return None
    try:
        code = ctypes.c_ulong()
        created, exited, in_kernel, in_user = (ctypes.c_ulonglong() for _ in range(4))
        known = kernel.GetExitCodeProcess(process, ctypes.byref(code)) and kernel.GetProcessTimes(
            process, ctypes.byref(created), ctypes.byref(exited), ctypes.byref(in_kernel), ctypes.byref(in_user)
        )
        return str(created.value) if known and code.value == still_active else None
    finally:
        kernel.CloseHandle(process)


@functools.cache
def boot_id() -> str:
    """What tells this start of the machine, or of the container, from every other."""
    if sys.platform == "linux":
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}-{_started_at_linux(1)}"
    if sys.platform == "win32":
        place = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:
                return str(winreg.QueryValueEx(key, "BootId")[0])
        except OSError:
            # Without the counter the start times still tell processes apart: there they are dates.
            return "windows"
    found = subprocess.run(
        ["sysctl", "-n", "kern.bootsessionuuid"], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    return found.stdout.strip()


def tagged_processes(variable: str, value: str) -> list[int]:
    """Pids of this user's living processes that were started with `variable=value`. Empty where it cannot be told."""
    if sys.platform != "linux":
        return []
    tag = f"{variable}={value}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                if tag in (folder / "environ").read_bytes().split(b"\0") and _started_at_linux(int(folder.name)):
                    found.append(int(folder.name))
    return found


def seconds_since_start() -> float:
    """How long this machine, or its container, has been up. No clock that can be set goes into it."""
    if sys.platform == "linux":
        # Process 1 is the container's own, so it is younger than the kernel. Field 22 counts ticks since that booted.
        started = float(_started_at_linux(1) or 0) / os.sysconf("SC_CLK_TCK")
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - started)
    return time.monotonic()


def first_process_environment() -> dict[str, str]:
    """The environment this container was started with, where a vendor puts what a session lacks. Empty where it cannot be
    read."""
    try:
        data = Path("/proc/1/environ").read_bytes()
    except OSError:
        return {}
    pairs = (entry.decode("utf-8", "surrogateescape").partition("=") for entry in data.split(b"\0"))
    return {name: value for name, is_set, value in pairs if is_set and name}
