"""Losses on their way back from the device, without the processor waiting for each."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

AHEAD = 4
"""Steps the processor may be ahead of the device; bounds memory and the wait for a stop."""


@dataclass(frozen=True)
class _Pending:
    step: int
    values: Tensor
    arrived: "torch.cuda.Event | None"


class Readback:
    """Small tensors by step, given back in order once they have arrived."""

    def __init__(self) -> None:
        self._pending: deque[_Pending] = deque()

    def put(self, step: int, values: Tensor) -> None:
        """Begin to bring `values` to the processor."""
        if values.device.type != "cuda":
            self._pending.append(_Pending(step, values, None))
            return
        arrived = torch.cuda.Event()
        landing = torch.empty(values.shape, dtype=values.dtype, pin_memory=True)
        landing.copy_(values, non_blocking=True)
        arrived.record()
        self._pending.append(_Pending(step, landing, arrived))

    def take(self, *, all_of_them: bool = False) -> Iterator[tuple[int, list[float]]]:
        """What has arrived; waits for what is `AHEAD` steps old, or for all."""
        while self._pending:
            first = self._pending[0]
            if first.arrived and not first.arrived.query():
                if not all_of_them and len(self._pending) <= AHEAD:
                    return
                first.arrived.synchronize()
            self._pending.popleft()
            yield first.step, first.values.tolist()
