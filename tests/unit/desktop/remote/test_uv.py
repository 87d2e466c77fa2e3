import hashlib
import sys
from pathlib import Path

import pytest

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.remote import uv
from loraferry.remote.uv import VERSION, WHEELS, Wheel, fetch_uv, pip_command
from loraferry_core.problems import ProblemError


@pytest.fixture
def wheel(monkeypatch: pytest.MonkeyPatch) -> Wheel:
    fake = Wheel("uv.whl", hashlib.sha256(b"wheel").hexdigest(), ("one", "two"))
    monkeypatch.setattr(uv, "WHEELS", {"m": fake})
    return fake


def pip_that(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(uv, "pip_command", lambda wheel, folder: [sys.executable, "-c", program, folder])


def code(folder: Path) -> tuple[str, str]:
    with pytest.raises(ProblemError) as caught:
        fetch_uv("m", folder, CancelToken())
    return caught.value.problem.code, str(caught.value.problem.params["detail"])


WRITE = "import pathlib, sys; pathlib.Path(sys.argv[1], 'uv.whl').write_bytes(b'wheel')"


def test_it_is_fetched_once(wheel: Wheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pip_that(monkeypatch, WRITE)
    assert fetch_uv("m", tmp_path / "uv", CancelToken()) == b"wheel"
    pip_that(monkeypatch, "raise SystemExit(1)")
    assert fetch_uv("m", tmp_path / "uv", CancelToken()) == b"wheel"


def test_a_damaged_one_is_fetched_again(wheel: Wheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "uv.whl").write_bytes(b"whe")
    pip_that(monkeypatch, WRITE)
    assert fetch_uv("m", tmp_path, CancelToken()) == b"wheel"
    assert (tmp_path / "uv.whl").read_bytes() == b"wheel"


def test_what_pip_says_is_told(wheel: Wheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pip_that(monkeypatch, "print('no network'); raise SystemExit(1)")
    assert code(tmp_path) == ("uv_unavailable", "no network")


def test_another_file_is_refused(wheel: Wheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pip_that(monkeypatch, WRITE.replace("b'wheel'", "b'evil'"))
    assert code(tmp_path)[0] == "uv_unavailable"
    assert not (tmp_path / "uv.whl").exists()


@pytest.mark.parametrize("how", ["frozen", "without"])
def test_a_program_without_pip_says_so(wheel: Wheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    if how == "frozen":
        monkeypatch.setattr(sys, "frozen", True, raising=False)
    else:
        monkeypatch.setattr(uv, "find_spec", lambda name: None)
    assert code(tmp_path) == ("uv_unavailable", "pip is not part of this program")


def test_it_can_be_called_off(wheel: Wheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pip_that(monkeypatch, "import time; time.sleep(600)")
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        fetch_uv("m", tmp_path, cancel)


@pytest.mark.parametrize("machine", WHEELS)
def test_pip_is_asked_for_exactly_the_pinned_file(machine: str) -> None:
    command = pip_command(WHEELS[machine], "/folder")
    assert f"uv=={VERSION}" in command
    assert "--no-deps" in command
    platforms = [command[at + 1] for at, word in enumerate(command) if word == "--platform"]
    assert all(machine in platform for platform in platforms)
    assert VERSION in WHEELS[machine].file
    assert len(WHEELS[machine].sha256) == 64
