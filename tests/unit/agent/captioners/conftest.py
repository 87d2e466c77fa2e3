"""Orders, and small models that are made once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loraferry_core.captioning import CaptionOrder, caption_order
from loraferry_core.model_links import order
from loraferry_core.models import FetchSource, Purpose
from tests.fakes import captioners

Make = Callable[..., CaptionOrder]


@pytest.fixture
def ask() -> Make:
    """An order of a kind, with the given further fields."""

    def make(kind: Any, manifest: str = "ab" * 32, **more: Any) -> CaptionOrder:
        purpose: Purpose = "tagger" if kind == "wd" else "transformers"
        model = order([FetchSource(kind="hub", place=f"org/{kind}")], name=f"A {kind}", purpose=purpose)
        return caption_order(manifest, kind, model).replace(**more)

    return make


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model for each kind."""
    folder = tmp_path_factory.mktemp("captioners")
    captioners.write_tagger(folder / "wd")
    captioners.write_blip(folder / "blip")
    captioners.write_florence(folder / "florence")
    return folder
