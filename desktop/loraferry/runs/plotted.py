"""What of a run is plotted."""

from typing import Literal

PlotId = Literal["validation", "loss", "timesteps", "lr", "grad_norm", "images_per_s", "memory_mb"]
PLOTS: tuple[PlotId, ...] = PlotId.__args__  # type: ignore[attr-defined]
"""In the order in which they are shown: what tells most comes first."""
