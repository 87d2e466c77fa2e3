"""Test pictures of a run: a row for each prompt, a column for each step, the newest at the right."""

from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QWidget

from loraferry.runs.watch import Watch
from loraferry.views.widgets.tooltips import set_plain_tooltip
from loraferry_core.events import SampleMade

TILE = 96


class SampleMatrix(QScrollArea):
    """Adds pictures as they come home; scrolls along with the newest unless somebody looks at older ones."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("samples")
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self._body = QWidget()
        self._grid = QGridLayout(self._body)
        self._grid.setSpacing(8)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setWidget(self._body)
        self._steps: list[int] = []
        self._tiles: dict[tuple[int, int], QLabel] = {}
        self._headers: dict[int, QLabel] = {}

    def clear(self) -> None:
        """Show nothing."""
        while item := self._grid.takeAt(0):
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._steps.clear()
        self._tiles.clear()
        self._headers.clear()

    def show_watch(self, watch: Watch, files: dict[str, Path]) -> None:
        """Add what is not shown yet of the pictures that are here."""
        bar = self.horizontalScrollBar()
        at_the_end = bar.value() >= bar.maximum() - TILE
        before = len(self._tiles)
        for sample in watch.samples:
            path = files.get(sample.file.name)
            if path is not None and (sample.step, sample.index) not in self._tiles:
                self._add(sample, path)
        if len(self._tiles) != before and at_the_end:
            self._body.adjustSize()
            bar.setValue(bar.maximum())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            for step, header in self._headers.items():
                header.setText(self._step_text(step))
        super().changeEvent(event)

    def _add(self, sample: SampleMade, path: Path) -> None:
        if sample.step not in self._steps:
            self._steps.append(sample.step)
            header = QLabel(self._step_text(sample.step))
            header.setObjectName("caption")
            self._headers[sample.step] = header
            self._grid.addWidget(header, 0, self._steps.index(sample.step))
        tile = QLabel()
        tile.setFixedSize(TILE, TILE)
        tile.setPixmap(self._pixmap(path))
        set_plain_tooltip(tile, f"{sample.prompt}\n{path}")
        tile.setAccessibleName(f"{sample.prompt}, {self._step_text(sample.step)}")
        self._grid.addWidget(tile, sample.index + 1, self._steps.index(sample.step))
        self._tiles[sample.step, sample.index] = tile

    def _pixmap(self, path: Path) -> QPixmap:
        """Scaled to the tile; a small picture is enlarged without blur, so that its pixels can be seen."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(str(path))
        if picture.isNull():  # the training machine sent something that is no picture
            return picture
        side = round(TILE * ratio)
        small = max(picture.width(), picture.height()) < side
        mode = Qt.TransformationMode.FastTransformation if small else Qt.TransformationMode.SmoothTransformation
        scaled = picture.scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio, mode)
        scaled.setDevicePixelRatio(ratio)
        return scaled

    def _step_text(self, step: int) -> str:
        return self.tr("Before training") if step == 0 else self.tr("Step {step}").format(step=step)
