"""Making the next items in one thread while the current one is used, and bringing them to the device ahead of time."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import torch
from torch import Tensor

from loraferry_agent.data.batches import StepBatch

K = TypeVar("K")
T = TypeVar("T")
AHEAD = 3
"""Steps that are made in advance. Their tensors are on the device already."""


def prefetched(make: Callable[[K], T], keys: Iterable[K], ahead: int = AHEAD) -> Generator[T, None, None]:
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


def delivered(make: Callable[[int], StepBatch], device: torch.device) -> Callable[[int], StepBatch]:
    """The same function, whose tensors are already on their way to the device: beside its calculation, on a stream of
    their own. Whoever reads them waits for `arrived` on the device."""
    if device.type != "cuda":
        return make
    reading, bringing = torch.cuda.current_stream(device), torch.cuda.Stream(device)

    def bring(tensor: Tensor) -> Tensor:
        there = tensor.to(device, non_blocking=True)
        # Its memory belongs to this stream, and must not be used again before the other one has read it.
        there.record_stream(reading)
        return there

    def made(step: int) -> StepBatch:
        batch = make(step)
        with torch.cuda.stream(bringing):
            micro = tuple(each.each(bring) for each in batch.micro)
            return replace(batch, micro=micro, arrived=bringing.record_event())

    return made
