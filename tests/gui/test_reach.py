"""Everything can be hit and everything that has the keyboard shows it."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSlider,
    QToolButton,
    QTreeWidget,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from loraferry.app import App
from loraferry.views.theme import Theme
from loraferry.views.widgets.segments import Segments
from tests.fakes import pictures

SMALLEST = 24
"""Pixels of a target's side (WCAG 2.2, 2.5.8)."""


def controls(within: QWidget) -> list[QWidget]:
    """What can be clicked or typed into and is seen."""
    kinds = (QAbstractButton, QComboBox, QAbstractSpinBox, QLineEdit, QSlider)
    found = [widget for kind in kinds for widget in within.findChildren(kind)]
    inner = (QComboBox, QAbstractSpinBox)
    return [
        widget
        for widget in found
        # The clear button of a field, say, is a part of it.
        if widget.isVisible() and widget.isEnabled() and not isinstance(widget.parent(), (*inner, QLineEdit))
    ]


@pytest.mark.parametrize("expert", [False, True])
def test_every_control_of_every_page_is_large_enough(app: App, qtbot: QtBot, tmp_path: Path, expert: bool) -> None:
    app.services.dataset.open_folder(pictures.folder_of(tmp_path / "pictures", 4))
    qtbot.waitUntil(lambda: app.services.dataset.listed, timeout=30_000)
    app.window.resize(1280, 820)
    app.window.commands.run("plan.expert" if expert else "plan.simple")
    small = []
    for page in app.window.page_ids:
        app.window.open_page(page)
        QApplication.processEvents()
        small += [
            f"{page}: {type(control).__name__} {control.objectName()} {control.width()} × {control.height()}"
            for control in controls(app.window)
            if min(control.width(), control.height()) < SMALLEST
        ]
    assert small == []


def named(widget: QWidget, name: str) -> QWidget:
    widget.setObjectName(name)
    return widget


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_keyboard_is_seen_wherever_it_is(qtbot: QtBot, dressed: Theme, theme: str) -> None:
    dressed.apply(theme)
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    card = named(QFrame(), "card")
    card.setMinimumHeight(40)
    tree = QTreeWidget()
    tree.setMaximumHeight(60)
    segments = Segments(("one", "two"))
    segments.set_texts(("One", "Two"))
    parts: list[QWidget] = [
        QPushButton("plain"),
        named(QPushButton("primary"), "primary"),
        *(named(QToolButton(), name) for name in ("railButton", "tile", "plain")),
        QCheckBox("check"),
        QLineEdit("line"),
        QPlainTextEdit("text"),
        QComboBox(),
        QDoubleSpinBox(),
        card,
        tree,
        *segments.findChildren(QToolButton),
    ]
    for part in parts:
        part.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if part.parent() is None:
            column.addWidget(part)
    column.addWidget(segments)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    for part in parts:
        window.setFocus()
        before = part.grab().toImage()
        part.setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.waitUntil(part.hasFocus)
        if isinstance(part, QLineEdit):
            part.setReadOnly(True)  # a blinking cursor is no sign that one can rely on
        assert part.grab().toImage() != before, f"{type(part).__name__} {part.objectName()}"
    dressed.apply("light")
