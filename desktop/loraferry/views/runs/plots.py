"""The plots of a run: side by side, with one axis of steps, one crosshair, and how they are to look above them."""

import math

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from loraferry.runs.plotted import PLOTS, PlotId
from loraferry.runs.watch import Watch
from loraferry.texts.plots import plot_name, value_text
from loraferry.viewmodels.plot_look import PlotLook
from loraferry.viewmodels.plots import marks, nearest, shown_plots, traces
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry.views.runs.curve_plot import CurvePlot
from loraferry.views.theme import tabular

_COLUMNS = 2
_STEPS = 100
"""Of the slider; the smoothing it stands for grows ever slower towards its end."""


class Plots(QWidget):
    """Draws a `Watch`. Plots are made when a run first has something for them."""

    def __init__(self, settings: SettingsViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plots")
        self._settings = settings
        self._watch: Watch | None = None
        self._plots: dict[PlotId, CurvePlot] = {}
        self._placed: tuple[PlotId, ...] = ()
        self._cross = math.nan
        self._smooth_name = QLabel()
        self._smooth = QSlider(Qt.Orientation.Horizontal)
        self._smooth.setRange(0, _STEPS)
        self._smooth.setFixedWidth(120)
        self._log, self._clip = QCheckBox(), QCheckBox()
        self._which = QToolButton()
        self._which.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._which.setMenu(QMenu(self._which))
        self._all = QPushButton()
        self._read = QLabel()
        self._read.setObjectName("muted")
        self._read.setFont(tabular(self._read.font()))
        self._grid = QGridLayout()
        self._lay_out()
        self._show_look()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(12)
        for widget in (self._smooth_name, self._smooth, self._log, self._clip, self._which, self._all):
            bar.addWidget(widget)
        bar.addStretch()
        bar.addWidget(self._read)
        body = QWidget()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        body.setLayout(self._grid)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(bar)
        layout.addWidget(area, 1)

    def _connect(self) -> None:
        self._smooth.valueChanged.connect(self._choose_smoothing)
        self._log.toggled.connect(self._choose_log)
        self._clip.toggled.connect(self._choose_clip)
        self._all.clicked.connect(self.show_everything)
        self._which.menu().aboutToShow.connect(self._offer_plots)
        self._which.menu().triggered.connect(self._toggle_plot)

    @property
    def look(self) -> PlotLook:
        """How plots are to look."""
        return self._settings.value.plots

    def plot(self, name: PlotId) -> CurvePlot:
        """One of the plots. Raises KeyError where nothing was drawn there yet."""
        return self._plots[name]

    def show_watch(self, watch: Watch | None) -> None:
        """Draw the curves as they are now."""
        self._watch = watch
        if watch is None:
            return
        shown = shown_plots(watch, self.look)
        if shown != self._placed:
            self._place(shown)
        marked = marks(watch)
        for name in shown:
            plot = self._plots[name]
            plot.draw(traces(watch, name, self.look, max(200, plot.width())), marked, self.look)
        self._write_reading()

    def show_everything(self) -> None:
        """Follow the newest point again after zooming."""
        for plot in self._plots.values():
            plot.show_everything()

    def _place(self, shown: tuple[PlotId, ...]) -> None:
        """The first plot over the whole width, the others in columns below it."""
        for name in shown:
            if name not in self._plots:
                self._plots[name] = self._made(name)
        for plot in self._plots.values():
            self._grid.removeWidget(plot)
            plot.hide()
        for place, name in enumerate(shown):
            plot = self._plots[name]
            if place == 0:
                self._grid.addWidget(plot, 0, 0, 1, _COLUMNS)
            else:
                row, column = divmod(place - 1, _COLUMNS)
                alone = column == 0 and place == len(shown) - 1
                self._grid.addWidget(plot, row + 1, column, 1, _COLUMNS if alone else 1)
            plot.show()
        self._grid.setRowStretch(0, 2)
        for row in range(1, 5):
            self._grid.setRowStretch(row, int(row <= (len(shown)) // _COLUMNS))
        self._placed = shown

    def _made(self, name: PlotId) -> CurvePlot:
        plot = CurvePlot(f"plot:{name}")
        plot.set_title(plot_name(name))
        plot.setAccessibleName(plot_name(name))
        plot.pointed.connect(self._point)
        plot.zoomed.connect(self._zoom)
        return plot

    def _zoom(self, low: float, high: float) -> None:
        """Somebody looks at a part of the run in one plot: so do the others, however wide they are."""
        for plot in self._plots.values():
            if plot is not self.sender():
                plot.show_part(low, high)

    def _point(self, step: float) -> None:
        self._cross = step
        for plot in self._plots.values():
            plot.show_cross(step)
        self._write_reading()

    def _write_reading(self) -> None:
        """What the curves say where the mouse is."""
        watch = self._watch
        if watch is None or math.isnan(self._cross):
            self._read.setText("")
            return
        parts: list[str] = []
        for name in self._placed:
            found = nearest(watch, name, self._cross)
            if found is not None and name != "timesteps":
                parts = parts or [self.tr("Step {step}").format(step=found[0])]
                parts.append(value_text(name, found[1]))
        self._read.setText("  ·  ".join(parts[:4]))

    # --- how it looks

    def _show_look(self) -> None:
        look = self.look
        # 0 is none, 100 is 0.999: each tenth of the way leaves half of what was left.
        self._smooth.setValue(round(_STEPS * -math.log2(1 - look.smoothing) / 10) if look.smoothing else 0)
        self._log.setChecked(look.log)
        self._clip.setChecked(look.clip)

    def _choose_smoothing(self, value: int) -> None:
        self._change(smoothing=min(0.999, 1 - 2 ** (-10 * value / _STEPS)))

    def _choose_log(self, on: bool) -> None:
        self._change(log=on)

    def _choose_clip(self, on: bool) -> None:
        self._change(clip=on)

    def _offer_plots(self) -> None:
        menu = self._which.menu()
        menu.clear()
        for name in PLOTS:
            action = menu.addAction(plot_name(name))
            action.setCheckable(True)
            action.setChecked(name not in self.look.hidden)
            action.setData(name)

    def _toggle_plot(self, action: QAction) -> None:
        name = action.data()
        hidden = tuple(one for one in self.look.hidden if one != name)
        self._change(hidden=hidden if name in self.look.hidden else (*hidden, name))

    def _change(self, **changes: object) -> None:
        self._settings.update(plots=self.look.replace(**changes))
        self.show_watch(self._watch)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._smooth_name.setText(self.tr("Smoothing"))
        self._smooth.setAccessibleName(self.tr("Smoothing"))
        self._log.setText(self.tr("Logarithmic"))
        self._clip.setText(self.tr("Without outliers"))
        self._clip.setToolTip(self.tr("The highest and lowest of single steps do not decide how high a plot is."))
        self._which.setText(self.tr("Plots"))
        self._all.setText(self.tr("Whole run"))
        self._all.setToolTip(self.tr("After zooming in: show all steps again, and follow the newest."))
        for name, plot in self._plots.items():
            plot.set_title(plot_name(name))
            plot.setAccessibleName(plot_name(name))
        self._write_reading()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
