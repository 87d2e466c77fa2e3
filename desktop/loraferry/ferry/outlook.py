"""What a plan means on a machine, before it is begun: does it fit, how long does it take, what does it cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from loraferry.ferry.catalogue import entry_of
from loraferry.ferry.run_length import Pictures
from loraferry.runs.step_rates import StepRate
from loraferry_core import speed
from loraferry_core.config import TrainConfig, total_steps
from loraferry_core.memory import table
from loraferry_core.memory.cards import CARDS, Card, card_of
from loraferry_core.memory.layers import parameters_of, text_parameters_of
from loraferry_core.memory.solve import MIB, Fitting, needed_on_card, solve
from loraferry_core.speed import Range

Fit = Literal["unknown", "fits", "smaller", "checkpointing", "small"]
"""Nobody knows · as planned · with fewer pictures at once · with gradient checkpointing · not at all."""
FILE_BYTES = {"fp16": 2, "bf16": 2, "fp32": 4}
HOUR_S = 3600.0
OTHER_SIZE_SPREAD = 1.3
"""How far a rate may be off that was measured with another size of pictures or batch."""
POINTS = 240
"""Of the curve of the learning rate."""


@dataclass(frozen=True)
class Place:
    """A machine as far as it is known; None and empty texts where it is not. Memory and disk in MiB and MB."""

    id: str
    label: str
    card: str = ""
    """As its driver calls it."""
    cards: int = 0
    memory_mb: int | None = None
    """Of one card."""
    free_mb: int | None = None
    """Of it, when the machine was heard last."""
    asked: bool = False
    """Whether the machine was ever looked at: where it was and has no card, it has none."""
    price: float = 0.0
    """An hour; 0 where it is not known."""
    currency: str = "USD"
    disk_mb: int | None = None
    disk_path: str = ""
    left_s: float | None = None
    """Until a guard stops it."""

    @property
    def device(self) -> str:
        """What the trainer calls what it trains on; empty where nobody knows."""
        return self.card or ("cpu" if self.asked else "")


@dataclass(frozen=True)
class Outlook:
    """A plan on a machine."""

    place: Place
    fit: Fit = "unknown"
    needed_mb: int = 0
    """Of the card, as it would be trained there; where it is too small, what the least needs."""
    seconds: Range | None = None
    measured: bool = False
    """Whether the time follows from a run on such a card."""
    cost: Range | None = None


def is_traced(config: TrainConfig) -> bool:
    """Whether the base model has the shape of its family that is known here; the toy model, say, has not."""
    entry = entry_of(config.base.source)
    return table.is_known(config.base.family) and not (entry is not None and entry.tree)


def planned_mb(config: TrainConfig) -> int | None:
    """What the plan needs of a card as it is written; None where nobody knows."""
    return -(-needed_on_card(table.request_of(config)) // MIB) if is_traced(config) else None


def fit_of(config: TrainConfig, free_mb: int) -> tuple[Fit, int]:
    """Whether a plan fits on a card with so much free memory, and how much it takes then."""
    if not is_traced(config):
        return "unknown", 0
    found = solve(table.request_of(config), free_mb)
    if not isinstance(found, Fitting):
        return "small", found.needed_mb
    if found.checkpointing and not config.loop.gradient_checkpointing:
        return "checkpointing", found.needed_mb
    return ("smaller" if found.at_once < config.loop.batch else "fits"), found.needed_mb


def outlook(config: TrainConfig, pictures: Pictures, place: Place, rates: Sequence[StepRate] = ()) -> Outlook:
    """A plan on a machine. `rates` are what was measured on any, the newest first."""
    fit, needed = fit_of(config, place.free_mb) if place.free_mb is not None else ("unknown", 0)
    if fit == "small":
        return Outlook(place, fit, needed)
    fitted = as_fitted(config, fit)
    known = measured_step(fitted, place.device, rates)
    step = known or _step(fitted, place)
    seconds = None if step is None else duration(config, pictures, step)
    cost = seconds * (place.price / HOUR_S) if place.price and seconds is not None else None
    return Outlook(place, fit, needed, seconds, known is not None, cost)


def measured_step(config: TrainConfig, device: str, rates: Sequence[StepRate]) -> Range | None:
    """Seconds of an optimizer step by what was measured on such a device: of the same settings, else of the same kind of
    training with other sizes, by the operations of both. None where nothing like it was."""
    loop, near = config.loop, None
    for rate in rates:
        if not device or rate.card != device or rate.kind != config.network.kind or not _is_same_model(config, rate):
            continue
        size = (rate.resolution, rate.batch, rate.accumulation, rate.checkpointing)
        if size == (config.dataset.resolution, loop.batch, loop.accumulation, loop.gradient_checkpointing):
            return speed.measured(rate.seconds)
        near = near or rate
    if near is None or not is_traced(config) or not speed.is_known(config.base.family):
        return None
    there = config.replace(
        dataset=config.dataset.replace(resolution=near.resolution),
        loop=loop.replace(batch=near.batch, accumulation=near.accumulation, gradient_checkpointing=near.checkpointing),
    )
    seconds = near.seconds * speed.step_operations(config) / speed.step_operations(there)
    return Range(seconds / OTHER_SIZE_SPREAD, seconds * OTHER_SIZE_SPREAD)


def _is_same_model(config: TrainConfig, rate: StepRate) -> bool:
    """Fine-tuned relatives take as long as what they were made of."""
    if rate.source == config.base.source:
        return True
    entry = entry_of(rate.source)
    return rate.family == config.base.family and is_traced(config) and not (entry is not None and entry.tree)


def duration(config: TrainConfig, pictures: Pictures, step: Range) -> Range | None:
    """Of the whole run; None without pictures."""
    if not pictures.shown and config.loop.unit == "epochs":
        return None
    in_steps = total_steps(config, pictures.shown, pictures.regularisation)
    counted = config.replace(loop=config.loop.replace(unit="steps", steps=min(in_steps, 1_000_000)))
    return speed.run_seconds(counted, pictures.shown, step)


def _step(config: TrainConfig, place: Place) -> Range | None:
    card = card_of(place.card, place.memory_mb or 0) if place.card else None
    if card is None or not is_traced(config) or not speed.is_known(config.base.family):
        return None
    return speed.step_seconds(config, card)


def as_fitted(config: TrainConfig, fit: Fit) -> TrainConfig:
    """The plan as it is calculated there."""
    if fit != "checkpointing" or config.loop.gradient_checkpointing:
        return config
    return config.replace(loop=config.loop.replace(gradient_checkpointing=True))


def smallest_cards(config: TrainConfig, most: int = 3) -> tuple[tuple[Card, Fit, int], ...]:
    """The smallest cards that fit, each memory size once: first those as planned, and before them those that fit some
    other way. Nothing else is on them."""
    if not is_traced(config):
        return ()
    found: dict[int, tuple[Card, Fit, int]] = {}
    for card in CARDS:
        fit, needed = fit_of(config, card.memory_mb)
        if fit != "small":
            found.setdefault(round(card.memory_mb / 1024), (card, fit, needed))
    rows = list(found.values())
    planned = [row for row in rows if row[1] == "fits"][:1]
    others = [row for row in rows if row[1] != "fits"]
    return tuple([*others[: most - len(planned)], *planned] or rows[:most])


def trained_numbers(config: TrainConfig) -> int | None:
    """How many numbers the LoRA has; None where the shape of the base model is not known."""
    if not is_traced(config):
        return None
    family, encoders = config.base.family, config.text_encoders
    text = encoders.adapters(config.network)
    return parameters_of(family, config.network) + sum(
        text_parameters_of(family, encoder, text) for encoder in encoders.trained
    )


def file_bytes(config: TrainConfig) -> int | None:
    """The size of the finished file; None where the shape of the base model is not known."""
    numbers = trained_numbers(config)
    return None if numbers is None else numbers * FILE_BYTES[config.saving.dtype]


def rate_curve(config: TrainConfig, steps: int) -> tuple[tuple[int, float], ...]:
    """(step, learning rate) along the run, the first and the last among them; nothing without steps."""
    if steps <= 0:
        return ()
    places = sorted({round(index * (steps - 1) / max(1, POINTS - 1)) for index in range(POINTS)})
    return tuple((step + 1, config.optimizer.lr * config.schedule.factor(step, steps)) for step in places)
