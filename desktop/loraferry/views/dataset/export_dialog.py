"""Export into a folder: which pictures, how large, in what format, with what beside them."""

from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QColorDialog,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from loraferry.forms.number_spin import inset
from loraferry.forms.wheel import WheelGuard
from loraferry.library.renderer import WHITE, Colour, Format
from loraferry.viewmodels.dataset_export import EXTENTS, MAX_SIDE, WHICH, DatasetExport
from loraferry.viewmodels.dataset_filter import training_of
from loraferry.viewmodels.studio import Studio
from loraferry.views.dialogs.fitting import FittingDialog
from loraferry.views.theme import tabular
from loraferry.views.widgets.notice import Notice
from loraferry.views.widgets.wrapping import wrapping_label

WIDTH = 620
MAX_NOTICES = 4
"""Problems that are shown; how many there are beyond them is said."""
FORMATS: tuple[Format, ...] = ("auto", "png", "jpg")
BLACK: Colour = (0, 0, 0)
CHECKS = ("captions", "masks", "numbered", "replace")
_OTHER = "other"


def build(studio: Studio) -> QWidget:
    """The dialog over the open folder."""
    model = DatasetExport(studio.dataset, studio.tasks, partial(training_of, studio.plan))
    dialog = ExportDialog(model)
    model.setParent(dialog)
    return dialog


