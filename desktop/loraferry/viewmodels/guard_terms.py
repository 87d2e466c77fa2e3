"""What the guards of a machine may do and what that means there: plain values for the question and for the card."""

import re
from dataclasses import dataclass

from loraferry.ferry import meter
from loraferry.remote.vendors import Price, Vendor, stop_of
from loraferry.viewmodels.host_rows import HostRow, HostState
from loraferry_core.guards import GuardSettings, GuardState
from loraferry_core.host import HostFacts


@dataclass(frozen=True)
class GuardTerms:
    """What stopping means at one machine. `keeps` and `costs` are English sentences of the vendor's profile."""

    host: str
    vendor: str
    can_stop: bool
    keeps: str = ""
    costs: str = ""
    console: str = ""
    usual: tuple[Price, ...] = ()
    """What such a card costs there, cheapest first."""


def terms_of(row: HostRow) -> GuardTerms:
    """The terms of a host that may be asked about."""
    vendor = row.vendor
    if vendor is None:
        return GuardTerms(row.name, "", False)
    return GuardTerms(
        host=row.name,
        vendor=vendor.label,
        can_stop=vendor.stop.possible,
        keeps=vendor.stop_keeps,
        costs=vendor.stop_costs,
        console=vendor.console,
        usual=usual_prices(vendor, row.facts),
    )


def usual_prices(vendor: Vendor, facts: HostFacts | None) -> tuple[Price, ...]:
    """What the vendor's list says about the machine's first card, cheapest first."""
    if facts is None or not facts.gpus:
        return ()
    card = _words(facts.gpus[0].name)
    fitting = [price for price in vendor.prices if _words(price.gpu.partition("(")[0]) <= card]
    return tuple(sorted(fitting, key=lambda price: price.per_hour))


def suggested(row: HostRow) -> GuardSettings:
    """What the question begins with: what was answered before, else everything on."""
    settings = row.guards or GuardSettings(armed=True)
    stop = stop_of(row.vendor, row.facts) if row.vendor else settings.stop
    return settings.replace(stop=stop, price_per_hour=row.price, currency=row.currency)


def stop_news(guards: GuardState, state: HostState) -> meter.StopNews | None:
    """How the last stop went; None where there was none since the machine was started."""
    return meter.stop_news(guards, heard=state not in (HostState.LOST, HostState.OFFLINE))


def _words(name: str) -> set[str]:
    """The words of a card's name; "80 GB" and "80GB" are the same."""
    return set(re.findall(r"[a-z0-9]+", re.sub(r"(\d)\s+gb", r"\1gb", name.casefold())))
