"""The base models that people can choose by name."""

import json
from functools import cache

from pydantic import TypeAdapter

from loraferry_core.config import Config
from loraferry_resources import catalogue_path


class BaseEntry(Config):
    """One base model of the catalogue. `label` and `note` are English and are translated where they are shown."""

    id: str
    label: str
    note: str
    family: str
    resolution: int
    """Side of the square, in pixels, for which the model was made."""
    source: str
    """What `TrainConfig.base.source` says: a name that ships with this program, or a Hugging Face id."""
    tree: str
    """Folder of the shipped files relative to the resources; empty where the training machine fetches the model."""


@cache
def base_models() -> tuple[BaseEntry, ...]:
    """The catalogue, in the order in which it is offered."""
    content = json.loads((catalogue_path() / "base_models.json").read_text(encoding="utf-8"))
    return TypeAdapter(tuple[BaseEntry, ...]).validate_python(content["models"])


def entry_of(source: str) -> BaseEntry | None:
    """The catalogue's entry for what a plan names as its base model, or None for a model of the user's own."""
    return next((entry for entry in base_models() if entry.source == source), None)
