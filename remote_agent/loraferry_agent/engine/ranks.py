"""Several processes, one a card, that train as one: who they are, and all that they tell each other.

Each calculates its share of every step's pictures, and all make the same step with the sum of their gradients; the first
of them alone writes. Before gradients are added up, the processors agree on what has failed and what is wanted, so that
whatever ends a step ends it for all of them alike, and no device is waited for. With one process all this is nothing.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from enum import IntEnum
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn import Parameter

from loraferry_agent.engine.exhaustion import Torn, is_out_of_memory
from loraferry_agent.engine.progress import Diverged
from loraferry_agent.engine.stop import Stop, StopRequested
from loraferry_agent.jobs.ranks import Place
from loraferry_core.problems import ProblemError

T = TypeVar("T")
PATIENCE = timedelta(days=30)
"""How long one waits for the others, who may be drawing pictures, or wait for room on the disk. The end of a process is
noticed at once, by its connections."""


class Lost(Exception):
    """Another process of the run has ended, or has failed with what only it can tell."""


class SharedMemoryError(MemoryError):
    """Memory ran out in one of the processes, and all of them know."""


class SharedStop(StopRequested):
    """One of them was asked to stop, and all of them know."""


class SharedDivergence(Diverged):
    """The first has seen too many steps that could not be used, and all of them know."""


class SharedProblem(ProblemError):
    """What ends the run, and all of them know."""


class Fate(IntEnum):
    """What has become of a process. Of several the last one counts for all."""

    WELL = 0
    MEMORY = 1
    DIVERGED = 2
    STOPPED = 3
    FAILED = 4


SHARED = (SharedMemoryError, SharedStop, SharedDivergence, SharedProblem)
ENDS = (StopRequested, Diverged, ProblemError, Torn, RuntimeError, MemoryError, OSError)


class Ranks:
    """The one process of a run that has no others."""

    number = 0
    count = 1

    @property
    def first(self) -> bool:
        """Whether this is the process that writes."""
        return self.number == 0

    def stopping(self, stop: Stop) -> bool:
        """Whether the step that was just made is the last one."""
        return stop.requested

    def leave(self) -> None:
        """Part from the others, at the end of all."""

    def agree(self) -> None:
        """Wait for the others. Raises what has ended one of them: one of `SHARED`, or Lost."""

    @contextmanager
    def sharing(self) -> Iterator[None]:
        """What ends this process ends all of them: raised as one of `SHARED`, as the others raise it when they agree.
        What is nobody's concern but a programmer's is raised as it is."""
        yield

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """The first does this alone; the others do it then, and find what it has left on the disk."""
        yield

    def decided(self, decide: Callable[[], T]) -> T:
        """What the first decides: a plain value. The others do not ask themselves."""
        return decide()

    def summed(self, parameters: Sequence[Parameter], errors: Sequence[Tensor], images: int) -> Tensor:
        """Make every gradient the sum of all processes' own. Returns the errors of a step's `images` pictures, of which
        this process has calculated those in `errors`."""
        return torch.cat(list(errors))


ALONE = Ranks()


class Several(Ranks):
    """One of several."""

    def __init__(self, place: Place, stop: Stop) -> None:
        """Find the others. Raises Lost."""
        self.number, self.count = place.number, place.count
        self._stop = stop
        self._stopping = False
        self._flat: Tensor | None = None
        # A file, as torch's own store listens on every network of the machine whatever address it is given. What the
        # processes themselves listen on is bound to the interface that the environment names.
        store = dist.FileStore(str(place.meeting), self.count)
        with _never_alone():
            dist.init_process_group("gloo", store=store, rank=self.number, world_size=self.count, timeout=PATIENCE)
            self._devices: dist.ProcessGroup | None = None
            if torch.cuda.is_available():
                torch.cuda.set_device(place.number)
                self._devices = dist.new_group(backend="nccl", timeout=PATIENCE)

    def stopping(self, stop: Stop) -> bool:
        """Whether any of them wanted to stop when they last agreed."""
        return self._stopping

    def agree(self) -> None:
        """See `Ranks.agree`."""
        self._agreed(Fate.WELL)

    @contextmanager
    def sharing(self) -> Iterator[None]:
        """See `Ranks.sharing`."""
        try:
            yield
        except SHARED:
            raise
        except ENDS as error:
            fate = fate_of(error)
            if fate is not Fate.WELL:
                self._agreed(fate, error)
            raise

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """See `Ranks.in_turn`."""
        if not self.first:
            self.agree()
        yield
        if self.first:
            self.agree()

    def decided(self, decide: Callable[[], T]) -> T:
        """See `Ranks.decided`. As JSON, since what is unpickled could be anything."""
        said = json.dumps(decide()).encode() if self.first else b""
        length = torch.tensor([len(said)])
        with _never_alone():
            dist.broadcast(length, 0)
            letters = torch.tensor(list(said)) if self.first else torch.zeros(int(length), dtype=torch.int64)
            dist.broadcast(letters, 0)
        decision: T = json.loads(bytes(letters.tolist()))
        return decision

    def summed(self, parameters: Sequence[Parameter], errors: Sequence[Tensor], images: int) -> Tensor:
        """See `Ranks.summed`: one exchange between the devices, of a flat copy of all gradients and errors."""
        own = [parameter.grad for parameter in parameters]
        flat, parts = self._room(parameters, images)
        flat.zero_()
        found = [(part, gradient) for part, gradient in zip(parts, own, strict=False) if gradient is not None]
        if found:
            torch._foreach_copy_([part for part, _ in found], [gradient for _, gradient in found])
        everyone = parts[-1]
        if errors:
            everyone[self.number :: self.count] = torch.cat(list(errors))
        anywhere = self._agreed(Fate.WELL, None, [gradient is not None for gradient in own])
        with _never_alone():
            dist.all_reduce(flat, group=self._devices)
        for parameter, part, has in zip(parameters, parts, anywhere, strict=False):
            parameter.grad = part.view_as(parameter) if has else None
        return everyone.clone()

    def leave(self) -> None:
        """See `Ranks.leave`."""
        dist.destroy_process_group()

    def _room(self, parameters: Sequence[Parameter], images: int) -> tuple[Tensor, list[Tensor]]:
        """A flat tensor, and its parts: one in the shape of each parameter, and one for the errors."""
        sizes = [parameter.numel() for parameter in parameters]
        needed = sum(sizes) + images
        if self._flat is None or len(self._flat) < needed:
            self._flat = torch.empty(needed, dtype=torch.float32, device=parameters[0].device)
        flat = self._flat[:needed]
        *gradients, errors = flat.split([*sizes, images])
        return flat, [*(part.view_as(p) for part, p in zip(gradients, parameters, strict=True)), errors]

    def _agreed(self, fate: Fate, error: BaseException | None = None, marks: Sequence[bool] = ()) -> list[bool]:
        """Whether any of them has set each of `marks`. Raises where one of them is not well.

        All of them must give as many marks; whoever is not well gives none, so they are told apart beforehand.
        """
        worst = self._most([fate, self._stop.requested])
        self._stopping = bool(worst[1])
        if worst[0] != Fate.WELL:
            raise shared(Fate(worst[0]), error if worst[0] == fate else None)
        return [bool(mark) for mark in self._most(list(marks))] if marks else []

    def _most(self, numbers: Sequence[int]) -> list[int]:
        together = torch.tensor(numbers, dtype=torch.int32)
        with _never_alone():
            dist.all_reduce(together, op=dist.ReduceOp.MAX)
        most: list[int] = together.tolist()
        return most


def join(place: Place | None, stop: Stop) -> Ranks:
    """This process among those of its run, if it has any beside it. Raises Lost."""
    return Several(place, stop) if place else ALONE


def fate_of(error: BaseException) -> Fate:
    """What an error means for the others; `WELL` where they are not told of it."""
    if isinstance(error, StopRequested):
        return Fate.STOPPED
    if isinstance(error, Diverged):
        return Fate.DIVERGED
    if isinstance(error, ProblemError):
        return Fate.FAILED
    cause = error.__cause__ if isinstance(error, Torn) else error
    return Fate.MEMORY if cause is not None and is_out_of_memory(cause) else Fate.WELL


def shared(fate: Fate, error: BaseException | None) -> Exception:
    """What all of them raise for a fate; `error` is this process's own, where it is the one that met with it."""
    if fate is Fate.MEMORY:
        cause = error.__cause__ if isinstance(error, Torn) else error
        return SharedMemoryError(str(cause) if cause else "out of memory in another process")
    if fate is Fate.DIVERGED:
        return SharedDivergence(error.step if isinstance(error, Diverged) else 0)
    if fate is Fate.STOPPED:
        return SharedStop()
    return SharedProblem(error.problem) if isinstance(error, ProblemError) else Lost()


@contextmanager
def _never_alone() -> Iterator[None]:
    """torch tells in errors of several kinds that a connection has ended. Raises Lost for them."""
    try:
        yield
    except RuntimeError as error:
        raise Lost from error
