"""Turns a folder of diffusers back into the single file of the original release, for tests of the way there."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

_RESNET = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0", "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
}  # fmt: skip
_UNET_ENDS = {
    "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2",
}  # fmt: skip
_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
_OPEN_CLIP = [
    ("text_model.", ""), ("encoder.layers.", "transformer.resblocks."), ("layer_norm1", "ln_1"),
    ("layer_norm2", "ln_2"), ("self_attn.out_proj", "attn.out_proj"), ("mlp.fc1", "mlp.c_fc"),
    ("mlp.fc2", "mlp.c_proj"), ("final_layer_norm", "ln_final"), ("embeddings.token_embedding", "token_embedding"),
    ("embeddings.position_embedding.weight", "positional_embedding"), ("text_projection.weight", "text_projection"),
]  # fmt: skip
_FILES = {"unet": "diffusion_pytorch_model", "vae": "diffusion_pytorch_model"}
Tensors = dict[str, Tensor]


def pack(folder: Path, file: Path, family: str = "sd1", extra: Tensors | None = None, **metadata: str) -> Path:
    """Write `folder`'s weights as one file, with `extra` tensors."""
    unet = json.loads((folder / "unet" / "config.json").read_text(encoding="utf-8"))
    vae = json.loads((folder / "vae" / "config.json").read_text(encoding="utf-8"))
    parts = [part for part in ("unet", "vae", "text_encoder", "text_encoder_2") if (folder / part).is_dir()]
    weights = {part: load_file(folder / part / f"{_FILES.get(part, 'model')}.safetensors") for part in parts}
    tensors = originals(weights, family, unet["layers_per_block"], len(vae["block_out_channels"])) | (extra or {})
    save_file({name: tensor.contiguous().clone() for name, tensor in tensors.items()}, file, metadata or None)
    return file


def originals(parts: dict[str, Tensors], family: str, layers: int, levels: int) -> Tensors:
    """The tensors of the parts under their original names."""
    tensors: Tensors = {}
    for name, tensor in parts["unet"].items():
        tensors["model.diffusion_model." + _unet_name(name, layers + 1, 2 if family == "sdxl" else 1)] = tensor
    for name, tensor in parts["vae"].items():
        original = _vae_name(name, levels)
        # The release made attention of convolutions.
        is_attention = re.search(r"attn_1\.(q|k|v|proj_out)\.weight", original)
        tensors["first_stage_model." + original] = tensor[:, :, None, None] if is_attention else tensor
    for part, prefix, names in _ENCODERS[family]:
        tensors |= {prefix + name: tensor for name, tensor in names(_canonical(parts[part])).items()}
    return tensors


def _canonical(encoder: Tensors) -> Tensors:
    """With the level that CLIPTextModel has lost."""
    return {name if name.startswith("text_") else f"text_model.{name}": t for name, t in encoder.items()}


def _clip(encoder: Tensors) -> Tensors:
    return {**encoder, "text_model.embeddings.position_ids": torch.arange(77)[None]}


def _open_clip(encoder: Tensors) -> Tensors:
    found = {}
    for name, tensor in encoder.items():
        if re.search(r"self_attn\.[kv]_proj", name):
            continue
        if "self_attn.q_proj" in name:
            fused = [encoder[name.replace("q_proj", f"{part}_proj")] for part in "qkv"]
            name, tensor = name.replace("self_attn.q_proj.", "attn.in_proj_"), torch.cat(fused)
        for ours, theirs in _OPEN_CLIP:
            name = name.replace(ours, theirs)
        found[name] = tensor.T if name == "text_projection" else tensor
    return {**found, "logit_scale": torch.tensor(1.0)}


def _open_clip_whole(encoder: Tensors) -> Tensors:
    """With the last layer and the projection that diffusers leaves out."""
    found = _open_clip(encoder)
    last = 1 + max(int(name.split(".")[2]) for name in found if "resblocks" in name)
    for name in [name for name in found if f"resblocks.{last - 1}." in name]:
        found[name.replace(f"resblocks.{last - 1}.", f"resblocks.{last}.")] = torch.rand_like(found[name])
    width = found["positional_embedding"].shape[1]
    return {**found, "text_projection": torch.ones(width, width)}


_ENCODERS: dict[str, list[tuple[str, str, Callable[[Tensors], Tensors]]]] = {
    "sd1": [("text_encoder", "cond_stage_model.transformer.", _clip)],
    "sd2": [("text_encoder", "cond_stage_model.model.", _open_clip_whole)],
    "sdxl": [
        ("text_encoder", "conditioner.embedders.0.transformer.", _clip),
        ("text_encoder_2", "conditioner.embedders.1.model.", _open_clip),
    ],
}


def _unet_name(name: str, width: int, first: int) -> str:
    """`first`: where the first of the upper blocks has its upsampler, before it there being attention or not."""
    module, _, leaf = name.rpartition(".")
    if module in _UNET_ENDS:
        return f"{_UNET_ENDS[module]}.{leaf}"
    if found := re.fullmatch(r"down_blocks\.(\d+)\.(resnets|attentions)\.(\d+)\.(.*)", name):
        index = 1 + int(found[1]) * width + int(found[3])
        return f"input_blocks.{index}.{_inner(found[2], found[4])}"
    if found := re.fullmatch(r"down_blocks\.(\d+)\.downsamplers\.0\.conv\.(.*)", name):
        return f"input_blocks.{(int(found[1]) + 1) * width}.0.op.{found[2]}"
    if found := re.fullmatch(r"mid_block\.(resnets|attentions)\.(\d+)\.(.*)", name):
        index = 1 if found[1] == "attentions" else 2 * int(found[2])
        return f"middle_block.{index}.{_inner(found[1], found[3]).partition('.')[2]}"
    if found := re.fullmatch(r"up_blocks\.(\d+)\.(resnets|attentions)\.(\d+)\.(.*)", name):
        return f"output_blocks.{int(found[1]) * width + int(found[3])}.{_inner(found[2], found[4])}"
    found = re.fullmatch(r"up_blocks\.(\d+)\.upsamplers\.0\.conv\.(.*)", name)
    assert found, name
    return f"output_blocks.{(int(found[1]) + 1) * width - 1}.{first if found[1] == '0' else 2}.conv.{found[2]}"


def _inner(kind: str, name: str) -> str:
    if kind == "attentions":
        return f"1.{name}"
    module, _, leaf = name.rpartition(".")
    return f"0.{_RESNET[module]}.{leaf}"


def _vae_name(name: str, levels: int) -> str:
    name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    name = name.replace("mid_block.attentions.0", "mid.attn_1")
    for ours, theirs in _ATTENTION.items():
        name = name.replace(f"attn_1.{ours}.", f"attn_1.{theirs}.")
    name = re.sub(r"down_blocks\.(\d)\.resnets\.(\d)", r"down.\1.block.\2", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets\.(\d)", lambda m: f"up.{levels - 1 - int(m[1])}.block.{m[2]}", name)
    return re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{levels - 1 - int(m[1])}.upsample", name)
