"""The rungs by which a run makes do with less memory: what each changes, and in which order they are taken. Pure.

No rung changes how many pictures a step has. Trainer and supervisor climb the same ladder: the one when it catches an
error, the other when the trainer has died of it.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from loraferry_core.events import Rung


@dataclass(frozen=True)
class Adaptation:
    """What a run has changed of its plan so as to go on."""

    at_once: int = 0
    """Most pictures in one pass through the denoiser; 0 for as many as planned."""
    checkpointing: bool = False
    offload: bool = False
    """The frozen weights of the denoiser lie in main memory, and come to the card when they are needed."""
    quantise: bool = False
    """The frozen weights of the denoiser are kept as 8-bit numbers."""
    encode_on_processor: bool = False
    sample_apart: bool = False
    """With prompt and without it go through the denoiser one after the other."""
    sample_in_tiles: bool = False
    """Test pictures are decoded in tiles."""
    rate: float = 1.0
    """What the learning rate is multiplied by."""

    def joined(self, other: "Adaptation") -> "Adaptation":
        """What both have given up."""
        passes = [adaptation.at_once for adaptation in (self, other) if adaptation.at_once]
        return Adaptation(
            at_once=min(passes, default=0),
            checkpointing=self.checkpointing or other.checkpointing,
            offload=self.offload or other.offload,
            quantise=self.quantise or other.quantise,
            encode_on_processor=self.encode_on_processor or other.encode_on_processor,
            sample_apart=self.sample_apart or other.sample_apart,
            sample_in_tiles=self.sample_in_tiles or other.sample_in_tiles,
            rate=min(self.rate, other.rate),
        )

    def as_json(self) -> dict[str, Any]:
        """Its fields as plain values."""
        return asdict(self)


PLANNED = Adaptation()
"""Nothing given up."""


@dataclass(frozen=True)
class Situation:
    """What of a run decides which rungs it has: whether a card calculates, and what the plan says."""

    on_card: bool
    batch: int
    checkpointing: bool


TRAINING: tuple[Rung, ...] = ("split_batch", "checkpointing", "offload", "quantise")
ENCODING: tuple[Rung, ...] = ("processor",)
LADDERS: dict[str, tuple[Rung, ...]] = {
    "load_text_encoder": ENCODING,
    "cache_captions": ENCODING,
    "load_vae": ENCODING,
    "cache_latents": ENCODING,
    "load_denoiser": ("offload", "quantise"),
    "draw_known": ("sample_apart",),
    "train": TRAINING,
    "sample": ("sample_apart", "sample_in_tiles"),
    "validate": ("split_batch",),
    "save": TRAINING,
}
"""By phase what is tried, in this order. Before all of them a failure is simply tried again once what is not needed is
freed. Phases that are not here hold nothing that could be given up."""


def climb(adaptation: Adaptation, phase: str, situation: Situation) -> tuple[Rung, Adaptation] | None:
    """The next rung after memory ran out in `phase`, and what the run has given up then; None at the top."""
    for rung in LADDERS.get(phase, ()):
        after = _RUNGS[rung](adaptation, situation)
        if after != adaptation:
            return rung, after
    return None


def climb_after_death(
    adaptation: Adaptation, phase: str, batch: int, checkpointing: bool
) -> tuple[Rung, Adaptation] | None:
    """The same for a trainer that has died. The memory that ran out is then the machine's own, of which a run would take
    still more if it kept there what belongs on a card. Test pictures are made with everything else in memory."""
    machine = Situation(on_card=False, batch=batch, checkpointing=checkpointing)
    return climb(adaptation, phase, machine) or (climb(adaptation, "train", machine) if phase == "sample" else None)


def _split(adaptation: Adaptation, situation: Situation) -> Adaptation:
    now = min(adaptation.at_once or situation.batch, situation.batch)
    return replace(adaptation, at_once=-(-now // 2)) if now > 1 else adaptation


def _checkpoint(adaptation: Adaptation, situation: Situation) -> Adaptation:
    return adaptation if situation.checkpointing else replace(adaptation, checkpointing=True)


def _offload(adaptation: Adaptation, situation: Situation) -> Adaptation:
    return replace(adaptation, offload=True) if situation.on_card else adaptation


def _quantise(adaptation: Adaptation, situation: Situation) -> Adaptation:
    return replace(adaptation, quantise=True)


def _encode_on_processor(adaptation: Adaptation, situation: Situation) -> Adaptation:
    return replace(adaptation, encode_on_processor=True) if situation.on_card else adaptation


def _sample_apart(adaptation: Adaptation, situation: Situation) -> Adaptation:
    return replace(adaptation, sample_apart=True)


def _sample_in_tiles(adaptation: Adaptation, situation: Situation) -> Adaptation:
    return replace(adaptation, sample_in_tiles=True)


def detail_of(rung: Rung, adaptation: Adaptation) -> str:
    """What a rung has led to, as far as its name does not say it."""
    return {"split_batch": str(adaptation.at_once), "halve_rate": f"{adaptation.rate:g}"}.get(rung, "")


_RUNGS: dict[Rung, Callable[[Adaptation, Situation], Adaptation]] = {
    "split_batch": _split,
    "checkpointing": _checkpoint,
    "offload": _offload,
    "quantise": _quantise,
    "processor": _encode_on_processor,
    "sample_apart": _sample_apart,
    "sample_in_tiles": _sample_in_tiles,
}
