"""The rungs by which a run makes do with less memory."""

from pathlib import Path

import pytest

from loraferry_agent.jobs.adaptations import adaptation_of, died_in, read_adaptation, write_adaptation
from loraferry_agent.jobs.ladder import LADDERS, PLANNED, Adaptation, Situation, climb, climb_after_death, detail_of
from loraferry_agent.layout import JobFolder
from loraferry_core.events import PHASES

CARD = Situation(on_card=True, batch=5, checkpointing=False)
PROCESSOR = Situation(on_card=False, batch=2, checkpointing=True)


def climbed(phase: str, situation: Situation) -> list[tuple[str, str]]:
    """All rungs with what they led to, up to the top."""
    taken, now = [], PLANNED
    while (found := climb(now, phase, situation)) is not None:
        rung, now = found
        taken.append((rung, detail_of(rung, now)))
    return taken


def test_all_rungs_in_order() -> None:
    assert climbed("train", CARD) == [
        ("split_batch", "3"), ("split_batch", "2"), ("split_batch", "1"),
        ("checkpointing", ""), ("offload", ""), ("quantise", ""),
    ]  # fmt: skip
    assert climbed("train", PROCESSOR) == [("split_batch", "1"), ("quantise", "")]
    assert climbed("cache_latents", CARD) == climbed("cache_captions", CARD) == [("processor", "")]
    assert climbed("cache_latents", PROCESSOR) == []
    assert climbed("sample", CARD) == [("sample_apart", ""), ("sample_in_tiles", "")]
    assert climbed("load_denoiser", CARD) == [("offload", ""), ("quantise", "")]
    assert climbed("prepare", CARD) == []


def test_every_ladder_is_of_a_phase() -> None:
    assert LADDERS.keys() <= set(PHASES)


def test_what_was_given_up_stays_given_up() -> None:
    one = Adaptation(at_once=4, offload=True, rate=0.5)
    other = Adaptation(at_once=2, checkpointing=True, quantise=True)
    both = Adaptation(at_once=2, checkpointing=True, offload=True, quantise=True, rate=0.5)
    assert one.joined(other) == other.joined(one) == both
    assert one.joined(PLANNED) == PLANNED.joined(one) == one
    assert climb(one, "train", CARD) == ("split_batch", Adaptation(at_once=2, offload=True, rate=0.5))


def test_a_death_takes_nothing_into_main_memory() -> None:
    at_once = Adaptation(at_once=1, checkpointing=True)
    assert climb_after_death(at_once, "train", 5, False) == ("quantise", Adaptation(1, True, quantise=True))
    assert climb_after_death(PLANNED, "cache_latents", 5, False) is None
    drawing = Adaptation(sample_apart=True, sample_in_tiles=True)
    found = climb_after_death(drawing, "sample", 1, False)
    assert found is not None and found[0] == "checkpointing"


@pytest.mark.parametrize("what", [PLANNED, Adaptation(2, True, True, True, True, True, True, 0.5)])
def test_it_is_remembered(tmp_path: Path, what: Adaptation) -> None:
    folder = JobFolder(tmp_path)
    assert (read_adaptation(folder), died_in(folder)) == (PLANNED, 0)
    write_adaptation(folder, what, died_in_attempt=3)
    assert (read_adaptation(folder), died_in(folder)) == (what, 3)
    write_adaptation(folder, what)
    assert died_in(folder) == 3
    assert adaptation_of({**what.as_json(), "of a newer version": 1}) == what
