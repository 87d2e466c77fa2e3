"""What is found before a run, what blocks it, and what a click repairs."""

from dataclasses import replace

import pytest

from loraferry.ferry.preflight import Finding, Ground, check, disk_mb, edit_of, repaired
from loraferry.library.edits import captioned, judged
from loraferry.library.items import Item
from loraferry.library.quality import Quality
from loraferry.library.shapes import Crop
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at

BASE = "stable-diffusion-v1-5/stable-diffusion-v1-5"
PLAN = TrainConfig(base={"source": BASE, "family": "sd1"}, dataset={"trigger": "zorblax", "class_word": "cat"})


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
    assert not check(repaired(config, seen[code]), pictures(count), Ground())


def test_memory_of_the_card() -> None:
    large = replace_at(replace_at(PLAN, "base.family", "sdxl"), "dataset.resolution", 1024)
    items = [replace(item, width=1400, height=1400) for item in pictures()]
    tight = found(large, items, Ground("RTX 3080", 10_000))
    assert tight.keys() == {"memory_tight"}
    assert not check(repaired(large, tight["memory_tight"]), items, Ground("RTX 3080", 10_000))
    short = found(large, items, Ground("GTX 1650", 3_900))["card_too_small"]
    assert short.problem.severity == "error"
    assert short.problem.params["device"] == "GTX 1650"
    assert "RTX" in str(short.problem.params["cards"])
    assert short.repair == ""
    wide = replace_at(PLAN, "dataset.resolution", 2048)
    short = found(wide, items, Ground("GTX 1650", 4_000))["card_too_small"]
    smaller = repaired(wide, short)
    assert smaller.dataset.resolution == short.problem.params["side"]
    assert "card_too_small" not in found(smaller, items, Ground("GTX 1650", 4_000))


def test_the_toy_model_is_not_measured_by_its_large_relatives() -> None:
    toy = replace_at(PLAN, "base.source", "toy")
    assert not check(toy, pictures(), Ground("GTX 1650", 900, cardless=True))


def test_a_machine_without_a_card_or_room() -> None:
    assert found(PLAN, pictures(), Ground(cardless=True)).keys() == {"machine_without_card"}
    seen = found(PLAN, pictures(), Ground(disk_mb=4_000, disk_path="/root", fetch_bytes=4_270_000_000))
    full = seen["disk_full"].problem
    assert (full.severity, full.params["path"], full.params["free_mb"]) == ("error", "/root", 4_000)
    assert not check(PLAN, pictures(), Ground(disk_mb=40_000, fetch_bytes=4_270_000_000))
    assert disk_mb(replace_at(PLAN, "saving.keep", 100), 0, 0) > 10 * disk_mb(replace_at(PLAN, "saving.keep", 1), 0, 0)


def test_what_the_trainer_would_refuse_blocks() -> None:
    made = replace_at(replace_at(PLAN, "dataset.class_word", ""), "regularisation.make", 100)
    assert found(made, pictures())["class_word_missing"].problem.severity == "error"
    assert not check(replace_at(made, "regularisation.prompts", ("a photo",)), pictures(), Ground())
    zero = replace_at(replace_at(PLAN, "noise.zero_terminal_snr", True), "base.prediction", "epsilon")
    assert "zero_snr_needs_velocity" in found(zero, pictures())


def test_of_pictures_that_look_the_same_the_best_is_kept() -> None:
    def measured(item: Item, hash: int) -> Item:
        return replace(item, quality=Quality(0.1, 0, 0, 0, 0, 0.5, hash, 0))

    # Far from each other: a power of 0x9E3779B97F4A7C15 each.
    items = [measured(item, pow(0x9E3779B97F4A7C15, number + 1, 1 << 64)) for number, item in enumerate(pictures())]
    items[1] = replace(items[0], name="1.png", width=1600, height=1600)
    assert items[2].quality is not None
    items[3] = measured(replace(items[3], caption=""), items[2].quality.hash ^ 1)
    one = found(PLAN, items)["images_alike"]
    assert (set(one.names), one.repair) == ({"0.png", "3.png"}, "reject_duplicates")
    assert edit_of(PLAN, one, items) == judged(one.names, "reject")
    cut = [replace(item, crops=(Crop(0, 0, 700, 700),)) for item in items]
    assert "images_alike" not in found(PLAN, cut)


def test_captions_are_filled_as_they_would_be_trained() -> None:
    items = pictures()
    items[0] = replace(items[0], caption="")
    items[1] = replace(items[1], caption="a cat on a sofa")
    seen = found(PLAN, items)
    fill = edit_of(PLAN, seen["captions_missing"], items)
    assert fill == captioned({"0.png": "zorblax cat"})
    assert edit_of(PLAN, seen["trigger_absent"], items) == captioned({"1.png": "zorblax, a cat on a sofa"})
    items[0] = replace(items[0], caption="zorblax, written meanwhile")
    assert not edit_of(PLAN, seen["captions_missing"], items)


def test_a_machine_that_goes_before_the_end() -> None:
    seen = found(PLAN, pictures(), Ground(left_s=3600), seconds=7200)
    assert seen["time_short"].problem.params == {"hours": 2.0, "left": 1.0}


def test_repairs_of_pictures_leave_the_plan_alone() -> None:
    items = [replace(item, caption="") for item in pictures()]
    assert repaired(PLAN, found(PLAN, items)["captions_missing"]) is PLAN


def test_repairs_of_the_plan_leave_pictures_alone() -> None:
    assert edit_of(PLAN, found(replace_at(PLAN, "network.alpha", 64.0), pictures())["alpha_unusual"], ()) is None
