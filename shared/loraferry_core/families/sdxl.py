"""Stable Diffusion XL: two text encoders, a UNet with up to ten transformers in a row that is told the picture's size."""

from loraferry_core.families.spec import UNET_TARGETS, FamilySpec, FileNames

_NAMES = FileNames("sdxl_base_v1-0", "stable-diffusion-xl-v1-base/lora")
SDXL = FamilySpec(
    id="sdxl",
    label="Stable Diffusion XL",
    native_resolution=1024,
    bucket_step=64,
    targets=UNET_TARGETS,
    names={"epsilon": _NAMES, "v_prediction": _NAMES},
    naming="ldm",
    implementation="https://github.com/Stability-AI/generative-models",
)
