"""Tensors on `meta` behave as on a graphics card: attention keeps no matrix of scores, optimizers are fused."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from loraferry_agent.engine import optim

_FLASH_WIDTH = 256
"""The widest head that flash attention takes; beyond it, and in single precision, the efficient kernel calculates."""


@contextmanager
def like_a_card() -> Iterator[None]:
    """Meanwhile attention on `meta` is what a graphics card would choose (torch itself would take the way that makes the
    whole matrix), and fused optimizers run there."""
    own = F.scaled_dot_product_attention
    # torch.optim hides this module behind a function of the same name.
    module = import_module(torch.optim.Optimizer.__module__)
    devices = module._get_fused_kernels_supported_devices

    def attention(query: Tensor, key: Tensor, value: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if query.device.type != "meta":
            return own(query, key, value, *args, **kwargs)
        return _attention(query, key, value, *args, **kwargs)

    with (
        _replaced(F, "scaled_dot_product_attention", attention),
        _replaced(module, "_get_fused_kernels_supported_devices", lambda: [*devices(), "meta"]),
        _replaced(optim, "_FUSED_ON", (*optim._FUSED_ON, "meta")),
    ):
        yield


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def _attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    half = query.dtype in (torch.float16, torch.bfloat16)
    if attn_mask is None and half and query.shape[-1] <= _FLASH_WIDTH:
        found = torch.ops.aten._scaled_dot_product_flash_attention(query, key, value, dropout_p, is_causal, scale=scale)
    else:
        keeps = torch.is_grad_enabled() and query.requires_grad
        found = torch.ops.aten._scaled_dot_product_efficient_attention(
            query, key, value, None, keeps, dropout_p, is_causal, scale=scale
        )
    result: Tensor = found[0]
    return result
