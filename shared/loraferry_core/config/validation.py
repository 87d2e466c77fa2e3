"""Whether it still learns or only remembers: the error on pictures that are never trained."""

from loraferry_core.config.param import Config, Param


class Validation(Config):
    """The error on held-out pictures, always at the same degrees of noise and with the same noise."""

    every: int = Param(
        0,
        "Validate every",
        "Steps between two measurements of the error on pictures that are kept out of the training. "
        "0 trains on all and measures nothing.",
        unit="steps",
        ge=0,
        le=1_000_000,
        advanced=True,
    )
    share: float = Param(
        0.1,
        "Held-out share",
        "Share of your pictures that are kept out, at least one. Which ones follows from their content.",
        gt=0,
        le=0.5,
        advanced=True,
    )
    timesteps: int = Param(
        4,
        "Degrees of noise",
        "At so many degrees of noise, evenly apart, the error of each held-out picture is measured.",
        ge=1,
        le=100,
        advanced=True,
    )
