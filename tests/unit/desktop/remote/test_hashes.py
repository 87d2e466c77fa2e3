import hashlib
from pathlib import Path

import pytest

from loraferry.remote.hashes import CHUNK, hash_file


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1])
def test_the_whole_file_is_hashed(tmp_path: Path, size: int) -> None:
    path = tmp_path / "猫.png"
    data = bytes(range(256)) * (size // 256 + 1)
    path.write_bytes(data[:size])
    assert hash_file(path) == hashlib.sha256(data[:size]).hexdigest()
