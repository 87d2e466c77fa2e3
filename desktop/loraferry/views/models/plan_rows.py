"""The plan inside a LoRA file as rows of words: group, setting, value."""

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QCoreApplication

from loraferry.texts.choices import choice_label
from loraferry.texts.quantities import number_text
from loraferry.texts.translation import param_label, param_unit
from loraferry_core.config import Config, params


def plan_rows(config: Config) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each group of settings with its (label, value) pairs, in the order of their declaration."""
    for group in params(type(config)):
        inner = getattr(config, group.name)
        if isinstance(inner, Config):
            yield param_label(group), list(_rows(inner))


def _rows(config: Config) -> Iterator[tuple[str, str]]:
    kind = getattr(config, "kind", None)
    if kind:
        yield QCoreApplication.translate("PlanRows", "Kind"), choice_label(str(kind))
    for param in params(type(config)):
        value = getattr(config, param.name)
        if param.hidden:
            continue
        if isinstance(value, Config):
            yield from _rows(value)
        else:
            text = value_text(value)
            yield param_label(param), f"{text} {param_unit(param)}".strip() if text else "–"


def value_text(value: Any) -> str:
    """A setting's value as people read it."""
    if isinstance(value, bool):
        return choice_label(str(value))
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, tuple | list):
        return ", ".join(value_text(part) for part in value)
    return choice_label(str(value))
