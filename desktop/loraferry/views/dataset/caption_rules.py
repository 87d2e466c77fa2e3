"""How what was found becomes captions: thresholds and words left out, acting at once on what has come."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from loraferry.forms.number_spin import inset
from loraferry.forms.wheel import WheelGuard
from loraferry.library.captioned import ORDERS, Order
from loraferry.viewmodels.dataset_captioners import DatasetCaptioners
from loraferry.views.theme import tabular
from loraferry.views.widgets.fold import Fold
from loraferry.views.widgets.segments import Segments

HOWS = ("fill", "append", "replace")
STEPS = 100


class CaptionRules(QWidget):
    """Shows and changes what becomes of findings. What concerns tags alone is hidden where sentences come."""

    def __init__(self, model: DatasetCaptioners, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._how = Segments(HOWS)
        self._how.chosen.connect(lambda how: model.choose(how=how))
        self._general = _Threshold("captionGeneral")
        self._character = _Threshold("captionCharacter")
        self._barred = QLineEdit()
        self._barred.setObjectName("captionBlacklist")
        self._barred.setClearButtonEnabled(True)
        self._barred_label, self._order_label, self._most_label = QLabel(), QLabel(), QLabel()
        self._order, self._most = QComboBox(), QSpinBox()
        self._ratings, self._spaces, self._escape = QCheckBox(), QCheckBox(), QCheckBox()
        self._tags = QWidget()
        self._more = Fold(self._details())
        self._lay_out()
        self._connect()
        self.retranslate()

    def _details(self) -> QWidget:
        details = QWidget()
        grid = QGridLayout(details)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setColumnStretch(2, 1)
        self._most.setRange(0, 500)
        inset(self._most)
        WheelGuard(self._most)
        WheelGuard(self._order)
        self._order_label.setBuddy(self._order)
        self._most_label.setBuddy(self._most)
        grid.addWidget(self._order_label, 0, 0)
        grid.addWidget(self._order, 0, 1)
        grid.addWidget(self._most_label, 1, 0)
        grid.addWidget(self._most, 1, 1)
        for row, box in enumerate((self._ratings, self._spaces, self._escape), 2):
            grid.addWidget(box, row, 0, 1, 3)
        return details

    def _lay_out(self) -> None:
        self._barred_label.setBuddy(self._barred)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setColumnStretch(1, 1)
        for row, line in enumerate((self._general, self._character)):
            grid.addWidget(line.label, row, 0)
            grid.addWidget(line.slider, row, 1)
            grid.addWidget(line.value, row, 2)
        grid.addWidget(self._barred_label, 2, 0)
        grid.addWidget(self._barred, 2, 1, 1, 2)
        column = QVBoxLayout(self._tags)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(grid)
        column.addWidget(self._more)
        top = QHBoxLayout()
        top.addWidget(self._how)
        top.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(top)
        layout.addWidget(self._tags)

    def _connect(self) -> None:
        model = self._model
        self._general.slider.valueChanged.connect(lambda value: model.choose(general=value / STEPS))
        self._character.slider.valueChanged.connect(lambda value: model.choose(character=value / STEPS))
        self._barred.textChanged.connect(lambda text: model.choose(blacklist=text[:20_000]))
        self._order.activated.connect(lambda: model.choose(order=self._order.currentData()))
        self._most.valueChanged.connect(lambda value: model.choose(most=value))
        self._ratings.toggled.connect(lambda on: model.choose(ratings=on))
        self._spaces.toggled.connect(lambda on: model.choose(spaces=on))
        self._escape.toggled.connect(lambda on: model.choose(escape=on))

    def show_choices(self) -> None:
        """Show what is chosen now."""
        choices = self._model.choices
        self._how.show_choice(choices.how)
        self._general.show_value(choices.general)
        self._character.show_value(choices.character)
        if self._barred.text() != choices.blacklist:
            self._barred.setText(choices.blacklist)
        self._order.setCurrentIndex(max(0, self._order.findData(choices.order)))
        self._most.setValue(choices.most)
        self._ratings.setChecked(choices.ratings)
        self._spaces.setChecked(choices.spaces)
        self._escape.setChecked(choices.escape)
        self._tags.setVisible(self._model.tags)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._how.set_texts((self.tr("Fill empty ones"), self.tr("Append"), self.tr("Replace")))
        self._general.set_text(self.tr("Tags from a certainty of"))
        self._character.set_text(self.tr("Characters from"))
        self._barred_label.setText(self.tr("Never these tags"))
        self._barred.setAccessibleName(self._barred_label.text())
        self._barred.setPlaceholderText(self.tr("With commas between; * stands for any letters"))
        self._more.set_text(self.tr("How tags are written"))
        self._order_label.setText(self.tr("Order"))
        self._most_label.setText(self.tr("At most"))
        self._most.setSpecialValueText(self.tr("all"))
        self._most.setAccessibleName(self._most_label.text())
        self._order.setAccessibleName(self._order_label.text())
        names: dict[Order, str] = {
            "score": self.tr("The surest first"),
            "character": self.tr("Characters first"),
            "alphabet": self.tr("By the alphabet"),
        }
        self._order.clear()
        for order in ORDERS:
            self._order.addItem(names[order], order)
        self._ratings.setText(self.tr("With the rating (general, sensitive …)"))
        self._spaces.setText(self.tr("Spaces instead of underscores"))
        self._escape.setText(self.tr("A backslash before parentheses"))
        self.show_choices()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class _Threshold:
    """A slider from 0 to 1 with its words and its number."""

    def __init__(self, name: str) -> None:
        self.label, self.value = QLabel(), QLabel()
        self.value.setFont(tabular(self.value.font()))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(name)
        self.slider.setRange(5, STEPS)
        self.slider.setPageStep(5)
        self.slider.setMinimumHeight(24)
        WheelGuard(self.slider)
        self.label.setBuddy(self.slider)
        self.slider.valueChanged.connect(lambda value: self.value.setText(f"{value / STEPS:.2f}"))
        self.value.setText("0.00")

    def set_text(self, text: str) -> None:
        self.label.setText(text)
        self.slider.setAccessibleName(text)

    def show_value(self, share: float) -> None:
        self.slider.setValue(round(share * STEPS))
