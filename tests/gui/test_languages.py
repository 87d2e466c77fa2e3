"""Everything in Chinese: the catalogue is complete, every page switches live, no word stays behind in English."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QWidget,
)

from loraferry.app import App
from loraferry.ferry.catalogue import base_models
from loraferry.texts.languages import Languages
from loraferry.texts.problems import render
from loraferry.texts.setting_errors import TEMPLATES, setting_error
from loraferry.views.plan.page import PlanPage
from loraferry_core.problems import KINDS, Problem, problem
from loraferry_resources import translations_path

sys.path.insert(0, str(Path(__file__).parents[2] / "resources"))
import translation_catalogue

CHINESE = re.compile(r"[\u4e00-\u9fff]")
LATIN_WORD = re.compile(r"[A-Za-z]{3,}")
CURRENCIES = {"CNY", "USD", "EUR", "GBP", "JPY", "HKD", "TWD"}
METHODS = {"AdamW 8-bit", "Lion", "Prodigy", "Huber", "Min-SNR", "Min-SNR gamma", "LoHa", "LoKr", "DoRA", "EMA"}
NAMES = {
    "LoRA Ferry",
    "English",
    "owner/name",
    "root",
    "Python",
    "RunPod",
    "Vast.ai",
    "AutoDL",
    "Lambda",
    *METHODS,
    *CURRENCIES,
}
"""Names, the same in every language, and examples of what to type."""

MODELS = tuple(entry.label for entry in base_models() if not entry.tree)
"""Names, too; their size may follow."""


def words_of(widget: QWidget) -> Iterator[str]:
    """Everything a widget says: text, tooltip, what a screen reader hears."""
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    if isinstance(widget, QGroupBox):
        yield widget.title()
    if isinstance(widget, QLineEdit) and not isinstance(widget.parent(), QAbstractSpinBox):
        yield widget.placeholderText()
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(index) for index in range(widget.count()))
    yield widget.toolTip()
    yield widget.accessibleName()
    yield from (action.text() for action in widget.actions())


def english_words(root: QWidget) -> set[str]:
    """Texts with a word in Latin letters and no Chinese character at all."""
    texts = {text for widget in (root, *root.findChildren(QWidget)) for text in words_of(widget)}
    found = {text for text in texts if LATIN_WORD.search(text) and not CHINESE.search(text)} - NAMES
    return {text for text in found if not text.startswith(MODELS)}


def example(code: str) -> Problem:
    return problem(code, **dict.fromkeys(KINDS[code].params, 7))


def switch(app: App, code: str) -> None:
    """Choose a language in the rail; the widgets hear of it by a posted event."""
    app.window.rail.language_chosen.emit(code)
    QApplication.processEvents()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)  # what was replaced is gone now


@pytest.fixture
def chinese(english: Languages) -> Languages:
    english.switch("zh_CN")
    return english


def test_the_catalogue_holds_every_string_and_each_is_translated() -> None:
    path = translations_path() / "loraferry_zh_CN.ts"
    known = translation_catalogue.read(path)
    wanted = translation_catalogue.wanted()
    missing = [message for message in sorted(wanted) if not translation_catalogue.finished(known.get(message, ""))]
    assert not missing, "run resources/translation_catalogue.py and translate what it lists"


def test_translations_use_the_same_parameters() -> None:
    field = re.compile(r"\{(\w+)")
    for message, translated in translation_catalogue.read(translations_path() / "loraferry_zh_CN.ts").items():
        for text in translated if isinstance(translated, list) else [translated]:
            assert set(field.findall(text)) == set(field.findall(message.source)), message


def test_the_loaded_catalogue_is_the_one_in_the_sources(chinese: Languages) -> None:
    from PySide6.QtCore import QCoreApplication

    for message, translated in translation_catalogue.read(translations_path() / "loraferry_zh_CN.ts").items():
        if not message.numerus:
            assert QCoreApplication.translate(message.context, message.source, message.comment or None) == translated


@pytest.mark.parametrize("code", sorted(KINDS))
def test_every_problem_speaks_chinese(chinese: Languages, code: str) -> None:
    words = render(example(code))
    assert CHINESE.search(words.what)
    assert CHINESE.search(words.next_step)


@pytest.mark.parametrize("kind", sorted(TEMPLATES))
def test_every_finding_about_a_setting_speaks_chinese(chinese: Languages, kind: str) -> None:
    bounds = {"ge": 1, "le": 1, "gt": 1, "lt": 1, "max_length": 1, "min_length": 1}
    assert CHINESE.search(setting_error({"type": kind, "msg": "", "ctx": bounds}))


def test_every_page_switches_live_and_keeps_no_english(app: App) -> None:
    window = app.window
    window.notices.show_problem(example("host_key_unknown"))
    for name in window.page_ids:
        window.open_page(name)
    plan = window.page("plan")
    assert isinstance(plan, PlanPage)
    plan.show_mode(True)
    assert "Search settings" in english_words(window)
    switch(app, "zh_CN")
    assert english_words(window) == set()
    switch(app, "en")
    assert not any(CHINESE.search(text) for text in english_words(window))
    assert "What are you teaching?" in english_words(window)


def test_a_page_built_in_chinese_is_chinese(app: App) -> None:
    switch(app, "zh_CN")
    for name in app.window.page_ids:
        app.window.open_page(name)
        assert english_words(app.window.page(name)) == set(), name
    assert app.services.settings.value.language == "zh_CN"
