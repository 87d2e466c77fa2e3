"""One rule of curation: its threshold, how many pictures it names, a look at them, and the button that rejects them."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from loraferry.forms.wheel import WheelGuard
from loraferry.library.rules import Rule
from loraferry.texts.quality import rule_text
from loraferry.viewmodels.dataset_quality import DatasetQuality
from loraferry.views.dataset.thumb_row import Thumb, ThumbRow
from loraferry.views.theme import tabular

EDGE = 56
_STEPS = 100
_MOST = 24
"""Pictures in the preview; a side panel has no room for more."""


class RuleRow(QWidget):
    """Nothing is rejected before its button is pressed."""

    def __init__(self, model: DatasetQuality, rule: Rule) -> None:
        super().__init__()
        self._model, self.rule = model, rule
        self._name, self.count, self._value = QLabel(), QLabel(), QLabel()
        self._name.setObjectName("strong")
        self._value.setObjectName("muted")
        for label in (self.count, self._value):
            label.setFont(tabular(label.font()))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setMinimumHeight(24)
        self.slider.setValue(round((model.thresholds[rule.id] - rule.low) / (rule.high - rule.low) * _STEPS))
        WheelGuard(self.slider)
        self.preview = ThumbRow(model.hub.thumbnails, EDGE)
        self.show_all, self.reject = QPushButton(), QPushButton()
        self._lay_out()
        self.slider.valueChanged.connect(self._move)
        self.preview.clicked.connect(self._look_at)
        self.show_all.clicked.connect(self._look)
        self.reject.clicked.connect(self._sort_out)
        self.retranslate()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._name, 1)
        head.addWidget(self.count)
        middle = QHBoxLayout()
        middle.setSpacing(8)
        middle.addWidget(self.slider, 1)
        middle.addWidget(self._value)
        self._value.setMinimumWidth(self._value.fontMetrics().horizontalAdvance("< 100 %"))
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._found = QWidget()
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch()
        foot.addWidget(self.show_all)
        foot.addWidget(self.reject)
        found = QVBoxLayout(self._found)
        found.setContentsMargins(0, 2, 0, 0)
        found.setSpacing(6)
        found.addWidget(self.preview)
        found.addLayout(foot)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addLayout(middle)
        layout.addWidget(self._found)

    def refresh(self) -> None:
        """Say how many pictures are named now, and show the worst of them."""
        count = self._model.count(self.rule.id)
        self.count.setText(self.tr("would reject {count}").format(count=f"{count:,}"))
        self.count.setObjectName("strong" if count else "muted")
        self.count.style().polish(self.count)
        sign = "<" if self.rule.below else "≥"
        self._value.setText(f"{sign} {self._model.thresholds[self.rule.id]:.0%}".replace("%", " %"))
        self.preview.show_thumbs([Thumb(name) for name in self._model.named(self.rule.id, _MOST)], count)
        self._found.setVisible(count > 0)
        self.reject.setText(self.tr("Reject {count}").format(count=f"{count:,}"))

    def _move(self, value: int) -> None:
        self._model.set_threshold(self.rule.id, self.rule.low + value / _STEPS * (self.rule.high - self.rule.low))

    def _look(self) -> None:
        self._model.show(self.rule.id, rule_text(self.rule.id)[0])

    def _look_at(self, name: str) -> None:
        self._look()
        self._model.hub.select([name])

    def _sort_out(self) -> None:
        self._model.reject(self.rule.id)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        name, meaning = rule_text(self.rule.id)
        self._name.setText(name)
        for widget in (self._name, self.slider, self._value):
            widget.setToolTip(meaning)
        self.slider.setAccessibleName(name)
        self.slider.setAccessibleDescription(meaning)
        self.show_all.setText(self.tr("Show"))
        self.show_all.setAccessibleName(self.tr("Show: {rule}").format(rule=name))
        self.reject.setAccessibleName(self.tr("Reject: {rule}").format(rule=name))
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
