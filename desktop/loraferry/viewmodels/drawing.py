"""The curves of a run as they are drawn: smoothed, thinned to what a plot can show, and cheap to draw once more."""

from dataclasses import replace
from typing import Literal

import numpy as np

from loraferry.runs.plotted import PlotId
from loraferry.runs.smoothing import reach, smoothed
from loraferry.runs.steps import Curve
from loraferry.runs.watch import Watch
from loraferry.viewmodels.curves import Floats, GrowingCurve, Points, Read, Thin, bucket_size, extremes, means, thinned
from loraferry.viewmodels.plot_look import PlotLook
from loraferry.viewmodels.plots import Trace, by_timestep, measured

NOISY: frozenset[PlotId] = frozenset({"loss", "grad_norm"})
"""Curves that are smoothed, with the raw ones faint behind."""
Part = tuple[float, float]
"""The first and the last step that are looked at."""
_Kind = Literal["raw", "smooth", "plain"]


class Drawing:
    """The curves of one `Watch`. `hue` and `name` tell its curves from those of other runs in the same plots."""

    def __init__(self, watch: Watch, *, name: str = "", hue: int | None = None) -> None:
        self.watch = watch
        self.name, self.hue = name, hue
        self._curve: Curve = watch.curve
        self._kept: dict[tuple[PlotId, _Kind, float, int], GrowingCurve] = {}

    def traces(
        self, plot: PlotId, look: PlotLook, width: int, part: Part | None = None, *, raw: bool = True
    ) -> list[Trace]:
        """The curves of a plot that is `width` pixels wide; of a `part` of the run in all the detail that there is
        room for. Without `raw` smooth curves have no raw ones behind."""
        if plot == "validation":
            found = measured(self.watch.validations)
            return [replace(found, name=self.name, hue=self.hue)] if len(found.x) else []
        if plot == "timesteps":
            return list(by_timestep(self.watch.validations))
        if self._curve is not self.watch.curve:  # an attempt began anew
            self._curve = self.watch.curve
            self._kept.clear()
        if not len(self._curve):
            return []
        if plot not in NOISY:
            return [self._trace(plot, "plain", 0.0, width, part)]
        smooth = self._trace(plot, "smooth", look.smoothing, width, part)
        return [replace(self._trace(plot, "raw", 0.0, width // 2, part), raw=True), smooth] if raw else [smooth]

    def _trace(self, plot: PlotId, kind: _Kind, smoothing: float, most: int, part: Part | None) -> Trace:
        x, y = np.frombuffer(self._curve.step), np.frombuffer(getattr(self._curve, plot))
        around = reach(smoothing)

        def read(start: int, stop: int) -> Points:
            if kind != "smooth":
                return x[start:stop].copy(), y[start:stop].copy()
            first = max(0, start - around)
            return x[start:stop].copy(), smoothed(y[first : stop + around], smoothing)[start - first : stop - first]

        if part is not None:
            points = _detail(x, part, most, read, extremes if kind == "raw" else means)
        else:
            points = self._whole((plot, kind, smoothing, most), len(x), len(x) - around, read)
        return Trace(*points, name=self.name, hue=self.hue)

    def _whole(self, key: tuple[PlotId, _Kind, float, int], length: int, settled: int, read: Read) -> Points:
        if key not in self._kept:
            for other in [kept for kept in self._kept if kept[:2] == key[:2]]:  # another width or smoothing is past
                del self._kept[other]
            self._kept[key] = GrowingCurve(extremes if key[1] == "raw" else means, key[3])
        return self._kept[key].points(length, max(0, settled), read)


def _detail(x: Floats, part: Part, most: int, read: Read, thin: Thin) -> Points:
    """What lies in a part of a curve, and the points next to it."""
    first = max(0, int(np.searchsorted(x, part[0])) - 1)
    last = min(len(x), int(np.searchsorted(x, part[1], side="right")) + 1)
    if first >= last:
        return np.array([]), np.array([])
    return thinned(*read(first, last), bucket_size(last - first, max(1, most)), thin)
