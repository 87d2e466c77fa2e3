"""Stable Diffusion 2.x: the UNet of the first, with OpenCLIP's larger text encoder; for 768 pixels it predicts velocity."""

from loraferry_core.families.spec import UNET_TARGETS, FamilySpec, FileNames

SD2 = FamilySpec(
    id="sd2",
    label="Stable Diffusion 2.x",
    native_resolution=768,
    bucket_step=64,
    targets=UNET_TARGETS,
    names={
        "epsilon": FileNames("sd_v2", "stable-diffusion-v2-512/lora"),
        "v_prediction": FileNames("sd_v2_v", "stable-diffusion-v2-768-v/lora"),
    },
    second_generation=True,
)
