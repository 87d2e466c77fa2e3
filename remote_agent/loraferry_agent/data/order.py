"""The order in which pictures are seen: which ones make up each step, split into batches of one shape."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from functools import lru_cache
from math import ceil

from loraferry_agent.data.chance import chance


class Order:
    """The pictures of every step of a run, by the number of the step alone.

    In each epoch every picture comes `repeats` times, and beside them `places` regularisation pictures in turn, spread
    evenly. Steps take `size` pictures of one shape while there are as many; what remains of all shapes is put together
    at the end. So an epoch has ceil((pictures × repeats + places) / size) steps. `size` is batch × accumulation: how it
    is split later changes nothing here. `shapes` are those of the pictures, then those of the regularisation pictures;
    `times` says of each of them how many pictures it counts for, where not all count for one.
    """

    def __init__(
        self,
        shapes: Sequence[Hashable],
        repeats: int,
        size: int,
        seed: int,
        *,
        times: Sequence[int] = (),
        regularisation: int = 0,
        places: int = 0,
    ) -> None:
        self._shapes = shapes
        times = times or [1] * len(shapes)
        self._own = len(shapes) - regularisation
        self._shown = [index for index in range(self._own) for _ in range(repeats * times[index])]
        self._known = [index for index in range(self._own, len(shapes)) for _ in range(times[index])]
        self._places = places if regularisation else 0
        self._size = size
        self._seed = seed
        self._per_epoch = ceil((len(self._shown) + self._places) / size)
        self._epoch = lru_cache(maxsize=2)(self._steps_of_epoch)

    def pictures(self, step: int) -> tuple[int, ...]:
        """Indexes of the pictures of `step` (0 is the first)."""
        return self._epoch(step // self._per_epoch)[step % self._per_epoch]

    def _steps_of_epoch(self, epoch: int) -> list[tuple[int, ...]]:
        draw = chance(self._seed, "epoch", epoch)
        indexes = list(self._shown)
        draw.shuffle(indexes)
        own, known = self._by_shape(indexes), self._by_shape(self._regularisation_of(epoch))
        steps: list[tuple[int, ...]] = []
        rest: list[int] = []
        for shape in {**own, **known}:
            group = interleaved(own[shape], known[shape])
            whole = len(group) - len(group) % self._size
            steps += [tuple(group[i : i + self._size]) for i in range(0, whole, self._size)]
            rest += group[whole:]
        steps += [tuple(rest[i : i + self._size]) for i in range(0, len(rest), self._size)]
        draw.shuffle(steps)
        return steps

    def _by_shape(self, indexes: Sequence[int]) -> dict[Hashable, list[int]]:
        alike: dict[Hashable, list[int]] = defaultdict(list)
        for index in indexes:
            alike[self._shapes[index]].append(index)
        return alike

    def _regularisation_of(self, epoch: int) -> list[int]:
        """The next ones in turn: all of them, mixed, before one comes again, also across epochs."""
        found: list[int] = []
        while len(found) < self._places:
            turn, first = divmod(epoch * self._places + len(found), len(self._known))
            mixed = list(self._known)
            chance(self._seed, "regularisation", turn).shuffle(mixed)
            found += mixed[first : first + self._places - len(found)]
        return found


def interleaved(first: Sequence[int], second: Sequence[int]) -> list[int]:
    """Both in their order, each spread evenly over the whole."""
    places = [((place + 0.5) / len(some), index) for some in (first, second) for place, index in enumerate(some)]
    return [index for _, index in sorted(places, key=lambda placed: placed[0])]


def split(pictures: Sequence[int], shapes: Sequence[Hashable], batch: int) -> list[list[int]]:
    """Positions in `pictures` as batches of at most `batch`, each of one shape, in order."""
    alike: dict[Hashable, list[int]] = defaultdict(list)
    for position, index in enumerate(pictures):
        alike[shapes[index]].append(position)
    return [group[i : i + batch] for group in alike.values() for i in range(0, len(group), batch)]
