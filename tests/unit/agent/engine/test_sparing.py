"""Frozen layers keep less and calculate the same, to the last bit."""

import copy
from typing import Any

import pytest
import torch
from diffusers.models.activations import GEGLU
from diffusers.models.resnet import ResnetBlock2D
from torch import Tensor, nn

from loraferry_agent.engine.memory.counting import LiveBytes
from loraferry_agent.engine.sparing import make_sparing


def layers() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(4, 8, 3, stride=2, padding=1), nn.SiLU(), nn.Conv2d(8, 8, 1, bias=False), nn.Flatten(2), GEGLU(16, 4)
    ).requires_grad_(False)


def block(**options: Any) -> ResnetBlock2D:
    torch.manual_seed(2)
    return ResnetBlock2D(in_channels=4, out_channels=8, temb_channels=6, groups=2, **options).requires_grad_(False)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_residual_block_is_the_same_with_less(dtype: torch.dtype) -> None:
    plain = block().to(dtype)
    spared = copy.deepcopy(plain)
    make_sparing(spared)
    embedding = torch.randn(2, 6, dtype=dtype)
    results = []
    for model in (plain, spared):
        torch.manual_seed(1)
        start = torch.randn(2, 4, 8, 8, dtype=dtype).requires_grad_()
        with LiveBytes("cpu", block=1) as count:
            result = model(start, embedding)
            kept = count.live
            result.square().sum().backward()
        results.append((result.detach(), start.grad, kept))
    assert torch.equal(results[0][0], results[1][0])
    assert torch.equal(results[0][1], results[1][1])
    assert results[1][2] < results[0][2]
    with torch.no_grad():
        assert torch.equal(spared(start, embedding), results[1][0])


def test_a_picture_may_have_its_channels_last() -> None:
    plain = block()
    spared = copy.deepcopy(plain)
    make_sparing(spared)
    gradients = []
    for model in (plain, spared):
        torch.manual_seed(1)
        start = torch.randn(2, 4, 8, 8).to(memory_format=torch.channels_last).requires_grad_()
        model(start, torch.ones(2, 6)).square().sum().backward()
        gradients.append(start.grad)
    torch.testing.assert_close(gradients[1], gradients[0])


@pytest.mark.parametrize("options", [{"up": True}, {"down": True}, {"time_embedding_norm": "scale_shift"}])
def test_a_block_of_another_kind_is_left_alone(options: dict[str, Any]) -> None:
    other = block(**options)
    make_sparing(other)
    assert "forward" not in vars(other)


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
