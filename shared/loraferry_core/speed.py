"""How long a run takes on a card, before anybody has measured it: its products over what the card can do."""

from dataclasses import dataclass

from loraferry_core.config.train import TrainConfig, sample_prompts, total_steps
from loraferry_core.memory.cards import Card

_FORWARD = {
    "sd1": (3.00777e9, 1.654714e8, 7301.25),
    "sd2": (3.99180e9, 1.654714e8, 7301.25),
    "sdxl": (5.25310e10, 3.635917e8, 2800.0),
}
"""Floating-point operations of one picture through the denoiser, as a polynomial of its latent pixels: constant, linear,
square (attention among pixels). Counted by `torch.utils.flop_counter` over diffusers' UNets of the published sizes with
77 tokens; exact to 1e-4 from 256 to 1280 pixels."""
_LEAST_SECONDS = {"sd1": 0.19, "sd2": 0.19, "sdxl": 0.56}
"""Of one pass forth and back on a card that is never the narrow place (H100, `tests/bench/RESULTS.md`): starting the
kernels takes so long."""
FAST, SLOW = 0.45, 0.15
"""Shares of a card's rate that trainings reach."""
LATENT = 8
"""Pixels of a side that one latent stands for."""
_MEASURED_SPREAD = 1.1


@dataclass(frozen=True)
class Range:
    """Seconds, from the best case to the worst."""

    least: float
    most: float

    def __mul__(self, factor: float) -> "Range":
        return Range(self.least * factor, self.most * factor)

    def __add__(self, other: "Range") -> "Range":
        return Range(self.least + other.least, self.most + other.most)


def is_known(family: str) -> bool:
    """Whether its operations are counted."""
    return family in _FORWARD


def forward_operations(family: str, pixels: int) -> float:
    """Floating-point operations of one picture of so many pixels through the denoiser. Raises KeyError."""
    constant, linear, square = _FORWARD[family]
    latents = pixels / LATENT**2
    return constant + linear * latents + square * latents**2


def step_operations(config: TrainConfig) -> float:
    """Of one optimizer step: there and back, where weights that do not learn need no gradient; and there once more
    with gradient checkpointing. Raises KeyError for a family that is not counted."""
    once = forward_operations(config.base.family, config.dataset.resolution**2)
    return once * (3 if config.loop.gradient_checkpointing else 2) * config.loop.batch * config.loop.accumulation


def step_seconds(config: TrainConfig, card: Card) -> Range:
    """Of one optimizer step. Raises KeyError for a family that is not counted."""
    whole = step_operations(config) / (card.tflops * 1e12)
    least = _LEAST_SECONDS[config.base.family] * config.loop.accumulation
    return Range(whole / FAST, max(whole / SLOW, least))


def run_seconds(config: TrainConfig, images: int, step: Range) -> Range:
    """Of all steps and test pictures of a run on so many pictures, where one optimizer step takes `step`. Each step of a
    test picture is a pass there with and one without the prompt: as much as one picture's way there and back."""
    steps = total_steps(config, images)
    samples = len(sample_prompts(config)) * (steps // config.sampling.every) if config.sampling.every else 0
    pictures = config.loop.batch * config.loop.accumulation
    return step * (steps + samples * config.sampling.steps / pictures)


def measured(seconds: float) -> Range:
    """A step that was measured: so it will be again, give or take a tenth."""
    return Range(seconds / _MEASURED_SPREAD, seconds * _MEASURED_SPREAD)
