"""The base models that people can choose by name."""

import json
from functools import cache

from pydantic import TypeAdapter

from loraferry.ferry.own_base import found_here, path_of
from loraferry_core import model_links
from loraferry_core.config import Config
from loraferry_core.model_links import HUB_SECRET, NoModelLink, order, order_of
from loraferry_core.models import FetchOrder, FetchSource
from loraferry_core.problems import Problem
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
    licence: str = ""
    size: int = 0
    """Bytes of what is fetched; 0 where that is not known."""
    sha256: str = ""
    """Of the one file that is fetched; empty for a folder, whose files the Hub's own hashes vouch for."""
    sources: tuple[FetchSource, ...] = ()
    """Where the training machine gets the model from, tried in order."""


@cache
def base_models() -> tuple[BaseEntry, ...]:
    """The catalogue, in the order in which it is offered."""
    content = json.loads((catalogue_path() / "base_models.json").read_text(encoding="utf-8"))
    return TypeAdapter(tuple[BaseEntry, ...]).validate_python(content["models"])


def fetch_order(source: str) -> FetchOrder | None:
    """The order by which a training machine fetches the base model that a plan names; None for one that ships with this
    program, or that is a place on the machine."""
    entry = entry_of(source)
    if entry is not None:
        if not entry.sources:
            return None
        secret = HUB_SECRET if any(place.kind == "hub" for place in entry.sources) else ""
        return order(entry.sources, name=entry.label, secret=secret, sha256=entry.sha256, size=entry.size)
    try:
        return order_of(source)
    except NoModelLink:
        return None


def entry_of(source: str) -> BaseEntry | None:
    """The catalogue's entry for what a plan names as its base model, or None for a model of the user's own."""
    return next((entry for entry in base_models() if entry.source == source), None)


def trouble_with(source: str) -> Problem | None:
    """Why what a plan names can be no base model, as far as the name tells; None where it may be one. A model on this
    computer is told by what is in it, see `own_base.look_at`."""
    if entry_of(source) is not None or path_of(source) is not None:
        return None
    trouble = model_links.trouble_with(source)
    if trouble is not None and trouble.code == "base_not_here" and found_here(source) is not None:
        return None  # trained on this computer, which runs Windows
    return trouble
