"""A label that wraps its words at any width and is as high as they need."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy


def wrapping_label(name: str = "") -> QLabel:
    """Plain text that can be selected; `name` is the object name by which the theme styles it."""
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    # A new policy forgets what `setWordWrap` had set, and the label would be cut off after its first line.
    policy.setHeightForWidth(True)
    label.setSizePolicy(policy)
    # Else the least height is that of a guessed, narrow width, and scroll areas get too long.
    label.setMinimumHeight(1)
    return label
