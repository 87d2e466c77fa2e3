"""One plot over the steps of a run, light enough to be drawn live: curves, marks, a crosshair that plots share."""

from itertools import zip_longest

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QWidget

from loraferry.viewmodels.plot_look import PlotLook
from loraferry.viewmodels.plots import Mark, Trace, heights
from loraferry.views.theme import tokens_now

_GRID_LINES = 10
"""At most; an axis has fewer labels of the coarsest step."""
_STYLES = {
    "checkpoint": Qt.PenStyle.DotLine,
    "adapted": Qt.PenStyle.DashLine,
    "attempt": Qt.PenStyle.DashDotLine,
}


class CurvePlot(pg.PlotWidget):
    """Pens are one pixel wide without antialiasing where a curve is noisy: that is what makes a frame cost milliseconds
    and not hundreds of them. The grid is lines of our own for the same reason."""

    pointed = Signal(float)
    """The mouse is over this step; NaN where it has left."""
    zoomed = Signal(float, float)
    """Only the steps from the one to the other are shown now."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setMouseEnabled(x=True, y=False)
        self.setMinimumHeight(110)
        box = self.getPlotItem().getViewBox()
        box.setDefaultPadding(0.02)
        self._title = ""
        self._log = False
        self._curves: list[pg.PlotDataItem] = []
        self._shown: list[Trace] = []
        self._marks: dict[Mark, pg.InfiniteLine] = {}
        self._grid = [self.addLine(y=0, pen=None) for _ in range(_GRID_LINES)]
        self._cross = self.addLine(x=0, pen=None)
        self._cross.hide()
        box.sigYRangeChanged.connect(self._place_grid)
        box.sigXRangeChanged.connect(self._tell_zoom)
        self._told = False
        self.scene().sigMouseMoved.connect(self._point)
        self._apply_palette()

    @property
    def curves(self) -> list[Trace]:
        """What is drawn now."""
        return self._shown

    def draw(self, drawn: list[Trace], marked: list[Mark], look: PlotLook) -> None:
        """Show the curves as they are now. A view that somebody has zoomed into stays."""
        if look.log != self._log:
            self._log = look.log
            self.setLogMode(y=look.log)
        while len(self._curves) < len(drawn):
            self._curves.append(self.plot(skipFiniteCheck=True))
            self._dress_curves(drawn)
        if [(trace.raw, trace.name) for trace in drawn] != [(trace.raw, trace.name) for trace in self._shown]:
            self._dress_curves(drawn)
        for curve, trace in zip_longest(self._curves, drawn):
            if trace is None:
                curve.setData([], [])
                continue
            kept = np.isfinite(trace.y) & ((trace.y > 0) if look.log else True)
            curve.setData(trace.x[kept], trace.y[kept])
        self._shown = drawn
        self._draw_marks(marked)
        self._set_heights(look)

    def _set_heights(self, look: PlotLook) -> None:
        found = heights(self._shown, look)
        if found is not None:
            low, high = (np.log10(value) for value in found) if look.log else found
            self.setYRange(low, high, padding=0.05)

    def _draw_marks(self, marked: list[Mark]) -> None:
        for mark in marked:
            if mark not in self._marks:
                self._marks[mark] = self.addLine(x=mark.step)
                self._dress_mark(mark)
        for mark in [mark for mark in self._marks if mark not in marked]:
            self.removeItem(self._marks.pop(mark))

    def show_everything(self) -> None:
        """Follow the newest point again after zooming."""
        box = self.getPlotItem().getViewBox()
        box.enableAutoRange(axis=pg.ViewBox.XAxis)
        box.updateAutoRange()

    def show_part(self, low: float, high: float) -> None:
        """Show the steps from `low` to `high`, without telling."""
        self._told = True
        self.setXRange(low, high, padding=0)
        self._told = False

    def _tell_zoom(self, box: pg.ViewBox, part: tuple[float, float]) -> None:
        if not self._told and not box.autoRangeEnabled()[0]:
            self.zoomed.emit(*part)

    def set_title(self, text: str) -> None:
        """The words over the plot."""
        if text != self._title:
            self._title = text
            self._write_title()

    def show_cross(self, step: float) -> None:
        """Mark the place where the mouse is in any of the plots; NaN for nowhere."""
        self._cross.setVisible(not np.isnan(step))
        if not np.isnan(step):
            self._cross.setValue(step)

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(float("nan"))
        super().leaveEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._apply_palette()
        super().changeEvent(event)

    def _point(self, place: QPointF) -> None:
        box = self.getPlotItem().getViewBox()
        if box.sceneBoundingRect().contains(place):
            self.pointed.emit(float(box.mapSceneToView(place).x()))

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

    def _dress_curves(self, drawn: list[Trace]) -> None:
        tokens = tokens_now()
        faint = QColor(tokens.text)
        faint.setAlphaF(0.28)
        named = [trace.name for trace in drawn if trace.name]
        for curve, trace in zip(self._curves, drawn, strict=False):
            colour = tokens.concepts[named.index(trace.name) % len(tokens.concepts)] if trace.name else tokens.accent
            curve.setPen(pg.mkPen(faint, width=1) if trace.raw else pg.mkPen(colour, width=2))

    def _dress_mark(self, mark: Mark) -> None:
        tokens = tokens_now()
        colour = QColor(tokens.muted if mark.kind == "checkpoint" else tokens.warning)
        colour.setAlphaF(0.7)
        line = self._marks[mark]
        line.setPen(pg.mkPen(colour, width=1, style=_STYLES[mark.kind]))
        line.setZValue(-5)

    def _apply_palette(self) -> None:
        if not hasattr(self, "_cross"):
            return
        palette = self.palette()
        text = palette.color(QPalette.ColorRole.PlaceholderText)
        line = palette.color(QPalette.ColorRole.Midlight)
        self.setBackground(palette.color(QPalette.ColorRole.Base))
        self._dress_curves(self._shown)
        for mark in self._marks:
            self._dress_mark(mark)
        for grid in self._grid:
            grid.setPen(pg.mkPen(line, width=1))
            grid.setZValue(-10)
        self._cross.setPen(pg.mkPen(text, width=1))
        for name in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(name)
            axis.setPen(pg.mkPen(line))
            axis.setTextPen(pg.mkPen(text))
        self._write_title()
