"""What the desktop and the trainer must know of a model family before any weight is read."""

from dataclasses import dataclass

from loraferry_core.config.network import TargetGroup
from loraferry_core.config.pretrained import PredictionKind


@dataclass(frozen=True)
class FamilySpec:
    """One model family, as data."""

    id: str
    label: str
    native_resolution: int
    bucket_step: int
    predictions: tuple[PredictionKind, ...]
    targets: dict[TargetGroup, tuple[str, ...]]
    """For each group the last parts of the module paths in the denoiser that get an adapter."""
    ss_base_model_version: str
    architecture: str
    """`modelspec.architecture`, by which UIs tell LoRAs apart (Stability's model spec 1.0.1)."""
