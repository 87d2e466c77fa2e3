"""Our own optimizers against the ones their authors published, and leaving steps out."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from lion_pytorch import Lion as PublishedLion
from prodigyopt import Prodigy as PublishedProdigy
from schedulefree import AdamWScheduleFree as PublishedScheduleFree
from torch import Tensor
from torch.nn import Parameter

from loraferry_agent.engine import optim
from loraferry_core.config.optimizers import Adafactor, AdamW, AdamW8bit, Lion, Optimizer, Prodigy, ScheduleFreeAdamW
from loraferry_core.problems import ProblemError

OURS: list[Optimizer] = [
    Lion(lr=0.01, weight_decay=0.1),
    Prodigy(weight_decay=0.1, d0=1e-3),
    ScheduleFreeAdamW(lr=0.01, weight_decay=0.1),
]
ALL = [AdamW(lr=0.01), Adafactor(lr=0.01), *OURS]
by_kind = pytest.mark.parametrize("config", OURS, ids=lambda config: config.kind)


def weights() -> list[Parameter]:
    draw = torch.Generator().manual_seed(0)
    return [Parameter(torch.randn(4, 6, generator=draw)), Parameter(torch.zeros(3, 4))]


def pull(parameters: list[Parameter], step: int) -> None:
    """The gradient of a bowl, with some noise that depends on the step alone."""
    draw = torch.Generator().manual_seed(step)
    for parameter in parameters:
        parameter.grad = (parameter.detach() - 0.5) + 0.1 * torch.randn(parameter.shape, generator=draw)


def run(
    optimizer: torch.optim.Optimizer, parameters: list[Parameter], steps: range, rate: Callable[[int], float]
) -> None:
    for step in steps:
        optim.set_rate(optimizer, rate(step))
        pull(parameters, step)
        optimizer.step()


def published(config: Optimizer, parameters: list[Parameter]) -> torch.optim.Optimizer:
    if isinstance(config, Lion):
        return PublishedLion(
            parameters, lr=config.lr, betas=(config.beta1, config.beta2), weight_decay=config.weight_decay
        )  # type: ignore[no-any-return]
    if isinstance(config, Prodigy):
        return PublishedProdigy(  # type: ignore[no-any-return]
            parameters, lr=config.lr, betas=(config.beta1, config.beta2), weight_decay=config.weight_decay,
            d0=config.d0, use_bias_correction=config.bias_correction, safeguard_warmup=config.safeguard_warmup,
        )  # fmt: skip
    assert isinstance(config, ScheduleFreeAdamW)
    free = PublishedScheduleFree(
        parameters, lr=config.lr, betas=(config.beta1, config.beta2), weight_decay=config.weight_decay
    )
    free.train()
    return free  # type: ignore[no-any-return]


@by_kind
def test_it_goes_the_way_its_authors_do(config: Any) -> None:
    mine, theirs = weights(), weights()
    own, other = optim.build(config, mine), published(config, theirs)
    for steps in (range(1), range(1, 20), range(20, 60)):
        for optimizer, parameters in ((own, mine), (other, theirs)):
            run(optimizer, parameters, steps, lambda step: config.lr * min(1, (step + 1) / 5))
        for found, wanted in zip(mine, theirs, strict=True):
            torch.testing.assert_close(found, wanted, rtol=2e-4, atol=2e-5)
    if isinstance(config, ScheduleFreeAdamW):
        other.eval()  # type: ignore[attr-defined]
        with optim.averaged(own):
            for found, wanted in zip(mine, theirs, strict=True):
                torch.testing.assert_close(found, wanted, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("config", [c for c in ALL if not isinstance(c, Adafactor)], ids=lambda config: config.kind)
@pytest.mark.parametrize("left_out_at", [0, 3])
def test_a_step_that_is_left_out_changes_nothing(config: Any, left_out_at: int) -> None:
    with_bad, without = weights(), weights()
    one, other = optim.build(config, with_bad), optim.build(config, without)
    assert optim.skips_by_itself(one)
    for step in range(6):
        for optimizer, parameters in ((one, with_bad), (other, without)):
            optimizer.found_inf = torch.zeros(())  # type: ignore[attr-defined]
            run(optimizer, parameters, range(step, step + 1), lambda step: config.lr)
        if step == left_out_at:
            pull(with_bad, step)
            for parameter in with_bad:
                assert parameter.grad is not None
                parameter.grad.view(-1)[0] = torch.nan
            one.found_inf = torch.ones(())  # type: ignore[attr-defined]
            one.step()
    for found, wanted in zip(with_bad, without, strict=True):
        assert torch.equal(found, wanted)


@pytest.mark.parametrize("config", ALL, ids=lambda config: config.kind)
def test_a_state_put_back_goes_on_to_the_same_bytes(config: Any) -> None:
    whole, cut = weights(), weights()
    uncut, first = optim.build(config, whole), optim.build(config, cut)
    run(uncut, whole, range(10), lambda step: config.lr)
    run(first, cut, range(5), lambda step: config.lr)
    again = [Parameter(parameter.detach().clone()) for parameter in cut]
    second = optim.build(config, again)
    optim.restore(second, optim.tensors_of(first))
    run(second, again, range(5, 10), lambda step: config.lr)
    for found, wanted in zip(again, whole, strict=True):
        assert torch.equal(found, wanted)


def test_the_average_is_only_lent() -> None:
    parameters = weights()
    optimizer = optim.build(ScheduleFreeAdamW(lr=0.1), parameters)
    with optim.averaged(optimizer):
        assert torch.equal(parameters[0], weights()[0])  # nothing was averaged yet
    run(optimizer, parameters, range(5), lambda step: 0.1)
    before = [parameter.detach().clone() for parameter in parameters]
    with pytest.raises(KeyError), optim.averaged(optimizer):
        assert not torch.equal(parameters[0], before[0])
        raise KeyError
    assert all(torch.equal(a, b) for a, b in zip(parameters, before, strict=True))


@by_kind
def test_a_state_of_other_parameters_is_refused(config: Any) -> None:
    parameters = weights()
    optimizer = optim.build(config, parameters)
    run(optimizer, parameters, range(1), lambda step: config.lr)
    fewer = optim.build(config, weights()[:1])
    with pytest.raises(ValueError, match="parameters"):
        optim.restore(fewer, optim.tensors_of(optimizer))


def test_plain_numbers_of_a_state_are_plain_again() -> None:
    class Counting(torch.optim.SGD):
        pass

    parameters = weights()
    optimizer = Counting(parameters, lr=0.1)
    optimizer.state[parameters[0]] = {"step": 3, "kept": torch.ones(2)}
    tensors = optim.tensors_of(optimizer)
    assert all(isinstance(value, Tensor) for value in tensors.values())
    other = weights()
    again = Counting(other, lr=0.1)
    optim.restore(again, tensors)
    assert again.state[other[0]]["step"] == 3 and isinstance(again.state[other[0]]["step"], int)


def test_a_library_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "bitsandbytes.optim", None)
    with pytest.raises(ProblemError) as caught:
        optim.build(AdamW8bit(), weights())
    assert caught.value.problem.params == {"optimizer": "adamw8bit", "library": "bitsandbytes"}


class Wrapping(torch.optim.AdamW):
    """Gives its state away as bitsandbytes 0.50 does: part of it in one more dictionary, and takes it back without."""

    def state_dict(self) -> dict[str, Any]:
        given = super().state_dict()
        state = {
            index: {
                "step": values["step"],
                "__bnb_optimizer_quant_state__": {k: values[k] for k in values if k != "step"},
            }
            for index, values in given["state"].items()
        }
        return {**given, "state": state}


def test_a_state_in_one_more_dictionary_comes_back() -> None:
    weights = [Parameter(torch.ones(3))]
    one, other = Wrapping(weights, lr=0.1), Wrapping(weights, lr=0.1)
    weights[0].grad = torch.tensor([1.0, 2.0, 3.0])
    one.step()
    kept = optim.tensors_of(one)
    assert kept.keys() == {"0.step", "0.exp_avg", "0.exp_avg_sq"}
    optim.restore(other, kept)
    assert all(
        torch.equal(one.state[weights[0]][name], other.state[weights[0]][name]) for name in one.state[weights[0]]
    )
