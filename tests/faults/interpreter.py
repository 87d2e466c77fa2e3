"""Pythons for a home that are not like the one of this machine: with other variables, or a clock that can be set."""

import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tests.faults.box import SERVE, Box, Home, put_code

NOTHING: Mapping[str, str] = {}
CLOCK = """
import time

_real = time.time

def _shifted():
    with open({note!r}, encoding="ascii") as note:
        return _real() + float(note.read())

time.time = _shifted
"""


def python_with(folder: Path, environment: Mapping[str, str]) -> str:
    """A program that is Python with these variables set. Its children have them too."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "python"
    settings = " ".join(shlex.quote(f"{name}={value}") for name, value in environment.items())
    path.write_text(f'#!/bin/sh\nexec env {settings} {shlex.quote(sys.executable)} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return str(path)


class Clock:
    """What `time.time` says in all processes of a home: the truth and `shift` seconds, set at any moment."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._note = folder / "shift"
        self.set(0.0)

    def set(self, shift: float) -> None:
        """Takes effect at once."""
        new = self._note.with_suffix(".new")
        new.write_text(repr(shift), encoding="ascii")
        new.replace(self._note)

    def home(self, box: Box, folder: Path, *arguments: str, environment: Mapping[str, str] = NOTHING) -> Home:
        """An agent that goes by this clock. It has code of its own, because each of its processes starts from there.
        `arguments` are further ones of `serve`; a later one wins."""
        code = folder / "code"
        put_code(code)
        (code / "sitecustomize.py").write_text(CLOCK.format(note=str(self._note)), encoding="utf-8")
        python = python_with(folder / "bin", {**environment, "PYTHONPATH": str(code)})
        return Home(replace(box, code=code), folder / "home", (*SERVE, *arguments), python)
