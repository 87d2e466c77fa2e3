"""The names that tensors have in the original releases, from those of diffusers and transformers: one table for all.

Sources: the code of CompVis/stable-diffusion and Stability-AI/generative-models for UNet and autoencoder, of
mlfoundations/open_clip for its text encoder. The names of the text encoders' tensors are those that their files have had
ever since, whatever the library calls its modules.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from loraferry_core.lora_file.keys import UNetShape, ldm_path

_UNET_ENDS = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
_VAE_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
_OPEN_CLIP = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "self_attn.out_proj": "attn.out_proj",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
}
_OPEN_CLIP_ENDS = {
    "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
    "text_model.embeddings.position_embedding.weight": "positional_embedding",
    "text_model.final_layer_norm.weight": "ln_final.weight",
    "text_model.final_layer_norm.bias": "ln_final.bias",
}
_FUSED = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
"""OpenCLIP keeps these three as one tensor, in this order."""
_LAYER = re.compile(r"text_model\.encoder\.layers\.(\d+)\.(.+)\.(weight|bias)")


@dataclass(frozen=True)
class Origin:
    """Where a tensor is in a single file."""

    names: tuple[str, ...]
    """The names it may have there; the first that is there counts."""
    third: int | None = None
    """Which third of the rows, where three tensors are kept as one."""
    transposed: bool = False


def unet_name(name: str, shape: UNetShape) -> str:
    """The original name of a UNet's tensor. Raises KeyError where there is none."""
    module, _, leaf = name.rpartition(".")
    return f"{_UNET_ENDS.get(module) or ldm_path(module, shape)}.{leaf}"


def vae_name(name: str, levels: int) -> str:
    """The original name of an autoencoder's tensor; `levels` counts the sizes that it works at."""
    name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    name = re.sub(r"down_blocks\.(\d)\.resnets\.", r"down.\1.block.", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0\.", r"down.\1.downsample.", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets\.", lambda m: f"up.{levels - 1 - int(m[1])}.block.", name)
    name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0\.", lambda m: f"up.{levels - 1 - int(m[1])}.upsample.", name)
    name = re.sub(r"mid_block\.resnets\.(\d)\.", lambda m: f"mid.block_{int(m[1]) + 1}.", name)
    if found := re.fullmatch(r"(\w+)\.mid_block\.attentions\.0\.(.+)\.(\w+)", name):
        return f"{found[1]}.mid.attn_1.{_VAE_ATTENTION[found[2]]}.{found[3]}"
    return name


def text_tensors(settings: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a CLIP text encoder's tensors, from its settings file."""
    width, inner = settings["hidden_size"], settings["intermediate_size"]
    found: dict[str, tuple[int, ...]] = {
        "text_model.embeddings.token_embedding.weight": (settings["vocab_size"], width),
        "text_model.embeddings.position_embedding.weight": (settings["max_position_embeddings"], width),
    }
    for layer in range(settings["num_hidden_layers"]):
        place = f"text_model.encoder.layers.{layer}"
        for part in (*_FUSED, "self_attn.out_proj"):
            found |= _linear(f"{place}.{part}", width, width)
        found |= _linear(f"{place}.mlp.fc1", inner, width) | _linear(f"{place}.mlp.fc2", width, inner)
        for part in ("layer_norm1", "layer_norm2"):
            found |= _norm(f"{place}.{part}", width)
    found |= _norm("text_model.final_layer_norm", width)
    if "CLIPTextModelWithProjection" in settings["architectures"]:
        found["text_projection.weight"] = (settings["projection_dim"], width)
    return found


def _linear(place: str, outputs: int, inputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{place}.weight": (outputs, inputs), f"{place}.bias": (outputs,)}


def _norm(place: str, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{place}.weight": (width,), f"{place}.bias": (width,)}


def clip_origins(names: Iterable[str], prefix: str) -> dict[str, Origin]:
    """Where the tensors of a text encoder are that a release keeps under transformers' names behind `prefix`; some
    merged models lack the middle part of the names."""
    return {name: Origin((prefix + name, prefix + name.removeprefix("text_model."))) for name in names}


def open_clip_origins(names: Iterable[str], prefix: str) -> dict[str, Origin]:
    """Where the tensors of a text encoder are that a release keeps under OpenCLIP's names behind `prefix`."""
    return {name: _open_clip(name, prefix) for name in names}


def _open_clip(name: str, prefix: str) -> Origin:
    if name == "text_projection.weight":
        # OpenCLIP multiplies from the other side.
        return Origin((f"{prefix}text_projection",), transposed=True)
    if name in _OPEN_CLIP_ENDS:
        return Origin((prefix + _OPEN_CLIP_ENDS[name],))
    found = _LAYER.fullmatch(name)
    if not found:
        raise KeyError(name)
    block, part, leaf = f"{prefix}transformer.resblocks.{found[1]}", found[2], found[3]
    if part in _FUSED:
        return Origin((f"{block}.attn.in_proj_{leaf}",), third=_FUSED.index(part))
    return Origin((f"{block}.{_OPEN_CLIP[part]}.{leaf}",))
