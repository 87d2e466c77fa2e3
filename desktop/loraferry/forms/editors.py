"""One small editor for each type of value, all with the same face: `content`, `set_content`, `edited`, `retranslate`."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLineEdit, QPlainTextEdit, QSpinBox, QWidget

from loraferry.forms.number_spin import NumberSpin
from loraferry.forms.wheel import WheelGuard
from loraferry.texts.choices import choice_label
from loraferry_core.config import ParamInfo

INT32_MAX = 2**31 - 1
NUMBER_WIDTH = 128


class SwitchEditor(QCheckBox):
    """bool."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.clicked.connect(self.edited)

    def content(self) -> bool:
        return self.isChecked()

    def set_content(self, value: bool) -> None:
        self.setChecked(value)

    def retranslate(self) -> None:
        """It has no words of its own."""


class CountEditor(QSpinBox):
    """int within the bounds that it was declared with."""

    edited = Signal()

    def __init__(self, low: int, high: int) -> None:
        super().__init__()
        self.setRange(low, high)
        self.setFixedWidth(NUMBER_WIDTH)
        self.lineEdit().setTextMargins(5, 0, 0, 0)
        self._silent = False
        self.valueChanged.connect(self._tell)
        WheelGuard(self)

    def content(self) -> int:
        return self.value()

    def set_content(self, value: int) -> None:
        self._silent = True
        self.setValue(value)
        self._silent = False

    def retranslate(self) -> None:
        """It has no words of its own."""

    def _tell(self) -> None:
        if not self._silent:
            self.edited.emit()


class NumberEditor(NumberSpin):
    """float, or an int too large for Qt's spin box."""

    def __init__(self, low: float | None, high: float | None, *, whole: bool = False) -> None:
        super().__init__(low, high, whole=whole)
        self.setFixedWidth(NUMBER_WIDTH)
        self.lineEdit().setTextMargins(5, 0, 0, 0)
        WheelGuard(self)

    def retranslate(self) -> None:
        """It has no words of its own."""


class ChoiceEditor(QComboBox):
    """One of a few fixed words."""

    edited = Signal()

    def __init__(self, values: Sequence[str]) -> None:
        super().__init__()
        self._values = tuple(values)
        for value in self._values:
            self.addItem(choice_label(value))
        self.activated.connect(self._tell)
        WheelGuard(self)

    def content(self) -> str:
        return self._values[self.currentIndex()]

    def set_content(self, value: str) -> None:
        self.setCurrentIndex(self._values.index(value))

    def retranslate(self) -> None:
        for index, value in enumerate(self._values):
            self.setItemText(index, choice_label(value))

    def _tell(self) -> None:
        self.edited.emit()


class TextEditor(QLineEdit):
    """str."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.textEdited.connect(self._tell)

    def content(self) -> str:
        return self.text()

    def set_content(self, value: str) -> None:
        if value != self.text():
            self.setText(value)

    def retranslate(self) -> None:
        """It has no words of its own."""

    def _tell(self) -> None:
        self.edited.emit()


class LinesEditor(QPlainTextEdit):
    """Several texts, one a line; empty lines do not count."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * 4 + 16)
        self._silent = False
        self.textChanged.connect(self._tell)

    def content(self) -> tuple[str, ...]:
        return tuple(line.strip() for line in self.toPlainText().splitlines() if line.strip())

    def set_content(self, value: Sequence[str]) -> None:
        if tuple(value) == self.content():
            return
        self._silent = True
        self.setPlainText("\n".join(value))
        self._silent = False

    def retranslate(self) -> None:
        """It has no words of its own."""

    def _tell(self) -> None:
        if not self._silent:
            self.edited.emit()


class ChecksEditor(QWidget):
    """Any number of a few fixed words, in the order of their declaration."""

    edited = Signal()

    def __init__(self, values: Sequence[str]) -> None:
        super().__init__()
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(16)
        layout.setColumnStretch(1, 1)
        self._boxes: dict[str, QCheckBox] = {}
        for index, value in enumerate(values):
            box = QCheckBox(choice_label(value))
            box.clicked.connect(self._tell)
            layout.addWidget(box, index // 2, index % 2)
            self._boxes[value] = box

    def content(self) -> tuple[str, ...]:
        return tuple(value for value, box in self._boxes.items() if box.isChecked())

    def set_content(self, value: Sequence[str]) -> None:
        for name, box in self._boxes.items():
            box.setChecked(name in value)

    def retranslate(self) -> None:
        for value, box in self._boxes.items():
            box.setText(choice_label(value))

    def _tell(self) -> None:
        self.edited.emit()


Editor = SwitchEditor | CountEditor | NumberEditor | ChoiceEditor | TextEditor | LinesEditor | ChecksEditor


def number_editor(param: ParamInfo, *, whole: bool) -> CountEditor | NumberEditor:
    """The editor for a number with the bounds that it was declared with."""
    low, high = param.bound("ge"), param.bound("le")
    if not whole:
        return NumberEditor(
            low if low is not None else param.bound("gt"), high if high is not None else param.bound("lt")
        )
    below, above = param.bound("lt"), param.bound("gt")
    high = high if high is not None else (below - 1 if below is not None else None)
    low = low if low is not None else (above + 1 if above is not None else None)
    if low is not None and high is not None and abs(low) <= INT32_MAX and abs(high) <= INT32_MAX:
        return CountEditor(int(low), int(high))
    return NumberEditor(low, high, whole=True)
