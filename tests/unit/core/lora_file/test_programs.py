"""Image programs find every key of our files: their rules for names, restated, against files of each family and kind.

ComfyUI and Forge (which has ComfyUI's loader) make names from their own model: `lora_unet_` and the path in the original
code with `_` for `.`; and from a table that takes diffusers' paths to the original ones. WebUI translates diffusers'
names by rules of its own. Layers of the models are restated here in the original code's own order, not from ours.
"""

import re

import pytest

from loraferry_core.families import FAMILIES
from loraferry_core.lora_file.keys import SD1_UNET, SD2_UNET, SDXL_UNET, kohya_keys, text_modules, unet_modules

SHAPES = {"sd1": SD1_UNET, "sd2": SD2_UNET, "sdxl": SDXL_UNET}
KINDS = {
    "lora": ("lora_down.weight", "lora_up.weight"),
    "dora": ("lora_down.weight", "lora_up.weight", "dora_scale"),
    "loha": ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b"),
    "lokr": ("lokr_w1", "lokr_w2_a", "lokr_w2_b"),
    "lokr whole": ("lokr_w1", "lokr_w2"),
}
SUFFIXES = {
    "alpha", "dora_scale",
    "lora_up.weight", "lora_down.weight", "lora_mid.weight",
    "hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b", "hada_t1", "hada_t2",
    "lokr_w1", "lokr_w2", "lokr_w1_a", "lokr_w1_b", "lokr_w2_a", "lokr_w2_b", "lokr_t2",
}  # fmt: skip
"""What the loaders look for beside each name."""
# The settings of the models in the original code: levels, residual blocks a level, and transformer blocks a level.
ORIGINAL = {"sd1": (4, (1, 1, 1, 0), 1), "sd2": (4, (1, 1, 1, 0), 1), "sdxl": (3, (0, 2, 10), 10)}
BLOCKS = 2


def transformer(depth):
    """Weights of a SpatialTransformer."""
    yield from ("norm", "proj_in", "proj_out")
    for block in range(depth):
        inner = f"transformer_blocks.{block}"
        for attention in ("attn1", "attn2"):
            yield from (f"{inner}.{attention}.{part}" for part in ("to_q", "to_k", "to_v", "to_out.0"))
        yield from (f"{inner}.{part}" for part in ("ff.net.0.proj", "ff.net.2", "norm1", "norm2", "norm3"))


def residual(shortcut):
    """Weights of a ResBlock."""
    parts = ("in_layers.0", "in_layers.2", "emb_layers.1", "out_layers.0", "out_layers.3")
    return (*parts, "skip_connection") if shortcut else parts


def places(family):
    """Each block of the UNet: its path in the original code and in diffusers', and its kind: (depth) or (shortcut)."""
    levels, depths, middle = ORIGINAL[family]
    count = 1
    for level in range(levels):
        for layer in range(BLOCKS):
            yield (
                f"input_blocks.{count}.0",
                f"down_blocks.{level}.resnets.{layer}",
                residual(layer == 0 and 0 < level < 3),
            )
            if depths[level]:
                yield (
                    f"input_blocks.{count}.1",
                    f"down_blocks.{level}.attentions.{layer}",
                    tuple(transformer(depths[level])),
                )
            count += 1
        if level < levels - 1:
            yield f"input_blocks.{count}.0.op", f"down_blocks.{level}.downsamplers.0.conv", ("",)
            count += 1
    for index in range(2):
        yield f"middle_block.{2 * index}", f"mid_block.resnets.{index}", residual(False)
    yield "middle_block.1", "mid_block.attentions.0", tuple(transformer(middle))
    count = 0
    for number, depth in enumerate(reversed(depths)):
        for layer in range(BLOCKS + 1):
            yield f"output_blocks.{count}.0", f"up_blocks.{number}.resnets.{layer}", residual(True)
            if depth:
                yield f"output_blocks.{count}.1", f"up_blocks.{number}.attentions.{layer}", tuple(transformer(depth))
            if layer == BLOCKS and number < levels - 1:
                inner = f"output_blocks.{count}.{2 if depth else 1}.conv"
                yield inner, f"up_blocks.{number}.upsamplers.0.conv", ("",)
            count += 1


RESIDUAL_NAMES = {
    "in_layers.0": "norm1", "in_layers.2": "conv1", "emb_layers.1": "time_emb_proj", "out_layers.0": "norm2",
    "out_layers.3": "conv2", "skip_connection": "conv_shortcut",
}  # fmt: skip


def joined(place, part):
    return f"{place}.{part}" if part else place


def comfy_names(family):
    """The names that ComfyUI's loader knows for the weights of a UNet."""
    names = set()
    for original, diffusers, parts in places(family):
        for part in parts:
            names.add("lora_unet_" + joined(original, part).replace(".", "_"))
            theirs = RESIDUAL_NAMES.get(part, part) if ".resnets." in diffusers else part
            names.add("lora_unet_" + joined(diffusers, theirs).replace(".", "_"))
    return names


# WebUI: names of diffusers' become those of the original modules, `diffusion_model_…`.
WEBUI_PARTS = {
    "conv1": "in_layers_2",
    "conv2": "out_layers_3",
    "time_emb_proj": "emb_layers_1",
    "conv_shortcut": "skip_connection",
}


