"""Rules of curation: what each names at a threshold, the worst first, before anything happens."""

from loraferry.library.items import Item
from loraferry.library.quality import Quality
from loraferry.library.rules import RULES, rank, value_of
from loraferry.library.shapes import Crop, Turn
from loraferry.library.trained_sizes import Training

TRAINING = Training(1024, 64)


def item(name: str, blur: float = 0.0, exposure: float = 0.5, **values: object) -> Item:
    return Item(name, f"/{name}", quality=Quality(blur, 0, 0, 0, 0, exposure, 0, 0), **values)  # type: ignore[arg-type]


def test_a_rule_names_what_reaches_its_threshold_the_worst_first() -> None:
    items = [item("a", 0.1), item("b", 0.9), item("c", 0.5), item("d", 0.5)]
    ranking = rank(items, TRAINING)["blur"]
    assert ranking.named(0.5) == ("b", "d", "c")
    assert ranking.named(0.5, 2) == ("b", "d")
    assert ranking.named(0.0) == ("b", "d", "c", "a")
    assert ranking.named(0.95) == ()
    assert [ranking.count(threshold) for threshold in (0.0, 0.1, 0.11, 0.5, 0.9, 0.91)] == [4, 4, 3, 3, 1, 0]


def test_where_small_values_are_bad_the_smallest_is_the_worst() -> None:
    ranking = rank([item("a", exposure=0.05), item("b", exposure=0.01), item("c", exposure=0.4)], TRAINING)["dim"]
    assert ranking.named(0.08) == ("b", "a")
    assert ranking.count(0.008) == 0


def test_rejected_and_unmeasured_pictures_are_not_named() -> None:
    items = [item("a", 0.9, verdict="reject"), Item("b", "/b"), item("c", 0.9)]
    assert rank(items, TRAINING)["blur"].named(0.5) == ("c",)


def test_small_is_what_would_have_to_be_enlarged_for_its_bucket() -> None:
    def reached(width: int, height: int, **values: object) -> float | None:
        return value_of("small", item("a", width=width, height=height, **values), TRAINING)

    assert reached(1024, 1024) == 1
    assert reached(4000, 3000) == 1
    assert reached(512, 512) == 0.5
    # 832 × 1216 is its bucket.
    assert reached(416, 608) == 0.5
    assert reached(0, 0) is None
    assert reached(2000, 2000, crops=(Crop(0, 0, 1024, 1024), Crop(0, 0, 256, 256))) == 0.25
    assert reached(608, 416, turn=Turn(quarters=1)) == 0.5


def test_usual_thresholds_lie_within_their_sliders() -> None:
    assert all(rule.low < rule.usual < rule.high for rule in RULES)
    assert len({rule.id for rule in RULES}) == len(RULES)
