"""Captions by machine: what is asked of an agent, and what comes back picture by picture."""

import hashlib
import json
from typing import Annotated, Literal

from pydantic import Field

from loraferry_core.bounds import Count, Identity, Shown
from loraferry_core.config.param import Config
from loraferry_core.models import FetchOrder
from loraferry_core.problems import Problem

CaptionerKind = Literal["wd", "blip", "florence"]
"""Which family the model is of: taggers of the WD v3 layout · BLIP · Florence-2."""
TagCategory = Literal["general", "character", "rating"]
CaptioningStage = Literal["fetch", "load", "describe"]
MAX_TAGS = 500
MAX_WORDS = 20_000
MAX_BATCH = 1000
MAX_WAIT_S = 10.0

_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class CaptionOrder(Config):
    """What is to be described, and how. `caption_order` makes one.

    `manifest` lists the pictures, and is committed on the machine. A tagger answers with the `most` tags of the highest
    scores from `floor` on: what of them becomes a caption is decided where they are read. `prompt` is the beginning of
    the sentence (BLIP) or the task (Florence-2), `max_tokens` how long an answer may become.
    """

    id: Identity
    manifest: _Sha256
    kind: CaptionerKind
    model: FetchOrder
    floor: float = Field(0.05, ge=0, le=1)
    most: int = Field(200, ge=1, le=MAX_TAGS)
    prompt: str = Field("", max_length=1000)
    max_tokens: int = Field(256, ge=1, le=1024)


class Tag(Config):
    """One tag as the model's list has it, and how sure it is, 0 to 1."""

    name: Annotated[Shown, Field(max_length=300)]
    category: TagCategory
    score: float = Field(ge=0, le=1)


class Described(Config):
    """What was found in one picture: tags, the surest first, or words. `problem` where it could not be described."""

    picture: _Sha256
    tags: tuple[Tag, ...] = Field((), max_length=MAX_TAGS)
    words: Annotated[Shown, Field(max_length=MAX_WORDS)] = ""
    problem: Problem | None = None


class CaptioningState(Config):
    """How far an order is. `done` of `total` are bytes while the model is fetched, else pictures; 0 of 0 where that is
    not known."""

    id: Identity
    state: Literal["running", "done", "failed"]
    stage: CaptioningStage = "fetch"
    done: Count = 0
    total: Count = 0
    problem: Problem | None = None


def caption_order(
    manifest: str, kind: CaptionerKind, model: FetchOrder, *, prompt: str = "", max_tokens: int = 256
) -> CaptionOrder:
    """An order whose identity follows from what is asked: asking the same again goes on where it stopped."""
    decisive = json.dumps([manifest, kind, model.id, prompt, max_tokens])
    identity = hashlib.sha256(decisive.encode()).hexdigest()[:32]
    return CaptionOrder(id=identity, manifest=manifest, kind=kind, model=model, prompt=prompt, max_tokens=max_tokens)
