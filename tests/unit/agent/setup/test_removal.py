import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loraferry_agent.layout import HOME_VARIABLE, Layout
from loraferry_agent.setup import removal
from loraferry_agent.setup.places import settle, settle_home
from loraferry_agent.setup.removal import own_names, tidy, uninstall
from loraferry_agent.setup.tools import Desk, Failure

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "家" / "home"
    settle_home(folder)
    return folder


@pytest.fixture
def processes() -> Iterator[list["subprocess.Popen[bytes]"]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def desk() -> Desk:
    return Desk(io.BytesIO())


def sleeper(*arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
    """A process that is really there: it has said so."""
    process = subprocess.Popen(
        [sys.executable, "-c", "print(1, flush=True); input()", *arguments], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, env={**os.environ, **environment},
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    return process


def add_job(work: Path, state: str, job: str = "job") -> None:
    folder = work / "jobs" / job
    folder.mkdir(parents=True)
    (folder / "state.json").write_text(json.dumps({"state": state}), encoding="utf-8")


# ---- old versions ---------------------------------------------------------------------------------------------------


def versions(home: Path, *names: str) -> None:
    for name in names:
        (home / "code" / name).mkdir(parents=True)
        (home / "venvs" / name).mkdir(parents=True)


def test_what_nobody_uses_goes(home: Path) -> None:
    versions(home, "old", "new")
    removed = tidy(home, ["new"], unused=0.0)
    assert sorted(removed) == sorted([str(home / "code" / "old"), str(home / "venvs" / "old")])
    assert [path.name for path in (home / "code").iterdir()] == ["new"]
    assert [path.name for path in (home / "used").iterdir()] == ["new"]


def test_what_another_desktop_asked_for_lately_stays(home: Path) -> None:
    versions(home, "a", "b", "c")
    tidy(home, ["a"])
    os.utime(home / "used" / "a", (time.time() - 60, time.time() - 60))
    assert (home / "code" / "a").is_dir()
    assert tidy(home, ["b"]) == []  # `c` was removed by the first call
    os.utime(home / "used" / "a", (1, 1))
    assert sorted(tidy(home, ["b"])) == [str(home / "code" / "a"), str(home / "venvs" / "a")]


@on_linux
@pytest.mark.parametrize("by", ["argument", "environment"])
def test_what_a_process_uses_stays(home: Path, processes: list["subprocess.Popen[bytes]"], by: str) -> None:
    versions(home, "old", "new")
    used = str(home / "code" / "old")
    processes.append(sleeper(used) if by == "argument" else sleeper(PYTHONPATH=used))
    assert tidy(home, ["new"], unused=0.0) == [str(home / "venvs" / "old")]
    processes.pop().communicate()
    assert tidy(home, ["new"], unused=0.0) == [used]


def test_where_processes_cannot_be_seen_a_busy_agent_keeps_everything(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "processes", lambda: None)
    versions(home, "old", "new")
    add_job(home, "running")
    assert tidy(home, ["new"], unused=0.0) == []
    (home / "jobs" / "job" / "state.json").write_text('{"state": "finished"}', encoding="utf-8")
    assert len(tidy(home, ["new"], unused=0.0)) == 2


# ---- all of it ------------------------------------------------------------------------------------------------------


def test_everything_of_ours_goes_and_nothing_else(home: Path, tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    (volume / "models").mkdir(parents=True)
    work = Path(settle(home, str(volume), {"caches": str(tmp_path / "caches")}))
    (work / "mine.txt").write_text("the user's", encoding="utf-8")
    for name in ("jobs", "blobs", "models", ".jobs.old-1"):
        (work / name).mkdir()
        (work / name / "file").touch()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    (work / "trees").symlink_to(outside, target_is_directory=True)
    (home / "agent_id").touch()
    (tmp_path / "caches" / "latents").mkdir()
    result = uninstall(home, False, desk())
    assert result["left"] == [str(work / "mine.txt")]
    assert str(home) in result["removed"]
    assert not home.exists() and not home.parent.exists() and not (tmp_path / "caches").exists()
    assert [path.name for path in work.iterdir()] == ["mine.txt"]
    assert (volume / "models").is_dir()
    assert (outside / "kept").exists()
    assert uninstall(home, False, desk()) == {"removed": [], "left": []}


def test_a_folder_that_was_there_stays(tmp_path: Path) -> None:
    tmp_path.joinpath("home").mkdir()
    settle_home(tmp_path / "home")
    uninstall(tmp_path / "home", False, desk())
    assert list((tmp_path / "home").iterdir()) == []


def test_somebody_elses_folder_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    with pytest.raises(Failure) as caught:
        uninstall(tmp_path, True, desk())
    assert caught.value.code == "folder_foreign"
    assert (tmp_path / "code").is_dir()


@pytest.mark.parametrize("state", removal.BUSY)
def test_a_job_that_waits_or_runs_is_not_ended(home: Path, state: str) -> None:
    add_job(home, state)
    with pytest.raises(Failure) as caught:
        uninstall(home, False, desk())
    assert caught.value.params == {"job": "job", "state": state, "action": "uninstall"}
    assert (home / "jobs" / "job").is_dir()


@on_linux
def test_unless_it_is_forced(home: Path) -> None:
    add_job(home, "running")
    uninstall(home, True, desk())
    assert not home.exists()


@on_linux
def test_processes_of_this_agent_are_ended_and_no_others(
    home: Path, processes: list["subprocess.Popen[bytes]"]
) -> None:
    ours = [sleeper(**{HOME_VARIABLE: str(home)}), sleeper("--home", str(home)), sleeper(f"--home={home}")]
    others = [sleeper(), sleeper("--home", str(home) + "2"), sleeper(str(home))]
    processes += [*ours, *others]
    uninstall(home, False, desk())
    assert all(process.wait(30) != 0 for process in ours)
    assert all(process.poll() is None for process in others)


def test_what_cannot_be_removed_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "venvs").mkdir()
    real = removal._remove
    monkeypatch.setattr(removal, "_remove", lambda path: None if path.name == "venvs" else real(path))
    with pytest.raises(Failure) as caught:
        uninstall(home, False, desk())
    assert (caught.value.code, caught.value.params) == ("uninstall_incomplete", {"what": str(home / "venvs")})


def test_the_layouts_names_are_ours() -> None:
    assert {"jobs", "blobs", "caches", "code", "venvs", "locks", "work", "supervisor.old.log"} <= own_names(Path("/h"))
    assert "" not in own_names(Path("/h"))
    assert Layout(Path("/h"), Path("/h")).host_setup.name in own_names(Path("/h"))
