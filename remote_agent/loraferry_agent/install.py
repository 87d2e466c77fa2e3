"""Puts the agent in place on the machine itself, and takes it away again, order by order.

It is sent over stdin with the modules of `setup`, and run by whatever Python there is: standard library only, Python
3.8 syntax. Each order ends with one marked JSON line, `{"done": …}` or `{"problem": code, "params": …}`; other lines
are what the tools print. What was interrupted leaves nothing that looks complete: code appears by a rename, an
environment by its pointer, written last. A lost line interrupts nothing; the word `cancel` on stdin ends everything.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
import signal
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from loraferry_agent.setup.claim import claimed
from loraferry_agent.setup.environments import adopt, build, put_uv
from loraferry_agent.setup.places import settle, settle_home
from loraferry_agent.setup.removal import tidy, uninstall
from loraferry_agent.setup.tools import CalledOff, Desk, Failure, private


def content_hash(files: dict[str, bytes]) -> str:
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
    part = Path(tempfile.mkdtemp(prefix=".", dir=str(target.parent)))
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
        shutil.rmtree(str(part), ignore_errors=True)
    return str(target)


def perform(order: dict[str, Any], archive: bytes, desk: Desk) -> Any:
    """Carry out one order. Raises Failure, CalledOff."""
    home = Path(str(order["home"]))
    try:
        if order["action"] == "uninstall":
            return uninstall(home, bool(order["force"]), desk)
        settle_home(home)
        private(home / "locks")
        desk.keep_log(home / "deploy.log")
        with claimed(home / "locks" / "deploy", str(order.get("owner", "")), desk):
            desk.note(str(order["action"]))
            return _act(home, order, archive, desk)
    except OSError as error:
        raise _named(error, home, order) from error


def _act(home: Path, order: dict[str, Any], archive: bytes, desk: Desk) -> Any:
    action = order["action"]
    if action == "setup":
        work = settle(home, str(order["work"]), order["setup"])
        for path in tidy(home, [str(name) for name in order["keep"]], float(order["unused_s"])):
            desk.note("removed " + path)
        return work
    if action == "code":
        return unpack(home, str(order["version"]), archive)
    if action == "uv":
        return put_uv(home, str(order["version"]), str(order["sha256"]), archive)
    return (adopt if action == "adopt" else build)(home, order, desk)


def _named(error: OSError, home: Path, order: dict[str, Any]) -> Failure:
    if error.errno == errno.ENOSPC:
        full = Path(str(error.filename or home))
        while not full.exists() and full.parent != full:
            full = full.parent
        free = shutil.disk_usage(str(full)).free // 2**20
        counted = os.statvfs(str(full)) if hasattr(os, "statvfs") else None
        if counted is not None and counted.f_files and counted.f_favail < 100:
            return Failure("inodes_full", path=str(full), needed=order.get("needed_files", 0), free=counted.f_favail)
        return Failure("disk_full", path=str(full), needed_mb=order.get("needed_mb", 0), free_mb=free)
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOTDIR, errno.EEXIST):
        return Failure("home_unwritable", path=str(error.filename or home))
    return Failure("deploy_failed", phase=str(order["action"]), output=str(error))


def main() -> None:
    """Read one JSON line, the order, then its archive of `size` bytes, from stdin."""
    source = sys.stdin.buffer
    order = json.loads(source.readline())
    archive = source.read(order["size"])
    desk = Desk()
    for name in ("SIGHUP", "SIGINT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: desk.call_off())
    desk.listen(source)
    try:
        if len(archive) != order["size"]:
            raise CalledOff
        desk.tell(done=perform(order, archive, desk))
    except Failure as failure:
        desk.note(f"failed: {failure.code} {failure.params}")
        desk.tell(problem=failure.code, params=failure.params)
    except CalledOff:
        desk.note("called off")
        desk.tell(cancelled=True)
    # The thread that listens cannot be woken from its read.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
