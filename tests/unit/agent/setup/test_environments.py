import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from loraferry_agent import install, selftest
from loraferry_agent.setup import environments
from loraferry_agent.setup.environments import Count, put_uv, remove_stale, tool_environment
from loraferry_agent.setup.places import settle_home
from loraferry_agent.setup.tools import Desk, Failure

SITE = "site-packages"


class RecordingDesk(Desk):
    """Runs nothing, remembers what would run; `failing` is the phase that fails."""

    def __init__(self, failing: str = "") -> None:
        super().__init__(io.BytesIO())
        self.failing = failing
        self.calls: list[tuple[str, list[str], dict[str, str]]] = []

    def call(self, phase: str, argv: Any, environment: Any, folder: Any = None, heard: Any = None) -> str:
        self.calls.append((phase, list(argv), dict(environment)))
        if phase == self.failing:
            raise Failure("deploy_failed", phase=phase, output="no such package")
        return ""

    def ask(self, argv: Any, environment: Any) -> str:
        place = Path(argv[0]).parents[1] / SITE
        if "venvs" in place.parts:
            place.mkdir(parents=True)
        return json.dumps([str(place)])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    settle_home(tmp_path / "家 home")
    return tmp_path / "家 home"


def order(tool: str = "pip", **more: Any) -> dict[str, Any]:
    plain = {
        "action": "build", "owner": "me", "name": "e", "python": "/usr/bin/python3", "code": "/code", "cards": [0, 2],
        "tool": tool, "system_site": False, "without": [], "needed_mb": 1,
        "installs": [["https://t.example", "torch==1\n"], ["", "peft==2\n"]],
    }  # fmt: skip
    return {**plain, **more}


def build(home: Path, desk: Desk, **more: Any) -> Any:
    return install.perform({"home": str(home), **order(**more)}, b"", desk)


def test_with_pip(home: Path) -> None:
    desk = RecordingDesk()
    own = build(home, desk)
    phases = [phase for phase, _, _ in desk.calls]
    assert phases == ["environment", "packages", "packages", "selftest"]
    (_, made, environment), (_, first, _), (_, second, _), (_, test, _) = desk.calls
    place = Path(own).parents[1]
    assert made == ["/usr/bin/python3", "-m", "venv", str(place)]
    assert first[0] == own and first[first.index("--index-url") + 1] == "https://t.example"
    assert "--index-url" not in second
    assert test[-3:] == ["/code", "0", "2"]
    assert environment["PIP_CACHE_DIR"].startswith(str(home / "caches"))
    assert (home / "venvs" / "e" / "python").read_text(encoding="utf-8").strip() == own
    assert not list(place.glob("installing"))


def test_with_uv_on_the_images_packages(home: Path) -> None:
    desk = RecordingDesk()
    own = build(home, desk, tool="/uv", system_site=True, without=["torch", "numpy"], installs=[["", "peft==2\n"]])
    (_, made, _), (_, packages, environment), _ = desk.calls
    assert made == ["/uv", "venv", "--system-site-packages", "--python", "/usr/bin/python3", str(Path(own).parents[1])]
    assert packages[:5] == ["/uv", "pip", "install", "--python", own]
    never = Path(packages[packages.index("--overrides") + 1])
    assert never.read_text(encoding="utf-8").splitlines() == [
        "torch; sys_platform == 'never'", "numpy; sys_platform == 'never'",
    ]  # fmt: skip
    assert environment["UV_CACHE_DIR"].startswith(str(home / "caches"))
    (behind,) = (home / "venvs").rglob("image.pth")
    assert behind.read_text(encoding="utf-8") == f"/usr/{SITE}\n"
    assert "UV_DEFAULT_INDEX" not in environment or environment["UV_DEFAULT_INDEX"] != "https://t.example"


def test_uv_fetches_an_interpreter_into_the_home(home: Path) -> None:
    desk = RecordingDesk()
    build(home, desk, tool="/uv", python="3.12")
    assert desk.calls[0][:2] == ("python", ["/uv", "python", "install", "--no-bin", "3.12"])
    assert desk.calls[0][2]["UV_PYTHON_INSTALL_DIR"] == str(home / "pythons")
    assert desk.calls[1][1][:5] == ["/uv", "venv", "--managed-python", "--python", "3.12"]
    assert desk.calls[2][2]["UV_DEFAULT_INDEX"] == "https://t.example"


@pytest.mark.parametrize("failing", ["environment", "packages", "selftest"])
def test_an_environment_is_made_whole_or_not_at_all(home: Path, failing: str) -> None:
    with pytest.raises(Failure):
        build(home, RecordingDesk(failing))
    assert not list((home / "venvs" / "e").iterdir())


