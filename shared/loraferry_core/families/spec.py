"""What the desktop and the trainer must know of a model family before any weight is read."""

from dataclasses import dataclass

from loraferry_core.config.network import TargetGroup
from loraferry_core.config.pretrained import PredictionKind
from loraferry_core.lora_file.keys import Naming, text_encoders


@dataclass(frozen=True)
class FileNames:
    """What a LoRA file calls its family, by which UIs tell LoRAs apart."""

    ss_base_model_version: str
    architecture: str
    """`modelspec.architecture` (Stability's model spec 1.0.1)."""


@dataclass(frozen=True)
class FamilySpec:
    """One model family, as data."""

    id: str
    label: str
    native_resolution: int
    bucket_step: int
    targets: dict[TargetGroup, tuple[str, ...]]
    """For each group the last parts of the module paths in the denoiser that get an adapter."""
    names: dict[PredictionKind, FileNames]
    """By what the base model may predict."""
    naming: Naming = "diffusers"
    implementation: str = "diffusers"
    """`modelspec.implementation`: whose code the key names follow."""
    second_generation: bool = False
    """`ss_v2`: WebUI's mark of Stable Diffusion 2."""

    @property
    def predictions(self) -> tuple[PredictionKind, ...]:
        """What base models of this family predict."""
        return tuple(self.names)

    @property
    def text_encoders(self) -> tuple[str, ...]:
        """What diffusers calls this family's text encoders, the first one first."""
        return text_encoders(self.naming)


UNET_TARGETS: dict[TargetGroup, tuple[str, ...]] = {
    "attention": ("to_q", "to_k", "to_v", "to_out.0"),
    "feed_forward": ("ff.net.0.proj", "ff.net.2"),
    "projection": ("proj_in", "proj_out"),
    "convolution": ("conv1", "conv2", "time_emb_proj", "conv_shortcut", "downsamplers.0.conv", "upsamplers.0.conv"),
}
"""The layers of a UNet of the Stable Diffusion kind: of its transformers, and of its residual blocks."""
