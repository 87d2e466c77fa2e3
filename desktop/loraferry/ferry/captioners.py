"""The models that describe pictures, by name: what each is good for, and where a machine gets it from."""

import json
from functools import cache

from pydantic import TypeAdapter

from loraferry_core.captioning import CaptionerKind, CaptionOrder, caption_order
from loraferry_core.config import Config
from loraferry_core.model_links import HUB_SECRET, order
from loraferry_core.models import FetchOrder, FetchSource, Purpose
from loraferry_resources import catalogue_path


class Captioner(Config):
    """One model of the catalogue. `label` and `note` are English and are translated where they are shown."""

    id: str
    label: str
    kind: CaptionerKind
    note: str
    licence: str
    resolution: int
    """What pictures are rendered for: its own side in pixels or a little more."""
    prompts: tuple[str, ...] = ()
    """Tasks to choose from, the usual one first; empty where there is none, or the prompt is free."""
    max_tokens: int = 256
    sources: tuple[FetchSource, ...]
    """Where it is got from, tried in order."""

    @property
    def tags(self) -> bool:
        """Whether it answers with tags; else with sentences."""
        return self.kind == "wd"

    @property
    def is_light(self) -> bool:
        """Whether it runs on this computer without the libraries that a training takes."""
        return self.kind == "wd"

    def fetch_order(self) -> FetchOrder:
        """The order by which a machine fetches it."""
        purpose: Purpose = "tagger" if self.kind == "wd" else "transformers"
        return order(self.sources, name=self.label, secret=HUB_SECRET, purpose=purpose)

    def order(self, manifest: str, prompt: str) -> CaptionOrder:
        """The order to describe the pictures of a manifest."""
        if self.prompts and prompt not in self.prompts:
            prompt = self.prompts[0]
        return caption_order(
            manifest, self.kind, self.fetch_order(), prompt="" if self.tags else prompt, max_tokens=self.max_tokens
        )


@cache
def captioners() -> tuple[Captioner, ...]:
    """The catalogue, in the order in which it is offered."""
    content = json.loads((catalogue_path() / "captioners.json").read_text(encoding="utf-8"))
    return TypeAdapter(tuple[Captioner, ...]).validate_python(content["models"])
