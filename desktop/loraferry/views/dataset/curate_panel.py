"""Sorting out: rules with the number of pictures that each would reject, and groups of pictures that look alike."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from loraferry.forms.wheel import WheelGuard
from loraferry.library.duplicates import FARTHEST
from loraferry.library.rules import RULES
from loraferry.viewmodels.dataset_quality import DatasetQuality
from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.group_row import GroupRow
from loraferry.views.dataset.rule_row import RuleRow
from loraferry.views.icons import icon
from loraferry.views.theme import tabular
from loraferry.views.widgets.level_bar import LevelBar
from loraferry.views.widgets.wrapping import wrapping_label

MOST = 20
"""Groups that are listed; the others follow when these are dealt with."""


def build(studio: Studio) -> QWidget:
    """The panel, from the studio."""
    return CuratePanel(studio.quality)


class CuratePanel(QFrame):
    """Nothing is rejected before somebody presses a button; then one step back undoes it."""

    def __init__(self, model: DatasetQuality, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._model = model
        self._progress = QLabel()
        self._progress.setObjectName("muted")
        self._progress.setFont(tabular(self._progress.font()))
        self._bar = LevelBar()
        self._pause = QToolButton()
        self._pause.setObjectName("plain")
        self._pause.setMinimumSize(28, 28)
        self._rows = [RuleRow(model, rule) for rule in RULES]
        self._alike = AlikeList(model)
        self._lay_out()
        self._pause.clicked.connect(self._toggle_pause)
        model.changed.connect(self._show_rules)
        model.hub.measuring.changed.connect(self._show_progress)
        self.retranslate()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._progress, 1)
        head.addWidget(self._bar)
        head.addWidget(self._pause)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(14)
        for row in self._rows:
            column.addWidget(row)
        column.addSpacing(6)
        column.addWidget(self._alike)
        column.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        # The area would have it painted in the window's colour.
        inner.setAutoFillBackground(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 8, 16)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(area, 1)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._model.watch(True)
        self._show_progress()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._model.watch(False)

    def _show_rules(self) -> None:
        for row in self._rows:
            row.refresh()

    def _show_progress(self) -> None:
        measuring = self._model.hub.measuring
        self._progress.setText(
            self.tr("{done} of {total} measured").format(
                done=f"{min(measuring.done, measuring.total):,}", total=f"{measuring.total:,}"
            )
        )
        self._bar.show_share(measuring.done / measuring.total if measuring.total else 1)
        self._bar.setVisible(measuring.busy)
        self._pause.setVisible(measuring.busy)
        self._pause.setIcon(icon("train" if measuring.paused else "pause", 18))
        words = self.tr("Go on measuring") if measuring.paused else self.tr("Measure later")
        self._pause.setToolTip(words)
        self._pause.setAccessibleName(words)

    def _toggle_pause(self) -> None:
        measuring = self._model.hub.measuring
        measuring.pause(not measuring.paused)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._show_progress()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._show_progress()
        super().changeEvent(event)


class AlikeList(QWidget):
    """The groups, how alike pictures must be, and one button for all."""

    def __init__(self, model: DatasetQuality) -> None:
        super().__init__()
        self._model = model
        self._title, self._near_name = QLabel(), QLabel()
        self._title.setObjectName("heading")
        self.near = QSlider(Qt.Orientation.Horizontal)
        self.near.setRange(0, FARTHEST)
        self.near.setPageStep(2)
        self.near.setMinimumHeight(24)
        self.near.setValue(model.near)
        WheelGuard(self.near)
        self.mirrored = QCheckBox()
        self.best = QPushButton()
        self._note = wrapping_label("help")
        self._groups = QVBoxLayout()
        self._groups.setSpacing(8)
        self._lay_out()
        self.near.valueChanged.connect(model.set_near)
        self.mirrored.toggled.connect(model.set_mirrored)
        self.best.clicked.connect(self._keep_best)
        model.groups_changed.connect(self._show)
        self.retranslate()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self.best)
        near = QHBoxLayout()
        near.setSpacing(8)
        near.addWidget(self._near_name)
        near.addWidget(self.near, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addLayout(near)
        layout.addWidget(self.mirrored)
        layout.addWidget(self._note)
        layout.addLayout(self._groups)

    @property
    def rows(self) -> list[GroupRow]:
        """The groups that are listed."""
        places = [self._groups.itemAt(place) for place in range(self._groups.count())]
        return [row for place in places if place is not None and isinstance(row := place.widget(), GroupRow)]

    def _show(self) -> None:
        groups = self._model.groups
        self._title.setText(self.tr("Alike: {count} groups").format(count=f"{len(groups):,}"))
        self.best.setEnabled(bool(groups))
        kept = {frozenset(row.group.names): row for row in self.rows}
        for place, group in enumerate(groups[:MOST]):
            row = kept.pop(frozenset(group.names), None)
            if row is None:
                self._groups.insertWidget(place, GroupRow(self._model, group))
            else:
                row.show_group(group)
        for row in kept.values():
            self._groups.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._show_note(len(groups))

    def _show_note(self, count: int) -> None:
        if self._model.found_near < self._model.near and not self._model.comparing:
            text = self.tr("Very many pictures are alike: only those that differ less are grouped.")
        elif count > MOST:
            text = self.tr("The first {count} groups are listed.").format(count=MOST)
        else:
            text = ""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def _keep_best(self) -> None:
        self._model.keep_best()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._near_name.setText(self.tr("How alike"))
        self.near.setAccessibleName(self.tr("How alike"))
        self.near.setToolTip(self.tr("To the left only the very same, to the right also what differs a little."))
        self.mirrored.setText(self.tr("Mirrored ones, too"))
        self.best.setText(self.tr("Keep the best of each"))
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
