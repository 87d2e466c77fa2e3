"""The panel beside the crop view: what is trained, shape, the crops, exact numbers, turning."""

from PySide6.QtCore import QEvent, QRegularExpression, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QImage, QRegularExpressionValidator
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from loraferry.forms.number_spin import inset
from loraferry.forms.wheel import WheelGuard
from loraferry.library.cropping import RATIOS
from loraferry.library.shapes import Crop
from loraferry.viewmodels.crop_desk import MAX_DEGREES, SHAPES, CropDesk
from loraferry.views.dataset.trained_preview import TrainedPreview
from loraferry.views.icons import icon
from loraferry.views.theme import tabular
from loraferry.views.widgets.segments import Segments

_SLIDER = 10
"""Steps of the slider a degree."""
_ROW, _ROWS = 28, 5
"""Height of a line of the list of crops in logical pixels, and how many lines are seen without scrolling."""


class CropPanel(QWidget):
    """Shows and changes a desk."""

    def __init__(self, desk: CropDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.preview = TrainedPreview(desk)
        self._shape_title, self._crops_title, self._turn_title = (_title() for _ in range(3))
        self.shapes = Segments(SHAPES)
        self.ratio = QComboBox()
        self.crops = QListWidget()
        self.add, self.duplicate, self.delete = (_tool() for _ in range(3))
        self.numbers = [QSpinBox() for _ in range(4)]
        self._number_labels = [QLabel() for _ in range(4)]
        self.left, self.right, self.flip, self.flip_down = (_tool() for _ in range(4))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.degrees = QDoubleSpinBox()
        self._set_up()
        self._lay_out()
        self._connect()
        self._dress()
        self.retranslate()

    def show_image(self, image: QImage) -> None:
        """The upright picture in any resolution."""
        self.preview.show_image(image)

    def _set_up(self) -> None:
        self.setObjectName("cropPanel")
        self.ratio.setEditable(True)
        self.ratio.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.ratio.setValidator(
            QRegularExpressionValidator(QRegularExpression(r"\s*[1-9]\d{0,3}\s*[:×x/]\s*[1-9]\d{0,3}\s*"), self.ratio)
        )
        self.ratio.addItems([f"{wide} : {high}" for wide, high in RATIOS])
        WheelGuard(self.ratio)
        self.crops.setObjectName("queueList")
        self.crops.setFont(tabular(self.crops.font()))
        for spin in self.numbers:
            spin.setFont(tabular(spin.font()))
            spin.setKeyboardTracking(False)
            spin.setMinimumWidth(80)
            inset(spin)
            WheelGuard(spin)
        self.slider.setRange(round(-MAX_DEGREES * _SLIDER), round(MAX_DEGREES * _SLIDER))
        self.slider.setPageStep(_SLIDER)
        self.slider.setMinimumHeight(24)
        WheelGuard(self.slider)
        self.degrees.setRange(-MAX_DEGREES, MAX_DEGREES)
        self.degrees.setDecimals(1)
        self.degrees.setSingleStep(0.1)
        self.degrees.setSuffix("°")
        self.degrees.setFont(tabular(self.degrees.font()))
        self.degrees.setKeyboardTracking(False)
        self.degrees.setFixedWidth(88)
        inset(self.degrees)
        WheelGuard(self.degrees)

    def _lay_out(self) -> None:
        crops = QHBoxLayout()
        crops.setSpacing(2)
        crops.addWidget(self._crops_title, 1)
        for button in (self.add, self.duplicate, self.delete):
            crops.addWidget(button)
        numbers = QGridLayout()
        numbers.setHorizontalSpacing(8)
        numbers.setVerticalSpacing(6)
        for index, (label, spin) in enumerate(zip(self._number_labels, self.numbers, strict=True)):
            label.setObjectName("muted")
            label.setBuddy(spin)
            numbers.addWidget(label, index // 2, index % 2 * 2)
            numbers.addWidget(spin, index // 2, index % 2 * 2 + 1)
        numbers.setColumnStretch(1, 1)
        numbers.setColumnStretch(3, 1)
        turns = QHBoxLayout()
        turns.setSpacing(2)
        turns.addWidget(self._turn_title, 1)
        for button in (self.left, self.right, self.flip, self.flip_down):
            turns.addWidget(button)
        level = QHBoxLayout()
        level.setSpacing(8)
        level.addWidget(self.slider, 1)
        level.addWidget(self.degrees)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.setSpacing(8)
        layout.addWidget(self.preview)
        layout.addSpacing(4)
        layout.addWidget(self._shape_title)
        layout.addWidget(self.shapes, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.ratio)
        layout.addSpacing(4)
        layout.addLayout(crops)
        layout.addWidget(self.crops)
        layout.addLayout(numbers)
        layout.addSpacing(4)
        layout.addLayout(turns)
        layout.addLayout(level)
        layout.addStretch()

    def _connect(self) -> None:
        desk = self._desk
        desk.changed.connect(self._show)
        self.shapes.chosen.connect(self._keep_to)
        self.ratio.activated.connect(self._take_ratio)
        line = self.ratio.lineEdit()
        assert line is not None
        line.editingFinished.connect(self._take_ratio)
        self.crops.currentRowChanged.connect(desk.choose)
        self.add.clicked.connect(self._add)
        self.duplicate.clicked.connect(desk.duplicate)
        self.delete.clicked.connect(desk.delete)
        for spin in self.numbers:
            spin.valueChanged.connect(self._place)
        self.left.clicked.connect(self._rotate_left)
        self.right.clicked.connect(self._rotate_right)
        self.flip.clicked.connect(self._flip)
        self.flip_down.clicked.connect(self._flip_down)
        self.slider.valueChanged.connect(self._slide)
        self.slider.sliderReleased.connect(desk.end_straightening)
        self.degrees.valueChanged.connect(self._straighten)

    # --- what a person does

    def _add(self) -> None:
        self._desk.add()

    def _keep_to(self, shape: str) -> None:
        self._desk.keep_to(shape, self._chosen_ratio())  # type: ignore[arg-type]

    def _chosen_ratio(self) -> tuple[int, int] | None:
        parts = QRegularExpression(r"(\d+)\s*[:×x/]\s*(\d+)").match(self.ratio.currentText())
        if not parts.hasMatch():
            return None
        return int(parts.captured(1)), int(parts.captured(2))

    def _take_ratio(self) -> None:
        ratio = self._chosen_ratio()
        if ratio is not None and self._desk.shape == "ratio" and ratio != self._desk.ratio:
            self._desk.keep_to("ratio", ratio)

    def _place(self) -> None:
        left, top, width, height = (spin.value() for spin in self.numbers)
        self._desk.place(Crop(left, top, width, height))

    def _rotate_left(self) -> None:
        self._desk.rotate(-1)

    def _rotate_right(self) -> None:
        self._desk.rotate(1)

    def _flip(self) -> None:
        self._desk.flip()

    def _flip_down(self) -> None:
        self._desk.flip(upside_down=True)

    def _slide(self, value: int) -> None:
        self._desk.straighten(value / _SLIDER, dragging=self.slider.isSliderDown())

    def _straighten(self, degrees: float) -> None:
        self._desk.straighten(degrees)

    # --- what is shown

    def _show(self) -> None:
        desk = self._desk
        self.setEnabled(desk.ready)
        self.shapes.show_choice(desk.shape)
        self.ratio.setVisible(desk.shape == "ratio")
        line = self.ratio.lineEdit()
        if line is not None and not line.hasFocus():
            self.ratio.setEditText(f"{desk.ratio[0]} : {desk.ratio[1]}")
        self._show_crops()
        self._show_numbers()
        for widget, value in ((self.slider, round(desk.turn.degrees * _SLIDER)), (self.degrees, desk.turn.degrees)):
            with QSignalBlocker(widget):
                widget.setValue(value)  # type: ignore[arg-type]

    def _show_crops(self) -> None:
        desk = self._desk
        words = [self._crop_words(index, crop) for index, crop in enumerate(desk.crops)]
        with QSignalBlocker(self.crops):
            if self.crops.count() != len(words):
                self.crops.clear()
                self.crops.addItems(words)
            for row, text in enumerate(words):
                item = self.crops.item(row)
                if item.text() != text:
                    item.setText(text)
                item.setSizeHint(QSize(0, _ROW))
            self.crops.setCurrentRow(desk.chosen)
        self.crops.setVisible(bool(words))
        self.crops.setFixedHeight(min(len(words), _ROWS) * _ROW + 4)
        for button in (self.duplicate, self.delete):
            button.setEnabled(desk.crop is not None)

    def _crop_words(self, index: int, crop: Crop) -> str:
        trained = self._desk.trained(index)
        sign = "⚠ " if trained is not None and trained.small else ""
        return f"{index + 1}    {sign}{crop.width} × {crop.height}"

    def _show_numbers(self) -> None:
        desk, crop = self._desk, self._desk.crop
        width, height = desk.size
        shown = crop or Crop(0, 0, width, height)
        limits = ((0, width - shown.width), (0, height - shown.height), (1, width), (1, height))
        values = (shown.left, shown.top, shown.width, shown.height)
        for spin, (least, most), value in zip(self.numbers, limits, values, strict=True):
            with QSignalBlocker(spin):
                spin.setRange(least, max(least, most))
                spin.setValue(value)
            spin.setEnabled(crop is not None)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._shape_title.setText(self.tr("Shape"))
        self._crops_title.setText(self.tr("Crops"))
        self._turn_title.setText(self.tr("Turn"))
        self.shapes.set_texts([self.tr("Bucket"), self.tr("Ratio"), self.tr("Free")])
        self.shapes.setToolTip(
            self.tr("Bucket: exactly the shapes in which pictures are trained, so that nothing more is cut off.")
        )
        self.ratio.setToolTip(self.tr("Width to height. Type your own, such as 7:5."))
        for button, text in (
            (self.add, self.tr("Add a crop (N)")),
            (self.duplicate, self.tr("Duplicate this crop (Ctrl+D)")),
            (self.delete, self.tr("Delete this crop (Del)")),
            (self.left, self.tr("Turn to the left ([)")),
            (self.right, self.tr("Turn to the right (])")),
            (self.flip, self.tr("Exchange left and right (F)")),
            (self.flip_down, self.tr("Exchange top and bottom")),
        ):
            button.setToolTip(text)
            button.setAccessibleName(text)
        for label, spin, short, text in zip(
            self._number_labels,
            self.numbers,
            (self.tr("Left"), self.tr("Top"), self.tr("Width"), self.tr("Height")),
            (
                self.tr("Pixels from the left edge"),
                self.tr("Pixels from the upper edge"),
                self.tr("Width in pixels"),
                self.tr("Height in pixels"),
            ),
            strict=True,
        ):
            label.setText(short)
            spin.setToolTip(text)
            spin.setAccessibleName(text)
        straighten = self.tr("Straighten, in degrees clockwise")
        for widget in (self.slider, self.degrees):
            widget.setToolTip(straighten)
            widget.setAccessibleName(straighten)
        self.crops.setAccessibleName(self.tr("Crops"))
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        for button, name in (
            (self.add, "add"),
            (self.duplicate, "copy"),
            (self.delete, "delete"),
            (self.left, "rotate_left"),
            (self.right, "rotate_right"),
            (self.flip, "flip"),
            (self.flip_down, "flip_vertical"),
        ):
            button.setIcon(icon(name, 18))


def _title() -> QLabel:
    label = QLabel()
    label.setObjectName("strong")
    return label


def _tool() -> QToolButton:
    button = QToolButton()
    button.setObjectName("plain")
    button.setIconSize(QSize(18, 18))
    button.setMinimumSize(30, 30)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
