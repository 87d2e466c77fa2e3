"""Orders for captions: the same question has the same identity, another one another."""

import pytest
from pydantic import ValidationError

from loraferry_core.captioning import MAX_TAGS, Described, Tag, caption_order
from loraferry_core.model_links import order
from loraferry_core.models import FetchSource

SHA, OTHER = "ab" * 32, "cd" * 32
MODEL = order([FetchSource(kind="hub", place="org/tagger")], name="Tagger", purpose="tagger")


def test_the_identity_follows_from_what_is_asked() -> None:
    first = caption_order(SHA, "wd", MODEL)
    assert first == caption_order(SHA, "wd", MODEL)
    others = [
        caption_order(OTHER, "wd", MODEL),
        caption_order(SHA, "blip", MODEL),
        caption_order(SHA, "wd", MODEL.replace(id="other")),
        caption_order(SHA, "wd", MODEL, prompt="a photo of"),
        caption_order(SHA, "wd", MODEL, max_tokens=20),
    ]
    assert len({first.id, *(other.id for other in others)}) == 1 + len(others)


def test_a_model_for_another_purpose_is_another_order() -> None:
    source = FetchSource(kind="hub", place="org/tagger")
    assert order([source], name="a").id != MODEL.id
    assert order([source], name="a").id == order([source], name="b", purpose="base").id


@pytest.mark.parametrize(
    "value",
    [
        {"picture": "x"},
        {"picture": SHA, "words": "a" * 30_000},
        {"picture": SHA, "tags": [{"name": "a", "category": "general", "score": 0.5}] * (MAX_TAGS + 1)},
        {"picture": SHA, "tags": [{"name": "a", "category": "meta", "score": 0.5}]},
        {"picture": SHA, "tags": [{"name": "a", "category": "general", "score": 1.5}]},
    ],
)
def test_what_a_machine_tells_has_bounds(value: object) -> None:
    with pytest.raises(ValidationError):
        Described.model_validate(value)


def test_control_characters_are_taken_out() -> None:
    assert Tag(name="a\x1b[31mb", category="general", score=1).name == "ab"
    assert Described(picture=SHA, words="one\x00\u202e two").words == "one two"
