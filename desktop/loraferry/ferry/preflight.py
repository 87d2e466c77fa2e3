"""Looks at a plan, its pictures and its machine before anything is sent: what blocks, what is worth a thought, and what
one click would change. The rules of thumb that every guide tells newcomers are here, as numbers in one place."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from loraferry.ferry.outlook import is_traced, trained_numbers
from loraferry.library.duplicates import find_groups
from loraferry.library.edits import Edit, captioned, judged
from loraferry.library.items import Item
from loraferry.library.trained_sizes import Training, is_small, trained_sizes
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.dataset.caption import has_trigger, is_too_long, training_caption
from loraferry_core.families import FAMILIES
from loraferry_core.memory.fitted import OPTIMIZERS
from loraferry_core.memory.solve import Missing, solve
from loraferry_core.memory.table import SINGLE, request_of
from loraferry_core.problems import Problem, problem

FEWEST, MOST = 15, 50
"""Pictures of one character or object that guides recommend; a style may have more."""
ALPHA_SHARES = (0.25, 1.0)
"""Of the rank, between which alpha is usual; half of it is what guides tell."""
LEAST_WARMUP = 0.02
COPIES_BITS = 2
"""Of 64 of a perceptual hash: what differs by no more is the same picture, saved anew or scaled."""
ALIKE_SHARE = 0.5
"""From so many captions with the same text on, nothing in them tells pictures apart."""
HOUR_S = 3600.0
SOME_ROOM_MB = 500
"""For test pictures, logs and what is computed once of the pictures."""

Repair = Literal[
    "", "fill_captions", "add_trigger", "reject_small", "reject_duplicates", "alpha", "warmup", "checkpointing",
    "regularise", "nearest_size",
]  # fmt: skip
"""What one click does about a finding: `edit_of` tells those of pictures, `repaired` those of the plan."""


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
    disk_path: str = ""
    cardless: bool = False
    """It was looked at, and has no card that could train."""
    fetch_bytes: int = 0
    """Of the base model, where it is still to be fetched there."""


def check(
    config: TrainConfig, items: Sequence[Item], ground: Ground, seconds: float | None = None
) -> tuple[Finding, ...]:
    """Everything about a run of `config` with the approved of `items` on `ground`, which takes about `seconds` at most.
    What blocks comes first."""
    count = len(approved_of(items))
    found = [
        *about_pictures(config, items),
        *about_plan(config, count),
        *about_machine(config, ground, seconds, sum(max(0, item.size) for item in approved_of(items))),
    ]
    return in_order(found)


def in_order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """What blocks first."""
    return tuple(sorted(found, key=lambda one: one.problem.severity != "error"))


def approved_of(items: Sequence[Item]) -> list[Item]:
    """Those that would be trained."""
    return [item for item in items if not item.rejected and item.image_problem is None]


def about_pictures(
    config: TrainConfig, items: Sequence[Item], check: Callable[[], None] = lambda: None
) -> Iterable[Finding]:
    """What is found in pictures and captions. `check` is called now and then and may raise to cancel."""
    approved = approved_of(items)
    if not approved:
        return
    read = [item for item in approved if item.caption is not None]
    yield from _captions(config, read)
    training = Training(config.dataset.resolution, FAMILIES[config.base.family].bucket_step)
    small = tuple(item.name for item in approved if any(is_small(size, training) for size in trained_sizes(item)))
    if small:
        yield Finding(
            problem("images_small", count=len(small), resolution=config.dataset.resolution), "reject_small", small
        )
    copies = copies_of(approved, check)
    if copies:
        yield Finding(problem("images_alike", count=len(copies)), "reject_duplicates", copies)


def copies_of(items: Sequence[Item], check: Callable[[], None] = lambda: None) -> tuple[str, ...]:
    """The names of pictures of which a better one is there that looks the same. Only what was measured counts, and
    nothing that was cropped: the crops may show different things."""
    found = find_groups([item for item in items if not item.crops], COPIES_BITS, check=check)
    return tuple(twin.name for group in found.groups for twin in group.twins)


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
    if trigger:
        without = tuple(item.name for item in told if not has_trigger(item.caption or "", trigger))
        # The trainer puts it in front where it is missing; this is told so that nobody wonders.
        if without and len(without) < len(told):
            yield Finding(problem("trigger_absent", count=len(without), trigger=trigger), "add_trigger", without)
    long = tuple(item.name for item in told if is_too_long(item.caption or ""))
    if long:
        yield Finding(problem("caption_long", name=long[0]), names=long)


def about_plan(config: TrainConfig, images: int) -> Iterable[Finding]:
    """What is found in the settings, for so many approved pictures."""
    if not images:
        yield Finding(problem("no_images_approved"))
    elif images < FEWEST:
        yield Finding(problem("images_few", count=images, usual=FEWEST))
    if not config.dataset.trigger.strip():
        yield Finding(problem("trigger_missing"))
    yield from _contradictions(config)
    share = config.network.alpha / config.network.rank
    low, high = ALPHA_SHARES
    # What a preset takes was measured.
    if not low <= share <= high and is_traced(config):
        yield Finding(problem("alpha_unusual", alpha=config.network.alpha, rank=config.network.rank), "alpha")
    schedule = config.schedule
    if schedule.kind != "constant" and not schedule.warmup_steps and schedule.warmup < LEAST_WARMUP:
        yield Finding(problem("warmup_missing"), "warmup")
    own = config.regularisation
    if images > MOST and not own.make and not own.folder and config.dataset.class_word:
        yield Finding(problem("regularisation_missing", count=images), "regularise")


def _contradictions(config: TrainConfig) -> Iterable[Finding]:
    """What the trainer would refuse, wherever it is trained."""
    own = config.regularisation
    asked = own.prompts or ("{class}",)
    if own.make and not config.dataset.class_word and any("{class}" in prompt for prompt in asked):
        yield Finding(problem("class_word_missing"))
    if config.noise.zero_terminal_snr and config.base.prediction == "epsilon":
        yield Finding(problem("zero_snr_needs_velocity"))


def about_machine(
    config: TrainConfig, ground: Ground, seconds: float | None = None, picture_bytes: int = 0
) -> Iterable[Finding]:
    """What is found about the machine: card, disk, and how long it stays."""
    if not is_traced(config):
        return
    if ground.memory_mb is not None:
        yield from _memory(config, ground, ground.memory_mb)
    elif ground.cardless:
        yield Finding(problem("machine_without_card"))
    needed = disk_mb(config, ground.fetch_bytes, picture_bytes)
    if ground.disk_mb is not None and needed > ground.disk_mb:
        yield Finding(problem("disk_full", path=ground.disk_path, needed_mb=needed, free_mb=ground.disk_mb))
    if ground.left_s is not None and seconds is not None and seconds > ground.left_s:
        hours, left = round(seconds / HOUR_S, 1), round(ground.left_s / HOUR_S, 1)
        yield Finding(problem("time_short", hours=hours, left=left))


def disk_mb(config: TrainConfig, fetch_bytes: int, picture_bytes: int) -> int:
    """What a run writes on the machine: what is fetched and sent, and the checkpoints that are kept, each with adapter,
    states of the optimizer and running mean in single precision."""
    numbers = trained_numbers(config) or 0
    each = SINGLE * (2 if config.loop.ema else 1) + OPTIMIZERS[config.optimizer.kind]["state"]
    checkpoints = numbers * each * (config.saving.keep + 1)
    return round((fetch_bytes + picture_bytes + checkpoints) / 1e6) + SOME_ROOM_MB


def _memory(config: TrainConfig, ground: Ground, free_mb: int) -> Iterable[Finding]:
    found = solve(request_of(config), free_mb)
    if isinstance(found, Missing):
        side = found.nearest[0] if found.nearest is not None else 0
        cards = ", ".join(card.name for card in found.cards[:4]) or "–"
        yield Finding(
            problem(
                "card_too_small",
                device=ground.card,
                needed_mb=found.needed_mb,
                had_mb=found.had_mb,
                side=side,
                cards=cards,
            ),
            "nearest_size" if side else "",
        )
    elif found.checkpointing and not config.loop.gradient_checkpointing:
        yield Finding(problem("memory_tight", device=ground.card, needed_mb=found.needed_mb), "checkpointing")


def repaired(config: TrainConfig, finding: Finding) -> TrainConfig:
    """The plan after a click; unchanged where the repair is none of its own."""
    repair = finding.repair
    if repair == "alpha":
        return replace_at(config, "network.alpha", config.network.rank / 2)
    if repair == "warmup":
        return replace_at(config, "schedule.warmup", 0.1)
    if repair == "checkpointing":
        return replace_at(config, "loop.gradient_checkpointing", True)
    if repair == "regularise":
        return replace_at(config, "regularisation.make", 100)
    if repair == "nearest_size":
        return replace_at(config, "dataset.resolution", int(finding.problem.params["side"]))
    return config


def edit_of(config: TrainConfig, finding: Finding, items: Iterable[Item]) -> Edit | None:
    """The one undoable step of the library that carries a repair out; None where it is none of pictures. `items` are
    those of the library now: what was changed meanwhile is not changed again."""
    if finding.repair in ("reject_small", "reject_duplicates"):
        return judged(finding.names, "reject")
    if finding.repair not in ("fill_captions", "add_trigger"):
        return None
    trigger, word = config.dataset.trigger.strip(), config.dataset.class_word.strip()
    names = frozenset(finding.names)
    told = {item.name: item.caption or "" for item in items if item.name in names}
    texts = {name: training_caption(caption, trigger, word) for name, caption in told.items()}
    return captioned({name: text for name, text in texts.items() if text != told[name]})
