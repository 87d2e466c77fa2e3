"""Tooltips that show a text as it is; Qt takes what looks like HTML for HTML, and that may come from a machine."""

from PySide6.QtGui import Qt
from PySide6.QtWidgets import QWidget


def set_plain_tooltip(widget: QWidget, text: str) -> None:
    """Have `widget` show `text` when the pointer rests on it."""
    widget.setToolTip(plain_tooltip(text))


def plain_tooltip(text: str) -> str:
    """`text` such that a tooltip shows it as it is."""
    if Qt.mightBeRichText(text):
        return Qt.convertFromPlainText(text, Qt.WhiteSpaceMode.WhiteSpaceNormal)
    return text
