"""Tooltips that show a text as it is; Qt takes what looks like HTML for HTML, and that may come from a machine."""

from PySide6.QtGui import Qt
from PySide6.QtWidgets import QWidget


def set_plain_tooltip(widget: QWidget, text: str) -> None:
    """Have `widget` show `text` when the pointer rests on it."""
    if Qt.mightBeRichText(text):
        text = Qt.convertFromPlainText(text, Qt.WhiteSpaceMode.WhiteSpaceNormal)
    widget.setToolTip(text)
