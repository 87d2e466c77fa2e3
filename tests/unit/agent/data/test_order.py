"""Each epoch shows every picture as often as it should, in steps of one size, however the steps are split."""

from collections import Counter
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from loraferry_agent.data.order import Order, interleaved, split

SHAPES = st.lists(st.sampled_from("abc"), min_size=1, max_size=30)


@given(SHAPES, st.integers(1, 3), st.integers(1, 9), st.integers(0, 5))
def test_an_epoch_is_complete_and_as_long_as_planned(shapes: list[str], repeats: int, size: int, seed: int) -> None:
    order = Order(shapes, repeats, size, seed)
    length = ceil(len(shapes) * repeats / size)
    for epoch in range(2):
        steps = [order.pictures(epoch * length + step) for step in range(length)]
        assert Counter(index for step in steps for index in step) == dict.fromkeys(range(len(shapes)), repeats)
        assert max(map(len, steps)) <= size
        mixed = [step for step in steps if len({shapes[index] for index in step}) > 1]
        whole = sum(Counter(shapes)[shape] * repeats // size for shape in set(shapes))
        assert len(mixed) <= length - whole


@given(SHAPES, st.integers(1, 9), st.integers(1, 9))
def test_batches_never_mix_shapes_and_lose_nothing(shapes: list[str], size: int, batch: int) -> None:
    pictures = Order(shapes, 2, size, 0).pictures(0)
    groups = split(pictures, shapes, batch)
    assert sorted(position for group in groups for position in group) == list(range(len(pictures)))
    assert all(len(group) <= batch for group in groups)
    assert all(len({shapes[pictures[position]] for position in group}) == 1 for group in groups)


def test_the_order_changes_from_epoch_to_epoch_and_with_the_seed() -> None:
    def epoch(number: int, seed: int) -> list[tuple[int, ...]]:
        order = Order("a" * 20, 1, 4, seed)
        return [order.pictures(number * 5 + step) for step in range(5)]

    assert epoch(0, 0) != epoch(1, 0) and epoch(0, 0) != epoch(0, 1)
    assert epoch(3, 0) == epoch(3, 0)


@given(SHAPES, SHAPES, st.integers(1, 2), st.integers(0, 40), st.integers(1, 6))
def test_known_pictures_come_beside_the_own_ones(
    own: list[str], known: list[str], repeats: int, places: int, size: int
) -> None:
    order = Order(own + known, repeats, size, 0, regularisation=len(known), places=places)
    length = ceil((len(own) * repeats + places) / size)
    seen: Counter[int] = Counter()
    for epoch in range(3):
        steps = [order.pictures(epoch * length + step) for step in range(length)]
        counted = Counter(index for step in steps for index in step)
        assert {index: counted[index] for index in range(len(own))} == dict.fromkeys(range(len(own)), repeats)
        assert sum(counted.values()) == len(own) * repeats + places
        seen += counted
    times = [seen[index] for index in range(len(own), len(own + known))]
    assert max(times) - min(times) <= 1  # in turn, also across epochs


def test_known_pictures_are_spread_over_the_steps() -> None:
    order = Order("a" * 40, 1, 8, 0, regularisation=20, places=20)
    for step in range(5):
        assert sum(index >= 20 for index in order.pictures(step)) == 4


def test_known_pictures_change_nothing_of_the_own_order() -> None:
    alone, beside = Order("a" * 8, 1, 4, 3), Order("a" * 12, 1, 8, 3, regularisation=4, places=8)
    own = [index for index in beside.pictures(0) + beside.pictures(1) if index < 8]
    mixed = alone.pictures(0) + alone.pictures(1)
    assert sorted(own) == sorted(mixed) == list(range(8))
    assert Order("a" * 8, 1, 4, 3, regularisation=0, places=5).pictures(0) == alone.pictures(0)


def test_interleaving_is_even_and_keeps_both_orders() -> None:
    assert interleaved([1, 2, 3, 4], [8, 9]) == [1, 8, 2, 3, 9, 4]
    assert interleaved([1, 2], []) == [1, 2]
    assert interleaved([], [1]) == [1]


@given(SHAPES, SHAPES, st.integers(1, 2), st.integers(0, 30), st.integers(1, 6), st.data())
def test_a_picture_that_counts_for_several_comes_as_often(
    own: list[str], known: list[str], repeats: int, places: int, size: int, data: st.DataObject
) -> None:
    times = data.draw(st.lists(st.integers(1, 4), min_size=len(own + known), max_size=len(own + known)))
    order = Order(own + known, repeats, size, 0, times=times, regularisation=len(known), places=places)
    length = ceil((sum(times[: len(own)]) * repeats + places) / size)
    seen: Counter[int] = Counter()
    turns = 2
    for step in range(length * turns):
        seen.update(order.pictures(step))
    assert {i: seen[i] for i in range(len(own))} == {i: turns * repeats * times[i] for i in range(len(own))}
    assert sum(seen.values()) == turns * (sum(times[: len(own)]) * repeats + places)
    all_of_them = sum(times[len(own) :])
    for index in range(len(own), len(own + known)):
        whole, rest = divmod(turns * places, all_of_them)
        assert whole * times[index] <= seen[index] <= whole * times[index] + min(rest, times[index])


def test_counting_for_one_changes_nothing() -> None:
    plain, counted = Order("aab", 2, 2, 5), Order("aab", 2, 2, 5, times=(1, 1, 1))
    assert [plain.pictures(step) for step in range(6)] == [counted.pictures(step) for step in range(6)]
