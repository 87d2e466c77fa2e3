"""Keeping the computer awake, against stand-ins for the systems' own programs."""

import ctypes
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from loraferry import platform
from loraferry.platform import keep_awake

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")


def put_program(folder: Path, name: str, script: str) -> Path:
    """A program that writes down how it was called, then does what `script` says."""
    notes = folder / "called"
    program = folder / name
    program.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" >"{notes}.part"\nmv "{notes}.part" "{notes}"\n{script}\n', encoding="utf-8"
    )
    program.chmod(0o755)
    return notes


def await_file(path: Path) -> list[str]:
    give_up_at = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < give_up_at
        time.sleep(0.01)
    return path.read_text(encoding="utf-8").splitlines()


@POSIX
def test_linux_is_asked_for_as_long_as_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = put_program(tmp_path, "systemd-inhibit", f'cat\ntouch "{tmp_path}/ended"')
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with keep_awake("sending pictures") as asked:
        assert asked
        words = await_file(notes)
        assert words == ["--what=idle:sleep", "--who=LoRA Ferry", "--why=sending pictures", "cat"]
        assert not (tmp_path / "ended").exists()
    # The program itself was ended with it; what it ran ends with its input.


@POSIX
def test_macos_is_asked_with_its_own_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = put_program(tmp_path, "caffeinate", "cat")
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with keep_awake("x") as asked:
        assert asked
        assert await_file(notes) == ["-i", "-w", str(os.getpid())]


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_without_such_a_program_the_work_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setenv("PATH", str(tmp_path))
    with keep_awake("x") as asked:
        assert not asked


@POSIX
@pytest.mark.parametrize("script", ["exit 1", "exec sleep 600"])
def test_a_program_that_ends_early_or_never_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    notes = put_program(tmp_path, "systemd-inhibit", script)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(ZeroDivisionError), keep_awake("x"):
        await_file(notes)
        raise ZeroDivisionError


@POSIX
def test_a_file_that_cannot_be_started_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "systemd-inhibit").write_text("#!/nowhere/at/all\n", encoding="utf-8")
    (tmp_path / "systemd-inhibit").chmod(0o755)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PATH", str(tmp_path))
    with keep_awake("x") as asked:
        assert not asked


def test_windows_is_told_and_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    states: list[int] = []

    def set_state(state: int) -> int:
        states.append(state)
        return 1

    windll = SimpleNamespace(kernel32=SimpleNamespace(SetThreadExecutionState=set_state))
    monkeypatch.setattr(ctypes, "windll", windll, raising=False)
    monkeypatch.setattr(platform, "WINDOWS", True)
    with keep_awake("x") as asked:
        assert asked
        assert states == [0x80000001]
    assert states == [0x80000001, 0x80000000]
