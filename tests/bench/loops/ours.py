"""The trainer's own step on cached tensors: the real batches, adapter, update and readback."""

from collections.abc import Generator
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel

from loraferry_agent.data.batches import Batches, Picture, StepBatch
from loraferry_agent.data.order import Order
from loraferry_agent.data.prefetch import delivered, prefetched
from loraferry_agent.engine import optim
from loraferry_agent.engine.adapter import attach
from loraferry_agent.engine.compiled import CompiledBlocks
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.objective import Objective
from loraferry_agent.engine.progress import Progress
from loraferry_agent.engine.reporter import Reporter
from loraferry_agent.engine.update import Update
from loraferry_agent.families import FAMILIES
from loraferry_agent.families.latent_diffusion import UNet
from loraferry_agent.families.protocol import Conditioning
from loraferry_agent.jobs.event_log import EventLog
from loraferry_core.config.network import LoraNetwork, TargetGroup
from loraferry_core.config.objective import Noise
from loraferry_core.config.objective import Objective as ObjectiveSettings
from loraferry_core.config.optimizers import AdamW

TARGETS: tuple[TargetGroup, ...] = ("attention", "feed_forward", "projection")
SCHEDULE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
_ENDLESS = 1_000_000


class Ours:
    """One run of the trainer's loop over a frozen `model`."""

    def __init__(
        self,
        model: UNet2DConditionModel,
        family: str,
        *,
        device: Device,
        rank: int,
        batch: int,
        pictures: list[Picture],
        captions: dict[str, Conditioning],
        log: Path,
        checkpointing: bool = False,
        compile: bool = False,
        targets: tuple[TargetGroup, ...] = TARGETS,
    ) -> None:
        denoiser = UNet(family_layout(model, device))
        denoiser.model.train()
        if checkpointing:
            denoiser.model.enable_gradient_checkpointing()
        network = LoraNetwork(rank=rank, alpha=rank, targets=targets)
        self.adapter = attach(denoiser, network, FAMILIES[family].spec, 0)
        objective = Objective(SCHEDULE, "epsilon", ObjectiveSettings(), device.torch)
        optimizer = optim.build(AdamW(), self.adapter.parameters)
        self.update = Update(denoiser, objective, optimizer, self.adapter.parameters, device, 1.0)
        self.denoiser = denoiser
        shapes = [tuple(picture.latents.mean.shape) for picture in pictures]
        batches = Batches(
            pictures,
            captions,
            Order(shapes, 1, batch, 0),
            batch=batch,
            seed=0,
            caption_dropout=0.0,
            noise=Noise(),
            timesteps=objective.timesteps,
            pin=device.torch.type == "cuda",
        )
        self._log = EventLog(log, 1)
        report = Reporter(self._log, log.parent)
        self._progress = Progress(report, device.torch, scaled=self.update.scaler is not None)
        if compile:
            self.update.blocks = CompiledBlocks(denoiser.model, report, log.parent)
        self._steps: Generator[StepBatch, None, None] = prefetched(delivered(batches.at, device.torch), range(_ENDLESS))

    def step(self) -> None:
        """One step; its loss is read back some steps later."""
        batch = self.next()
        values = self.update(batch, 1e-4)
        self._progress.made(batch.step + 1, values, rate=1e-4, images=batch.images)

    def next(self) -> StepBatch:
        """What the next step trains on."""
        return next(self._steps)

    def close(self) -> None:
        """End the prefetching thread."""
        self._progress.flush()
        self._steps.close()
        self._log.close()


def family_layout(model: UNet2DConditionModel, device: Device) -> UNet2DConditionModel:
    """As the family's `load_denoiser` lays the weights out."""
    return model.to(device.torch, memory_format=torch.channels_last).requires_grad_(False)
