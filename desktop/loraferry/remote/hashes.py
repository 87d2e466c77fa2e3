"""SHA-256 of local files."""

import hashlib
from collections.abc import Callable
from pathlib import Path

CHUNK = 2**20


def hash_file(path: Path, check: Callable[[], None] | None = None) -> str:
    """SHA-256 of a file's bytes, in hex. `check` is called between pieces and may raise to break off. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            if check is not None:
                check()
    return digest.hexdigest()
