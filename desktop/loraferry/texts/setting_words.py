"""What a setting is called by its dotted name, and how its value reads."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QCoreApplication

from loraferry.texts.choices import choice_label
from loraferry.texts.quantities import number_text
from loraferry.texts.translation import param_label, param_unit
from loraferry_core.config import Config, ParamInfo, params

_LINES = 3
"""Texts of a list that are shown."""


def param_at(config: Config, path: str) -> ParamInfo | None:
    """The declaration behind a dotted name, of the kinds that the config has now; None for a discriminator such as
    `optimizer.kind`, and for a name that it does not have."""
    *groups, name = path.split(".")
    owner: Any = config
    for group in groups:
        owner = getattr(owner, group, None)
    if not isinstance(owner, Config):
        return None
    return next((param for param in params(type(owner)) if param.name == name), None)


def setting_name(path: str, *configs: Config) -> tuple[str, str]:
    """(group, setting) in the language of now, looked up in the first of `configs` that has it."""
    group, _, name = path.rpartition(".")
    owner = next((found for config in configs if (found := param_at(config, group)) is not None), None)
    own = next((found for config in configs if (found := param_at(config, path)) is not None), None)
    if own is None and name == "kind":
        label = QCoreApplication.translate("Settings", "Kind")
    else:
        label = param_label(own) if own is not None else name
    return (param_label(owner) if owner is not None else "", label)


def setting_value(value: Any) -> str:
    """A setting's value as people read it; a dash where there is none."""
    if value is None or value in ("", ()):
        return "–"
    if isinstance(value, bool):
        return choice_label(str(value))
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        more = QCoreApplication.translate("Settings", "… and {count} more").format(count=len(value) - _LINES)
        shown = [setting_value(part) for part in value[:_LINES]]
        return ", ".join([*shown, more] if len(value) > _LINES else shown)
    return choice_label(str(value))


def setting_text(path: str, value: Any, *configs: Config) -> str:
    """A setting's value with its unit."""
    own = next((found for config in configs if (found := param_at(config, path)) is not None), None)
    text = setting_value(value)
    return f"{text} {param_unit(own)}".strip() if own is not None and own.unit and text != "–" else text
