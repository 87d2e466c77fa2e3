"""One step of the optimizer: all passes through the denoiser, clipping, and the decision to leave a bad step out."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor
from torch.nn import Parameter

from loraferry_agent.data.batches import MicroBatch, StepBatch
from loraferry_agent.engine.compiled import CompiledBlocks
from loraferry_agent.engine.copies import Copies
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.ema import Ema
from loraferry_agent.engine.exhaustion import Torn
from loraferry_agent.engine.objective import Objective
from loraferry_agent.engine.optim import averaged, set_rate, skips_by_itself
from loraferry_agent.engine.ranks import ALONE, Ranks
from loraferry_agent.families.protocol import Denoiser


class Update:
    """Applies steps to the adapter. Nothing here waits for the device but where an optimizer leaves no other way."""

    def __init__(
        self,
        denoiser: Denoiser,
        objective: Objective,
        optimizer: torch.optim.Optimizer,
        parameters: list[Parameter],
        device: Device,
        max_grad_norm: float,
        ema: float = 0.0,
        ranks: Ranks = ALONE,
    ) -> None:
        self.optimizer = optimizer
        self._denoiser = denoiser
        self._objective = objective
        self._parameters = parameters
        self._device = device
        self._max_grad_norm = max_grad_norm
        self._ranks = ranks
        scales = device.precision == "fp16" and device.torch.type == "cuda"
        self.ema = Ema(optimizer, ema) if ema else None
        self.scaler = torch.amp.GradScaler(device.torch.type) if scales else None
        self._copies = Copies(denoiser.model)
        self.at_once = 0
        """Most pictures in one pass; 0 for as many as planned."""
        self.blocks: CompiledBlocks | None = None
        """Where steps run with compiled blocks."""

    def __call__(self, batch: StepBatch, rate: float) -> Tensor:
        """Make one step at `rate`. Returns loss, gradient norm and the error of each picture as one tensor (2 + n) on the
        device.

        A step whose loss or gradient is not finite changes nothing. Where it raises, nothing has changed either; `Torn`
        says that something may have.
        """
        return self.blocks.run(partial(self._step, batch, rate)) if self.blocks else self._step(batch, rate)

    def _step(self, batch: StepBatch, rate: float) -> Tensor:
        set_rate(self.optimizer, rate)
        if batch.arrived:
            torch.cuda.current_stream(self._device.torch).wait_event(batch.arrived)
        try:
            with self._ranks.sharing():
                parts = [part for micro in batch.micro for part in micro.parts(self.at_once)]
                own = [self.accumulate(part, batch.images) for part in parts]
                errors = self._ranks.summed(self._parameters, own, batch.images)
        except (RuntimeError, MemoryError):
            self.optimizer.zero_grad(set_to_none=True)
            raise
        loss = errors.sum() / batch.images
        try:
            norm = self.apply(loss)
            if self.ema:
                self.ema.follow(batch.step)
        except (RuntimeError, MemoryError) as error:
            raise Torn from error
        return torch.cat((torch.stack((loss, norm)), errors))

    @contextmanager
    def result(self) -> Iterator[None]:
        """Meanwhile the adapter is what the run results in: its running mean, where the plan or the optimizer has one."""
        with averaged(self.optimizer, self.ema.means if self.ema else None):
            yield

    def accumulate(self, micro: MicroBatch, images: int) -> Tensor:
        """Add the gradient of one pass, weighted so that each picture of the step counts alike. Returns the error of each
        of its pictures (n)."""
        micro = micro.each(self._moved)
        noisy = self._objective.noised(micro.latents, micro.disturbed, micro.timesteps).to(self._device.dtype)
        target = self._objective.target(micro.latents, micro.noise, micro.timesteps)
        with self._copies.lent(self._device.dtype):
            predicted = self._denoiser.predict(noisy, micro.timesteps, micro.conditioning)
            errors = self._objective.errors(predicted, target, micro.timesteps, micro.mask)
            if micro.weights is not None:
                errors = errors * micro.weights
            loss = errors.sum() / images
            (self.scaler.scale(loss) if self.scaler else loss).backward()
        return errors.detach()

    def apply(self, loss: Tensor) -> Tensor:
        """Clip the gradient, step, and clear it. Returns the gradient's norm before clipping."""
        if self.scaler:
            self.scaler.unscale_(self.optimizer)
        norm = torch.nn.utils.get_total_norm([p.grad for p in self._parameters if p.grad is not None])
        if self._max_grad_norm:
            torch.nn.utils.clip_grads_with_norm_(self._parameters, self._max_grad_norm, norm)
        finite = norm.isfinite() & loss.isfinite()
        if skips_by_itself(self.optimizer):
            self.optimizer.found_inf = (~finite).float()
            self.optimizer.step()
        elif bool(finite):
            self.optimizer.step()
        if self.scaler:
            self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        return norm

    def _moved(self, tensor: Tensor) -> Tensor:
        return tensor.to(self._device.torch, non_blocking=True)
