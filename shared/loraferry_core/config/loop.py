"""How long, how much at once, in which precision, from which seed."""

from typing import Literal

from loraferry_core.config.param import Config, Param


class Loop(Config):
    """The length and the rhythm of a run."""

    unit: Literal["steps", "epochs"] = Param(
        "epochs", "Count in", "Whether the run ends after a number of steps or of epochs (passes over all pictures)."
    )
    steps: int = Param(1000, "Steps", "Length of the run, when it is counted in steps.", ge=1, le=1_000_000)
    epochs: int = Param(
        10, "Epochs", "Length of the run, when it is counted in passes over all pictures.", ge=1, le=100_000
    )
    batch: int = Param(1, "Batch", "Pictures trained at once. More is steadier and needs more memory.", ge=1, le=1024)
    accumulation: int = Param(
        1,
        "Accumulation",
        "Batches added up before each step. Acts like a larger batch without needing more memory.",
        ge=1,
        le=1024,
        advanced=True,
    )
    gpus: int = Param(
        1,
        "Graphics cards",
        "How many cards of the machine train together. They share the pictures of each step, so the result is the same. "
        "0 takes all there are.",
        ge=0,
        le=64,
        advanced=True,
    )
    precision: Literal["auto", "bf16", "fp16", "fp32"] = Param(
        "auto",
        "Precision",
        "Number format of the calculation. Auto takes bf16 where the graphics card has it, else fp16, and fp32 on a processor.",
        advanced=True,
    )
    gradient_checkpointing: bool = Param(
        False,
        "Gradient checkpointing",
        "Computes parts twice to need much less memory. About a third slower, the result is the same.",
        advanced=True,
    )
    compile: Literal["auto", "on", "off"] = Param(
        "auto",
        "Compile",
        "Makes faster code for this model and graphics card before the first steps, which takes minutes. "
        "Auto does so in long runs.",
        advanced=True,
    )
    max_grad_norm: float = Param(
        1.0,
        "Gradient clipping",
        "Steeper gradients are scaled down to this. 0 switches it off.",
        ge=0,
        le=1000,
        advanced=True,
    )
    ema: float = Param(
        0.0,
        "EMA",
        "Samples and the finished file come from a running mean of the weights, of which each step keeps this share. "
        "0.999 suits long runs, 0 takes the weights as they are.",
        ge=0,
        lt=1,
        advanced=True,
    )
    seed: int = Param(
        0, "Seed", "Starting point of all chance. The same seed repeats the same run.", ge=0, lt=2**32, advanced=True
    )
