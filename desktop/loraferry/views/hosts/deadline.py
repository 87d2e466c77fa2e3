"""The danger clock: until when a vendor keeps a machine that is switched off, and all that is on it."""

from datetime import datetime

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from loraferry.remote.vendors import Vendor
from loraferry.texts.quantities import duration_text
from loraferry.texts.translation import lookup
from loraferry.views.icons import pixmap
from loraferry.views.theme import tokens_now
from loraferry.views.widgets.wrapping import wrapping_label

DAY_S = 86_400.0
URGENT_DAYS = 4


class DeadlineLine(QWidget):
    """One sentence with the date; the sign is urgent when few days are left."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deadline")
        self._vendor: Vendor | None = None
        self._seen = self._now = 0.0
        self._sign, self._words = QLabel(), wrapping_label("muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._words, 1)
        self.hide()

    def show_deadline(self, vendor: Vendor | None, seen: float, now: float) -> None:
        """`seen` is when the machine was last heard (0 for never), both in seconds since 1970."""
        self._vendor, self._seen, self._now = vendor, seen, now
        self.retranslate()

    @property
    def text(self) -> str:
        """What it says, for tests."""
        return "" if self.isHidden() else self._words.text()

    def retranslate(self) -> None:
        """Show everything in the language of now."""
        vendor = self._vendor
        shown = vendor is not None and bool(self._seen) and bool(vendor.deadline_note)
        self.setVisible(shown)
        if vendor is None or not shown:
            return
        ago = self.tr("Last heard {time} ago.").format(time=duration_text(self._now - self._seen))
        parts = [ago, lookup("Vendor", vendor.deadline_note)]
        urgent = False
        if vendor.deadline_days:
            end = self._seen + vendor.deadline_days * DAY_S
            urgent = end - self._now < URGENT_DAYS * DAY_S
            date = datetime.fromtimestamp(end).strftime("%Y-%m-%d")
            parts.append(self.tr("If it is off since then, that is on {date}.").format(date=date))
        self._words.setText(" ".join(parts))
        tokens = tokens_now()
        colour = tokens.warning if urgent else tokens.muted
        self._sign.setPixmap(pixmap("clock", 18, colour, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        """Follow language and theme."""
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)
