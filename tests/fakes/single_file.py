"""Turns a folder of diffusers back into the single file of the original release, for tests of the way there."""

import json
import re
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

_RESNET = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0", "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
}  # fmt: skip
_UNET_ENDS = {
    "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
    "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2",
}  # fmt: skip
_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


def pack(folder: Path, file: Path) -> Path:
    """Write `folder`'s weights as one file."""
    unet = json.loads((folder / "unet" / "config.json").read_text(encoding="utf-8"))
    vae = json.loads((folder / "vae" / "config.json").read_text(encoding="utf-8"))
    tensors: dict[str, Tensor] = {}
    for name, tensor in load_file(folder / "unet" / "diffusion_pytorch_model.safetensors").items():
        tensors["model.diffusion_model." + _unet_name(name, unet["layers_per_block"] + 1)] = tensor
    for name, tensor in load_file(folder / "vae" / "diffusion_pytorch_model.safetensors").items():
        original = _vae_name(name, len(vae["block_out_channels"]))
        # The release made attention of convolutions.
        is_attention = re.search(r"attn_1\.(q|k|v|proj_out)\.weight", original)
        tensors["first_stage_model." + original] = tensor[:, :, None, None] if is_attention else tensor
    for name, tensor in load_file(folder / "text_encoder" / "model.safetensors").items():
        within = name if name.startswith("text_model.") else f"text_model.{name}"
        tensors["cond_stage_model.transformer." + within] = tensor
    save_file({name: tensor.contiguous().clone() for name, tensor in tensors.items()}, file)
    return file


def _unet_name(name: str, width: int) -> str:
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
    # The first of the upper blocks has no attention before its upsampler.
    place = 1 if found[1] == "0" else 2
    return f"output_blocks.{(int(found[1]) + 1) * width - 1}.{place}.conv.{found[2]}"


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
