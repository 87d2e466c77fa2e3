"""Nothing in a step waits for the device, and no factor is cast more than once a pass."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes

from loraferry_agent.data.batches import MicroBatch, StepBatch
from loraferry_agent.engine import recipe
from loraferry_agent.engine.adapter import attach
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.objective import Objective
from loraferry_agent.engine.optim import build
from loraferry_agent.engine.outputs import Outputs
from loraferry_agent.engine.update import Update
from loraferry_agent.families import FAMILIES
from loraferry_core.config import TrainConfig
from loraferry_core.config.network import LoraNetwork
from loraferry_core.config.objective import Objective as ObjectiveSettings
from loraferry_core.config.optimizers import Adafactor, AdamW, Lion, Optimizer, Prodigy, ScheduleFreeAdamW
from loraferry_core.events import Step
from tests.fakes import tiny_base
from tests.fakes.job_folder import events
from tests.unit.agent.engine.conftest import Trainer, changed

# What brings numbers to the processor, makes sizes depend on them, or (the last) brings Python's numbers to a card.
WAITS = {"_local_scalar_dense", "is_nonzero", "nonzero", "equal", "masked_select", "unique", "item", "lift_fresh"}


class NoWaiting(TorchDispatchMode):
    """Fails at an operation that would wait for a graphics card."""

    def __torch_dispatch__(self, operation: Any, types: Any, arguments: Any = (), named: Any = None) -> Any:
        assert operation.overloadpacket.__name__ not in WAITS, f"{operation} waits for the device"
        return operation(*arguments, **(named or {}))


OPTIMIZERS: tuple[Optimizer, ...] = (AdamW(), Lion(), Prodigy(), ScheduleFreeAdamW())


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda optimizer: optimizer.kind)
def test_no_step_of_the_loop_waits(
    plan: TrainConfig, trained: Trainer, monkeypatch: pytest.MonkeyPatch, optimizer: Optimizer
) -> None:
    """From the first step on until the finished file is written."""
    loop, finish = recipe.loop, Outputs.finish
    steps = 0

    def watched(*arguments: Any) -> None:
        with NoWaiting():
            loop(*arguments)

    def finished(outputs: Outputs) -> None:
        with _disable_current_modes():
            finish(outputs)

    made = Update.__call__

    def counted(*arguments: Any) -> Tensor:
        nonlocal steps
        steps += 1
        return made(*arguments)

    monkeypatch.setattr(recipe, "loop", watched)
    monkeypatch.setattr(Outputs, "finish", finished)
    monkeypatch.setattr(Update, "__call__", counted)
    config = changed(plan, optimizer=optimizer, sampling__every=0, saving__every=0, loop__ema=0.9)
    code, folder = trained(config)
    assert code == 0
    assert steps == len([event for event in events(folder) if isinstance(event, Step)]) == 3


def test_the_trial_notices_what_waits(base: Path) -> None:
    """torch's Adafactor cannot leave out a step by itself, so the step has to wait for its gradient's norm."""
    update, _, batch = update_on(torch.device("cpu"), "fp32", base, Adafactor())
    with pytest.raises(AssertionError, match="waits for the device"), NoWaiting():
        update(batch, 0.01)


def update_on(
    device: torch.device, precision: str, base: Path, optimizer: Optimizer, *, checkpointing: bool = False
) -> Any:
    """An update of a tiny denoiser, its adapter, and a step of two pictures."""
    found = Device(device, precision)
    family = FAMILIES["sd1"]
    denoiser = family.load_denoiser(recipe.Base("tiny", base), torch.device("cpu"), found.dtype)
    denoiser.model.to(device).train()
    if checkpointing:
        denoiser.model.enable_gradient_checkpointing()
    adapter = attach(denoiser, LoraNetwork(rank=2, alpha=2, targets=("attention", "convolution")), family.spec, 0)
    schedule = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
    objective = Objective(schedule, "epsilon", ObjectiveSettings(), device)
    update = Update(denoiser, objective, build(optimizer, adapter.parameters), adapter.parameters, found, 1.0)
    chance = torch.Generator().manual_seed(0)
    latents, noise = torch.randn((2, 2, 4, 8, 8), generator=chance)
    states = torch.randn((2, tiny_base.TOKENS, tiny_base.WIDTH), generator=chance)
    micro = MicroBatch(latents, noise, noise, torch.tensor([3, 700]), {"states": states})
    return update, adapter, StepBatch(0, 2, (micro,), ("a", "b"))


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda optimizer: optimizer.kind)
def test_a_scaled_step_does_not_wait(base: Path, optimizer: Optimizer) -> None:
    update, adapter, batch = update_on(torch.device("cpu"), "fp32", base, optimizer)
    update.scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    before = adapter.state()
    with NoWaiting():
        values = update(batch, 0.01)
    assert values.isfinite().all()
    assert any(not torch.equal(tensor, before[name]) for name, tensor in adapter.state().items())


def test_a_scaled_gradient_out_of_range_changes_nothing_and_halves_the_scale(base: Path) -> None:
    update, adapter, batch = update_on(torch.device("cpu"), "fp32", base, AdamW())
    update.scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    before = adapter.state()
    batch.micro[0].latents[0, 0, 0, 0] = torch.inf
    with NoWaiting():
        update(batch, 0.01)
    assert all(torch.equal(tensor, before[name]) for name, tensor in adapter.state().items())
    assert update.scaler.get_scale() == 2.0


@pytest.mark.parametrize("checkpointing", [False, True])
def test_factors_cast_together_are_factors_cast_one_by_one(
    base: Path, monkeypatch: pytest.MonkeyPatch, checkpointing: bool
) -> None:
    """The same gradients to the last bit, in single precision, and the parameters are back afterwards."""
    update, adapter, batch = update_on(torch.device("cpu"), "bf16", base, AdamW(), checkpointing=checkpointing)
    parameters = adapter.parameters
    errors = update.accumulate(batch.micro[0], 2)
    together = [parameter.grad for parameter in parameters]
    again, other, _ = update_on(torch.device("cpu"), "bf16", base, AdamW(), checkpointing=checkpointing)
    monkeypatch.setattr(again._copies, "_factors", [])
    assert torch.equal(again.accumulate(batch.micro[0], 2), errors)
    for one, parameter in zip(together, other.parameters, strict=True):
        assert one is not None and one.dtype is torch.float32
        assert torch.equal(one, parameter.grad)
    assert {id(p) for p in update._denoiser.model.parameters()} >= {id(p) for p in parameters}


def test_casts_of_a_pass_do_not_grow_with_the_layers(base: Path) -> None:
    update, adapter, batch = update_on(torch.device("cpu"), "bf16", base, AdamW())
    casts = 0

    class Counting(TorchDispatchMode):
        def __torch_dispatch__(self, operation: Any, types: Any, arguments: Any = (), named: Any = None) -> Any:
            nonlocal casts
            casts += operation.overloadpacket.__name__ == "_to_copy"
            return operation(*arguments, **(named or {}))

    with Counting():
        update.accumulate(batch.micro[0], 2)
    assert casts < len(adapter.parameters) / 2


def test_gradients_of_several_passes_add_up_and_a_failed_pass_leaves_none(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    update, adapter, batch = update_on(torch.device("cpu"), "bf16", base, AdamW())
    micro = batch.micro[0]
    update.accumulate(micro, 2)
    once = [parameter.grad.clone() for parameter in adapter.parameters]
    update.accumulate(micro, 2)
    assert all(torch.equal(p.grad, 2 * one) for p, one in zip(adapter.parameters, once, strict=True))
    monkeypatch.setattr(update._denoiser, "predict", lambda *_: (_ for _ in ()).throw(RuntimeError("no")))
    with pytest.raises(RuntimeError, match="no"):
        update.accumulate(micro, 2)
    assert all(torch.equal(p.grad, 2 * one) for p, one in zip(adapter.parameters, once, strict=True))
    assert {id(p) for p in update._denoiser.model.parameters() if p.dtype is torch.float32} >= {
        id(p) for p in adapter.parameters
    }
