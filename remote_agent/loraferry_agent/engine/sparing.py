"""Forward passes of the frozen layers that keep nothing for gradients that nobody asks for.

torch keeps the input of a convolution even where its kernel is frozen, and both factors of a gated activation or the
result of a normalisation where they can be calculated again from what is kept anyway. The results are the same to the
last bit.
"""

from types import MethodType
from typing import Any

import torch
import torch.nn.functional as F
from diffusers.models.activations import GEGLU
from diffusers.models.resnet import ResnetBlock2D
from torch import Tensor, nn


def make_sparing(model: nn.Module) -> None:
    """Give the frozen convolutions, gated activations and residual blocks of a model these forward passes."""
    for layer in model.modules():
        if isinstance(layer, GEGLU):
            layer.forward = MethodType(_gated, layer)
        elif isinstance(layer, ResnetBlock2D) and _is_plain(layer):
            layer.forward = MethodType(_residual, layer)
        elif type(layer) is nn.Conv2d and not any(p.requires_grad for p in layer.parameters()):
            layer.forward = MethodType(_convolved, layer)


def _is_plain(block: ResnetBlock2D) -> bool:
    """Whether it is a block as the UNets of Stable Diffusion have it, and none of its normalisations learns."""
    return (
        block.upsample is None
        and block.downsample is None
        and block.time_embedding_norm == "default"
        and not block.skip_time_act
        and isinstance(block.nonlinearity, nn.SiLU)
        and all(type(norm) is nn.GroupNorm and norm.affine for norm in (block.norm1, block.norm2))
        and not any(p.requires_grad for norm in (block.norm1, block.norm2) for p in norm.parameters())
    )


def _residual(self: Any, input_tensor: Tensor, temb: Tensor | None, *_: Any, **__: Any) -> Tensor:
    """`ResnetBlock2D.forward` of diffusers, for blocks that are plain."""
    hidden = self.conv1(_normed(self.norm1, input_tensor))
    if temb is not None and self.time_emb_proj is not None:
        hidden = hidden + self.time_emb_proj(F.silu(temb))[:, :, None, None]
    hidden = self.conv2(self.dropout(_normed(self.norm2, hidden)))
    if self.conv_shortcut is not None:
        input_tensor = self.conv_shortcut(input_tensor.contiguous())
    result: Tensor = (input_tensor + hidden) / self.output_scale_factor
    return result


def _normed(norm: nn.GroupNorm, x: Tensor) -> Tensor:
    """silu(norm(x))."""
    if not (torch.is_grad_enabled() and x.requires_grad):
        return F.silu(norm(x))
    result: Tensor = _NormedActivation.apply(x, norm.weight, norm.bias, norm.num_groups, norm.eps)
    return result


def _convolved(self: Any, x: Tensor) -> Tensor:
    where = (self.stride, self.padding, self.dilation, self.groups)
    if not (torch.is_grad_enabled() and x.requires_grad):
        return F.conv2d(x, self.weight, self.bias, *where)
    result: Tensor = _Convolution.apply(x, self.weight, self.bias, *where)
    return result


def _gated(self: Any, x: Tensor) -> Tensor:
    both = self.proj(x)
    if not (torch.is_grad_enabled() and both.requires_grad):
        values, gates = both.chunk(2, dim=-1)
        return values * F.gelu(gates)
    result: Tensor = _Gate.apply(both)
    return result


class _Convolution(torch.autograd.Function):
    """A convolution with a frozen kernel."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, *where: Any) -> Tensor:
        ctx.save_for_backward(weight)
        ctx.shape, ctx.where = x.shape, where
        return F.conv2d(x, weight, bias, *where)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        (weight,) = ctx.saved_tensors
        return torch.nn.grad.conv2d_input(ctx.shape, weight, gradient, *ctx.where), *(None,) * 6


class _NormedActivation(torch.autograd.Function):
    """silu of a group normalisation (Wu and He 2018, arXiv 1803.08494) that does not learn."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, groups: int, eps: float) -> Tensor:
        x = x.contiguous(memory_format=_order(x))
        normed, mean, rstd = _group_norm(x, weight, bias, groups, eps)
        ctx.save_for_backward(x, weight, bias, mean, rstd)
        ctx.groups, ctx.eps = groups, eps
        return F.silu(normed, inplace=True)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        x, weight, bias, mean, rstd = ctx.saved_tensors
        normed, _, _ = _group_norm(x, weight, bias, ctx.groups, ctx.eps)
        to_normed = torch.ops.aten.silu_backward(gradient, normed)
        count, channels = x.shape[:2]
        to_x, _, _ = torch.ops.aten.native_group_norm_backward(
            to_normed.contiguous(memory_format=_order(x)), x, mean, rstd, weight, count, channels, x[0, 0].numel(), ctx.groups,
            [True, False, False],
        )  # fmt: skip
        return to_x, None, None, None, None


def _order(x: Tensor) -> torch.memory_format:
    """The order of axes in which `F.group_norm` works: of both on a CPU, of one elsewhere."""
    last = x.device.type == "cpu" and x.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if last else torch.contiguous_format


def _group_norm(x: Tensor, weight: Tensor, bias: Tensor, groups: int, eps: float) -> tuple[Tensor, Tensor, Tensor]:
    """The normalised x with the mean and the inverse deviation of each group."""
    count, channels = x.shape[:2]
    found: tuple[Tensor, Tensor, Tensor] = torch.native_group_norm(
        x, weight, bias, count, channels, x[0, 0].numel(), groups, eps
    )
    return found


class _Gate(torch.autograd.Function):
    """values · gelu(gates) (Shazeer 2020, arXiv 2002.05202) of values and gates side by side."""

    @staticmethod
    def forward(ctx: Any, both: Tensor) -> Tensor:
        ctx.save_for_backward(both)
        values, gates = both.chunk(2, dim=-1)
        return values * F.gelu(gates)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (both,) = ctx.saved_tensors
        values, gates = both.chunk(2, dim=-1)
        result = torch.empty_like(both)
        to_values, to_gates = result.chunk(2, dim=-1)
        torch.mul(gradient, F.gelu(gates), out=to_values)
        torch.ops.aten.gelu_backward.grad_input(gradient * values, gates, grad_input=to_gates)
        return result
