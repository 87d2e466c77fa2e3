"""The optimizer that the plan names, its rate, and its state as tensors."""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from loraferry_agent.engine.optimizers.schedule_free import ScheduleFreeAdamW
from loraferry_agent.engine.optimizers.skipping import Skipping
from loraferry_core.config.optimizers import Optimizer
from loraferry_core.problems import fail

_FUSED_ON = ("cuda", "cpu")
_SHARE = "share"
"""Of a group of parameters: its learning rate relative to that of the first."""
_WHOLE = "whole:"
"""Before the name of a state that was a plain number, and has to be one again."""


def build(
    config: Optimizer, parameters: list[Parameter], others: Sequence[tuple[list[Parameter], float]] = ()
) -> torch.optim.Optimizer:
    """The optimizer of `config.target` over `parameters`, fused where it has such a form.

    `others` move at rates of their own, `config.lr` at the peak of the schedule for the first. Raises ProblemError
    `optimizer_missing` where the library it comes from is not installed.
    """
    kind = kind_of(config)
    fused = "fused" in inspect.signature(kind).parameters and parameters[0].device.type in _FUSED_ON
    groups = [{"params": parameters, _SHARE: 1.0}]
    groups += [{"params": own, _SHARE: rate / config.lr if config.lr else 0.0} for own, rate in others]
    return kind(groups, **config.arguments(), **({"fused": True} if fused else {}))


def kind_of(config: Optimizer) -> type[torch.optim.Optimizer]:
    """The class that the plan names. Raises ProblemError `optimizer_missing` where its library is not installed."""
    module, _, name = config.target.partition(":")
    try:
        kind: type[torch.optim.Optimizer] = getattr(import_module(module), name)
    except ImportError as error:
        raise fail("optimizer_missing", optimizer=config.kind, library=module.partition(".")[0]) from error
    return kind


def skips_by_itself(optimizer: torch.optim.Optimizer) -> bool:
    """Whether the optimizer takes `found_inf`, and so can leave out a step without the processor waiting for it."""
    return isinstance(optimizer, Skipping) or bool(optimizer.defaults.get("fused"))


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Use `rate` from the next step on, and in proportion to it where a group has a rate of its own."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get(_SHARE, 1.0)


def parameters_of(optimizer: torch.optim.Optimizer) -> list[Parameter]:
    """All that it moves, in order."""
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def averages_of(optimizer: torch.optim.Optimizer) -> list[Tensor] | None:
    """What an optimizer that trains beside its result has for one, in the order of its parameters; None for others."""
    return optimizer.averages() if isinstance(optimizer, ScheduleFreeAdamW) else None


@contextmanager
def averaged(optimizer: torch.optim.Optimizer, means: list[Tensor] | None = None) -> Iterator[None]:
    """Meanwhile the parameters are what is to be sampled and saved; afterwards exactly what they were.

    That is `means` where there are any, else the optimizer's own averages, else what is trained. Put back from a copy,
    as calculating back would round.
    """
    wanted = averages_of(optimizer) if means is None else means
    if wanted is None:
        yield
        return
    parameters = parameters_of(optimizer)
    before = [parameter.detach().clone() for parameter in parameters]
    fill(parameters, wanted)
    try:
        yield
    finally:
        fill(parameters, before)


@torch.no_grad()
def fill(parameters: list[Parameter], values: list[Tensor]) -> None:
    """Give parameters these values."""
    torch._foreach_copy_(parameters, values)


def tensors_of(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The state as `<index of the parameter>.<name>`, on the processor. Every number in it is made a tensor."""
    return {
        f"{index}.{'' if isinstance(value, Tensor) else _WHOLE}{name}": _kept(value)
        for index, values in optimizer.state_dict()["state"].items()
        for name, value in _flat(values)
    }


def _flat(values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """bitsandbytes wraps its tensors of 8 bits in one more dictionary, and takes them back without it."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from value.items()
        else:
            yield name, value


def _kept(value: Any) -> Tensor:
    return torch.as_tensor(value).detach().cpu().clone().contiguous()


def restore(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Take the state back that `tensors_of` gave. Raises ValueError when it is of other parameters."""
    state: dict[int, dict[str, Any]] = {}
    for key, tensor in tensors.items():
        index, _, name = key.partition(".")
        value = tensor.item() if name.startswith(_WHOLE) else tensor
        state.setdefault(int(index), {})[name.removeprefix(_WHOLE)] = value
    if isinstance(optimizer, Skipping):
        optimizer.take(state)
    else:
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
