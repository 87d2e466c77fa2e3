"""What can be dragged within the Dataset page: pictures, tags and captions, each with a type of its own."""

import json
from collections.abc import Sequence

from PySide6.QtCore import QByteArray, QMimeData

PICTURES = "application/x-loraferry-pictures"
TAGS = "application/x-loraferry-tags"
CAPTION = "application/x-loraferry-caption"


def pictures_data(names: Sequence[str]) -> QMimeData:
    """Pictures of the open folder, by name: for concepts."""
    return _data(PICTURES, list(names))


def tags_data(tags: Sequence[str]) -> QMimeData:
    """Tags: for pictures, and as text for any field."""
    data = _data(TAGS, list(tags))
    data.setText(", ".join(tags))
    return data


def caption_data(name: str, caption: str) -> QMimeData:
    """The caption of one picture: for others, and as text for any field."""
    data = _data(CAPTION, [name, caption])
    data.setText(caption)
    return data


def pictures_in(data: QMimeData) -> tuple[str, ...]:
    """The names that are dragged; none where something else is."""
    return _texts(data, PICTURES)


def tags_in(data: QMimeData) -> tuple[str, ...]:
    """The tags that are dragged; none where something else is."""
    return _texts(data, TAGS)


def caption_in(data: QMimeData) -> tuple[str, str] | None:
    """(picture it comes from, caption) that is dragged; None where something else is."""
    parts = _texts(data, CAPTION)
    return (parts[0], parts[1]) if len(parts) == 2 else None


def _data(kind: str, texts: list[str]) -> QMimeData:
    data = QMimeData()
    data.setData(kind, QByteArray(json.dumps(texts).encode("ascii")))
    return data


def _texts(data: QMimeData, kind: str) -> tuple[str, ...]:
    if not data.hasFormat(kind):
        return ()
    try:
        found = json.loads(bytes(data.data(kind).data()))
    except ValueError:
        # Another program may use the type for something of its own.
        return ()
    texts = found if isinstance(found, list) else []
    return tuple(texts) if all(isinstance(text, str) for text in texts) else ()
