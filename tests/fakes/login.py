"""A user of this system made for a test, with a home and an interpreter that may be run, and removed after it."""

import os
import pwd
import shutil
import site
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.leftovers import end_processes_of_user

NAME = f"ferry{os.getpid()}"


class NoLogin(Exception):
    """No user can be made here; the text says why."""


@dataclass(frozen=True)
class Login:
    """Somebody who is not root."""

    name: str
    uid: int
    home: Path

    def let_in(self, public_key: str) -> None:
        """Accept a key."""
        folder = self.home / ".ssh"
        folder.mkdir(mode=0o700)
        (folder / "authorized_keys").write_text(public_key, encoding="utf-8")
        for path in (folder, folder / "authorized_keys"):
            os.chown(path, self.uid, self.uid)

    def set_password(self, password: str) -> None:
        """Accept a password."""
        subprocess.run(["chpasswd"], input=f"{self.name}:{password}\n", text=True, check=True)

    def python(self, folder: Path) -> str:
        """An interpreter that this user may run, with the packages of this one. Raises NoLogin."""
        for candidate in (sys.executable, "/usr/bin/python3"):
            program = folder / "bin" / "python"
            if self._runs(candidate):
                subprocess.run([candidate, "-m", "venv", "--without-pip", str(folder)], check=True)
                (packages,) = folder.glob("lib/python*/site-packages")
                (packages / "packages.pth").write_text("\n".join(site.getsitepackages()) + "\n", encoding="utf-8")
                if self._runs(str(program), "import pydantic_core"):
                    return str(program)
                shutil.rmtree(folder)
        raise NoLogin("there is no interpreter that another user may run")

    def _runs(self, python: str, script: str = "") -> bool:
        try:
            done = subprocess.run([python, "-c", script], user=self.uid, capture_output=True, check=False, cwd="/")
        except OSError:
            return False
        return done.returncode == 0


@contextmanager
def login(homes: Path) -> Iterator[Login]:
    """Make one, whose home is in `homes`. Raises NoLogin."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or not shutil.which("useradd"):
        raise NoLogin("needs root, to make a user")
    home = homes / NAME
    done = subprocess.run(
        ["useradd", "--create-home", "--home-dir", str(home), "--user-group", "--password", "*", "--shell", "/bin/sh", NAME],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise NoLogin(done.stderr)
    try:
        found = pwd.getpwnam(NAME)
        yield Login(NAME, found.pw_uid, home)
    finally:
        end_processes_of_user(found.pw_uid)
        subprocess.run(["userdel", "--remove", NAME], capture_output=True, check=True)
