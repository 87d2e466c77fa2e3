"""Collects every string that people see into the translation catalogues, keeps what is translated, lists what is not.

    python resources/translation_catalogue.py

Run it after adding or changing words, fill in what it lists in `loraferry_resources/translations/loraferry_zh_CN.ts`
(by hand or in Qt Linguist), and run it again: it writes the .qm file that the app loads.
"""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import PySide6

from loraferry.ferry.captioners import captioners
from loraferry.ferry.catalogue import base_models
from loraferry.ferry.presets import load_presets
from loraferry.forms.dispatch import is_group, union_kinds
from loraferry.remote.vendors import vendors
from loraferry.texts.choices import LABELS, title_of
from loraferry.texts.problem_texts import DETAILS, TEXTS
from loraferry.texts.setting_errors import OTHER, TEMPLATES
from loraferry.views.commands.catalogue import titles
from loraferry.views.dataset.parts import DIALOGS, GRID, MODES, PANELS
from loraferry.views.pages import PAGES
from loraferry_core.config import Config, TrainConfig, params
from loraferry_resources import translations_path

DESKTOP = Path(__file__).resolve().parents[1] / "desktop" / "loraferry"
LANGUAGE = "zh_CN"


@dataclass(frozen=True, order=True)
class Message:
    """One string to translate. `numerus` is for `tr("%n pictures", "", n)`; `comment` tells two equal ones apart."""

    context: str
    source: str
    comment: str = ""
    numerus: bool = False


def configs(config: type[Config] = TrainConfig) -> Iterator[type[Config]]:
    """A config class and every one inside it."""
    yield config
    for param in params(config):
        inner = [param.annotation] if is_group(param.annotation) else union_kinds(param.annotation).values()
        for group in inner:
            yield from configs(group)


def declared() -> Iterator[Message]:
    """Words that are declared as data, in core or in the resources."""
    for config in configs():
        yield Message("Config", title_of(config))
        for param in params(config):
            if not param.hidden:
                yield from (Message("Param", text) for text in (param.label, param.help, param.unit) if text)
    yield from (Message("Choice", label) for label in LABELS.values())
    yield from (Message("Problem", text) for texts in TEXTS.values() for text in texts)
    yield from (Message("Detail", text) for text in DETAILS)
    yield from (Message("SettingError", text) for text in (*TEMPLATES.values(), OTHER))
    yield from (Message("Page", page.title) for page in PAGES)
    yield from (Message("Command", text) for text in titles())
    yield Message("DatasetPart", GRID.title)
    for parts in (MODES, PANELS, DIALOGS):
        yield from (Message("DatasetPart", part.title) for part in parts.values())
    for entry in (*base_models(), *captioners()):
        yield from (Message("Catalogue", text) for text in (entry.label, entry.note))
    for vendor in vendors():
        words = (vendor.label, vendor.check_key, vendor.stop_keeps, vendor.stop_costs, vendor.deadline_note)
        yield from (Message("Vendor", text) for text in words if text)
    for preset in load_presets():
        for values in (preset.values, *preset.bases.values()):
            yield from (Message("Preset", value.reason) for value in values)


def in_sources() -> set[Message]:
    """Words in `self.tr` and `QCoreApplication.translate`, as Qt's own tool finds them."""
    sources = sorted(str(path) for path in DESKTOP.rglob("*.py"))
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "found.ts"
        _run("lupdate", "-silent", *sources, "-ts", str(found))
        messages = set(read(found))
    # Qt's tool goes by names: it takes `tr("Context", "text")` for a text "Context" outside of any class.
    lost = sorted(message.source for message in messages if not message.context)
    if lost:
        raise SystemExit(
            f"Use `self.tr(text)` or a function called `translate(context, text)`, not another name: {lost}"
        )
    return messages


def read(path: Path) -> dict[Message, str | list[str]]:
    """Messages of a .ts file with what they are translated to; empty where unfinished."""
    content: dict[Message, str | list[str]] = {}
    for context in ET.parse(path).getroot().iter("context"):
        for element in context.iter("message"):
            numerus = element.get("numerus") == "yes"
            message = Message(_text(context, "name"), _text(element, "source"), _text(element, "comment"), numerus)
            translation = element.find("translation")
            if numerus:
                forms = [] if translation is None else [form.text or "" for form in translation.iter("numerusform")]
                content[message] = forms
            else:
                content[message] = _text(element, "translation")
    return content


def write(path: Path, content: dict[Message, str | list[str]], language: str) -> None:
    """A .ts file without line numbers, sorted, so that two people's changes merge."""
    root = ET.Element("TS", version="2.1", language=language, sourcelanguage="en")
    contexts: dict[str, ET.Element] = {}
    for message in sorted(content):
        if message.context not in contexts:
            contexts[message.context] = ET.SubElement(root, "context")
            ET.SubElement(contexts[message.context], "name").text = message.context
        element = ET.SubElement(contexts[message.context], "message")
        if message.numerus:
            element.set("numerus", "yes")
        ET.SubElement(element, "source").text = message.source
        if message.comment:
            ET.SubElement(element, "comment").text = message.comment
        _write_translation(element, content[message])
    ET.indent(root, "    ")
    text = ET.tostring(root, encoding="unicode")
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{text}\n', encoding="utf-8")


def _write_translation(element: ET.Element, translated: str | list[str]) -> None:
    translation = ET.SubElement(element, "translation")
    if isinstance(translated, list):
        for form in translated or [""]:
            ET.SubElement(translation, "numerusform").text = form
    else:
        translation.text = translated
    if not finished(translated):
        translation.set("type", "unfinished")


def finished(translated: str | list[str]) -> bool:
    """Whether there is a translation."""
    return bool(translated) and all(translated)


def _text(element: ET.Element, name: str) -> str:
    found = element.find(name)
    return "" if found is None or found.text is None else found.text


def _run(tool: str, *arguments: str) -> None:
    suffix = ".exe" if sys.platform == "win32" else ""
    subprocess.run([str(Path(PySide6.__file__).parent / f"{tool}{suffix}"), *arguments], check=True)


def wanted() -> set[Message]:
    """Every string of the app."""
    return {*declared(), *in_sources()}


def main() -> int:
    """Bring the catalogue up to date; 1 when something has no translation yet."""
    path = translations_path() / f"loraferry_{LANGUAGE}.ts"
    known: dict[Message, Any] = read(path) if path.exists() else {}
    messages = wanted()
    content = {message: known.get(message, [] if message.numerus else "") for message in messages}
    write(path, content, LANGUAGE)
    compiled = path.with_suffix(".qm.new")
    _run("lrelease", "-silent", str(path), "-qm", str(compiled))
    compiled.replace(path.with_suffix(".qm"))  # in one step: an app may be loading it
    for gone in sorted(message for message in known if message not in messages and finished(known[message])):
        print(f"gone      {gone.context}: {gone.source}")
    missing = [message for message in sorted(messages) if not finished(content[message])]
    for message in missing:
        print(f"missing   {message.context}: {message.source}")
    print(f"{len(messages) - len(missing)} of {len(messages)} strings are translated.")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
