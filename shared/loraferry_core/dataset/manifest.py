"""The exact list of approved pictures. A dataset is its manifest, and a manifest is named by its hash."""

import hashlib
import json
from itertools import pairwise
from json.encoder import encode_basestring_ascii

from pydantic import Field, model_validator

from loraferry_core.bounds import Count
from loraferry_core.config.param import Config
from loraferry_core.names import is_safe_relative

MAX_ENTRIES = 1_000_000


class ManifestEntry(Config):
    """One file: what it is called, how many bytes it has, their SHA-256, and the caption it is trained with."""

    name: str = Field(min_length=1, max_length=1000)
    size: Count
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    caption: str = ""


class Manifest(Config):
    """Files by name, sorted, no name twice."""

    entries: tuple[ManifestEntry, ...] = Field(max_length=MAX_ENTRIES)

    @model_validator(mode="after")
    def _sorted_and_unique(self) -> "Manifest":
        names = [entry.name for entry in self.entries]
        if any(a >= b for a, b in pairwise(names)):
            raise ValueError("manifest entries are not sorted by name, or a name occurs twice")
        return self

    @property
    def total_bytes(self) -> int:
        """Bytes of all files together."""
        return sum(entry.size for entry in self.entries)

    def is_tree(self) -> bool:
        """Whether every name may become a path, as files of a base model do. Names of pictures are only labels."""
        return all(is_safe_relative(entry.name) for entry in self.entries)


def manifest_of(entries: list[ManifestEntry]) -> Manifest:
    """A manifest of `entries` in canonical order. Raises pydantic's ValidationError when a name occurs twice."""
    return Manifest(entries=tuple(sorted(entries, key=lambda entry: entry.name)))


def encode(manifest: Manifest) -> bytes:
    """The canonical bytes of a manifest: a JSON line an entry, so that equal manifests have equal bytes."""
    quoted = encode_basestring_ascii  # what json.dumps uses, without its overhead a call
    lines = [f"[{quoted(e.name)},{e.size},{quoted(e.sha256)},{quoted(e.caption)}]\n" for e in manifest.entries]
    return "".join(lines).encode("ascii")


def decode(data: bytes) -> Manifest:
    """The manifest whose canonical bytes are `data`. Raises ValueError when they are not canonical."""
    try:
        rows = json.loads(b"[" + b",".join(data.splitlines()) + b"]")
    except RecursionError as error:
        raise ValueError("a manifest line is nested too deeply") from error
    if not all(isinstance(row, list) and len(row) == 4 for row in rows):
        raise ValueError("a manifest line has four fields")
    entries = [
        ManifestEntry(name=name, size=size, sha256=sha256, caption=caption) for name, size, sha256, caption in rows
    ]
    manifest = Manifest(entries=tuple(entries))
    if encode(manifest) != data:
        raise ValueError("manifest bytes are not canonical")
    return manifest


def manifest_hash(manifest: Manifest) -> str:
    """SHA-256 of the canonical bytes, in hex: the manifest's name."""
    return hashlib.sha256(encode(manifest)).hexdigest()
