"""A spin box for numbers of any size, written the way people write learning rates: 0.5, 2e-3, 1e-4."""

from math import ceil, floor, log10

from PySide6.QtCore import Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QLineEdit, QWidget

from loraferry.texts.quantities import number_text


def stepped(value: float, steps: int) -> float:
    """`value` with its first digit moved by `steps`: 1e-4 → 2e-4, 9e-4 → 1e-3, 1e-3 → 9e-4; 0 goes to 0.1."""
    for _ in range(abs(steps)):
        value = _up(value) if steps > 0 else -_up(-value)
    return value


def _up(value: float) -> float:
    """The next larger number with one digit."""
    if value == 0:
        return 0.1
    magnitude = floor(log10(abs(value)))
    first = abs(value) / 10.0**magnitude
    if value < 0 and first < 1.0000001:
        magnitude, first = magnitude - 1, first * 10
    lead = floor(first + 1e-9) + 1 if value > 0 else 1 - ceil(first - 1e-9)
    return float(f"{lead:.6g}e{magnitude}")


INSET = 6
"""Pixels between the border and the number, as in other fields; the style sheet does not reach in there."""


def inset(spin: QAbstractSpinBox) -> None:
    """Keep a spin box's number off its border."""
    field = spin.findChild(QLineEdit)
    if field is not None:
        field.setTextMargins(INSET, 0, 0, 0)


class NumberSpin(QAbstractSpinBox):
    """Takes any text; what is no number or out of bounds is found by the config's own validation."""

    edited = Signal()

    def __init__(self, low: float | None, high: float | None, *, whole: bool = False, parent: QWidget | None = None):
        super().__init__(parent)
        self._low, self._high, self._whole = low, high, whole
        self.lineEdit().textEdited.connect(self._tell)
        inset(self)

    def content(self) -> float | int | str:
        """The number, or the text where it is none."""
        text = self.lineEdit().text().strip().replace(",", ".")
        try:
            return int(text) if self._whole else float(text)
        except ValueError:
            return text

    def set_content(self, value: float) -> None:
        """Show a number."""
        self.lineEdit().setText(str(value) if self._whole else number_text(value))

    def stepBy(self, steps: int) -> None:
        value = self.content()
        if isinstance(value, str):
            return
        new = value + steps if self._whole else stepped(value, steps)
        if self._low is not None:
            new = max(new, self._low)
        if self._high is not None:
            new = min(new, self._high)
        self.set_content(int(new) if self._whole else new)
        self.edited.emit()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        return QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text, position

    def _tell(self) -> None:
        self.edited.emit()
