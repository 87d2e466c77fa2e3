"""Captions from a template such as `{trigger}, {tags}`; unknown names in braces are left as they are."""

import re
from dataclasses import dataclass

from loraferry.library.concepts import Concept
from loraferry.library.items import Item
from loraferry.library.scan import stem_of
from loraferry_core.dataset.caption import normalised

NAMES = ("trigger", "class", "tags", "folder", "name", "concept")
"""What may stand in braces."""
_NAME = re.compile(r"\{([a-z]+)\}")
_GAP = re.compile(r"(\s*,\s*){2,}")


@dataclass(frozen=True)
class Words:
    """What holds for all pictures."""

    trigger: str = ""
    class_word: str = ""


def filled(template: str, item: Item, words: Words, concept: Concept | None = None) -> str:
    """The caption that a template makes for a picture. `{tags}` is the caption as it is; commas around what is empty
    go."""
    folder = item.name.rpartition("/")[0].rpartition("/")[2]
    values = {
        "trigger": words.trigger,
        "class": words.class_word,
        "tags": item.caption or "",
        "folder": re.sub(r"^\d+_", "", folder),
        "name": stem_of(item.name).rpartition("/")[2],
        "concept": concept.title if concept is not None else "",
    }
    text = _NAME.sub(lambda match: values.get(match[1], match[0]), template)
    return normalised(_GAP.sub(", ", text)).strip(" ,")


def unknown_names(template: str) -> list[str]:
    """What stands in braces and means nothing."""
    return [name for name in _NAME.findall(template) if name not in NAMES]
