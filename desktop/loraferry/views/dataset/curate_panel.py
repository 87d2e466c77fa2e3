"""Sorting out: rules with the number of pictures that each would reject, and groups of pictures that look alike."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
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
from loraferry.library.duplicates import FARTHEST, Group
from loraferry.library.rules import RULES, Rule
from loraferry.texts.quality import reason_text, rule_text
from loraferry.viewmodels.dataset_quality import DatasetQuality
from loraferry.viewmodels.studio import Studio
from loraferry.views.icons import icon
from loraferry.views.theme import tabular
from loraferry.views.widgets.level_bar import LevelBar

_STEPS = 100
MOST = 50
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
        self._rows = [RuleRow(model, rule) for rule in RULES]
        self._alike = QLabel()
        self._alike.setObjectName("heading")
        self._near_name = QLabel()
        self._near = QSlider(Qt.Orientation.Horizontal)
        self._near.setRange(0, FARTHEST)
        self._near.setValue(model.near)
        WheelGuard(self._near)
        self._best = QPushButton()
        self._groups = QVBoxLayout()
        self._groups.setSpacing(6)
        self._shown: list[Group] = []
        self._lay_out()
        self._pause.clicked.connect(self._toggle_pause)
        self._near.valueChanged.connect(model.set_near)
        self._best.clicked.connect(self._keep_best)
        model.changed.connect(self._show)
        model.hub.measuring.changed.connect(self._show_progress)
        self.retranslate()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._progress, 1)
        head.addWidget(self._bar)
        head.addWidget(self._pause)
        near = QHBoxLayout()
        near.addWidget(self._near_name)
        near.addWidget(self._near, 1)
        near.addWidget(self._best)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(10)
        for row in self._rows:
            column.addWidget(row)
        column.addSpacing(8)
        column.addWidget(self._alike)
        column.addLayout(near)
        column.addLayout(self._groups)
        column.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inner)
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

    def _show(self) -> None:
        for row in self._rows:
            row.show_count()
        groups = self._model.groups
        self._alike.setText(self.tr("Alike: {count} groups").format(count=len(groups)))
        self._best.setEnabled(bool(groups))
        if groups[:MOST] == self._shown:
            return
        self._shown = groups[:MOST]
        while item := self._groups.takeAt(0):
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for group in self._shown:
            self._groups.addWidget(GroupRow(self._model, group))

    def _show_progress(self) -> None:
        measuring = self._model.hub.measuring
        self._progress.setText(
            self.tr("{done} of {total} measured").format(
                done=min(measuring.done, measuring.total), total=measuring.total
            )
        )
        self._bar.show_share(measuring.done / measuring.total if measuring.total else 1)
        self._pause.setVisible(measuring.busy)
        self._pause.setIcon(icon("train" if measuring.paused else "pause", 18))
        words = self.tr("Go on measuring") if measuring.paused else self.tr("Measure later")
        self._pause.setToolTip(words)
        self._pause.setAccessibleName(words)

    def _toggle_pause(self) -> None:
        measuring = self._model.hub.measuring
        measuring.pause(not measuring.paused)

    def _keep_best(self) -> None:
        self._model.keep_best()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._near_name.setText(self.tr("How alike"))
        self._near.setAccessibleName(self.tr("How alike"))
        self._near.setToolTip(self.tr("To the left only the very same, to the right also what differs a little."))
        self._best.setText(self.tr("Keep the best of each"))
        self._show()
        self._show_progress()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._show_progress()
        super().changeEvent(event)


class RuleRow(QWidget):
    """One rule: its threshold, how many pictures it names, look at them, reject them."""

    def __init__(self, model: DatasetQuality, rule: Rule) -> None:
        super().__init__()
        self._model, self._rule = model, rule
        self._name, self._count = QLabel(), QLabel()
        self._count.setObjectName("muted")
        self._count.setFont(tabular(self._count.font()))
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, _STEPS)
        self._slider.setValue(round(model.thresholds[rule.id] / rule.most * _STEPS))
        self._slider.setVisible(rule.usual > 0)
        WheelGuard(self._slider)
        self._show, self._reject = QPushButton(), QPushButton()
        head = QHBoxLayout()
        head.addWidget(self._name, 1)
        head.addWidget(self._count)
        foot = QHBoxLayout()
        foot.addWidget(self._slider, 1)
        foot.addStretch()
        foot.addWidget(self._show)
        foot.addWidget(self._reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addLayout(foot)
        self._slider.valueChanged.connect(self._move)
        self._show.clicked.connect(self._look)
        self._reject.clicked.connect(self._sort_out)
        self.retranslate()

    def show_count(self) -> None:
        """Say how many pictures are named now."""
        count = len(self._model.named(self._rule.id))
        self._count.setText(self.tr("would reject {count}").format(count=count))
        self._show.setEnabled(count > 0)
        self._reject.setEnabled(count > 0)

    def _move(self, value: int) -> None:
        self._model.set_threshold(self._rule.id, value / _STEPS * self._rule.most)

    def _look(self) -> None:
        self._model.show(self._rule.id, rule_text(self._rule.id)[0])

    def _sort_out(self) -> None:
        self._model.reject(self._rule.id)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        name, meaning = rule_text(self._rule.id)
        self._name.setText(name)
        for widget in (self, self._slider):
            widget.setToolTip(meaning)
        self._slider.setAccessibleName(name)
        self._show.setText(self.tr("Show"))
        self._show.setAccessibleName(self.tr("Show: {rule}").format(rule=name))
        self._reject.setText(self.tr("Reject"))
        self._reject.setAccessibleName(self.tr("Reject: {rule}").format(rule=name))
        self.show_count()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class GroupRow(QFrame):
    """Pictures that look alike: the best by name, why, how many others; look at them, keep the best."""

    def __init__(self, model: DatasetQuality, group: Group) -> None:
        super().__init__()
        self.setObjectName("question")
        self._model, self._group = model, group
        self._what = QLabel()
        self._what.setMinimumWidth(1)
        self._show, self._keep = QPushButton(), QPushButton()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        layout.addWidget(self._what, 1)
        layout.addWidget(self._show)
        layout.addWidget(self._keep)
        self._show.clicked.connect(self._look)
        self._keep.clicked.connect(self._keep_best)
        self.retranslate()

    def _look(self) -> None:
        self._model.show_group(self._group, self.tr("Alike"))

    def _keep_best(self) -> None:
        self._model.keep_best([self._group])

    def retranslate(self) -> None:
        """Show words in the language of now."""
        best = self._group.names[0].rpartition("/")[2]
        text = self.tr("{count} alike, best: {name}\n{reason}")
        self._what.setText(text.format(count=len(self._group.names), name=best, reason=reason_text(self._group.reason)))
        self._what.setToolTip("\n".join(self._group.names))
        self._show.setText(self.tr("Show"))
        self._keep.setText(self.tr("Keep best"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
