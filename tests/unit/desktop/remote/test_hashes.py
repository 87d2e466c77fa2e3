import hashlib
import os
from pathlib import Path

import pytest

from loraferry.remote import hashes
from loraferry.remote.hashes import HashCache

PAST = 1_000_000_000 * 10**9


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "猫.png"
    path.write_bytes(b"one")
    os.utime(path, ns=(PAST, PAST))
    return path


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_reads_an_unchanged_file_once(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = HashCache(tmp_path / "c" / "hashes.db")
    assert cache.sha256(path) == sha(b"one")
    cache.close()
    monkeypatch.setattr(hashes, "hash_file", lambda path: "read again")
    cache = HashCache(tmp_path / "c" / "hashes.db")
    assert cache.sha256(path) == sha(b"one")
    os.utime(path, ns=(PAST, PAST + 1))
    assert cache.sha256(path) == "read again"
    cache.close()


def test_a_replaced_file_is_read_again(path: Path, tmp_path: Path) -> None:
    cache = HashCache(tmp_path / "hashes.db")
    cache.sha256(path)
    other = tmp_path / "other"
    other.write_bytes(b"two")
    os.utime(other, ns=(PAST, PAST))
    other.replace(path)
    assert cache.sha256(path) == sha(b"two")
    cache.close()


def test_a_fresh_file_is_not_trusted(tmp_path: Path) -> None:
    cache = HashCache(tmp_path / "hashes.db")
    path = tmp_path / "x"
    path.write_bytes(b"one")
    now = path.stat().st_mtime_ns
    assert cache.sha256(path) == sha(b"one")
    path.write_bytes(b"two")
    os.utime(path, ns=(now, now))
    assert cache.sha256(path) == sha(b"two")
    cache.close()


@pytest.mark.parametrize("junk", [b"no database at all, but long enough to be looked at" * 50, b"x"])
def test_a_broken_cache_is_made_anew(path: Path, tmp_path: Path, junk: bytes) -> None:
    database = tmp_path / "hashes.db"
    database.write_bytes(junk)
    cache = HashCache(database)
    assert cache.sha256(path) == sha(b"one")
    cache.close()
