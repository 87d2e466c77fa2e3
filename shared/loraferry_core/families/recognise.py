"""Which kind of base model a file or a folder is, told from the names and shapes of its tensors, never from its name.

Names: the original releases (`model.diffusion_model.…`), which ComfyUI and WebUI read, and diffusers' own. A kind is a
family's id (`sd1`, `sd2`, `sdxl`, `sd3`, `flux`), or one of these with what sets it apart (`sd1_inpainting`,
`sdxl_refiner`).
"""

from collections.abc import Mapping
from typing import Any

from loraferry_core.config.pretrained import PredictionKind
from loraferry_core.lora_file.header import Header, Tensor

_ORIGINAL = "model.diffusion_model."
_BY_CONTEXT = {768: "sd1", 1024: "sd2", 2048: "sdxl", 1280: "sdxl_refiner"}
"""Width of the text states that the UNet's cross-attention reads."""
_ADDITIONS = (
    "lora", "hada_", "lokr_", "ip_adapter", "motion_modules", "input_hint_block", "controlnet_", "control_model",
)  # fmt: skip
"""Parts of tensor names in files that go beside a base model."""
_CROSS_ATTENTION = ".attn2.to_k.weight"
_LATENT_CHANNELS = 4
_NAMES = {
    "sd1": "Stable Diffusion 1.x", "sd2": "Stable Diffusion 2.x", "sdxl": "Stable Diffusion XL",
    "sdxl_refiner": "Stable Diffusion XL Refiner", "sd3": "Stable Diffusion 3", "flux": "FLUX.1",
}  # fmt: skip
_VELOCITY_MARK, _ZERO_SNR_MARK = "v_pred", "ztsnr"
_SPELLINGS: dict[str, PredictionKind] = {"epsilon": "epsilon", "v": "v_prediction", "v_prediction": "v_prediction"}
_PIPELINES = {"StableDiffusion3Pipeline": "sd3", "FluxPipeline": "flux"}
_UNET_PIPELINES = ("StableDiffusionPipeline", "StableDiffusionXLPipeline", "StableDiffusionXLImg2ImgPipeline")


def name_of_kind(kind: str) -> str:
    """What people call a kind, the same in every language: `Stable Diffusion 1.x Inpainting` for `sd1_inpainting`."""
    family = max((known for known in _NAMES if kind.startswith(known)), key=len, default="")
    return _NAMES.get(family, "") + kind[len(family) :].replace("_", " ").title()


def kind_of_file(header: Header) -> str | None:
    """The kind of a single file that a LoRA can be trained on; None where it is none.

    None are LoRAs, autoencoders, text encoders, ControlNets and the like, and denoisers of the UNet families that come
    alone: without their autoencoder and text encoder they are no base.
    """
    tensors = header.tensors
    if any(addition in name for name in tensors for addition in _ADDITIONS):
        return None
    denoiser = _denoiser(tensors)
    if "double_blocks.0.img_attn.qkv.weight" in denoiser:
        return "flux" if "vector_in.in_layer.weight" in denoiser else None
    if "joint_blocks.0.x_block.attn.qkv.weight" in denoiser:
        return "sd3"
    return _unet_kind(denoiser) if _is_whole(tensors) else None


def prediction_of_file(header: Header) -> PredictionKind | None:
    """What a single file says that it predicts; None where it does not say.

    Marks: a tensor `v_pred`, which ComfyUI and WebUI heed, and the metadata that trainers and ComfyUI write
    (Stability's model spec 1.0.1 and ComfyUI's own key).
    """
    if _VELOCITY_MARK in header.tensors:
        return "v_prediction"
    for key in ("modelspec.prediction_type", "modelspec.predict_key"):
        if said := _SPELLINGS.get(header.metadata.get(key, "")):
            return said
    return None


def has_zero_terminal_snr(header: Header) -> bool:
    """Whether a single file says that its noise schedule ends without any signal: by a tensor `ztsnr`."""
    return _ZERO_SNR_MARK in header.tensors


def _denoiser(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The denoiser's tensors under their own names: those behind the prefix, or all where nothing has it."""
    inner = {name[len(_ORIGINAL) :]: tensor for name, tensor in tensors.items() if name.startswith(_ORIGINAL)}
    return inner or dict(tensors)


def _is_whole(tensors: Mapping[str, Tensor]) -> bool:
    parts = {name.partition(".")[0] for name in tensors}
    return {"model", "first_stage_model"} <= parts and bool({"cond_stage_model", "conditioner"} & parts)


def _unet_kind(unet: Mapping[str, Tensor]) -> str | None:
    first = unet.get("input_blocks.0.0.weight")
    if first is None or "out.2.weight" not in unet or len(first.shape) != 4:
        return None
    widths = {t.shape[1] for name, t in unet.items() if name.endswith(_CROSS_ATTENTION) and len(t.shape) == 2}
    return _unet_family(widths.pop() if len(widths) == 1 else 0, first.shape[1])


def _unet_family(context: int, channels: int) -> str | None:
    family = _BY_CONTEXT.get(context)
    if family is None or channels == _LATENT_CHANNELS:
        return family
    # 9: latents, mask, masked picture. 8: latents and the picture to edit. 5: latents and depth.
    return f"{family}_inpainting" if channels == 2 * _LATENT_CHANNELS + 1 else f"{family}_other"


def kind_of_folder(index: Mapping[str, Any], unet: Mapping[str, Any]) -> str | None:
    """The kind of a folder in the layout of diffusers, from its `model_index.json` and `unet/config.json` (empty where
    there is none); None where it is no base model that is known."""
    pipeline = index.get("_class_name")
    if not isinstance(pipeline, str):
        return None
    if pipeline in _PIPELINES:
        return _PIPELINES[pipeline]
    context, channels = unet.get("cross_attention_dim"), unet.get("in_channels", _LATENT_CHANNELS)
    if pipeline not in _UNET_PIPELINES and not pipeline.endswith("InpaintPipeline"):
        return None
    if not isinstance(context, int) or not isinstance(channels, int):
        return None
    return _unet_family(context, channels)
