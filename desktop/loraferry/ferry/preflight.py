"""Looks at a plan, its pictures and its machine before anything is sent: what blocks, what is worth a thought, and what
one click would change. The rules of thumb that every guide tells newcomers are here, as numbers in one place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from loraferry.library.items import Item
from loraferry.library.trained_sizes import Training, is_small, trained_sizes
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.dataset.caption import has_trigger, is_too_long
from loraferry_core.families import FAMILIES
from loraferry_core.memory.solve import Missing, solve
from loraferry_core.memory.table import is_known, request_of
from loraferry_core.problems import Problem, problem

FEWEST, MOST = 15, 50
"""Pictures of one character or object that guides recommend; a style may have more."""
ALPHA_SHARES = (0.25, 1.0)
"""Of the rank, between which alpha is usual; half of it is what guides tell."""
LEAST_WARMUP = 0.02
ALIKE_SHARE = 0.5
"""From so many captions with the same text on, nothing in them tells pictures apart."""
HOUR_S = 3600.0

Repair = Literal["", "fill_captions", "add_trigger", "reject_small", "alpha", "warmup", "checkpointing", "regularise"]
"""What one click does about a finding: the window carries out those of pictures, `repaired` those of the plan."""


@dataclass(frozen=True)
class Finding:
    """Something found, and its repair. `names` are the pictures it is about."""

    problem: Problem
    repair: Repair = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ground:
    """What is known of the machine: of its card free memory and name, of its disk free space (MiB), and how long it is
    there yet (seconds); None where it is not known."""

    card: str = ""
    memory_mb: int | None = None
    disk_mb: int | None = None
    left_s: float | None = None


def check(
    config: TrainConfig, items: Sequence[Item], ground: Ground, seconds: float | None = None
) -> tuple[Finding, ...]:
    """Everything about a run of `config` with the approved of `items` on `ground`, which takes about `seconds` at most.
    What blocks comes first."""
    approved = [item for item in items if not item.rejected and item.image_problem is None]
    found = [*_pictures(config, approved), *_settings(config, len(approved)), *_machine(config, ground, seconds)]
    return tuple(sorted(found, key=lambda one: one.problem.severity != "error"))


def _pictures(config: TrainConfig, approved: list[Item]) -> Iterable[Finding]:
    if not approved:
        yield Finding(problem("no_images_approved"))
        return
    read = [item for item in approved if item.caption is not None]
    yield from _captions(config, read)
    training = Training(config.dataset.resolution, FAMILIES[config.base.family].bucket_step)
    small = tuple(item.name for item in approved if any(is_small(size, training) for size in trained_sizes(item)))
    if small:
        yield Finding(
            problem("images_small", count=len(small), resolution=config.dataset.resolution), "reject_small", small
        )
    if len(approved) < FEWEST:
        yield Finding(problem("images_few", count=len(approved), usual=FEWEST))


def _captions(config: TrainConfig, read: list[Item]) -> Iterable[Finding]:
    bare = tuple(item.name for item in read if not (item.caption or "").strip())
    trigger, word = config.dataset.trigger.strip(), config.dataset.class_word.strip()
    if bare:
        # They are trained as trigger and class word; without both they teach nothing.
        yield Finding(problem("captions_missing", count=len(bare)), "fill_captions" if trigger or word else "", bare)
    told = [item for item in read if (item.caption or "").strip()]
    texts: dict[str, int] = {}
    for item in told:
        texts[item.caption or ""] = texts.get(item.caption or "", 0) + 1
    most = max(texts.values(), default=0)
    if len(told) > 2 and most > ALIKE_SHARE * len(told):
        yield Finding(problem("captions_alike", count=most))
    if not trigger:
        yield Finding(problem("trigger_missing"))
    else:
        without = tuple(item.name for item in told if not has_trigger(item.caption or "", trigger))
        # The trainer puts it in front where it is missing; this is told so that nobody wonders.
        if without and len(without) < len(told):
            yield Finding(problem("trigger_absent", count=len(without), trigger=trigger), "add_trigger", without)
    long = tuple(item.name for item in told if is_too_long(item.caption or ""))
    if long:
        yield Finding(problem("caption_long", name=long[0]), names=long)


def _settings(config: TrainConfig, images: int) -> Iterable[Finding]:
    share = config.network.alpha / config.network.rank
    low, high = ALPHA_SHARES
    if not low <= share <= high:
        yield Finding(problem("alpha_unusual", alpha=config.network.alpha, rank=config.network.rank), "alpha")
    schedule = config.schedule
    if schedule.kind != "constant" and not schedule.warmup_steps and schedule.warmup < LEAST_WARMUP:
        yield Finding(problem("warmup_missing"), "warmup")
    own = config.regularisation
    if images > MOST and not own.make and not own.folder and config.dataset.class_word:
        yield Finding(problem("regularisation_missing", count=images), "regularise")


def _machine(config: TrainConfig, ground: Ground, seconds: float | None) -> Iterable[Finding]:
    if ground.memory_mb is not None and is_known(config.base.family):
        yield from _memory(config, ground, ground.memory_mb)
    if ground.left_s is not None and seconds is not None and seconds > ground.left_s:
        hours, left = round(seconds / HOUR_S, 1), round(ground.left_s / HOUR_S, 1)
        yield Finding(problem("time_short", hours=hours, left=left))


def _memory(config: TrainConfig, ground: Ground, free_mb: int) -> Iterable[Finding]:
    found = solve(request_of(config), free_mb)
    if isinstance(found, Missing):
        side = found.nearest[0] if found.nearest is not None else 0
        cards = ", ".join(card.name for card in found.cards[:4])
        yield Finding(
            problem(
                "card_too_small",
                device=ground.card,
                needed_mb=found.needed_mb,
                had_mb=found.had_mb,
                side=side,
                cards=cards,
            )
        )
    elif found.checkpointing and not config.loop.gradient_checkpointing:
        yield Finding(problem("memory_tight", device=ground.card, needed_mb=found.needed_mb), "checkpointing")


def repaired(config: TrainConfig, repair: Repair) -> TrainConfig:
    """The plan after a click; unchanged where the repair is none of its own."""
    if repair == "alpha":
        return replace_at(config, "network.alpha", config.network.rank / 2)
    if repair == "warmup":
        return replace_at(config, "schedule.warmup", 0.1)
    if repair == "checkpointing":
        return replace_at(config, "loop.gradient_checkpointing", True)
    if repair == "regularise":
        return replace_at(config, "regularisation.make", 100)
    return config
