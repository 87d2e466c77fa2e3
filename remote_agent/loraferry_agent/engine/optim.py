"""The optimizer that the plan names, its rate, and its state as tensors."""

import inspect
from importlib import import_module
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from loraferry_core.config.optimizers import Optimizer

_FUSED_ON = ("cuda", "cpu")


def build(config: Optimizer, parameters: list[Parameter]) -> torch.optim.Optimizer:
    """The optimizer of `config.target` over `parameters`, fused where it has such a form."""
    module, _, name = config.target.partition(":")
    kind = getattr(import_module(module), name)
    fused = "fused" in inspect.signature(kind).parameters and parameters[0].device.type in _FUSED_ON
    return kind(parameters, **config.arguments(), **({"fused": True} if fused else {}))


def skips_by_itself(optimizer: torch.optim.Optimizer) -> bool:
    """Whether the optimizer takes `found_inf`, and so can leave out a step without the processor waiting for it."""
    return bool(optimizer.defaults.get("fused"))


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Use `rate` from the next step on."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def tensors_of(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The state as `<index of the parameter>.<name>`, on the processor. Every number in it is made a tensor."""
    return {
        f"{index}.{name}": torch.as_tensor(value).detach().cpu().clone().contiguous()
        for index, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
    }


def restore(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Take the state back that `tensors_of` gave. Raises ValueError when it is of other parameters."""
    state: dict[int, dict[str, Any]] = {}
    for key, tensor in tensors.items():
        index, _, name = key.partition(".")
        state.setdefault(int(index), {})[name] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
