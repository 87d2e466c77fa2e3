"""What learns in a run: the denoiser, and with it text encoders, which then read the captions anew in every pass."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from loraferry_agent.engine import optim
from loraferry_agent.engine.adapter import Adapter, attach, attach_to_text
from loraferry_agent.engine.device import Device
from loraferry_agent.families.protocol import Base, Conditioning, Denoiser, Family, TextReader
from loraferry_core.config.train import TrainConfig
from loraferry_core.families import FamilySpec


class Together(nn.Module):
    """The denoiser's network and the text encoders as one."""

    def __init__(self, denoiser: nn.Module, encoders: dict[str, nn.Module]) -> None:
        super().__init__()
        self.denoiser = denoiser
        self.encoders = nn.ModuleDict(encoders)

    def enable_gradient_checkpointing(self) -> None:
        """Recompute instead of keeping, in all of them."""
        self.denoiser.enable_gradient_checkpointing()
        for encoder in self.encoders.values():
            encoder.activation_checkpointing_enable()


class Reading:
    """Implements `protocol.Denoiser`: what it is conditioned on are captions as a `TextCoder` leaves them to it."""

    def __init__(self, denoiser: Denoiser, reader: TextReader) -> None:
        self.model = Together(denoiser.model, reader.models)
        self.modules = denoiser.modules
        self._denoiser = denoiser
        self._reader = reader

    def predict(self, noisy: Tensor, timesteps: Tensor, conditioning: Conditioning) -> Tensor:
        """Read, then denoise."""
        return self._denoiser.predict(noisy, timesteps, self._reader.read(conditioning))

    def untaught(self, latents: Iterable[tuple[int, int]]) -> frozenset[str]:
        """Of the denoiser and the encoders."""
        return self._denoiser.untaught(latents) | self._reader.untaught


@dataclass(frozen=True)
class Models:
    """What learns in a run, loaded and frozen."""

    unread: Denoiser
    """The denoiser alone."""
    reader: TextReader | None
    """The text encoders that learn; None where none does."""
    denoiser: Denoiser
    """What is trained and drawn with."""

    def attach(self, config: TrainConfig, spec: FamilySpec) -> Adapter:
        """Put fresh adapters beside the layers of all of them. Raises ProblemError `no_layers`."""
        seed = config.loop.seed
        adapter = attach(self.unread, config.network, spec, seed)
        if self.reader:
            for further in attach_to_text(self.reader, config.text_encoders.adapters(config.network), seed):
                adapter = adapter.joined(further)
        return adapter


def load_models(config: TrainConfig, family: Family, base: Base, device: Device) -> Models:
    """Load what learns."""
    learning = config.text_encoders.trained
    unread = family.load_denoiser(base, device.torch, device.dtype)
    return as_one(config, unread, family.load_reader(base, device.torch, device.dtype, learning) if learning else None)


def as_one(config: TrainConfig, unread: Denoiser, reader: TextReader | None) -> Models:
    """Put together what learns. In training mode it calculates the same, but can recompute instead of keeping."""
    denoiser = Reading(unread, reader) if reader else unread
    denoiser.model.train()
    if config.loop.gradient_checkpointing:
        denoiser.model.enable_gradient_checkpointing()
    return Models(unread, reader, denoiser)


def optimizer_of(config: TrainConfig, adapter: Adapter) -> torch.optim.Optimizer:
    """The optimizer of a plan, with a group of parameters and a rate for each model. Raises what `optim.build` does."""
    first, *others = adapter.groups.values()
    rates = config.text_encoders.rates(config.optimizer.lr).values()
    return optim.build(config.optimizer, first, list(zip(others, rates, strict=True)))
