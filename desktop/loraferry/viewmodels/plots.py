"""What the plots of a run show: which curves, how smooth, made light enough to be drawn many times a second."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from loraferry.runs.plotted import PLOTS, PlotId
from loraferry.runs.smoothing import smoothed
from loraferry.runs.watch import Watch
from loraferry.viewmodels.curves import Floats, extremes, means
from loraferry.viewmodels.plot_look import PlotLook
from loraferry_core.events import Adapted, AttemptStarted, CheckpointSaved, Validated

NOISY: frozenset[PlotId] = frozenset({"loss", "grad_norm"})
"""Curves that are smoothed, with the raw ones faint behind."""
CLIPPED = 0.02
"""Share of the values at either end that does not decide on the height of a plot, where outliers are clipped."""
LEAST_SPREAD = 0.1
"""Of its values, that a plot is high at least."""
MarkKind = Literal["attempt", "checkpoint", "adapted"]


@dataclass(frozen=True)
class Trace:
    """One curve as it is drawn: steps and values. `raw` is drawn faint. `name` tells it from others of its plot."""

    x: Floats
    y: Floats
    raw: bool = False
    name: str = ""


@dataclass(frozen=True)
class Mark:
    """Something that happened at a step."""

    step: int
    kind: MarkKind
    detail: str = ""


def shown_plots(watch: Watch, look: PlotLook) -> tuple[PlotId, ...]:
    """The plots for a run: those that are not hidden and of which there is anything."""
    return tuple(plot for plot in PLOTS if plot not in look.hidden and _has(watch, plot))


def _has(watch: Watch, plot: PlotId) -> bool:
    if plot == "validation":
        return bool(watch.validations)
    if plot == "timesteps":
        return any(len(found.timesteps) > 1 for found in watch.validations)
    if plot in ("loss", "lr"):
        return True
    column = np.frombuffer(getattr(watch.curve, plot)[:64])
    return not len(column) or bool(np.any(np.isfinite(column) & (column > 0)))


def traces(watch: Watch, plot: PlotId, look: PlotLook, width: int) -> list[Trace]:
    """The curves of a plot that is `width` pixels wide."""
    if plot == "validation":
        return [_measured(watch.validations)]
    if plot == "timesteps":
        return list(_by_timestep(watch.validations))
    x, y = np.frombuffer(watch.curve.step), np.frombuffer(getattr(watch.curve, plot))
    if not len(x):
        return []
    if plot not in NOISY:
        return [Trace(*means(x, y, width))]
    raw = Trace(*extremes(x, y, max(1, width // 2)), raw=True)
    return [raw, Trace(*means(x, smoothed(y, look.smoothing), width))]


def _measured(validations: list[Validated]) -> Trace:
    """NaN stands for a loss that was not finite."""
    return Trace(
        np.array([float(found.step) for found in validations]),
        np.array([np.nan if found.loss is None else found.loss for found in validations]),
    )


def _by_timestep(validations: list[Validated]) -> Iterator[Trace]:
    """The validation loss at each degree of noise, the least first."""
    steps: dict[int, list[tuple[float, float]]] = {}
    for found in validations:
        for timestep, loss in zip(found.timesteps, found.losses, strict=False):
            steps.setdefault(timestep, []).append((float(found.step), np.nan if loss is None else loss))
    for timestep in sorted(steps):
        x, y = np.array(steps[timestep]).T
        yield Trace(x, y, name=str(timestep))


def heights(drawn: list[Trace], look: PlotLook) -> tuple[float, float] | None:
    """The lowest and the highest value to be seen; None where nothing is drawn. Outliers are left out where `clip`."""
    values = np.concatenate([trace.y[np.isfinite(trace.y)] for trace in drawn]) if drawn else np.array([])
    if look.log:
        values = values[values > 0]
    if not len(values):
        return None
    if not look.clip or len(values) < 1 / CLIPPED:
        low, high = float(values.min()), float(values.max())
    else:
        low, high = (float(value) for value in np.quantile(values, (CLIPPED, 1 - CLIPPED)))
        # The smooth curve is never cut.
        lines = [trace.y[np.isfinite(trace.y)] for trace in drawn if not trace.raw]
        for line in lines:
            if len(line):
                low, high = min(low, float(line.min())), max(high, float(line.max()))
    # What hardly changes is drawn as a line, not as the last digits of its numbers.
    least = LEAST_SPREAD * max(abs(low), abs(high), 1e-9)
    short = max(0.0, least - (high - low)) / 2
    return low - short, high + short


def marks(watch: Watch) -> list[Mark]:
    """What is marked on the axis of steps."""
    found = []
    for happened in watch.happened:
        if isinstance(happened.event, CheckpointSaved):
            found.append(Mark(happened.step, "checkpoint"))
        elif isinstance(happened.event, Adapted):
            found.append(Mark(happened.step, "adapted", happened.event.rung))
        elif isinstance(happened.event, AttemptStarted) and happened.step:
            found.append(Mark(happened.step, "attempt"))
    return found


def nearest(watch: Watch, plot: PlotId, step: float) -> tuple[int, float] | None:
    """The step nearest to a place on the axis, and the value there as it was told."""
    if plot in ("validation", "timesteps"):
        trace = _measured(watch.validations)
        x, y = trace.x, trace.y
    else:
        x, y = np.frombuffer(watch.curve.step), np.frombuffer(getattr(watch.curve, plot))
    if not len(x):
        return None
    place = int(np.clip(np.searchsorted(x, step), 0, len(x) - 1))
    if place and abs(x[place - 1] - step) < abs(x[place] - step):
        place -= 1
    return int(x[place]), float(y[place])
