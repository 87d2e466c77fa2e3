"""How many processes train, and how they are told to."""

import os
from pathlib import Path

import pytest

from loraferry_agent import platform
from loraferry_agent.jobs import ranks
from loraferry_agent.jobs.launch import Settings
from loraferry_agent.jobs.ranks import Place, launcher_environment, place_of, processes
from loraferry_agent.jobs.runner import how_to_train
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.jobs import JobSpec

JOB = "00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("wanted", "cards", "visible", "count"),
    [
        (1, 8, None, 1), (2, 8, None, 2), (4, 2, None, 2), (0, 8, None, 8), (0, 0, None, 1), (3, 0, None, 1),
        (0, 8, "1,3", 2), (4, 8, "5", 1), (2, 8, "", 1), (2, 1, "0,1", 1),
    ],
)  # fmt: skip
def test_a_process_for_each_card_that_is_wanted_and_there(
    wanted: int, cards: int, visible: str | None, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "LOOPBACK", "lo")
    assert processes(wanted, cards, {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}) == count
    monkeypatch.setattr(platform, "LOOPBACK", "")
    assert processes(wanted, cards, {}) == 1


def test_a_place_only_where_a_launcher_of_ours_gave_one(tmp_path: Path) -> None:
    assert place_of({"RANK": "1", "WORLD_SIZE": "2"}) is None
    told = {**launcher_environment(tmp_path), "RANK": "1", "WORLD_SIZE": "2"}
    assert place_of(told) == Place(1, 2, tmp_path / "processes")


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
def test_the_launcher_only_where_several_cards_are_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 0\necho 1\n", encoding="utf-8")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    settings = Settings(tmp_path / "home")
    folder = settings.layout.job(JOB)
    folder.path.mkdir(parents=True)
    stale = settings.layout.meetings / JOB / "processes"
    stale.parent.mkdir(parents=True)
    stale.touch()

    def command_of(gpus: int) -> str:
        spec = JobSpec(job=JOB, name="x", config=replace_at(TrainConfig(), "loop.gpus", gpus))
        folder.spec.write_text(spec.model_dump_json(), encoding="utf-8")
        command, around = how_to_train(settings, JOB)
        assert (ranks.MEETING in around) == ("accelerate.commands.launch" in command)
        return " ".join(command)

    assert "accelerate" not in command_of(1) and stale.exists()
    assert "--num_processes=2 " in command_of(2) and not stale.exists()
    assert "--num_processes=2 " in command_of(0)
    program.write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")
    assert "accelerate" not in command_of(0)
