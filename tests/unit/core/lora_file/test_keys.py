"""Key names are frozen: loaders go by name alone."""

import hashlib
import re

import pytest

from loraferry_core.lora_file.keys import (
    SD1_UNET,
    SDXL_UNET,
    UNetShape,
    has_kernel,
    kohya_key,
    kohya_keys,
    ldm_path,
    model_of,
    targeted,
    text_encoders,
    text_modules,
    unet_modules,
    untaught,
)
from loraferry_core.lora_file.parts import LORA_PARTS

ALL = unet_modules(SD1_UNET)
MODULES = tuple(name for name in ALL if "attentions" in name)


def lora(*modules):
    return dict.fromkeys(modules, LORA_PARTS)


def test_stable_diffusion_1_has_192_modules():
    assert len(MODULES) == len(set(MODULES)) == 192
    assert (
        hashlib.sha256("\n".join(MODULES).encode()).hexdigest()
        == "16d528bc02c257b8b21f2548209ff36dafcf991dbf6e9e88d98b30ed958b2171"
    )


def test_its_keys_are_frozen():
    keys = kohya_keys(lora(*MODULES))
    assert len(keys) == len(set(keys)) == 576
    assert list(keys) == sorted(keys)
    assert (
        hashlib.sha256("\n".join(keys).encode()).hexdigest()
        == "1b98b8379fb6a4229f8292a7775730360bca4174a726b75163d10030b47724d5"
    )


def test_blocks_with_attention():
    places = {re.match(r"(.*?attentions\.\d)", name)[1] for name in MODULES}
    expected = {f"down_blocks.{level}.attentions.{layer}" for level in (0, 1, 2) for layer in (0, 1)}
    expected |= {f"up_blocks.{level}.attentions.{layer}" for level in (1, 2, 3) for layer in (0, 1, 2)}
    assert places == expected | {"mid_block.attentions.0"}


@pytest.mark.parametrize(
    ("module", "key"),
    [
        (
            "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q",
            "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q",
        ),
        (
            "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_out.0",
            "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_out_0",
        ),
        (
            "mid_block.attentions.0.transformer_blocks.0.ff.net.0.proj",
            "lora_unet_mid_block_attentions_0_transformer_blocks_0_ff_net_0_proj",
        ),
        (
            "up_blocks.3.attentions.2.transformer_blocks.0.ff.net.2",
            "lora_unet_up_blocks_3_attentions_2_transformer_blocks_0_ff_net_2",
        ),
        ("up_blocks.1.attentions.0.proj_in", "lora_unet_up_blocks_1_attentions_0_proj_in"),
    ],
)
def test_names_in_kohyas_format(module, key):
    assert module in MODULES
    assert kohya_key(module) == key
    assert kohya_keys(lora(module)) == (f"{key}.alpha", f"{key}.lora_down.weight", f"{key}.lora_up.weight")


@pytest.mark.parametrize(
    ("naming", "layers", "count", "digest"),
    [
        ("diffusers", {"text_encoder": 12}, 72, "3b509381f2402db951ec9c79f4fa1b4310b71a8a15a7ecdead9085e05844883d"),
        ("diffusers", {"text_encoder": 23}, 138, "7c5630dbbeda5d6781b68570d25dccddc4f4b083ef62439dd6eeeb98ab7d0c7d"),
        ("diffusers", {"text_encoder": 24}, 144, "2ff201c7a834e0582ea2dc7b1d4b0faf70b5ad0e4a8fc556935636ce9f0894e6"),
        (
            "ldm",
            {"text_encoder": 12, "text_encoder_2": 32},
            264,
            "f0a98f873057c8ef08d00333f197775c82296abda4418032a55e1b7dce212963",
        ),
    ],
    ids=["sd1", "sd2", "sd2 original", "sdxl"],
)
def test_the_keys_of_text_encoders_are_frozen(naming, layers, count, digest):
    assert set(layers) == set(text_encoders(naming))
    modules = [module for encoder, depth in layers.items() for module in text_modules(encoder, depth)]
    keys = kohya_keys(lora(*modules), naming)
    assert len(modules) == len(set(modules)) == count and len(set(keys)) == 3 * count
    assert hashlib.sha256("\n".join(keys).encode()).hexdigest() == digest


@pytest.mark.parametrize(
    ("module", "naming", "key"),
    [
        (
            "text_encoder.text_model.encoder.layers.0.self_attn.q_proj",
            "diffusers",
            "lora_te_text_model_encoder_layers_0_self_attn_q_proj",
        ),
        (
            "text_encoder.text_model.encoder.layers.11.mlp.fc1",
            "ldm",
            "lora_te1_text_model_encoder_layers_11_mlp_fc1",
        ),
        (
            "text_encoder_2.text_model.encoder.layers.31.self_attn.out_proj",
            "ldm",
            "lora_te2_text_model_encoder_layers_31_self_attn_out_proj",
        ),
    ],
)
def test_names_of_text_encoders_in_kohyas_format(module, naming, key):
    encoder = module.partition(".")[0]
    assert module in text_modules(encoder, 32)
    assert kohya_key(module, naming) == key
    assert model_of(module) == encoder and model_of(MODULES[0]) == "unet"


