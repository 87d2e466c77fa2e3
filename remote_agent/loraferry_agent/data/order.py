"""The order in which pictures are seen: which ones make up each step, split into batches of one shape."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from functools import lru_cache
from math import ceil

from loraferry_agent.data.chance import chance


class Order:
    """The pictures of every step of a run, by the number of the step alone.

    In each epoch every picture comes `repeats` times. Steps take `size` pictures of one shape while there are as many;
    what remains of all shapes is put together at the end. So an epoch has ceil(pictures × repeats / size) steps.
    `size` is batch × accumulation: how it is split later changes nothing here.
    """

    def __init__(self, shapes: Sequence[Hashable], repeats: int, size: int, seed: int) -> None:
        self._shapes = shapes
        self._repeats = repeats
        self._size = size
        self._seed = seed
        self._per_epoch = ceil(len(shapes) * repeats / size)
        self._epoch = lru_cache(maxsize=2)(self._steps_of_epoch)

    def pictures(self, step: int) -> tuple[int, ...]:
        """Indexes of the pictures of `step` (0 is the first)."""
        return self._epoch(step // self._per_epoch)[step % self._per_epoch]

    def _steps_of_epoch(self, epoch: int) -> list[tuple[int, ...]]:
        draw = chance(self._seed, "epoch", epoch)
        indexes = [index for index in range(len(self._shapes)) for _ in range(self._repeats)]
        draw.shuffle(indexes)
        alike: dict[Hashable, list[int]] = defaultdict(list)
        for index in indexes:
            alike[self._shapes[index]].append(index)
        steps: list[tuple[int, ...]] = []
        rest: list[int] = []
        for group in alike.values():
            whole = len(group) - len(group) % self._size
            steps += [tuple(group[i : i + self._size]) for i in range(0, whole, self._size)]
            rest += group[whole:]
        steps += [tuple(rest[i : i + self._size]) for i in range(0, len(rest), self._size)]
        draw.shuffle(steps)
        return steps


def split(pictures: Sequence[int], shapes: Sequence[Hashable], batch: int) -> list[list[int]]:
    """Positions in `pictures` as batches of at most `batch`, each of one shape, in order."""
    alike: dict[Hashable, list[int]] = defaultdict(list)
    for position, index in enumerate(pictures):
        alike[shapes[index]].append(position)
    return [group[i : i + batch] for group in alike.values() for i in range(0, len(group), batch)]
