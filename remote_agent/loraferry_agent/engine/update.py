"""One step of the optimizer: all passes through the denoiser, clipping, and the decision to leave a bad step out."""

import torch
from torch import Tensor
from torch.nn import Parameter

from loraferry_agent.data.batches import MicroBatch, StepBatch
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.objective import Objective
from loraferry_agent.engine.optim import set_rate, skips_by_itself
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
    ) -> None:
        self.optimizer = optimizer
        self._denoiser = denoiser
        self._objective = objective
        self._parameters = parameters
        self._device = device
        self._max_grad_norm = max_grad_norm
        scales = device.precision == "fp16" and device.torch.type == "cuda"
        self.scaler = torch.amp.GradScaler(device.torch.type) if scales else None

    def __call__(self, batch: StepBatch, rate: float) -> Tensor:
        """Make one step at `rate`. Returns loss and gradient norm as one tensor (2) on the device.

        A step whose loss or gradient is not finite changes nothing.
        """
        set_rate(self.optimizer, rate)
        loss = torch.zeros((), device=self._device.torch)
        for micro in batch.micro:
            loss += self.accumulate(micro, batch.images)
        norm = self.apply(loss)
        return torch.stack((loss, norm))

    def accumulate(self, micro: MicroBatch, images: int) -> Tensor:
        """Add the gradient of one pass, weighted so that each picture of the step counts alike. Returns its loss."""
        latents, noise, timesteps = (self._moved(t) for t in (micro.latents, micro.noise, micro.timesteps))
        disturbed = noise if micro.disturbed is micro.noise else self._moved(micro.disturbed)
        conditioning = {name: self._moved(tensor) for name, tensor in micro.conditioning.items()}
        noisy = self._objective.noised(latents, disturbed, timesteps)
        with self._device.autocast():
            predicted = self._denoiser.predict(noisy.to(self._device.dtype), timesteps, conditioning)
        errors = self._objective.errors(predicted, self._objective.target(latents, noise, timesteps), timesteps)
        loss = errors.sum() / images
        (self.scaler.scale(loss) if self.scaler else loss).backward()
        return loss.detach()

    def apply(self, loss: Tensor) -> Tensor:
        """Clip the gradient, step, and clear it. Returns the gradient's norm before clipping."""
        if self.scaler:
            self.scaler.unscale_(self.optimizer)
        norm = torch.nn.utils.get_total_norm([p.grad for p in self._parameters if p.grad is not None])
        if self._max_grad_norm:
            torch.nn.utils.clip_grads_with_norm_(self._parameters, self._max_grad_norm, norm)
        finite = norm.isfinite() & loss.isfinite()
        if self.scaler:
            self.scaler.step(self.optimizer)
            self.scaler.update()
        elif skips_by_itself(self.optimizer):
            self.optimizer.found_inf = (~finite).float()
            self.optimizer.step()
        elif bool(finite):
            self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return norm

    def _moved(self, tensor: Tensor) -> Tensor:
        return tensor.to(self._device.torch, non_blocking=True)
