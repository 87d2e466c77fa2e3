"""Choosing how a plan's pictures go through the denoiser so that they fit on a card, or saying what is missing.

What a step learns from is the plan's: batch × accumulation pictures. How many of them are calculated at once, and
whether activations are calculated twice, changes the result by rounding alone, so it is chosen by what is free.
"""

from dataclasses import dataclass, replace

from loraferry_core.memory.cards import CARDS, Card
from loraferry_core.memory.table import Request, peak, phases

MIB = 2**20
CONTEXT = 820 * MIB
"""What a driver's context and the workspaces of cuDNN and cuBLAS take beside the allocator: 0.8 GiB."""
MARGIN = 0.05
"""Of the prediction, for what the allocator cannot use."""
SMALLER_SIDES = (1024, 768, 640, 512)


@dataclass(frozen=True)
class Fitting:
    """Settings that fit: pictures at once, and whether activations are calculated twice. `needed_mb` of the card."""

    at_once: int
    checkpointing: bool
    needed_mb: int


@dataclass(frozen=True)
class Missing:
    """Why nothing fits. `phase` needs the most. `nearest` are the largest pictures (side in pixels) and the settings that
    would fit on this card, None where even small ones do not; `cards` those that fit the plan as it is."""

    phase: str
    needed_mb: int
    had_mb: int
    nearest: tuple[int, Fitting] | None
    cards: tuple[Card, ...]


def needed_on_card(request: Request) -> int:
    """Bytes that must be free on the card before the run."""
    return round(peak(request) * (1 + MARGIN)) + CONTEXT


def solve(request: Request, free_mb: int) -> Fitting | Missing:
    """How to calculate a plan on a card with so much free memory. `request.at_once` is what the plan asks for.

    In this order: as planned; fewer at once, down to half of them, without checkpointing; as many as planned with it; and
    fewer and fewer with it. Checkpointing costs about a third of the time, small passes cost less than that while they
    are not too small. Test pictures that do not fit are made in tiles, so they decide nothing here.
    """
    wanted = replace(request, sample=0)
    for candidate in _candidates(wanted):
        if needed_on_card(candidate) <= free_mb * MIB:
            return _fitting(candidate)
    return _missing(wanted, free_mb)


def _candidates(request: Request) -> list[Request]:
    halves = _halves(request.at_once)
    found = []
    if not request.checkpointing:
        found += [replace(request, at_once=count) for count in halves[:2]]
    found += [replace(request, at_once=count, checkpointing=True) for count in halves]
    return found


def _halves(count: int) -> list[int]:
    """`count`, its half, and so on down to 1."""
    found = [count]
    while found[-1] > 1:
        found.append((found[-1] + 1) // 2)
    return found


def _fitting(request: Request) -> Fitting:
    return Fitting(request.at_once, request.checkpointing, -(-needed_on_card(request) // MIB))


def _missing(request: Request, free_mb: int) -> Missing:
    least = replace(request, at_once=1, checkpointing=True)
    found = phases(least)
    needed = needed_on_card(least)
    return Missing(
        phase=max(found, key=lambda phase: found[phase]),
        needed_mb=-(-needed // MIB),
        had_mb=free_mb,
        nearest=_nearest(least, free_mb),
        cards=fitting_cards(least),
    )


def _nearest(least: Request, free_mb: int) -> tuple[int, Fitting] | None:
    area = least.size[0] * least.size[1]
    for side in SMALLER_SIDES:
        smaller = replace(least, size=(side, side))
        if side * side < area and needed_on_card(smaller) <= free_mb * MIB:
            return side, _fitting(smaller)
    return None


def fitting_cards(request: Request) -> tuple[Card, ...]:
    """The cards on which a run fits when nothing else is on them, smallest first."""
    needed = needed_on_card(request)
    return tuple(card for card in CARDS if needed <= card.memory_mb * MIB)
