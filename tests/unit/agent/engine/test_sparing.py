"""Frozen layers keep less and calculate the same, to the last bit."""

import copy

import pytest
import torch
from diffusers.models.activations import GEGLU
from torch import Tensor, nn

from loraferry_agent.engine.memory.counting import LiveBytes
from loraferry_agent.engine.sparing import make_sparing


def layers() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(4, 8, 3, stride=2, padding=1), nn.SiLU(), nn.Conv2d(8, 8, 1, bias=False), nn.Flatten(2), GEGLU(16, 4)
    ).requires_grad_(False)


def gone_through(model: nn.Module) -> tuple[Tensor, Tensor, int]:
    """The result, the gradient of the input, and what was kept in between."""
    torch.manual_seed(1)
    start = torch.randn(2, 4, 8, 8, requires_grad=True)
    with LiveBytes("cpu", block=1) as count:
        result = model(start)
        kept = count.live
        result.square().sum().backward()
    assert start.grad is not None
    return result.detach(), start.grad, kept


def test_the_same_with_less() -> None:
    plain = layers()
    spared = copy.deepcopy(plain)
    make_sparing(spared)
    before, after = gone_through(plain), gone_through(spared)
    assert torch.equal(before[0], after[0]) and torch.equal(before[1], after[1])
    assert after[2] < before[2]


def test_without_gradients_it_is_the_plain_way() -> None:
    plain = layers()
    spared = copy.deepcopy(plain)
    make_sparing(spared)
    picture = torch.randn(2, 4, 8, 8)
    with torch.no_grad():
        assert torch.equal(plain(picture), spared(picture))


@pytest.mark.parametrize("trained", ["weight", "bias"])
def test_a_layer_that_learns_is_left_alone(trained: str) -> None:
    layer = nn.Conv2d(4, 4, 3).requires_grad_(False)
    getattr(layer, trained).requires_grad_(True)
    make_sparing(layer)
    assert "forward" not in vars(layer)
