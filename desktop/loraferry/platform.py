"""Every difference between operating systems on the desktop's side."""

import ctypes
import glob
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs

if sys.platform == "linux":
    import fcntl

APP = "loraferry"
PIPE_BYTES = 2**20
"""Of a pipe that bulk data go through; what every user may ask for (/proc/sys/fs/pipe-max-size)."""
WINDOWS = sys.platform == "win32"
FOLDER_VARIABLE = "LORAFERRY_DESKTOP"
"""Where set, all of this program's own files lie under this folder (tests, portable use)."""


def config_folder() -> Path:
    """Settings and hosts of this user."""
    own = os.environ.get(FOLDER_VARIABLE)
    return Path(own, "config") if own else Path(platformdirs.user_config_dir(APP, appauthor=False))


def data_folder() -> Path:
    """Jobs, models and the event store of this user."""
    own = os.environ.get(FOLDER_VARIABLE)
    return Path(own, "data") if own else Path(platformdirs.user_data_dir(APP, appauthor=False))


def cache_folder() -> Path:
    """What can be made again: thumbnails, hashes."""
    own = os.environ.get(FOLDER_VARIABLE)
    return Path(own, "cache") if own else Path(platformdirs.user_cache_dir(APP, appauthor=False))


def private_folder(path: Path) -> Path:
    """Make a folder that only this user can enter, with its parents, and hand it back. Raises OSError."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def sync_folder(path: Path) -> None:
    """Force a folder's names onto the disk; Windows does that itself and cannot be asked."""
    if WINDOWS:
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file by `data`, readable by this user alone: a reader sees the old or the new one. Raises OSError."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)


def remove_leftovers(path: Path) -> None:
    """Remove what `write_atomically` of this file has left behind where its program was killed in the middle; for files
    that one program alone writes. Raises OSError."""
    for part in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        part.unlink(missing_ok=True)


@contextmanager
def keep_awake(reason: str) -> Iterator[bool]:
    """Keep the computer from falling asleep by itself meanwhile; whether the system was asked to. A lid that is closed
    still sends it to sleep. `reason` is shown to whoever asks the system. Enter and leave it on one thread."""
    if WINDOWS:
        with _windows_awake() as asked:
            yield asked
        return
    program = _awake_command(reason)
    if program is None:
        yield False
        return
    try:  # it ends with its input, so also where this program dies
        child = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        assert child.stdin is not None
        child.stdin.close()
        child.terminate()
        child.wait()


def _awake_command(reason: str) -> list[str] | None:
    """A program that keeps the system awake while it runs; None where there is none."""
    if sys.platform == "darwin":
        found = shutil.which("caffeinate")
        return [found, "-i", "-w", str(os.getpid())] if found else None
    found = shutil.which("systemd-inhibit")
    return [found, "--what=idle:sleep", "--who=LoRA Ferry", f"--why={reason}", "cat"] if found else None


@contextmanager
def _windows_awake() -> Iterator[bool]:
    """The state belongs to the thread. Constants: learn.microsoft.com, SetThreadExecutionState."""
    continuous, system_required = 0x80000000, 0x00000001
    set_state = getattr(ctypes, "windll").kernel32.SetThreadExecutionState  # noqa: B009 - known on Windows alone
    asked = bool(set_state(continuous | system_required))
    try:
        yield asked
    finally:
        set_state(continuous)


def widen_pipe(descriptor: int) -> None:
    """Have a pipe hold more, so that the two at its ends seldom wait for each other. Linux only."""
    if sys.platform == "linux":
        with suppress(OSError):  # more than this user may have: slower, no worse
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def quiet_process_flags() -> int:
    """`creationflags` for a child process that must not open a console window."""
    return getattr(subprocess, "CREATE_NO_WINDOW", 0)


def system_ssh_settings() -> Path:
    """The settings of OpenSSH's `ssh` for all users of this computer; the file need not be there."""
    return Path(os.environ.get("PROGRAMDATA", "C:/ProgramData") if WINDOWS else "/etc") / "ssh" / "ssh_config"


def reveal_command(path: Path) -> list[str]:
    """The command that shows a file in the system's file manager."""
    if WINDOWS:
        return ["explorer", f"/select,{path}"]
    if sys.platform == "darwin":
        return ["open", "-R", str(path)]
    return ["xdg-open", str(path if path.is_dir() else path.parent)]


def has_display() -> bool:
    """Whether a window can be opened."""
    return WINDOWS or sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
