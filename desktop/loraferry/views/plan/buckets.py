"""The pictures by the bucket in which they are trained."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from loraferry.forms.rows import small_label
from loraferry.viewmodels.plan_pictures import PlanPictures
from loraferry.viewmodels.preflight import Preflight
from loraferry.views.widgets.bars import Bar, BarRows

MOST = 6


class BucketsCard(QFrame):
    """A bar a bucket, the most frequent first; a click shows the pictures of one."""

    def __init__(self, pictures: PlanPictures, preflight: Preflight) -> None:
        super().__init__()
        self.setObjectName("card")
        self._pictures = pictures
        self._title, self._note = QLabel(), small_label("help")
        self._title.setObjectName("heading")
        self.bars = BarRows()
        self.bars.chosen.connect(preflight.query_requested)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(8)
        layout.addWidget(self._title)
        layout.addWidget(self.bars)
        layout.addWidget(self._note)
        pictures.changed.connect(self.refresh)
        self.retranslate()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._title.setText(self.tr("Pictures by bucket"))
        self.bars.setAccessibleName(self._title.text())
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def refresh(self) -> None:
        """Show what was counted; hidden where there is nothing."""
        seen = self._pictures.seen
        self.setVisible(bool(seen.buckets))
        enlarged = self.tr("{count} of them are smaller than that and enlarged.")
        self.bars.show_bars(
            [
                Bar(
                    bar.query,
                    f"{bar.size[0]} × {bar.size[1]}",
                    bar.count,
                    enlarged.format(count=bar.upscaled) if bar.upscaled else "",
                    bar.upscaled > 0,
                )
                for bar in seen.buckets[:MOST]
            ]
        )
        notes = []
        if len(seen.buckets) > MOST:
            notes.append(self.tr("{count} rarer buckets are not listed.").format(count=len(seen.buckets) - MOST))
        if seen.unknown:
            notes.append(self.tr("The size of {count} pictures is not known yet.").format(count=seen.unknown))
        self._note.setText(" ".join(notes))
        self._note.setVisible(bool(notes))
