"""Loading a captioner of transformers from a folder: only from there, only safetensors, never code that came with it."""

from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from loraferry_agent.captioners.describing import Unfit
from loraferry_agent.engine.device import Device


def loaded(model: Path, processor: type[Any], network: type[Any], device: Device) -> tuple[Any, Any]:
    """Processor and network of these classes, on the device. Raises Unfit."""
    try:
        made = processor.from_pretrained(model, local_files_only=True)
        net = network.from_pretrained(model, local_files_only=True, use_safetensors=True, dtype=device.dtype)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise Unfit(str(error)) from error
    return made, net.to(device.torch).eval()
