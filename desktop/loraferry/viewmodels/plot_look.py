"""How plots are to look, as the settings keep it."""

from pydantic import Field

from loraferry.runs.plotted import PlotId
from loraferry_core.config import Config


class PlotLook(Config):
    """How a person wants to see plots; kept in the settings."""

    smoothing: float = Field(0.9, ge=0, le=0.999)
    log: bool = False
    clip: bool = True
    hidden: tuple[PlotId, ...] = ("memory_mb",)
