"""Writing safetensors files, with the errors of the system as the system's errors."""

import errno
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor


def save(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str] | None = None) -> None:
    """Write named tensors. Raises OSError, ENOSPC among them, where safetensors has only words for it."""
    try:
        save_file(tensors, path, metadata)
    except SafetensorError as error:
        code = errno.ENOSPC if "No space left" in str(error) else errno.EIO
        raise OSError(code, str(error), str(path)) from error
