"""Stable Diffusion 1.x: one CLIP text encoder, a UNet with attention on three of four levels."""

from loraferry_core.families.spec import FamilySpec

SD1 = FamilySpec(
    id="sd1",
    label="Stable Diffusion 1.x",
    native_resolution=512,
    bucket_step=64,
    predictions=("epsilon", "v_prediction"),
    targets={
        "attention": ("to_q", "to_k", "to_v", "to_out.0"),
        "feed_forward": ("ff.net.0.proj", "ff.net.2"),
        "projection": ("proj_in", "proj_out"),
    },
    ss_base_model_version="sd_v1",
    architecture="stable-diffusion-v1/lora",
)
