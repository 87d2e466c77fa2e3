"""The LoRA beside the frozen denoiser: attached by canonical names, read and filled under them."""

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from torch import Tensor
from torch.nn import Parameter

from loraferry_agent.data.chance import seed_of
from loraferry_agent.families.protocol import Denoiser
from loraferry_core.config.network import LoraNetwork
from loraferry_core.families import FamilySpec
from loraferry_core.lora_file.keys import targeted

_NAME = "default"


class Adapter:
    """The trained factors by module, in canonical order, in single precision."""

    def __init__(self, layers: dict[str, LoraLayer]) -> None:
        self.modules = tuple(layers)
        self._factors = {
            f"{module}.{part}": getattr(layer, f"lora_{side}")[_NAME].weight
            for module, layer in layers.items()
            for part, side in (("down", "A"), ("up", "B"))
        }

    @property
    def parameters(self) -> list[Parameter]:
        """All factors, always in the same order."""
        return list(self._factors.values())

    def state(self) -> dict[str, Tensor]:
        """`<module>.down` [rank, in, …] and `<module>.up` [out, rank, …] on the processor."""
        return {name: factor.detach().cpu().clone().contiguous() for name, factor in self._factors.items()}

    @torch.no_grad()
    def fill(self, state: dict[str, Tensor]) -> None:
        """Take the factors from `state`. Raises KeyError when one is missing."""
        for name, factor in self._factors.items():
            factor.copy_(state[name])


def attach(denoiser: Denoiser, network: LoraNetwork, spec: FamilySpec, seed: int) -> Adapter:
    """Put fresh adapters beside the targeted layers: down random by `seed`, up zero, so that nothing changes yet."""
    endings = tuple(ending for group in network.targets for ending in spec.targets[group])
    modules = targeted(denoiser.modules, endings)
    config = LoraConfig(r=network.rank, lora_alpha=network.alpha, target_modules=list(modules))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_of(seed, "adapter"))
        inject_adapter_in_model(config, denoiser.model, adapter_name=_NAME)
    layers = {module: denoiser.model.get_submodule(module) for module in modules}
    for layer in layers.values():
        layer.lora_A.float()
        layer.lora_B.float()
    return Adapter(layers)