def test_a_second_text_encoder_has_no_name_where_there_is_none():
    with pytest.raises(KeyError):
        kohya_key("text_encoder_2.text_model.encoder.layers.0.mlp.fc1", "diffusers")


def test_another_shape():
    small = UNetShape(depths=(0, 2), middle=2, layers_per_block=1)
    modules = unet_modules(small)
    inner = [name for name in modules if "attentions" in name]
    assert len(inner) == 4 * (2 + 2 * 10)
    assert {re.match(r"(.*?attentions\.\d)", name)[1] for name in inner} == {
        "down_blocks.1.attentions.0", "mid_block.attentions.0", "up_blocks.0.attentions.0", "up_blocks.0.attentions.1",
    }  # fmt: skip


def test_sdxl_has_722_modules():
    modules = [name for name in unet_modules(SDXL_UNET) if "attentions" in name]
    assert len(modules) == len(set(modules)) == 722
    assert sum("transformer_blocks" in name for name in modules) == 700
    keys = kohya_keys(lora(*modules), "ldm")
    assert len(keys) == len(set(keys)) == 3 * 722


@pytest.mark.parametrize(
    ("module", "path"),
    [
        ("down_blocks.1.attentions.0.proj_in", "input_blocks.4.1.proj_in"),
        ("down_blocks.1.attentions.1.transformer_blocks.1.ff.net.2", "input_blocks.5.1.transformer_blocks.1.ff.net.2"),
        ("down_blocks.2.attentions.1.proj_out", "input_blocks.8.1.proj_out"),
        ("mid_block.attentions.0.transformer_blocks.9.attn1.to_q", "middle_block.1.transformer_blocks.9.attn1.to_q"),
        ("up_blocks.0.attentions.2.proj_in", "output_blocks.2.1.proj_in"),
        (
            "up_blocks.1.attentions.2.transformer_blocks.0.attn2.to_out.0",
            "output_blocks.5.1.transformer_blocks.0.attn2.to_out.0",
        ),
    ],
)
def test_paths_in_the_original_code_of_sdxl(module, path):
    assert module in unet_modules(SDXL_UNET)
    assert ldm_path(module) == path
    assert kohya_key(module, "ldm") == "lora_unet_" + path.replace(".", "_")


@pytest.mark.parametrize(
    ("module", "path"),
    [
        ("down_blocks.0.resnets.1.norm2", "input_blocks.2.0.out_layers.0"),
        ("down_blocks.2.downsamplers.0.conv", "input_blocks.9.0.op"),
        ("mid_block.resnets.1.conv1", "middle_block.2.in_layers.2"),
        ("up_blocks.0.upsamplers.0.conv", "output_blocks.2.1.conv"),
        ("up_blocks.1.upsamplers.0.conv", "output_blocks.5.2.conv"),
        ("up_blocks.3.attentions.2.norm", "output_blocks.11.1.norm"),
    ],
)
def test_paths_in_the_original_code_of_stable_diffusion_1(module, path):
    assert ldm_path(module, SD1_UNET) == path


def test_a_module_that_the_original_code_lacks_is_named():
    with pytest.raises(KeyError, match="time_embedding"):
        ldm_path("time_embedding.linear_1")


def queries(*places):
    return {f"{place}.transformer_blocks.0.attn1.to_{side}" for place in places for side in "qk"}


MIDDLE = "mid_block.attentions.0"
DEEPEST = (
    "down_blocks.2.attentions.0",
    "down_blocks.2.attentions.1",
    *(f"up_blocks.1.attentions.{n}" for n in range(3)),
)


@pytest.mark.parametrize(
    ("latents", "expected"),
    [
        ([(64, 64)], set()), ([(9, 8)], set()), ([(8, 8)], queries(MIDDLE)), ([(5, 7), (1, 1)], queries(MIDDLE)),
        ([(8, 8), (8, 9)], set()), ([(4, 4)], queries(MIDDLE, *DEEPEST)),
    ],
)  # fmt: skip
def test_what_a_single_token_teaches_nothing(latents, expected):
    assert untaught(SD1_UNET, latents) == expected


def test_all_of_them_are_named_where_pictures_are_tiny():
    names = untaught(SDXL_UNET, [(1, 1)])
    assert names == {name for name in unet_modules(SDXL_UNET) if re.search(r"attn1\.to_[qk]$", name)}


def test_which_layers_have_a_kernel():
    found = {name.rpartition(".")[2] for name in ALL if has_kernel(name)}
    assert found == {"conv1", "conv2", "conv"}
    assert not has_kernel("down_blocks.1.resnets.0.conv_shortcut")


def test_targets_end_at_a_dot():
    names = ("a.to_q", "a.not_to_q", "to_q", "a.to_q.b", "a.to_out.0")
    assert targeted(names, ("to_q",)) == ("a.to_q", "to_q")
    assert targeted(names, ("to_out.0",)) == ("a.to_out.0",)
    assert targeted(names, ()) == ()
