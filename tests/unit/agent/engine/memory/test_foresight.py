"""What a run gives up before it begins, on cards of different sizes."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch

from loraferry_agent.engine.device import Device
from loraferry_agent.engine.foresight import foreseen
from loraferry_agent.engine.ladder import Ladder
from loraferry_agent.engine.reporter import Reporter
from loraferry_agent.jobs.event_log import EventLog
from loraferry_agent.jobs.ladder import PLANNED, Adaptation
from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.events import Adapted
from tests.fakes.job_folder import events

CARD = Device(torch.device("cuda", 0), "bf16")


def sdxl(**values: Any) -> TrainConfig:
    config = TrainConfig()
    for path, value in {"base.family": "sdxl", "dataset.resolution": 1024, **values}.items():
        config = replace_at(config, path, value)
    return config


def test_with_room_nothing_is_given_up() -> None:
    assert foreseen(sdxl(**{"loop.batch": 4}), 80_000) == PLANNED


def test_on_smaller_cards_more_and_more() -> None:
    plan = sdxl(**{"loop.batch": 4})
    found = [foreseen(plan, free) for free in (24_000, 16_000, 11_500, 7_400)]
    assert found[-1] == Adaptation(at_once=1, checkpointing=True)
    assert all(adaptation != PLANNED for adaptation in found)
    passes = [adaptation.at_once or 4 for adaptation in found if adaptation.checkpointing]
    assert passes == sorted(passes, reverse=True)


def test_what_the_plan_does_anyway_is_not_given_up() -> None:
    assert foreseen(sdxl(**{"loop.gradient_checkpointing": True}), 8_000) == PLANNED


def test_where_nothing_fits_the_least_is_tried() -> None:
    assert foreseen(sdxl(**{"loop.batch": 4}), 1_000) == Adaptation(at_once=1, checkpointing=True)


def test_of_unknown_families_nothing_is_foreseen() -> None:
    assert foreseen(replace_at(TrainConfig(), "base.family", "flux"), 1_000) == PLANNED


def test_the_ladder_begins_there_and_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (7_400 * 2**20, 8_192 * 2**20))
    folder = JobFolder(tmp_path)
    plan = sdxl(**{"loop.batch": 4})
    with closing(EventLog(folder.events, 1)) as log:
        ladder = Ladder(folder, plan.loop, Reporter(log, folder.path))
        ladder.foresee(plan, Device(torch.device("cpu"), "fp32"), 0)
        assert ladder.adaptation == PLANNED
        ladder.foresee(plan, CARD, 0)
        ladder.foresee(plan, CARD, 0)
    assert ladder.adaptation == Adaptation(at_once=1, checkpointing=True)
    told = [(event.rung, event.detail) for event in events(folder) if isinstance(event, Adapted)]
    assert told == [("split_batch", "1"), ("checkpointing", "")]
    assert Ladder(folder, plan.loop, Reporter(log, folder.path)).adaptation == ladder.adaptation
