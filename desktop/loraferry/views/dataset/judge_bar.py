"""Verdict and stars of one picture as a row of buttons."""

from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from loraferry.library.fields import MAX_STARS
from loraferry.library.items import Item
from loraferry.views.icons import icon
from loraferry.views.theme import tokens_now

_VERDICTS = ("keep", "unsure", "reject")


class JudgeBar(QWidget):
    """Says what was pressed; shows what the picture has."""

    judged = Signal(str)
    rated = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stars_now = 0
        self.verdicts = {verdict: _button() for verdict in _VERDICTS}
        self.stars = [_button(24) for _ in range(MAX_STARS)]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for verdict, button in self.verdicts.items():
            button.setCheckable(True)
            button.clicked.connect(partial(self.judged.emit, verdict))
            layout.addWidget(button)
        layout.addSpacing(8)
        for number, star in enumerate(self.stars, 1):
            star.clicked.connect(partial(self.rated.emit, number))
            layout.addWidget(star)
        self._dress()
        self.retranslate()

    def show_item(self, item: Item | None) -> None:
        """Show what the picture has; none: nothing can be pressed."""
        self.setEnabled(item is not None)
        for verdict, button in self.verdicts.items():
            button.setChecked(item is not None and item.verdict == verdict)
        stars = item.stars if item is not None else 0
        if stars != self._stars_now:
            self._stars_now = stars
            self._dress_stars()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        words = {"keep": self.tr("Keep (K)"), "unsure": self.tr("Unsure (U)"), "reject": self.tr("Reject (X)")}
        for verdict, button in self.verdicts.items():
            button.setToolTip(words[verdict])
            button.setAccessibleName(words[verdict])
        for number, star in enumerate(self.stars, 1):
            text = self.tr("Stars: {count} (key {count})").format(count=number)
            star.setToolTip(text)
            star.setAccessibleName(text)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        tokens = tokens_now()
        for verdict, sign, colour in (
            ("keep", "check", tokens.good),
            ("unsure", "unsure", tokens.warning),
            ("reject", "close", tokens.error),
        ):
            self.verdicts[verdict].setIcon(icon(sign, 20, colour=tokens.muted, checked_colour=colour))
        self._dress_stars()

    def _dress_stars(self) -> None:
        tokens = tokens_now()
        given, free = icon("star", 18, colour=tokens.warning), icon("star_empty", 18, colour=tokens.muted)
        for number, star in enumerate(self.stars, 1):
            star.setIcon(given if number <= self._stars_now else free)


def _button(width: int = 32) -> QToolButton:
    button = QToolButton()
    button.setObjectName("plain")
    button.setIconSize(QSize(20, 20) if width >= 32 else QSize(18, 18))
    button.setMinimumSize(width, 32)
    # The keys work wherever the focus is, and moving it here would take the arrows from the picture.
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
