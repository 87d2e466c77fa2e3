"""Puts the agent's code and its environment in place, on the machine itself.

It is sent over stdin and run by whatever Python there is: standard library only. Each action ends with one marked JSON
line, `{"done": …}` or `{"problem": code, "params": …}`; other lines are what the tools print. What was interrupted
leaves nothing that looks complete: code appears by a rename, an environment by its pointer, written last.
"""

import errno
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

SENTINEL = "\x05loraferry-install "
BEAT_SECONDS = 5.0
STALE_SECONDS = 120.0
"""An unfinished environment whose installer has not shown itself for this long was left behind."""
PIP = (
    "-m",
    "pip",
    "--disable-pip-version-check",
    "--no-input",
    "install",
    "--progress-bar",
    "off",
    "--no-warn-script-location",
)


class Failure(Exception):
    """Ends an action with a problem code and its parameters."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def content_hash(files: "dict[str, bytes]") -> str:
    """The version of a set of files: SHA-256 over sorted names, lengths and bytes, in hex."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode())
        digest.update(files[name])
    return digest.hexdigest()


def unpack(home: Path, version: str, archive: bytes) -> str:
    """Lay out the agent's code as `code/<version>` and give its path. Code that is there already is left alone."""
    target = home / "code" / version
    if target.is_dir():
        return str(target)
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    if content_hash(files) != version:
        raise Failure("deploy_failed", phase="code", output="the code did not arrive whole")
    private(target.parent)
    part = Path(tempfile.mkdtemp(prefix=".", dir=target.parent))
    try:
        for name, data in files.items():
            path = part / name
            if ".." in path.parts or path.is_absolute() != part.is_absolute():
                raise Failure("deploy_failed", phase="code", output=name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        try:
            part.rename(target)
        except OSError:
            if not target.is_dir():  # else another desktop was faster, with the same files
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return str(target)


def point_work(home: Path, work: str) -> str:
    """Have jobs, blobs and caches live in `work`."""
    private(Path(work))
    write(home / "work", work)
    return work


def adopt(home: Path, name: str, python: str, code: str) -> str:
    """Use an interpreter that has everything already, if it passes the self-test."""
    selftest(python, code)
    private(home / "venvs" / name)
    write(home / "venvs" / name / "python", python)
    return python


def build(home: Path, name: str, python: str, code: str, plan: "dict[str, object]") -> str:
    """Make an environment: `plan` has `system_site`, and `installs`, a list of pip arguments with a requirements text."""
    folder = home / "venvs" / name
    private(folder)
    remove_stale(folder)
    place = Path(tempfile.mkdtemp(prefix="env-", dir=folder))
    beat = Beat(place / "installing")
    try:
        options = ["--system-site-packages"] if plan["system_site"] else []
        call("environment", [python, "-m", "venv", *options, str(place)])
        own = str(place / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
        for arguments, requirements in plan["installs"]:  # type: ignore[attr-defined]
            listed = place / "requirements.txt"
            listed.write_text(requirements, encoding="utf-8")
            call("packages", [own, *PIP, *arguments, "-r", str(listed)])
        selftest(own, code)
        write(folder / "python", own)
    except BaseException:
        beat.stop()
        shutil.rmtree(place, ignore_errors=True)
        raise
    beat.stop()
    return own


def selftest(python: str, code: str) -> None:
    """Raises Failure with the libraries' own words where the interpreter cannot train."""
    # Not run as a file: its folder, which holds a platform.py, would then hide the library's module of that name.
    start = "import runpy, sys; sys.path[0] = sys.argv[1]; runpy.run_module('loraferry_agent.selftest', run_name='__main__')"
    call("selftest", [python, "-c", start, code])


def call(phase: str, argv: "list[str]") -> None:
    """Run a tool; what it prints goes out as it comes, and its end into the problem if it fails."""
    process = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=plain_environment()
    )
    assert process.stdout is not None
    tail = b""
    try:
        for line in process.stdout:
            tail = (tail + line)[-6000:]
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
    except BaseException:
        process.terminate()
        raise
    finally:
        process.stdout.close()
        status = process.wait()
    if status:
        output = tail.decode("utf-8", "replace")
        if "No space left on device" in output:
            raise OSError(errno.ENOSPC, "no space left")
        raise Failure("deploy_failed", phase=phase, output=output)


def plain_environment() -> "dict[str, str]":
    """The environment without what would mix other packages in."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET")}


def remove_stale(folder: Path) -> None:
    """Delete environments that were left half made."""
    for place in folder.glob("env-*"):
        sign = place / "installing"
        if sign.exists() and time.time() - sign.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(place, ignore_errors=True)


class Beat:
    """Touches a file while an installation goes on, and removes it after."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stop = threading.Event()
        path.touch()
        self._thread = threading.Thread(target=self._go, daemon=True)
        self._thread.start()

    def _go(self) -> None:
        while not self._stop.wait(BEAT_SECONDS):
            self._path.touch()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self._path.unlink(missing_ok=True)


def private(folder: Path) -> None:
    """Make a folder that only this user can enter."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def write(path: Path, text: str) -> None:
    """Replace a small text file."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with part.open("w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def perform(order: "dict[str, object]", archive: bytes) -> str:
    """Carry out one order. Raises Failure."""
    home = Path(str(order["home"]))
    try:
        private(home)
        action = order["action"]
        if action == "code":
            return unpack(home, str(order["version"]), archive)
        if action == "work":
            return point_work(home, str(order["work"]))
        name, python, code = (str(order[key]) for key in ("name", "python", "code"))
        if action == "adopt":
            return adopt(home, name, python, code)
        return build(home, name, python, code, order)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            free = shutil.disk_usage(home if home.exists() else home.parent).free
            raise Failure(
                "disk_full", path=str(home), needed_mb=order.get("needed_mb", 0), free_mb=free // 2**20
            ) from error
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise Failure("home_unwritable", path=str(error.filename or home)) from error
        raise Failure("deploy_failed", phase=str(order["action"]), output=str(error)) from error


def main() -> None:
    """Read one JSON line, the order, then its archive, from stdin."""
    order = json.loads(sys.stdin.buffer.readline())
    archive = sys.stdin.buffer.read()
    try:
        report = {"done": perform(order, archive)}
    except Failure as failure:
        report = {"problem": failure.code, "params": failure.params}  # type: ignore[dict-item]
    sys.stdout.write("\n" + SENTINEL + json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
