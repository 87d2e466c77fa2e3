"""One row of a form: label, editor, unit, help, and the place where an error shows."""

from typing import Any

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from loraferry.forms.dispatch import editor_for
from loraferry.forms.editors import TextEditor
from loraferry.texts.translation import param_help, param_label, param_unit
from loraferry_core.config import ParamInfo

LABEL_WIDTH = 176


def small_label(name: str) -> QLabel:
    """A wrapping line in small type; `name` is the object name by which the theme styles it."""
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return label


class ResetButton(QToolButton):
    """Beside what was changed: hidden until there is something to go back to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.hide()

    def show_change(self, before: str | None) -> None:
        """Offer the way back to `before`, in words; None where nothing was changed."""
        self.setVisible(before is not None)
        if before is not None:
            text = QCoreApplication.translate("ResetButton", "Changed. Take the preset's value again: {value}")
            self.setToolTip(text.format(value=before or "–"))
            self.setAccessibleName(self.toolTip())


class FieldRow(QWidget):
    """A parameter that is a plain value."""

    edited = Signal()
    reset_wanted = Signal(str)
    """The person wants the preset's value again; the parameter's name."""

    def __init__(self, param: ParamInfo) -> None:
        super().__init__()
        self.param = param
        self.editor: Any = editor_for(param)
        self.editor.setObjectName(param.name)
        self.editor.edited.connect(self.edited)
        self._label = QLabel()
        self._label.setBuddy(self.editor)
        self._label.setMinimumHeight(28)
        self._unit = QLabel()
        self._unit.setObjectName("unit")
        self._help = small_label("help")
        self._range = small_label("help")
        self._range.hide()
        self._error = small_label("error")
        self._error.hide()
        self.reset = ResetButton()
        self.reset.clicked.connect(self._want_reset)
        self._changed = False
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.editor, 1 if isinstance(self.editor, TextEditor) else 0)
        line.addWidget(self._unit)
        line.addWidget(self.reset)
        line.addStretch(0 if isinstance(self.editor, TextEditor) else 1)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(2)
        grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._label, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(line, 0, 1)
        grid.addWidget(self._error, 1, 1)
        grid.addWidget(self._help, 2, 1)
        grid.addWidget(self._range, 3, 1)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._name()
        self._unit.setText(param_unit(self.param))
        self._unit.setVisible(bool(self.param.unit))
        self._help.setText(param_help(self.param))
        self.editor.setToolTip(param_help(self.param))
        self.editor.setAccessibleName(param_label(self.param))
        self.editor.setAccessibleDescription(param_help(self.param))
        self.editor.retranslate()

    def show_change(self, before: str | None) -> None:
        """Mark the field as changed from `before`, in words; None takes the mark away."""
        self.reset.show_change(before)
        if (before is not None) != self._changed:
            self._changed = before is not None
            self._name()

    @property
    def changed(self) -> bool:
        """Whether it is marked as changed."""
        return self._changed

    def show_range(self, text: str) -> None:
        """Say what is usual; an empty text says nothing."""
        self._range.setText(text)
        self._range.setVisible(bool(text))

    def dress(self, reset: QIcon) -> None:
        """The sign on the button that goes back."""
        self.reset.setIcon(reset)

    def _want_reset(self) -> None:
        self.reset_wanted.emit(self.param.name)

    def _name(self) -> None:
        """The label; a dot before it says that it was changed, so that it is not colour alone."""
        label = param_label(self.param)
        self._label.setText(f"• {label}" if self._changed else label)
        self._label.setObjectName("strong" if self._changed else "")
        self._label.style().unpolish(self._label)
        self._label.style().polish(self._label)

    def show_error(self, text: str) -> None:
        """Mark the field with what is wrong; an empty text takes the mark away."""
        self._error.setText(text)
        self._error.setVisible(bool(text))
        if bool(self.editor.property("invalid")) != bool(text):
            self.editor.setProperty("invalid", bool(text))
            self.editor.style().unpolish(self.editor)
            self.editor.style().polish(self.editor)

    @property
    def error(self) -> str:
        """What is marked as wrong, or nothing."""
        return self._error.text()

    def matches(self, words: str) -> bool:
        """Whether label, help or the technical name holds the words that somebody looks for."""
        text = " ".join((param_label(self.param), param_help(self.param), self.param.label, self.param.name))
        return words.casefold() in text.casefold()
