"""What a plan means on a machine: fit, time, money, the size of the file, the curve of the rate."""

import pytest

from loraferry.ferry.outlook import (
    Place,
    duration,
    file_bytes,
    fit_of,
    measured_step,
    outlook,
    planned_mb,
    rate_curve,
    smallest_cards,
)
from loraferry.ferry.run_length import Pictures
from loraferry.runs.step_rates import StepRate
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.speed import Range

SD15 = "stable-diffusion-v1-5/stable-diffusion-v1-5"
PLAN = TrainConfig(base={"source": SD15, "family": "sd1"}, loop={"unit": "steps", "steps": 1000})
XL = TrainConfig(base={"source": "x", "family": "sdxl"}, dataset={"resolution": 1024}, loop={"batch": 2})
CARD = "NVIDIA GeForce RTX 3060"
RENTED = Place("a", "A", CARD, 1, 12_288, 12_000, asked=True, price=0.36)
SOME = Pictures.plain(20)


def rate(seconds: float = 0.5, **values: object) -> StepRate:
    return StepRate(**{
        "card": CARD, "family": "sd1", "source": SD15, "kind": "lora", "resolution": 512, "batch": 1, "accumulation": 1,
        "checkpointing": False, "seconds": seconds, **values,
    })  # fmt: skip


def test_the_less_memory_the_more_is_given_up() -> None:
    whole = planned_mb(XL)
    assert whole is not None
    ways = [fit_of(XL, free)[0] for free in (whole, whole - 1, 10_000, 4_000)]
    assert ways == ["fits", "smaller", "checkpointing", "small"]
    assert fit_of(XL, whole)[1] == whole
    assert fit_of(replace_at(XL, "loop.gradient_checkpointing", True), 10_000)[0] == "fits"


def test_of_a_model_of_another_shape_nothing_is_said() -> None:
    toy = TrainConfig()
    assert fit_of(toy, 1) == ("unknown", 0)
    assert (planned_mb(toy), file_bytes(toy), smallest_cards(toy)) == (None, None, ())
    assert outlook(toy, SOME, RENTED).seconds is None


def test_before_any_run_time_and_money_are_wide_ranges() -> None:
    found = outlook(PLAN, SOME, RENTED)
    assert (found.fit, found.measured) == ("fits", False)
    assert found.seconds is not None and found.cost is not None
    assert found.seconds.most == pytest.approx(3 * found.seconds.least)
    assert found.cost.least == pytest.approx(found.seconds.least * 0.36 / 3600)
    free = outlook(PLAN, SOME, Place("b", "B", CARD, 1, 12_288, 12_000, asked=True))
    assert free.cost is None and free.seconds == found.seconds


def test_where_it_does_not_fit_no_time_is_told() -> None:
    found = outlook(XL, SOME, Place("a", "A", "GTX 1650", 1, 4_096, 3_900, asked=True, price=1))
    assert (found.fit, found.seconds, found.cost) == ("small", None, None)
    assert found.needed_mb > 3_900


def test_an_unknown_card_fits_or_not_but_has_no_time() -> None:
    found = outlook(PLAN, SOME, Place("a", "A", "Frobnicator 9", 1, 12_288, 12_000, asked=True))
    assert (found.fit, found.seconds) == ("fits", None)
    assert outlook(PLAN, SOME, Place("a", "A")).fit == "unknown"


def test_what_was_measured_counts_from_then_on() -> None:
    found = outlook(PLAN, SOME, RENTED, [rate(0.5), rate(9.0)])
    assert found.measured
    # 1,000 steps, and four times a picture before and after it of 20 steps with and without the prompt.
    assert found.seconds is not None
    assert found.seconds.least == pytest.approx((1000 + 4 * 20) * 0.5 / 1.1)


def test_another_size_is_reckoned_from_what_was_measured() -> None:
    larger = replace_at(PLAN, "loop.batch", 2)
    found = measured_step(larger, CARD, [rate(0.5)])
    assert found == Range(pytest.approx(1.0 / 1.3), pytest.approx(1.0 * 1.3))


@pytest.mark.parametrize(
    "other",
    [
        {"card": "NVIDIA GeForce RTX 4090"},
        {"kind": "lokr"},
        {"family": "sdxl", "source": "x"},
        {"source": "toy"},
    ],
)
def test_other_cards_models_and_kinds_say_nothing(other: dict[str, object]) -> None:
    assert measured_step(PLAN, CARD, [rate(0.5, **other)]) is None


def test_relatives_of_a_base_take_as_long() -> None:
    own = replace_at(PLAN, "base.source", "/models/my-mix.safetensors")
    assert measured_step(own, CARD, [rate(0.5)]) == measured_step(PLAN, CARD, [rate(0.5)])


def test_this_computer_learns_how_long_the_toy_takes() -> None:
    toy = replace_at(replace_at(PLAN, "base.source", "toy"), "dataset.resolution", 64)
    here = Place("local", "This computer", asked=True)
    measured = [rate(0.2, card="cpu", source="toy", resolution=64)]
    assert outlook(toy, SOME, here, measured).measured
    assert outlook(replace_at(toy, "loop.batch", 3), SOME, here, measured).seconds is None
    assert outlook(toy, SOME, Place("local", "This computer"), measured).seconds is None


def test_without_pictures_epochs_have_no_length() -> None:
    by_epochs = replace_at(PLAN, "loop.unit", "epochs")
    assert duration(by_epochs, Pictures(), Range(1, 2)) is None
    assert duration(by_epochs, Pictures(20, 20, 20), Range(1, 2)) is not None


def test_the_smallest_cards_that_fit_are_named() -> None:
    found = smallest_cards(XL)
    assert 1 <= len(found) <= 3
    memories = [card.memory_mb for card, _, _ in found]
    assert memories == sorted(memories)
    assert found[-1][1] == "fits"
    assert {fit for _, fit, _ in found[:-1]} <= {"smaller", "checkpointing"}
    assert smallest_cards(PLAN)[0][1] == "fits"


def test_the_file_is_as_large_as_its_numbers() -> None:
    # Published LoRAs of SDXL with rank 32 in all of the transformers have 85,114,880 numbers.
    everything = ("attention", "feed_forward", "projection")
    xl = XL.replace(network=XL.network.replace(rank=32, targets=everything))
    assert file_bytes(xl) == 2 * 85_114_880
    assert file_bytes(replace_at(xl, "saving.dtype", "fp32")) == 4 * 85_114_880
    text = replace_at(xl, "text_encoders.train", ("first", "second"))
    assert file_bytes(text) == 2 * (85_114_880 + (12 * 18 * 768 + 32 * 18 * 1280) * 32)


def test_the_rate_rises_and_falls_as_the_trainer_has_it() -> None:
    curve = rate_curve(PLAN, 1000)
    assert curve[0] == (1, pytest.approx(PLAN.optimizer.lr / 100))
    assert (curve[-1][0], len(curve)) == (1000, 240)
    assert max(rate for _, rate in curve) == pytest.approx(PLAN.optimizer.lr, rel=1e-3)
    assert rate_curve(PLAN, 0) == ()
    assert rate_curve(PLAN, 1) == ((1, PLAN.optimizer.lr),)
