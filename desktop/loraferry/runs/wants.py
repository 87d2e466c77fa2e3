"""How much of a run is brought home while it goes on. What came of it always is, and so are the test pictures."""

from typing import Literal

from pydantic import Field

from loraferry_core.config.param import Config


class Wants(Config):
    """`loras`: the LoRA of each checkpoint, as it is made. `all`: also what another machine needs to go on from it, of
    the newest `keep` checkpoints."""

    checkpoints: Literal["none", "loras", "all"] = "none"
    keep: int = Field(2, ge=1, le=100)
