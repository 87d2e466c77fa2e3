"""Making the next items in one thread while the current one is used."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

K = TypeVar("K")
T = TypeVar("T")


def prefetched(make: Callable[[K], T], keys: Iterable[K], ahead: int = 4) -> Generator[T, None, None]:
    """`make` of each key in order, up to `ahead` made in advance. What it raises is raised in the item's place.

    Close the generator to end the thread early.
    """
    pending: deque[Future[T]] = deque()
    with ThreadPoolExecutor(1, thread_name_prefix="prefetch") as pool:
        for key in keys:
            pending.append(pool.submit(make, key))
            if len(pending) > ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
