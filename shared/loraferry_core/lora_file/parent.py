"""A LoRA that another run begins with: what is read of it, and whether it fits the plan of that run."""

from dataclasses import dataclass
from pathlib import Path

from loraferry_core.config.network import LoraNetwork
from loraferry_core.config.train import TrainConfig
from loraferry_core.families import FAMILIES
from loraferry_core.lora_file.check import check_lora
from loraferry_core.lora_file.header import NotSafetensors, Tensor, read_header
from loraferry_core.lora_file.keys import TEXT_ENCODERS, has_kernel, model_of, targeted
from loraferry_core.lora_file.metadata import family_of, tensor_hash
from loraferry_core.lora_file.names import named
from loraferry_core.lora_file.parts import ALPHA, SCALE, kind_of
from loraferry_core.lora_file.strengths import Strength, strengths_in
from loraferry_core.problems import Problem, ProblemError, fail, problem

_BY_CONTEXT = {768: "sd1", 1024: "sd2", 2048: "sdxl"}
"""Width of the captions that the cross-attention reads."""


@dataclass(frozen=True)
class Parent:
    """Modules by their canonical paths, with the key of each part (alpha left out)."""

    path: Path
    hash: str
    """`sshs_model_hash`: of the tensors alone."""
    family: str
    """Empty where neither metadata nor shapes tell."""
    parts: dict[str, dict[str, str]]
    strengths: dict[str, Strength]
    unknown: tuple[str, ...]
    """Keys that belong to no layer."""


def read_parent(path: Path) -> Parent:
    """Read all but the tensors. Raises ProblemError `parent_unreadable`."""
    try:
        header = read_header(path)
        names = named(header.tensors)
        strengths = strengths_in(path, header, names)
        own_hash = tensor_hash(path, header)
    except (OSError, NotSafetensors) as error:
        raise fail("parent_unreadable", name=path.name, detail=error) from error
    if not names.places:
        raise fail("parent_unreadable", name=path.name, detail="it has no layers of a UNet")
    parts = {
        module: {part: key for part, key in several.items() if part != ALPHA} for module, several in names.parts.items()
    }
    shapes = {module: header.tensors[next(iter(several.values()))] for module, several in parts.items() if several}
    family = family_of(header.metadata) or _by_width(parts, header.tensors)
    return Parent(path, own_hash, family, {module: parts[module] for module in shapes}, strengths, names.unknown)


def _by_width(parts: dict[str, dict[str, str]], tensors: dict[str, Tensor]) -> str:
    """Told by how many numbers the keys of the cross-attention read."""
    for module, several in parts.items():
        key = several.get("lora_down.weight") or several.get("hada_w1_b")
        if module.endswith("attn2.to_k") and key and len(tensors[key].shape) == 2:
            return _BY_CONTEXT.get(tensors[key].shape[1], "")
    return ""


def misfit(parent: Parent, config: TrainConfig) -> Problem | None:
    """Why a run of this plan cannot begin with that LoRA; None where nothing in it says so.

    Layers of the plan that the LoRA lacks begin afresh; those that it has and the plan does not train would be lost.
    """
    name, network = parent.path.name, config.network
    if parent.family and parent.family != config.base.family:
        return problem("parent_other_family", name=name, family=FAMILIES[parent.family].label)
    kinds = {_kind(set(parts)) for parts in parent.parts.values()}
    wanted = "dora" if isinstance(network, LoraNetwork) and network.dora else network.kind
    if kinds != {wanted}:
        return problem("parent_other_kind", name=name, kind=min(kinds - {wanted}))
    ranks = _ranks(tuple(parent.parts), config)
    lost = [*parent.unknown, *(module for module in parent.parts if not ranks.get(module))]
    if lost:
        return problem("parent_more_layers", name=name, count=len(lost), example=lost[0])
    for module, rank in ranks.items():
        own = parent.strengths[module].rank
        if own is not None and own != rank:
            return problem("parent_other_rank", name=name, rank=own, wanted=rank, example=module)
    return None


def _ranks(modules: tuple[str, ...], config: TrainConfig) -> dict[str, int]:
    """The rank that a plan has for each of these layers that it trains; 0 where a rule leaves it out."""
    network, groups = config.network, FAMILIES[config.base.family].targets
    endings = tuple(ending for group in network.targets for ending in groups[group])
    ranks = {
        module: network.strength(module, convolution=has_kernel(module))[0]
        for module in targeted(modules, endings)
        if model_of(module) not in TEXT_ENCODERS
    }
    reading = config.text_encoders.adapters(network)
    return ranks | {
        module: reading.strength(module, convolution=False)[0]
        for module in modules
        if model_of(module) in config.text_encoders.trained
    }


def _kind(parts: set[str]) -> str:
    return "dora" if SCALE in parts and kind_of(parts) == "lora" else kind_of(parts)


def check_parent(path: Path, config: TrainConfig) -> Parent:
    """Read a LoRA that a run is to begin with. Raises ProblemError where it is damaged or does not fit the plan."""
    parent = read_parent(path)
    trouble = misfit(parent, config) or _damage(path)
    if trouble is not None:
        raise ProblemError(trouble)
    return parent


def _damage(path: Path) -> Problem | None:
    """The first number that is none. Names and effect are nobody's concern: they may be another program's."""
    return next((found for found in check_lora(path) if found.code == "lora_not_finite"), None)
