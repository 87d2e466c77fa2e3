"""Counting the bytes of all tensors that are alive at once."""

import weakref
from typing import Any

import torch
from torch import Tensor
from torch._prims_common import suggest_memory_format
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

CUDA_BLOCK = 512
"""torch's allocator on a graphics card rounds every request up to this many bytes."""
_ATEN = torch.ops.aten


class LiveBytes(TorchDispatchMode):
    """While it is entered, counts every storage on one type of device from its first appearance until it is freed.

    Where that is `meta`, calculations that would need a content are given one, and convolutions lay out their results
    as on a graphics card.
    """

    def __init__(self, device: str, block: int = CUDA_BLOCK) -> None:
        super().__init__()
        self.live = 0
        self.peak = 0
        self._device = device
        self._block = block
        self._seen: dict[int, Any] = {}

    def restart(self) -> None:
        """Forget the peak; what is alive stays counted."""
        self.peak = self.live

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if torch.is_inference_mode_enabled():
            # There, operations that are made of others come here whole.
            with self:
                result = func.decompose(*args, **(kwargs or {}))
            if result is not NotImplemented:
                return result
        result = self._carried_out(func, args, kwargs or {})
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor) and leaf.device.type == self._device:
                self._see(leaf)
        return result

    def _carried_out(self, func: Any, args: Any, kwargs: Any) -> Any:
        if self._device != "meta":
            return func(*args, **kwargs)
        if func is _ATEN._local_scalar_dense.default and args[0].device.type == "meta":
            return 1.0 if args[0].is_floating_point() else 1
        if func is _ATEN._to_copy.default and str(kwargs.get("device")) == "cpu" and args[0].device.type == "meta":
            return func(*args, **{**kwargs, "device": None})
        return _laid_out(func, args, func(*args, **kwargs))

    def _see(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key in self._seen:
            return
        size = -(-storage.nbytes() // self._block) * self._block
        self.live += size
        self.peak = max(self.peak, self.live)
        self._seen[key] = weakref.ref(storage, lambda _: self._free(key, size))

    def _free(self, key: int, size: int) -> None:
        self.live -= size
        del self._seen[key]


def _laid_out(func: Any, args: Any, result: Any) -> Any:
    """With kernels in channels-last order cuDNN gives results in that order, whatever that of the input; on meta it
    would be that of the input."""
    if func is _ATEN.convolution.default and _channels_last(args[1]):
        return torch.empty_like(result, memory_format=torch.channels_last)
    if func is _ATEN.convolution_backward.default and _channels_last(args[2]) and result[0] is not None:
        return torch.empty_like(result[0], memory_format=torch.channels_last), *result[1:]
    return result


def _channels_last(weight: Tensor) -> bool:
    return suggest_memory_format(weight) is torch.channels_last
