"""Stable Diffusion 1.x: one CLIP text encoder, a UNet with attention on three of four levels."""

from loraferry_core.families.spec import UNET_TARGETS, FamilySpec, FileNames

_NAMES = FileNames("sd_v1", "stable-diffusion-v1/lora")
SD1 = FamilySpec(
    id="sd1",
    label="Stable Diffusion 1.x",
    native_resolution=512,
    bucket_step=64,
    targets=UNET_TARGETS,
    names={"epsilon": _NAMES, "v_prediction": _NAMES},
)
