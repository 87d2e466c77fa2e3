"""The loss curve: the raw trace faint behind, the debiased average in front, always light enough to be drawn live."""

from itertools import zip_longest

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from loraferry.runs.smoothing import smoothed
from loraferry.runs.watch import SMOOTHING, Watch
from loraferry.viewmodels.curves import extremes, means

_GRID_LINES = 10
"""At most; an axis has fewer labels of the coarsest step."""


class LossPlot(pg.PlotWidget):
    """Draws a `Watch`. Pens are one pixel wide without antialiasing where the curve is noisy: that is what makes a
    frame cost milliseconds and not hundreds of them. The grid is lines of our own for the same reason."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lossPlot")
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setMouseEnabled(x=True, y=False)
        self.getPlotItem().getViewBox().setDefaultPadding(0.02)
        self._raw = self.plot(skipFiniteCheck=True)
        self._average = self.plot(skipFiniteCheck=True)
        self._title = ""
        self._grid = [self.addLine(y=0, pen=None) for _ in range(_GRID_LINES)]
        self.getPlotItem().getViewBox().sigYRangeChanged.connect(self._place_grid)
        self._apply_palette()

    def show_watch(self, watch: Watch | None) -> None:
        """Draw the curves as they are now."""
        if watch is None or not watch.curve.step:
            self._raw.setData([], [])
            self._average.setData([], [])
            return
        width = max(200, self.width())
        step = np.frombuffer(watch.curve.step)
        loss = np.frombuffer(watch.curve.loss)
        self._raw.setData(*extremes(step, loss, width // 2))
        self._average.setData(*means(step, smoothed(loss, SMOOTHING), width))

    def set_title(self, text: str) -> None:
        """The words over the plot."""
        self._title = text
        self._write_title()

    def show_everything(self) -> None:
        """Follow the newest point again after zooming."""
        self.getPlotItem().getViewBox().enableAutoRange()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._apply_palette()
        super().changeEvent(event)

    def _place_grid(self) -> None:
        """Lines at the labels of the coarsest step."""
        axis, (low, high) = self.getPlotItem().getAxis("left"), self.getPlotItem().getViewBox().viewRange()[1]
        _, places = axis.tickValues(low, high, axis.height())[0]
        for line, place in zip_longest(self._grid, places[:_GRID_LINES]):
            line.setVisible(place is not None)
            if place is not None:
                line.setValue(place)

    def _write_title(self) -> None:
        muted = self.palette().color(QPalette.ColorRole.PlaceholderText).name()
        self.getPlotItem().setTitle(self._title, color=muted, size="9pt", justify="left")

    def _apply_palette(self) -> None:
        if not hasattr(self, "_grid"):
            return
        palette = self.palette()
        accent = palette.color(QPalette.ColorRole.Accent)
        text = palette.color(QPalette.ColorRole.PlaceholderText)
        faint = palette.color(QPalette.ColorRole.Text)
        faint.setAlphaF(0.28)
        line = palette.color(QPalette.ColorRole.Midlight)
        self.setBackground(palette.color(QPalette.ColorRole.Base))
        self._raw.setPen(pg.mkPen(faint, width=1))
        self._average.setPen(pg.mkPen(accent, width=2))
        for grid in self._grid:
            grid.setPen(pg.mkPen(line, width=1))
            grid.setZValue(-10)
        for name in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(name)
            axis.setPen(pg.mkPen(line))
            axis.setTextPen(pg.mkPen(text))
        self._write_title()
