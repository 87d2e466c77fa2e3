"""What is found before a run, what blocks it, and what a click repairs."""

from dataclasses import replace

import pytest

from loraferry.ferry.preflight import Finding, Ground, check, repaired
from loraferry.library.items import Item
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at

PLAN = replace_at(replace_at(TrainConfig(), "dataset.trigger", "zorblax"), "dataset.class_word", "cat")


ANYWHERE = Ground()


def pictures(count: int = 20) -> list[Item]:
    return [Item(f"{n}.png", f"/p/{n}.png", caption=f"zorblax, view {n}", width=800, height=800) for n in range(count)]


def found(
    config: TrainConfig, items: list[Item], ground: Ground = ANYWHERE, seconds: float | None = None
) -> dict[str, Finding]:
    return {one.problem.code: one for one in check(config, items, ground, seconds)}


def test_a_good_plan_is_quiet() -> None:
    assert not check(PLAN, pictures(), Ground("RTX 4090", 24_000, 90_000, 1e9), 3600)


def test_nothing_approved_blocks() -> None:
    rejected = [replace(item, verdict="reject") for item in pictures()]
    first = check(PLAN, rejected, Ground())[0]
    assert (first.problem.code, first.problem.severity) == ("no_images_approved", "error")


def test_captions_that_are_missing_alike_or_without_the_trigger() -> None:
    items = pictures()
    items[0] = replace(items[0], caption="")
    items[1] = replace(items[1], caption="a cat on a sofa")
    items[2] = replace(items[2], caption="word " * 400)
    seen = found(PLAN, items)
    assert (seen["captions_missing"].names, seen["captions_missing"].repair) == (("0.png",), "fill_captions")
    assert seen["trigger_absent"].names == ("1.png", "2.png")
    assert seen["caption_long"].names == ("2.png",)
    alike = [replace(item, caption="zorblax") for item in items]
    assert found(PLAN, alike)["captions_alike"].problem.params["count"] == 20
    # Where no caption has it, it is put in front of all, and nobody need know.
    assert "trigger_absent" not in found(PLAN, [replace(item, caption=f"view {item.name}") for item in items])


def test_no_trigger_few_and_small_pictures() -> None:
    items = pictures(4)
    items[3] = replace(items[3], width=200, height=200)
    seen = found(replace_at(PLAN, "dataset.trigger", ""), items)
    assert seen.keys() >= {"trigger_missing", "images_few", "images_small"}
    assert (seen["images_small"].names, seen["images_small"].repair) == (("3.png",), "reject_small")


@pytest.mark.parametrize(
    ("path", "value", "code", "count"),
    [
        ("network.alpha", 64.0, "alpha_unusual", 20),
        ("network.alpha", 1.0, "alpha_unusual", 20),
        ("schedule.warmup", 0.0, "warmup_missing", 20),
        ("dataset.class_word", "cat", "regularisation_missing", 80),
    ],
)
def test_what_guides_tell_is_found_and_repaired(path: str, value: object, code: str, count: int) -> None:
    config = replace_at(PLAN, path, value)
    seen = found(config, pictures(count))
    assert seen.keys() == {code}
    assert not check(repaired(config, seen[code].repair), pictures(count), Ground())


def test_memory_of_the_card() -> None:
    large = replace_at(replace_at(PLAN, "base.family", "sdxl"), "dataset.resolution", 1024)
    items = [replace(item, width=1400, height=1400) for item in pictures()]
    tight = found(large, items, Ground("RTX 3080", 10_000))
    assert tight.keys() == {"memory_tight"}
    assert not check(repaired(large, "checkpointing"), items, Ground("RTX 3080", 10_000))
    short = found(large, items, Ground("GTX 1650", 3_900))["card_too_small"].problem
    assert short.severity == "error"
    assert short.params["device"] == "GTX 1650"
    assert "RTX" in str(short.params["cards"])


def test_a_machine_that_goes_before_the_end() -> None:
    seen = found(PLAN, pictures(), Ground(left_s=3600), seconds=7200)
    assert seen["time_short"].problem.params == {"hours": 2.0, "left": 1.0}


def test_repairs_of_pictures_leave_the_plan_alone() -> None:
    assert repaired(PLAN, "fill_captions") is PLAN
