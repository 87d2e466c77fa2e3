"""What bitsandbytes' 8-bit AdamW keeps, without the library, which needs a graphics card.

Source: bitsandbytes, `optim/optimizer.py` (`init_state` of `Optimizer2State`): two states of one byte a number, each
with one scale for 256 numbers; parameters of fewer than 4096 numbers keep theirs in single precision.
"""

from typing import Any

import torch
from torch.nn import Parameter

_SMALL = 4096
_SCALED_TOGETHER = 256


class EightBitStates(torch.optim.Optimizer):
    """Holds the states; a step changes nothing."""

    def __init__(self, parameters: list[Parameter]) -> None:
        super().__init__(parameters, {"lr": 0.0})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        """Make the states where they are missing."""
        for parameter in (p for group in self.param_groups for p in group["params"]):
            if parameter not in self.state or not self.state[parameter]:
                self.state[parameter] = self._states(parameter)

    def _states(self, parameter: Parameter) -> dict[str, Any]:
        small = parameter.numel() < _SMALL
        kept: dict[str, Any] = {}
        for number in (1, 2):
            kept[f"state{number}"] = torch.zeros_like(parameter, dtype=torch.float32 if small else torch.uint8)
            if not small:
                scales = -(-parameter.numel() // _SCALED_TOGETHER)
                kept[f"absmax{number}"] = torch.zeros(scales, device=parameter.device)
        return kept
