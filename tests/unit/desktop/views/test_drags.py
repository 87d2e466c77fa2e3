"""What is dragged within the page comes out as it went in; anything else is none of it."""

import pytest
from PySide6.QtCore import QByteArray, QMimeData

from loraferry.views.dataset.drags import (
    CAPTION,
    PICTURES,
    TAGS,
    caption_data,
    caption_in,
    pictures_data,
    pictures_in,
    tags_data,
    tags_in,
)

ODD = ('it\'s "quoted".png', "line\nbreak.png", "银杏/🦊.png", "no unicode \udce9.png")


def test_names_tags_and_captions_travel() -> None:
    assert pictures_in(pictures_data(ODD)) == ODD
    tags = tags_data(["red hat", "smile"])
    assert (tags_in(tags), tags.text()) == (("red hat", "smile"), "red hat, smile")
    caption = caption_data("a.png", "a fox\nin snow")
    assert (caption_in(caption), caption.text()) == (("a.png", "a fox\nin snow"), "a fox\nin snow")


def test_each_kind_is_only_itself() -> None:
    data = tags_data(["smile"])
    assert pictures_in(data) == ()
    assert caption_in(data) is None


@pytest.mark.parametrize("content", [b"", b"not json", b"\xff\xfe", b"3", b'{"a": 1}', b"[1, 2]", b'["one"]'])
def test_what_another_program_means_by_the_type_is_left_alone(content: bytes) -> None:
    data = QMimeData()
    for kind in (PICTURES, TAGS, CAPTION):
        data.setData(kind, QByteArray(content))
    assert pictures_in(data) == tags_in(data) == (("one",) if content == b'["one"]' else ())
    assert caption_in(data) is None
