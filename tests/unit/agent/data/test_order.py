"""Each epoch shows every picture as often as it should, in steps of one size, however the steps are split."""

from collections import Counter
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from loraferry_agent.data.order import Order, split

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
