"""Words for a plan before it runs: how it fits, how long it takes, what it costs, what can be mended."""

from PySide6.QtCore import QCoreApplication

from loraferry.ferry.outlook import Fit, Outlook
from loraferry.ferry.plan_diff import Comparable
from loraferry.ferry.preflight import Finding
from loraferry.texts.choices import choice_label
from loraferry.texts.quantities import duration_text, money_text, number_text
from loraferry_core.speed import Range

_SAME = 0.02
"""Ends of a range that are nearer to each other are told as one."""


def memory_text(mb: float) -> str:
    """Graphics memory as cards are called by it, in units of 2^30: "7.1 GB"."""
    size = mb / 1024
    return f"{size:.0f} GB" if size >= 99.5 or abs(size - round(size)) < 0.05 else f"{size:.1f} GB"


def card_text(card: str) -> str:
    """A card's name without its maker."""
    return card.removeprefix("NVIDIA ").removeprefix("GeForce ")


def fit_text(fit: Fit) -> str:
    """In a word or two."""
    translate = QCoreApplication.translate
    return {
        "unknown": "",
        "fits": translate("Plan", "fits"),
        "smaller": translate("Plan", "fits with smaller batches"),
        "checkpointing": translate("Plan", "fits with checkpointing"),
        "small": translate("Plan", "too small"),
    }[fit]


def time_text(seconds: Range) -> str:
    """From the best case to the worst."""
    if seconds.most - seconds.least <= _SAME * seconds.most:
        return duration_text(seconds.most)
    return f"{_coarse(seconds.least)} – {_coarse(seconds.most)}"


def _coarse(seconds: float) -> str:
    """Without seconds where there are minutes: nobody can tell so exactly."""
    return duration_text(60 * max(1, round(seconds / 60)) if seconds >= 600 else seconds).replace(" 00 s", "")


def cost_text(cost: Range, currency: str) -> str:
    """From the best case to the worst."""
    if f"{cost.least:.2f}" == f"{cost.most:.2f}":
        return money_text(cost.most, currency)
    return f"{cost.least:.2f} – {money_text(cost.most, currency)}"


def length_text(outlook: Outlook) -> str:
    """How long it takes and what it costs; empty where nobody knows."""
    if outlook.seconds is None:
        return ""
    parts = [time_text(outlook.seconds)]
    if outlook.cost is not None:
        parts.append(cost_text(outlook.cost, outlook.place.currency))
    if outlook.measured:
        parts.append(QCoreApplication.translate("Plan", "measured"))
    return " · ".join(parts)


def place_text(outlook: Outlook) -> str:
    """What the machine has, and what of it is needed."""
    translate, place = QCoreApplication.translate, outlook.place
    if not place.asked:
        return translate("Plan", "Nobody has looked yet what it has.")
    if not place.card:
        return translate("Plan", "No graphics card")
    name = card_text(place.card)
    if place.memory_mb is None or not outlook.needed_mb:
        return name
    text = translate("Plan", "{card} · {needed} of {memory}")
    return text.format(
        card=name, needed=memory_text(outlook.needed_mb), memory=memory_text(place.free_mb or place.memory_mb)
    )


def repair_text(finding: Finding) -> str:
    """The word on the button that mends it; empty where there is none."""
    translate, params = QCoreApplication.translate, finding.problem.params
    return {
        "": "",
        "fill_captions": translate("Plan", "Fill them in"),
        "add_trigger": translate("Plan", "Add it"),
        "reject_small": translate("Plan", "Reject them"),
        "reject_duplicates": translate("Plan", "Reject the copies"),
        "alpha": translate("Plan", "Take half of the rank"),
        "warmup": translate("Plan", "Take a tenth of the steps"),
        "checkpointing": translate("Plan", "Switch it on"),
        "regularise": translate("Plan", "Make 100 pictures"),
        "nearest_size": translate("Plan", "Train at {side} px").format(side=params.get("side", "")),
    }[finding.repair]


def usual_text(usual: tuple[float, float] | None, low: float | None, high: float | None) -> str:
    """What is usual and what is allowed; empty where nothing is usual, as the field refuses what is not allowed."""
    if usual is None:
        return ""
    translate = QCoreApplication.translate
    between = translate("Plan", "{low} to {high}")
    least, most = (number_text(value) for value in usual)
    text = translate("Plan", "Usual: {range}.").format(
        range=least if least == most else between.format(low=least, high=most)
    )
    if low is None or high is None:
        return text
    allowed = between.format(low=number_text(low), high=number_text(high))
    return f"{text} {translate('Plan', 'Allowed: {range}.').format(range=allowed)}"


def comparable_text(plan: Comparable, when: str = "") -> str:
    """What a plan to compare with is called."""
    translate = QCoreApplication.translate
    if plan.source == "plan":
        return translate("Plan", "This plan")
    if plan.source == "shipped":
        return translate("Plan", "Preset: {name}").format(name=choice_label(plan.name))
    if plan.source == "own":
        return translate("Plan", "Your preset: {name}").format(name=plan.name)
    return translate("Plan", "Run: {name}, {when}").format(name=plan.name, when=when)