def test_what_another_desktop_made_is_used(home: Path) -> None:
    folder = home / "venvs" / "e"
    (folder / "env-1").mkdir(parents=True)
    (folder / "env-1" / "python").touch()
    (folder / "python").write_text(str(folder / "env-1" / "python") + "\n", encoding="utf-8")
    desk = RecordingDesk()
    assert build(home, desk) == str(folder / "env-1" / "python")
    assert desk.calls == []


def test_fetched_packages_stay_until_the_environment_is_complete(home: Path) -> None:
    cache = environments.packages_folder(home)
    cache.mkdir(parents=True)
    with pytest.raises(Failure):
        build(home, RecordingDesk("packages"))
    assert cache.is_dir()
    build(home, RecordingDesk())
    assert not cache.exists()


def test_an_interpreter_is_adopted_after_its_test(home: Path) -> None:
    adopt = {"action": "adopt", "name": "e", "python": sys.executable, "code": "/code", "cards": []}
    with pytest.raises(Failure):
        install.perform({"home": str(home), **adopt}, b"", RecordingDesk("selftest"))
    assert not (home / "venvs" / "e" / "python").exists()
    assert install.perform({"home": str(home), **adopt}, b"", RecordingDesk()) == sys.executable
    assert (home / "venvs" / "e" / "python").read_text(encoding="utf-8").strip() == sys.executable


def test_a_tagger_is_tried_without_torch(tmp_path: Path) -> None:
    desk = RecordingDesk()
    for tagger in (True, False):
        order = {"code": "/code", "cards": [0], "tagger": tagger}
        environments.selftest(tmp_path, sys.executable, order, desk)
    assert [command[-1] for _, command, _ in desk.calls] == ["--tagger", "0"]
    script = Path(selftest.__file__).read_text(encoding="utf-8")
    blocked = "import sys\nfor name in ('torch', 'diffusers', 'transformers'): sys.modules[name] = None\n"
    done = subprocess.run([sys.executable, "-c", blocked + script, "--tagger"], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    done = subprocess.run([sys.executable, "-c", blocked + script], capture_output=True, check=False)
    assert done.returncode != 0


def test_what_was_left_half_made_is_removed(tmp_path: Path) -> None:
    for name, age in (("env-dead", 10_000), ("env-live", 0), ("env-done", None)):
        (tmp_path / name).mkdir()
        if age is not None:
            (tmp_path / name / "installing").touch()
            now = (tmp_path / name / "installing").stat().st_mtime
            os.utime(tmp_path / name / "installing", (now - age, now - age))
    remove_stale(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["env-done", "env-live"]


def test_tools_run_in_the_owners_surroundings(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "host.json").write_text(json.dumps({"environment": {"A_MIRROR": "x"}}), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", "/evil")
    monkeypatch.setenv("PIP_TARGET", "/evil")
    found = tool_environment(home)
    assert found["A_MIRROR"] == "x"
    assert not {"PYTHONPATH", "PIP_TARGET"} & found.keys()


def test_packages_are_counted_off(home: Path) -> None:
    output = io.BytesIO()
    count = Count(Desk(output), "torch==1\nhuggingface_hub==2\npillow==3\n")
    for line in (
        "Collecting torch==1 (from -r x)", "Collecting filelock", " Downloaded huggingface-hub", "Using Python 3",
        " + torch==1", "Requirement already satisfied: Pillow==3 in /x", "", "+",
    ):  # fmt: skip
        count(line)
    told = [json.loads(line.partition(b"install ")[2]) for line in output.getvalue().splitlines() if line]
    assert [report["progress"] for report in told] == [[1, 3], [2, 3], [3, 3]]


def wheel(program: bytes = b"#!/bin/sh\n") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("uv-1.data/scripts/uv", program)
    return packed.getvalue()


def test_uv_is_taken_out_of_its_wheel_once(home: Path) -> None:
    data = wheel()
    assert put_uv(home, "1", "", b"") == ""
    path = put_uv(home, "1", hashlib.sha256(data).hexdigest(), data)
    assert Path(path).read_bytes() == b"#!/bin/sh\n"
    assert os.access(path, os.X_OK)
    assert put_uv(home, "1", "", b"") == path


def test_another_uv_is_refused(home: Path) -> None:
    with pytest.raises(Failure):
        put_uv(home, "1", "0" * 64, wheel())
    assert put_uv(home, "1", "", b"") == ""
