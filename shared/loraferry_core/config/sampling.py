"""The pictures that are made while training, to see what is learned."""

from loraferry_core.config.param import Config, Param


class Sampling(Config):
    """Test pictures at fixed seeds, before the first step and on the way."""

    every: int = Param(
        250, "Samples every", "Steps between test pictures. 0 makes none.", unit="steps", ge=0, le=1_000_000
    )
    prompts: tuple[str, ...] = Param(
        (),
        "Sample prompts",
        "One test picture is made for each line. {trigger} stands for the trigger word. Empty takes the trigger word alone.",
        max_length=64,
    )
    negative: str = Param("", "Negative prompt", "What the test pictures should not show.", advanced=True)
    steps: int = Param(
        20, "Sampling steps", "More steps make finer pictures and take longer.", ge=1, le=200, advanced=True
    )
    guidance: float = Param(
        7.0, "Guidance", "How strictly the test pictures follow their prompt.", ge=1, le=30, advanced=True
    )
    seed: int = Param(
        42, "Sample seed", "The first picture uses this seed, each further one the next.", ge=0, lt=2**32, advanced=True
    )
    size: int = Param(
        0,
        "Sample size",
        "Width and height of test pictures. 0 takes the training resolution.",
        unit="px",
        ge=0,
        le=4096,
        advanced=True,
    )
