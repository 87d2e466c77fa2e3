"""Beginning with a LoRA that exists: finding it, and taking over its tensors."""

from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor

from loraferry_agent.engine.adapter import Adapter
from loraferry_agent.layout import Layout
from loraferry_agent.models.refusals import place_of
from loraferry_core.config.network import Network
from loraferry_core.lora_file.parent import Parent
from loraferry_core.lora_file.parts import STARTS
from loraferry_core.problems import fail


def find_parent(network: Network, layout: Layout) -> Path | None:
    """The file that the plan names; None where it names none. Raises ProblemError `parent_not_found`."""
    if not network.parent:
        return None
    place = layout.trees / network.parent_tree if network.parent_tree else place_of(network.parent)
    if place is not None and place.is_dir():
        place = next(iter(sorted(place.glob("*.safetensors"))), None)
    if place is None or not place.is_file():
        raise fail("parent_not_found", source=network.parent)
    return place


def take_over(adapter: Adapter, parent: Parent) -> None:
    """Fill a fresh adapter with the LoRA, so that it does what the LoRA does, whatever their alphas are.

    Raises ProblemError `parent_other_shape` where a tensor is not of the layer's size.
    """
    theirs = load_file(parent.path)
    state = adapter.state()
    for module, parts in parent.parts.items():
        misfit = fail("parent_other_shape", name=parent.path.name, example=module)
        if set(parts) != set(adapter.parts.get(module, ())):
            raise misfit
        strength = parent.strengths[module]
        ratio = 1.0 if strength.rank is None else strength.alpha / adapter.alphas[module]
        for part, key in parts.items():
            own, other = state[f"{module}.{part}"], theirs[key]
            if _sides(own) != _sides(other):
                raise misfit
            scale = ratio if part in STARTS else 1.0
            state[f"{module}.{part}"] = other.to(own.dtype).reshape(own.shape) * scale
    adapter.fill(state)


def _sides(tensor: Tensor) -> tuple[int, ...]:
    """The dimensions that matter: files differ in whether they keep a convolution's of 1."""
    return tuple(side for side in tensor.shape if side != 1)
