"""The adapters beside the frozen denoiser: attached by canonical names, read and filled under them.

peft builds them; how they calculate is in `lean`.
"""

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

import torch
from peft import LoHaConfig, LoKrConfig, LoraConfig, PeftConfig, inject_adapter_in_model
from peft.tuners.lokr import LoKrLayer
from torch import Tensor, nn
from torch.nn import Parameter

from loraferry_agent.data.chance import seed_of
from loraferry_agent.engine.lean import make_lean
from loraferry_agent.engine.sparing import make_sparing
from loraferry_agent.families.protocol import Denoiser, TextReader
from loraferry_core.config.network import LohaNetwork, LokrNetwork, Network
from loraferry_core.families import FamilySpec
from loraferry_core.lora_file.keys import model_of, targeted
from loraferry_core.lora_file.parts import SCALE, STARTS
from loraferry_core.problems import fail

_NAME = "default"


@dataclass(frozen=True)
class Strength:
    """Rank and alpha of one adapter."""

    rank: int
    alpha: float


class Adapter:
    """The trained tensors by module and part, in canonical order, in single precision."""

    def __init__(self, layers: dict[str, nn.Module], strengths: Mapping[str, Strength]) -> None:
        found = {module: dict(sorted(_tensors(layer).items())) for module, layer in layers.items()}
        self.parts = {module: tuple(tensors) for module, tensors in found.items()}
        """For each module the names of its tensors in a file."""
        self.alphas = {module: strengths[module].alpha for module in layers}
        self._tensors = {f"{module}.{part}": tensor for module in found for part, tensor in found[module].items()}

    @property
    def parameters(self) -> list[Parameter]:
        """All tensors, always in the same order."""
        return list(self._tensors.values())

    @property
    def groups(self) -> dict[str, list[Parameter]]:
        """The same by the model that they stand in (see `keys.model_of`)."""
        found: dict[str, list[Parameter]] = {}
        for name, tensor in self._tensors.items():
            found.setdefault(model_of(name), []).append(tensor)
        return found

    def joined(self, other: "Adapter") -> "Adapter":
        """Both as one."""
        whole = copy(self)
        whole.parts, whole.alphas = self.parts | other.parts, self.alphas | other.alphas
        whole._tensors = self._tensors | other._tensors
        return whole

    def state(self) -> dict[str, Tensor]:
        """`<module>.<part>` on the processor, such as `….lora_down.weight` [rank, in, …]."""
        return {name: tensor.detach().cpu().clone().contiguous() for name, tensor in self._tensors.items()}

    @property
    def learned(self) -> bool:
        """Whether any step has changed anything: before the first one a factor of each is zero."""
        return any(bool(tensor.any()) for name, tensor in self._tensors.items() if name.endswith(_STARTS))

    @torch.no_grad()
    def fill(self, state: dict[str, Tensor]) -> None:
        """Take the tensors from `state`. Raises KeyError when one is missing."""
        for name, tensor in self._tensors.items():
            tensor.copy_(state[name])


def _tensors(layer: nn.Module) -> dict[str, Parameter]:
    """peft's parameters of one layer under the names that files have for them."""
    found = {}
    for name, parameter in layer.named_parameters():
        if parameter.requires_grad:
            part = name.replace(f".{_NAME}", "").removesuffix(".weight")
            found[_PARTS.get(part, part)] = parameter
    return found


_PARTS = {"lora_A": "lora_down.weight", "lora_B": "lora_up.weight", "lora_magnitude_vector": SCALE}
_STARTS = tuple(f".{part}" for part in STARTS)


def attach(denoiser: Denoiser, network: Network, spec: FamilySpec, seed: int) -> Adapter:
    """Put fresh adapters beside the targeted layers, which change nothing yet; what is random in them follows `seed`.

    Raises ProblemError `no_layers` where the rules leave none.
    """
    strengths = strengths_of(denoiser, network, spec)
    if not strengths:
        raise fail("no_layers")
    adapter = _attached(denoiser.model, network, {module: module for module in strengths}, strengths, (seed, "adapter"))
    make_sparing(denoiser.model)
    return adapter


def attach_to_text(reader: TextReader, network: Network, seed: int) -> list[Adapter]:
    """The same for each text encoder, beside all layers that a rule does not leave out. Raises ProblemError `no_layers`."""
    found = []
    for encoder, modules in reader.modules.items():
        strengths = {}
        for module in modules:
            rank, alpha = network.strength(module, convolution=False)
            if rank:
                strengths[module] = Strength(rank, alpha)
        if not strengths:
            raise fail("no_layers")
        paths = {module: reader.path(module) for module in strengths}
        found.append(_attached(reader.models[encoder], network, paths, strengths, (seed, "adapter", encoder)))
    return found


def _attached(
    model: nn.Module,
    network: Network,
    paths: Mapping[str, str],
    strengths: dict[str, Strength],
    chance: tuple[int | str, ...],
) -> Adapter:
    """Put adapters into a model; `paths` tells for each canonical path where the layer is in it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_of(*chance))
        there = {paths[module]: strength for module, strength in strengths.items()}
        inject_adapter_in_model(_configured(network, there), model, adapter_name=_NAME)
    layers = {module: model.get_submodule(path) for module, path in paths.items()}
    for module, layer in layers.items():
        for parameter in layer.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.float()
        if isinstance(layer, LoKrLayer) and not (layer.lokr_w1_b or layer.lokr_w2_b):
            # Where neither matrix is split there is no rank to divide alpha by; readers take such an adapter as it is.
            layer.scaling[_NAME] = 1.0
            strengths[module] = Strength(strengths[module].rank, float(strengths[module].rank))
        make_lean(layer, _NAME)
    return Adapter(layers, strengths)


def strengths_of(denoiser: Denoiser, network: Network, spec: FamilySpec) -> dict[str, Strength]:
    """Rank and alpha of each layer that gets an adapter, in canonical order."""
    endings = tuple(ending for group in network.targets for ending in spec.targets[group])
    strengths = {}
    for module in targeted(denoiser.modules, endings):
        kernel = getattr(denoiser.model.get_submodule(module), "kernel_size", (1, 1))
        rank, alpha = network.strength(module, convolution=max(kernel) > 1)
        if rank:
            strengths[module] = Strength(rank, alpha)
    return strengths


def _configured(network: Network, strengths: Mapping[str, Strength]) -> PeftConfig:
    common: dict[str, Any] = {
        "r": network.rank,
        "target_modules": list(strengths),
        "rank_pattern": _patterns({module: strength.rank for module, strength in strengths.items()}, network.rank),
        "alpha_pattern": _patterns({module: strength.alpha for module, strength in strengths.items()}, network.alpha),
    }
    if isinstance(network, LohaNetwork):
        return LoHaConfig(alpha=network.alpha, **common)
    if isinstance(network, LokrNetwork):
        return LoKrConfig(alpha=network.alpha, decompose_factor=network.factor or -1, **common)
    return LoraConfig(lora_alpha=network.alpha, use_dora=network.dora, **common)


def _patterns(values: Mapping[str, float], usual: float) -> dict[str, float]:
    """The modules whose value is not the usual one, as peft reads them: a regular expression for each other value.

    One for each module would have it compile hundreds of them for every layer.
    """
    groups: dict[float, list[str]] = {}
    for module, value in values.items():
        if value != usual:
            groups.setdefault(value, []).append(re.escape(module))
    return {f"^(?:{'|'.join(modules)})": value for value, modules in groups.items()}
