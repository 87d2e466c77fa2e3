"""Base models are told by the names and shapes in their headers, and what goes beside one is not taken for one."""

import pytest

from loraferry_core.families.recognise import (
    has_zero_terminal_snr,
    kind_of_file,
    kind_of_folder,
    name_of_kind,
    prediction_of_file,
)
from loraferry_core.lora_file.header import Header, Tensor


def header(**shapes: tuple[int, ...]) -> Header:
    return Header({name: Tensor("F16", shape, 0, 0) for name, shape in shapes.items()}, {}, 0)


def unet(context: int, *, channels: int = 4, prefix: str = "model.diffusion_model.") -> dict[str, tuple[int, ...]]:
    return {
        f"{prefix}input_blocks.0.0.weight": (320, channels, 3, 3),
        f"{prefix}input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": (320, context),
        f"{prefix}output_blocks.3.1.transformer_blocks.0.attn2.to_k.weight": (1280, context),
        f"{prefix}out.2.weight": (4, 320, 3, 3),
    }


VAE = {"first_stage_model.decoder.conv_in.weight": (512, 4, 3, 3)}
CLIP = {"cond_stage_model.transformer.text_model.embeddings.token_embedding.weight": (49408, 768)}
TWO = {"conditioner.embedders.0.transformer.text_model.final_layer_norm.weight": (768,)}


@pytest.mark.parametrize(
    ("tensors", "kind"),
    [
        ({**unet(768), **VAE, **CLIP}, "sd1"),
        ({**unet(768, channels=9), **VAE, **CLIP}, "sd1_inpainting"),
        ({**unet(768, channels=8), **VAE, **CLIP}, "sd1_other"),
        ({**unet(1024), **VAE, **CLIP}, "sd2"),
        ({**unet(2048), **VAE, **TWO}, "sdxl"),
        ({**unet(1280), **VAE, **TWO}, "sdxl_refiner"),
        ({**unet(512), **VAE, **CLIP}, None),
        ({"model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight": (4608, 1536)}, "sd3"),
        (
            {
                "double_blocks.0.img_attn.qkv.weight": (9216, 3072),
                "vector_in.in_layer.weight": (3072, 768),
            },
            "flux",
        ),
        ({"double_blocks.0.img_attn.qkv.weight": (9216, 3072)}, None),
    ],
)
def test_base_models(tensors, kind):
    assert kind_of_file(header(**tensors)) == kind


@pytest.mark.parametrize(
    "tensors",
    [
        {},
        unet(768),
        unet(768, prefix=""),
        {**unet(768), **VAE},
        {**unet(768), **CLIP},
        VAE,
        CLIP,
        {"lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight": (8, 320)},
        {**unet(768), **VAE, **CLIP, "model.diffusion_model.input_hint_block.0.weight": (16, 3, 3, 3)},
        {**{k: v for k, v in unet(768).items() if "out.2" not in k}, **VAE, **CLIP},
        {**{k: v for k, v in unet(768).items() if "input_blocks.0" not in k}, **VAE, **CLIP},
        {**unet(768), "model.diffusion_model.input_blocks.0.0.weight": (320, 4), **VAE, **CLIP},
        {**unet(768), "model.diffusion_model.x.attn2.to_k.weight": (320, 1024), **VAE, **CLIP},
    ],
    ids=[
        "empty", "denoiser alone", "without prefix", "no text encoder", "no autoencoder", "autoencoder", "text encoder",
        "lora", "controlnet", "no output", "no input", "flat input", "two widths",
    ],
)  # fmt: skip
def test_what_is_no_base_model(tensors):
    assert kind_of_file(header(**tensors)) is None


@pytest.mark.parametrize(
    ("index", "unet", "kind"),
    [
        ("StableDiffusionPipeline", {"cross_attention_dim": 768}, "sd1"),
        ("StableDiffusionPipeline", {"cross_attention_dim": 1024, "in_channels": 4}, "sd2"),
        ("StableDiffusionXLPipeline", {"cross_attention_dim": 2048}, "sdxl"),
        ("StableDiffusionXLImg2ImgPipeline", {"cross_attention_dim": 1280}, "sdxl_refiner"),
        ("StableDiffusionInpaintPipeline", {"cross_attention_dim": 768, "in_channels": 9}, "sd1_inpainting"),
        ("StableDiffusionPipeline", {"cross_attention_dim": 16}, None),
        ("StableDiffusionPipeline", {}, None),
        ("StableDiffusionPipeline", {"cross_attention_dim": 768, "in_channels": "4"}, None),
        ("StableDiffusion3Pipeline", {}, "sd3"),
        ("FluxPipeline", {}, "flux"),
        ("AnimateDiffPipeline", {"cross_attention_dim": 768}, None),
        (None, {"cross_attention_dim": 768}, None),
    ],
)
def test_folders_of_diffusers(index, unet, kind):
    assert kind_of_folder({"_class_name": index}, unet) == kind


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("sd1", "Stable Diffusion 1.x"),
        ("sd1_inpainting", "Stable Diffusion 1.x Inpainting"),
        ("sdxl_refiner", "Stable Diffusion XL Refiner"),
        ("flux", "FLUX.1"),
        ("tomorrow", "Tomorrow"),
    ],
)
def test_names_for_people(kind, name):
    assert name_of_kind(kind) == name


@pytest.mark.parametrize(
    ("marks", "metadata", "prediction"),
    [
        ((), {}, None),
        (("v_pred",), {}, "v_prediction"),
        (("v_pred", "ztsnr"), {"modelspec.prediction_type": "epsilon"}, "v_prediction"),
        ((), {"modelspec.prediction_type": "v"}, "v_prediction"),
        ((), {"modelspec.prediction_type": "odd", "modelspec.predict_key": "epsilon"}, "epsilon"),
    ],
)
def test_what_a_file_says_that_it_predicts(marks, metadata, prediction):
    found = Header({name: Tensor("F16", (0,), 0, 0) for name in marks}, metadata, 0)
    assert prediction_of_file(found) == prediction
    assert has_zero_terminal_snr(found) == ("ztsnr" in marks)
