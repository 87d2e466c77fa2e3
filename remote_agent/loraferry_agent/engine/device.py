"""Where and in which number format the run calculates."""

from dataclasses import dataclass

import torch

_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
_BF16_CAPABILITY = (8, 0)


@dataclass(frozen=True)
class Device:
    """The device, and the precision of the frozen model and of the calculation; adapters are always fp32."""

    torch: torch.device
    precision: str

    @property
    def dtype(self) -> torch.dtype:
        """The number format of the frozen model."""
        return _DTYPES[self.precision]

    @property
    def name(self) -> str:
        """What the device is called: the card's name, or cpu."""
        return torch.cuda.get_device_name(self.torch) if self.torch.type == "cuda" else self.torch.type

    def on_processor(self) -> "Device":
        """The processor, with the same number format."""
        return Device(torch.device("cpu"), self.precision)

    def free(self) -> None:
        """Give the memory of deleted tensors back to the device."""
        if self.torch.type == "cuda":
            torch.cuda.empty_cache()


def choose(precision: str) -> Device:
    """The first graphics card, else the processor; `auto` is bf16 from compute capability 8.0, fp16 below, fp32 on it."""
    if not torch.cuda.is_available():
        return Device(torch.device("cpu"), "fp32" if precision == "auto" else precision)
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    automatic = "bf16" if torch.cuda.get_device_capability() >= _BF16_CAPABILITY else "fp16"
    return Device(torch.device("cuda", torch.cuda.current_device()), automatic if precision == "auto" else precision)
