"""What the agent keeps on a machine's disks, item by item, so that it can be shown and freed."""

from typing import Annotated, Literal

from pydantic import Field

from loraferry_core.bounds import Count, Shown
from loraferry_core.config.param import Config

StorageKind = Literal["checkpoints", "job", "pictures", "tree", "model", "cache", "token", "leftovers"]
"""Checkpoints of a run · the rest of its folder · pictures of a set · a ferried base model · a fetched one · latents and
captions · a secret · what interrupted transfers left."""


class StorageKey(Config):
    """Names one item."""

    kind: StorageKind
    id: Annotated[str, Field(pattern=r"^[0-9A-Za-z._-]{1,128}$")]


class StorageItem(Config):
    """One item: `project` is what it was kept for, empty where several share it. `in_use`: a job that has not ended
    needs it, so it cannot be freed now."""

    key: StorageKey
    label: Shown = ""
    project: Shown = ""
    bytes: Count
    files: Count
    in_use: bool = False
