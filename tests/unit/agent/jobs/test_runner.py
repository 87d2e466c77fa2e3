"""Writing down how a training process ended."""

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from loraferry_agent.jobs import runner
from loraferry_agent.jobs.reserve import keep_reserve
from loraferry_agent.layout import Layout


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    monkeypatch.setattr(runner, "TROUBLE_SECONDS", 0.0)
    layout = Layout(tmp_path, tmp_path)
    layout.job("a").path.mkdir(parents=True)
    keep_reserve(layout)
    return layout


@pytest.mark.parametrize(("returncode", "code", "signal"), [(0, 0, 0), (3, 3, 0), (-9, 0, 9)])
def test_exit_code_or_signal(layout: Layout, returncode: int, code: int, signal: int) -> None:
    runner.write_exit(layout, layout.job("a"), 2, returncode)
    end = json.loads(layout.job("a").exit.read_bytes())
    assert (end["attempt"], end["code"], end["signal"]) == (2, code, signal)
    assert layout.reserve.exists()


def test_on_a_full_disk_with_the_room_kept_for_it(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    write = runner.write_json

    def full(path: Path, value: dict[str, Any]) -> None:
        if layout.reserve.exists():
            raise OSError(errno.ENOSPC, "no space")
        write(path, value)

    monkeypatch.setattr(runner, "write_json", full)
    runner.write_exit(layout, layout.job("a"), 1, 1)
    assert json.loads(layout.job("a").exit.read_bytes())["code"] == 1
    assert "no space" in capfd.readouterr().err


def test_a_job_that_was_removed_has_no_end(layout: Layout) -> None:
    layout.job("a").path.rmdir()
    runner.write_exit(layout, layout.job("a"), 1, 1)
    assert not layout.job("a").path.exists()