def webui_name(key):
    """By the rules of WebUI's `convert_diffusers_name_to_compvis`; as it stands where none of them fits."""
    rules = [
        (r"lora_unet_down_blocks_(\d+)_(attentions|resnets)_(\d+)_(.+)", down),
        (r"lora_unet_mid_block_(attentions|resnets)_(\d+)_(.+)", middle),
        (r"lora_unet_up_blocks_(\d+)_(attentions|resnets)_(\d+)_(.+)", up),
        (
            r"lora_unet_down_blocks_(\d+)_downsamplers_0_conv",
            lambda m: f"diffusion_model_input_blocks_{3 + int(m[1]) * 3}_0_op",
        ),
        (
            r"lora_unet_up_blocks_(\d+)_upsamplers_0_conv",
            lambda m: f"diffusion_model_output_blocks_{2 + int(m[1]) * 3}_{2 if int(m[1]) > 0 else 1}_conv",
        ),
        (r"lora_unet_(.+)", lambda m: f"diffusion_model_{m[1]}"),
    ]
    for pattern, rename in rules:
        if found := re.fullmatch(pattern, key):
            return rename(found)
    raise AssertionError(key)


def down(m):
    part = WEBUI_PARTS.get(m[4], m[4])
    return f"diffusion_model_input_blocks_{1 + int(m[1]) * 3 + int(m[3])}_{int(m[2] == 'attentions')}_{part}"


def middle(m):
    index = 1 if m[1] == "attentions" else int(m[2]) * 2
    return f"diffusion_model_middle_block_{index}_{WEBUI_PARTS.get(m[3], m[3])}"


def up(m):
    part = WEBUI_PARTS.get(m[4], m[4])
    return f"diffusion_model_output_blocks_{int(m[1]) * 3 + int(m[3])}_{int(m[2] == 'attentions')}_{part}"


def text_names(family):
    """Names of the weights of text encoders: the same rule in all three programs. ComfyUI tries as many layers as any has;
    WebUI calls the one of Stable Diffusion 1 and 2 `lora_te`, those of SDXL `lora_te1` and `lora_te2`."""
    prefixes = {"lora_te1": 12, "lora_te2": 32} if family == "sdxl" else {"lora_te": 12 if family == "sd1" else 24}
    parts = ("mlp_fc1", "mlp_fc2", *(f"self_attn_{side}_proj" for side in ("k", "q", "v", "out")))
    return {
        f"{prefix}_text_model_encoder_layers_{layer}_{part}"
        for prefix, layers in prefixes.items()
        for layer in range(layers)
        for part in parts
    }


@pytest.mark.parametrize("family", SHAPES)
def test_all_match_every_key_of_text_encoders(family):
    layers = {"sd1": (12,), "sd2": (23,), "sdxl": (12, 32)}[family]
    spec = FAMILIES[family]
    modules = [m for name, depth in zip(spec.text_encoders, layers, strict=True) for m in text_modules(name, depth)]
    found = {key.partition(".")[0] for key in kohya_keys(dict.fromkeys(modules, KINDS["lora"]), spec.naming)}
    assert len(found) == len(modules) and found <= text_names(family)
    assert family == "sd2" or found == text_names(family)


def webui_names(family):
    return {
        "diffusion_model_" + joined(original, part).replace(".", "_")
        for original, _, parts in places(family)
        for part in parts
    }


def keys(family, kind):
    return kohya_keys(dict.fromkeys(unet_modules(SHAPES[family]), KINDS[kind]), FAMILIES[family].naming)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("family", SHAPES)
def test_comfyui_and_forge_match_every_key(family, kind):
    names = comfy_names(family)
    unmatched = [
        key for key in keys(family, kind) if key.partition(".")[0] not in names or key.partition(".")[2] not in SUFFIXES
    ]
    assert unmatched == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("family", SHAPES)
def test_webui_matches_every_key(family, kind):
    names = webui_names(family)
    assert [key for key in keys(family, kind) if webui_name(key.partition(".")[0]) not in names] == []


@pytest.mark.parametrize("family", SHAPES)
def test_every_layer_that_they_know_and_we_train_is_one_of_ours(family):
    """The other way round: nothing of the transformers and residual blocks is forgotten."""
    ours = {key.partition(".")[0] for key in keys(family, "lora")}
    original = FAMILIES[family].naming == "ldm"
    theirs = set()
    for place, diffusers, parts in places(family):
        for part in parts:
            if "norm" in part or part in ("in_layers.0", "out_layers.0"):
                continue
            path = part if original or ".resnets." not in diffusers else RESIDUAL_NAMES[part]
            theirs.add("lora_unet_" + joined(place if original else diffusers, path).replace(".", "_"))
    assert ours == theirs


@pytest.mark.parametrize(("family", "prediction"), [(f, p) for f in FAMILIES for p in FAMILIES[f].predictions])
def test_what_forge_and_webui_take_a_file_for(family, prediction):
    """WebUI goes by `ss_base_model_version` and `ss_v2`, Forge by the architecture too; both hide LoRAs of others."""
    spec, names = FAMILIES[family], FAMILIES[family].names[prediction]
    webui = "sdxl" if names.ss_base_model_version.startswith("sdxl_") else "sd2" if spec.second_generation else "sd1"
    forge = {"stable-diffusion-xl-v1-base/lora": "sdxl", "stable-diffusion-v1/lora": "sd1"}.get(
        names.architecture, "sd2"
    )
    assert (webui, forge if not spec.second_generation else "sd2") == (family, family)
