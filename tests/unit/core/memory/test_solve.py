"""Which settings fit on a card, and what is said where none do."""

from dataclasses import replace

from loraferry_core.config.network import LoraNetwork
from loraferry_core.memory.cards import CARDS
from loraferry_core.memory.solve import MIB, Fitting, Missing, fitting_cards, needed_on_card, solve
from loraferry_core.memory.table import Request, peak

SDXL = Request("sdxl", LoraNetwork(rank=16), "adamw", (1024, 1024), 4, False)


def mb(request: Request) -> int:
    return -(-needed_on_card(request) // MIB)


def test_more_is_asked_of_a_card_than_the_tensors_take() -> None:
    assert needed_on_card(SDXL) > peak(SDXL) * 1.05


def test_with_room_the_plan_stays_as_it_is() -> None:
    assert solve(SDXL, mb(SDXL)) == Fitting(4, False, mb(SDXL))


def test_with_a_little_less_room_fewer_pictures_go_at_once() -> None:
    assert solve(SDXL, mb(SDXL) - 1) == Fitting(2, False, mb(replace(SDXL, at_once=2)))


def test_before_single_pictures_activations_are_calculated_twice() -> None:
    found = solve(SDXL, mb(replace(SDXL, at_once=2)) - 1)
    assert found == Fitting(4, True, mb(replace(SDXL, checkpointing=True)))


def test_then_fewer_and_fewer() -> None:
    one = replace(SDXL, at_once=1, checkpointing=True)
    assert solve(SDXL, mb(one)) == Fitting(1, True, mb(one))


def test_a_plan_that_recomputes_always_does() -> None:
    found = solve(replace(SDXL, checkpointing=True), 1_000_000)
    assert isinstance(found, Fitting) and found.checkpointing


def test_odd_numbers_are_halved_upwards() -> None:
    three = replace(SDXL, at_once=3)
    found = solve(three, mb(three) - 1)
    assert isinstance(found, Fitting) and (found.at_once, found.checkpointing) == (2, False)


def test_test_pictures_decide_nothing() -> None:
    assert solve(replace(SDXL, sample=4096), mb(SDXL)) == solve(SDXL, mb(SDXL))


def test_what_is_missing_is_said_with_what_would_fit() -> None:
    least = replace(SDXL, at_once=1, checkpointing=True)
    found = solve(SDXL, mb(least) - 1)
    assert isinstance(found, Missing)
    assert (found.phase, found.needed_mb, found.had_mb) == ("train", mb(least), mb(least) - 1)
    assert found.nearest is not None
    side, settings = found.nearest
    assert side == 768 and settings == Fitting(1, True, mb(replace(least, size=(768, 768))))
    assert found.cards == fitting_cards(least) and found.cards[0].memory_mb > found.had_mb


def test_where_nothing_would_fit_no_size_is_named() -> None:
    found = solve(SDXL, 1000)
    assert isinstance(found, Missing) and found.nearest is None


def test_cards_are_named_from_the_smallest() -> None:
    least = replace(SDXL, size=(64, 64), at_once=1)
    assert fitting_cards(least) == tuple(card for card in CARDS if card.memory_mb >= mb(least)) != ()
    assert fitting_cards(replace(SDXL, at_once=1024)) == ()
    sizes = [card.memory_mb for card in CARDS]
    assert sizes == sorted(sizes)
