"""How a rented machine's meter stands: what it has cost, and how the last stop went. Pure.

Of the words for a stop only `confirmed` is certain. A machine that fell silent after the order has probably stopped, but
a broken line looks the same; so wherever the vendor has not confirmed, people are to be shown to its console.
"""

from dataclasses import dataclass
from typing import Literal

from loraferry_core.guards import GuardState
from loraferry_core.host import HostLoad

StopNews = Literal["ordered", "silent", "confirmed", "refused"]
"""A stop was ordered · it was, and nothing was heard since · the vendor says so itself · the vendor's tool failed."""


@dataclass(frozen=True)
class Meter:
    """How long a machine has run, in seconds, and what that cost; None where no price is known."""

    seconds: float
    cost: float | None
    currency: str


def meter_of(load: HostLoad, price_per_hour: float, currency: str) -> Meter | None:
    """The meter by the machine's own clock; None where its start is not known."""
    started = load.guards.started
    if not 0 < started <= load.time:
        return None
    seconds = load.time - started
    return Meter(seconds, price_per_hour * seconds / 3600 if price_per_hour else None, currency)


def stop_news(guards: GuardState, *, heard: bool) -> StopNews | None:
    """How the last stop went, from the guards as they were heard last, and whether the machine can be `heard` now; None
    where there was none since the machine was started."""
    fired = guards.fired
    if fired is None or fired.time < guards.started:
        return None
    # The order was heard over a link that lived, so a link that is dead now died after it.
    return "silent" if fired.word == "ordered" and not heard else fired.word
