"""The loop that diffusers' own training scripts for LoRA are made of, on tensors that are encoded already.

peft beside the UNet with single precision adapters, autocast, AdamW, one batch after the other; as in
`examples/text_to_image/train_text_to_image_lora.py`, which also reads each loss back.
"""

import random
from typing import Any

import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler, UNet2DConditionModel
from diffusers.training_utils import cast_training_params
from peft import LoraConfig
from torch import Tensor

from loraferry_agent.data.batches import Picture
from loraferry_agent.families.latent_diffusion import TIME_IDS
from loraferry_agent.families.protocol import Conditioning
from loraferry_agent.families.text import POOLED, STATES
from tests.bench.loops.bases import Encoders, Size


class Textbook:
    """One run of the textbook's loop over a frozen `model`."""

    def __init__(
        self,
        model: UNet2DConditionModel,
        modules: list[str],
        *,
        device: torch.device,
        dtype: torch.dtype,
        rank: int,
        batch: int,
        pictures: list[Picture],
        captions: dict[str, Conditioning],
        checkpointing: bool = False,
        lr: float = 1e-4,
    ) -> None:
        self.model = model.requires_grad_(False).to(device)
        self.model.add_adapter(
            LoraConfig(r=rank, lora_alpha=rank, init_lora_weights="gaussian", target_modules=modules)
        )
        cast_training_params(self.model, dtype=torch.float32)
        if checkpointing:
            self.model.enable_gradient_checkpointing()
        self.model.train()
        self.parameters = [p for p in self.model.parameters() if p.requires_grad]
        # The same optimizer in the same form as the trainer's: only loop and adapters are to differ.
        self.optimizer = torch.optim.AdamW(self.parameters, lr=lr, weight_decay=0.01, fused=device.type != "meta")
        self.rates = torch.optim.lr_scheduler.ConstantLR(self.optimizer, factor=1.0, total_iters=0)
        self.noise = DDPMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
        self.device, self.dtype = device, dtype
        self._batch, self._pictures, self._captions = batch, pictures, captions
        self._order: list[int] = []

    def step(self) -> float:
        """One step; returns its loss, read back."""
        latents, conditioning = self._next()
        noise = torch.randn_like(latents)
        timesteps = torch.randint(0, self.noise.config.num_train_timesteps, (len(latents),), device=self.device).long()
        noisy = self.noise.add_noise(latents, noise, timesteps)
        with torch.autocast(self.device.type, self.dtype, enabled=self.dtype is not torch.float32):
            predicted = self._predict(noisy.to(self.dtype), timesteps, conditioning)
            loss = F.mse_loss(predicted.float(), noise.float(), reduction="mean")
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.rates.step()
        self.optimizer.zero_grad()
        return loss.detach().item()

    def close(self) -> None:
        """Nothing runs beside it."""

    def _predict(self, noisy: Tensor, timesteps: Tensor, conditioning: Conditioning) -> Tensor:
        added: dict[str, Any] | None = None
        if POOLED in conditioning:
            added = {"text_embeds": conditioning[POOLED], "time_ids": conditioning[TIME_IDS]}
        states = conditioning[STATES]
        return self.model(noisy, timesteps, states, added_cond_kwargs=added, return_dict=False)[0]

    def _chosen(self) -> list[Picture]:
        chosen = []
        while len(chosen) < self._batch:
            if not self._order:
                self._order = random.sample(range(len(self._pictures)), len(self._pictures))
            chosen.append(self._pictures[self._order.pop()])
        return chosen

    def _next(self) -> tuple[Tensor, Conditioning]:
        chosen = self._chosen()
        latents = torch.stack([picture.latents.mean for picture in chosen]).to(self.device)
        encoded = [{**self._captions[picture.captions.variants[0]], **picture.geometry} for picture in chosen]
        return latents, {name: torch.stack([e[name] for e in encoded]).to(self.device) for name in encoded[0]}


class Uncached(Textbook):
    """The same, encoding the pictures and captions of each step anew, as diffusers' script does."""

    def __init__(
        self, model: UNet2DConditionModel, modules: list[str], encoders: Encoders, size: Size, **arguments: Any
    ) -> None:
        super().__init__(model, modules, **arguments)
        self._encoders, self._size = encoders, size

    @torch.no_grad()
    def _next(self) -> tuple[Tensor, Conditioning]:
        count, side = len(self._chosen()), self._size.latent * self._factor
        pixels = torch.rand((count, 3, side, side), dtype=self.dtype, device=self.device)
        latents = self._encoders.vae.encode(pixels).latent_dist.sample() * self._encoders.vae.config.scaling_factor
        tokens = torch.randint(1, 100, (count, self._size.tokens), device=self.device)
        return latents.float(), {STATES: self._encoders.text(tokens)[0].float()}

    @property
    def _factor(self) -> int:
        return 2 ** (len(self._encoders.vae.config.block_out_channels) - 1)