class ExportDialog(FittingDialog):
    """The view of a `DatasetExport`. Closing it ends nothing; what goes on goes on."""

    def __init__(self, model: DatasetExport, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("exportDialog")
        self._model = model
        self._heading, self._about = wrapping_label("heading"), wrapping_label("muted")
        self._labels = {name: QLabel() for name in ("which", "folder", "extent", "format", "fill")}
        self._boxes = {name: _box(name) for name in ("which", "extent", "format", "fill")}
        self._folder, self._browse = QLineEdit(), QPushButton()
        self._side, self._quality = _spin("exportSide", 16, MAX_SIDE), _spin("exportQuality", 1, 100)
        self._checks = {name: QCheckBox() for name in CHECKS}
        self._hint, self._status = wrapping_label("muted"), wrapping_label("muted")
        self._status.setFont(tabular(self._status.font()))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(6)
        self._notices = QVBoxLayout()
        self._notices.setSpacing(6)
        self._go, self._stop, self._close = QPushButton(), QPushButton(), QPushButton()
        self._shown: object = None
        # Notices count only once they are shown.
        self._fitting = QTimer(self)
        self._fitting.setSingleShot(True)
        self._fitting.setInterval(0)
        self._fitting.timeout.connect(self.fit)
        self._lay_out()
        self._connect()
        self.setMinimumWidth(WIDTH)
        self.resize(WIDTH, 1)
        self.retranslate()

    # ---- building ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(14)
        layout.addWidget(self._heading)
        layout.addWidget(self._about)
        layout.addLayout(self._form())
        layout.addWidget(self._hint)
        layout.addWidget(self._bar)
        layout.addWidget(self._status)
        layout.addLayout(self._notices)
        layout.addLayout(self._buttons())

    def _form(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        self._folder.setObjectName("exportFolder")
        rows: dict[str, tuple[QWidget, QWidget | None]] = {
            "which": (self._boxes["which"], None),
            "folder": (self._folder, self._browse),
            "extent": (self._boxes["extent"], self._side),
            "format": (self._boxes["format"], self._quality),
            "fill": (self._boxes["fill"], None),
        }
        for row, (name, (field, beside)) in enumerate(rows.items()):
            self._labels[name].setBuddy(field)
            grid.addWidget(self._labels[name], row, 0, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(field, row, 1, 1, 2 if beside is None else 1)
            if beside is not None:
                beside.setMinimumWidth(120)
                grid.addWidget(beside, row, 2)
        for row, (name, check) in enumerate(self._checks.items(), len(rows)):
            check.setObjectName(f"export_{name}")
            grid.addWidget(check, row, 1, 1, 2)
        return grid

    def _buttons(self) -> QHBoxLayout:
        self._go.setObjectName("primary")
        self._go.setDefault(True)
        self._stop.setObjectName("exportStop")
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addStretch(1)
        for button in (self._close, self._stop, self._go):
            line.addWidget(button)
        return line

    def _connect(self) -> None:
        model = self._model
        for name, box in self._boxes.items():
            box.activated.connect(partial(self._chosen, name))
        for name, check in self._checks.items():
            check.toggled.connect(partial(self._set, name))
        self._folder.editingFinished.connect(lambda: model.choose(folder=self._folder.text().strip()))
        self._browse.clicked.connect(self._choose_folder)
        self._side.valueChanged.connect(partial(self._set, "side"))
        self._quality.valueChanged.connect(partial(self._set, "quality"))
        self._go.clicked.connect(model.start)
        self._stop.clicked.connect(model.stop)
        self._close.clicked.connect(self.close)
        model.changed.connect(self.refresh)

    # ---- choosing ---------------------------------------------------------------------------------------------------

    def _set(self, name: str, value: Any) -> None:
        self._model.choose(**{name: value})

    def _chosen(self, name: str, row: int) -> None:
        value = self._boxes[name].itemData(row)
        if name == "fill":
            value = self._other_colour() if value == _OTHER else _colour(value)
        self._model.choose(**{name: value})
        self.refresh()

    def _other_colour(self) -> Colour | None:
        before = self._model.choices.fill
        found = QColorDialog.getColor(QColor(*(before or WHITE)), self, self.tr("Colour behind transparent parts"))
        return (found.red(), found.green(), found.blue()) if found.isValid() else before

    def _choose_folder(self) -> None:
        found = QFileDialog.getExistingDirectory(self, self.tr("Folder to export to"), self._folder.text())
        if found:
            self._model.choose(folder=found)

    # ---- showing ----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what is chosen and how far it is."""
        model, chosen, state = self._model, self._model.choices, self._model.state
        if not self._folder.hasFocus() or self._folder.text().strip() != chosen.folder:
            self._folder.setText(chosen.folder)
        self._fill_colours()
        for name, box in self._boxes.items():
            value = getattr(chosen, name)
            if name == "fill":
                value = _code(WHITE if chosen.format == "jpg" and value is None else value)
            box.setCurrentIndex(next(row for row in range(box.count()) if box.itemData(row) == value))
            box.setEnabled(not state.busy)
        for name, check in self._checks.items():
            with QSignalBlocker(check):
                check.setChecked(getattr(chosen, name))
            check.setEnabled(not state.busy)
        for spin, value in ((self._side, chosen.side), (self._quality, chosen.quality)):
            with QSignalBlocker(spin):
                spin.setValue(value)
            spin.setEnabled(not state.busy)
        self._side.setVisible(chosen.extent == "side")
        self._quality.setVisible(chosen.format != "png")
        self._folder.setEnabled(not state.busy)
        self._browse.setEnabled(not state.busy)
        self._hint.setText(self._hint_text())
        self._bar.setVisible(state.busy)
        self._bar.setRange(0, max(1, state.total))
        self._bar.setValue(state.done)
        self._status.setText(self._status_text())
        self._status.setVisible(bool(self._status.text()))
        self._go.setEnabled(model.ready)
        self._go.setText(self.tr("Export {count}").format(count=f"{len(model.pieces):,}"))
        self._go.setVisible(not state.busy)
        self._stop.setVisible(state.busy)
        self._show_problems()
        self._fitting.start()

    def _hint_text(self) -> str:
        model = self._model
        if not model.pieces:
            return self.tr("There is nothing to export: no picture is chosen, or all of them were rejected.")
        if not model.choices.folder:
            return self.tr("Choose a folder outside of the project.")
        if model.obstacles and model.choices.replace:
            return self.tr("Files in the folder that will be replaced: {count}.").format(count=f"{model.obstacles:,}")
        if model.obstacles:
            return self.tr(
                "Files of these names are in the folder already: {count}. They stay as they are, and their pictures are "
                "left out."
            ).format(count=f"{model.obstacles:,}")
        return self.tr("The originals are only read. An export that was stopped goes on where it was.")

    def _status_text(self) -> str:
        state = self._model.state
        if state.busy:
            return self.tr("{done} of {total}").format(done=f"{state.done:,}", total=f"{state.total:,}")
        if state.stopped:
            return self.tr("Stopped after {done} of {total}. Export again to go on.").format(
                done=f"{state.done:,}", total=f"{state.total:,}"
            )
        result = state.result
        if result is None:
            return ""
        if result.kept:
            return self.tr("Written now: {written}. Written before: {kept}.").format(
                written=f"{result.written:,}", kept=f"{result.kept:,}"
            )
        return self.tr("Written: {written}.").format(written=f"{result.written:,}")

    def _show_problems(self) -> None:
        result = self._model.state.result
        if result is self._shown:
            return
        self._shown = result
        while (item := self._notices.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        problems = () if result is None else result.problems
        for found in problems[:MAX_NOTICES]:
            self._notices.addWidget(Notice(found))
        if len(problems) > MAX_NOTICES:
            more = wrapping_label("muted")
            more.setText(self.tr("Further problems: {count}.").format(count=len(problems) - MAX_NOTICES))
            self._notices.addWidget(more)

    def _fill_colours(self) -> None:
        """The choices for transparent parts: JPEG has none, and a colour of one's own is listed once it is chosen."""
        chosen, box = self._model.choices, self._boxes["fill"]
        rows = [] if chosen.format == "jpg" else [(self.tr("Stay transparent"), _code(None))]
        rows += [(self.tr("White"), _code(WHITE)), (self.tr("Black"), _code(BLACK))]
        if chosen.fill not in (None, WHITE, BLACK):
            rows.append((_code(chosen.fill), _code(chosen.fill)))
        rows.append((self.tr("Another colour…"), _OTHER))
        _fill(box, rows)

    def retranslate(self) -> None:
        """Say everything in the language of now."""
        self.setWindowTitle(self.tr("Export"))
        self._heading.setText(self.tr("Export pictures"))
        self._about.setText(
            self.tr(
                "Writes the pictures as they are cut and turned here, in sRGB and without camera data, into a folder of "
                "your choice. Each crop becomes a picture of its own."
            )
        )
        texts = (
            self.tr("Pictures"),
            self.tr("Folder"),
            self.tr("Size"),
            self.tr("Format"),
            self.tr("Transparent parts"),
        )
        for label, text in zip(self._labels.values(), texts, strict=True):
            label.setText(text)
        which = (
            self.tr("All that were not rejected"),
            self.tr("Those that are shown"),
            self.tr("Those that are selected"),
        )
        _fill(self._boxes["which"], list(zip(which, WHICH, strict=True)))
        training = self._model.training
        extents = (
            self.tr("As they are sent to the training ({resolution} px)").format(resolution=training.resolution),
            self.tr("Cut to the training buckets ({resolution} px)").format(resolution=training.resolution),
            self.tr("Longest side"),
            self.tr("As large as they are"),
        )
        _fill(self._boxes["extent"], list(zip(extents, EXTENTS, strict=True)))
        formats = (self.tr("JPEG for photos, PNG for others"), self.tr("PNG"), self.tr("JPEG"))
        _fill(self._boxes["format"], list(zip(formats, FORMATS, strict=True)))
        checks = (
            self.tr("Captions as .txt files beside them"),
            self.tr("Masks as files ending in “-masklabel”"),
            self.tr("Number the files: 0001, 0002 …"),
            self.tr("Replace files that are there already"),
        )
        for check, text in zip(self._checks.values(), checks, strict=True):
            check.setText(text)
        self._browse.setText(self.tr("Choose…"))
        self._side.setSuffix(f" {self.tr('px')}")
        self._quality.setPrefix(f"{self.tr('Quality')} ")
        self._side.setAccessibleName(self.tr("Longest side"))
        self._quality.setAccessibleName(self.tr("Quality of JPEGs"))
        self._stop.setText(self.tr("Stop"))
        self._close.setText(self.tr("Close"))
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        self._model.watch(True)
        self.retranslate()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._model.watch(False)
        super().hideEvent(event)


def _code(colour: Colour | None) -> str:
    """The colour as a choice is known by; Qt would make a list of it."""
    return "" if colour is None else QColor(*colour).name()


def _colour(code: str) -> Colour | None:
    colour = QColor(code)
    return (colour.red(), colour.green(), colour.blue()) if code else None


def _box(name: str) -> QComboBox:
    box = QComboBox()
    box.setObjectName(f"export_{name}")
    WheelGuard(box)
    return box


def _spin(name: str, low: int, high: int) -> QSpinBox:
    spin = QSpinBox()
    spin.setObjectName(name)
    spin.setRange(low, high)
    WheelGuard(spin)
    inset(spin)
    return spin


def _fill(box: QComboBox, rows: list[tuple[str, Any]]) -> None:
    """New texts and values, and the same value chosen."""
    before = box.currentData()
    box.clear()
    for text, value in rows:
        box.addItem(text, value)
    values = [value for _, value in rows]
    if before in values:
        box.setCurrentIndex(values.index(before))
