"""What counts as an error, how much each degree of noise matters, and what the noise is made of."""

from typing import Literal

from loraferry_core.config.param import Config, Param


class Objective(Config):
    """The error that training makes smaller."""

    loss: Literal["mse", "huber"] = Param(
        "mse",
        "Loss",
        "How errors are counted. Huber counts large ones less, so that odd pictures pull less.",
        advanced=True,
    )
    huber_c: float = Param(
        0.1,
        "Huber width",
        "Errors well above this count by their size, smaller ones by their square.",
        gt=0,
        le=10,
        advanced=True,
    )
    weighting: Literal["none", "min_snr", "debiased"] = Param(
        "none",
        "Weighting",
        "How much each degree of noise counts. Min-SNR keeps the easy ones from taking over and learns faster.",
        advanced=True,
    )
    min_snr_gamma: float = Param(
        5.0, "Min-SNR gamma", "Where Min-SNR cuts. Smaller evens out more.", gt=0, le=100, advanced=True
    )


class Noise(Config):
    """The noise that is put on the pictures."""

    offset: float = Param(
        0.0,
        "Noise offset",
        "Noise that is the same for a whole picture, so that very dark and very bright pictures can be learned. "
        "0.03 to 0.1 is usual.",
        ge=0,
        le=1,
        advanced=True,
    )
    multires_iterations: int = Param(
        0,
        "Multi-resolution noise",
        "Layers of coarser noise that are added. 0 is none, 6 to 10 is usual.",
        ge=0,
        le=16,
        advanced=True,
    )
    multires_discount: float = Param(
        0.3,
        "Multi-resolution discount",
        "How much weaker each coarser layer is than the one before.",
        gt=0,
        le=1,
        advanced=True,
    )
    input_perturbation: float = Param(
        0.0,
        "Input perturbation",
        "A little noise that the model is not told of. It makes the result more robust. 0.1 is usual.",
        ge=0,
        le=1,
        advanced=True,
    )
    zero_terminal_snr: bool = Param(
        False,
        "Zero terminal SNR",
        "The last step is pure noise, as it is when pictures are made. For base models of the v kind only.",
        advanced=True,
    )
