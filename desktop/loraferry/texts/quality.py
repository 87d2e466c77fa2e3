"""Words for what is measured of pictures."""

from PySide6.QtCore import QCoreApplication

from loraferry.library.duplicates import Likeness, Reason
from loraferry.library.rules import RuleId


def rule_text(rule: RuleId) -> tuple[str, str]:
    """What a rule is called, and what it means."""
    translate = QCoreApplication.translate
    texts: dict[RuleId, tuple[str, str]] = {
        "blur": (
            translate("Quality", "Blurred"),
            translate("Quality", "Nothing in them is sharp. 50 % shows no more than a picture half as wide."),
        ),
        "small": (
            translate("Quality", "Too small"),
            translate(
                "Quality", "Sides as a share of those that are trained. Smaller ones are trained in less detail."
            ),
        ),
        "noise": (
            translate("Quality", "Noisy"),
            translate("Quality", "Grain, as of a dark room. Fine texture everywhere measures a little, too."),
        ),
        "dim": (translate("Quality", "Too dark"), translate("Quality", "Mean brightness, from black to white.")),
        "dark": (
            translate("Quality", "Lost in black"),
            translate("Quality", "Area of shadows without any detail. Black grounds of drawings do not count."),
        ),
        "bright": (
            translate("Quality", "Burnt out"),
            translate("Quality", "Area of lights without any detail. White grounds of drawings do not count."),
        ),
        "border": (
            translate("Quality", "With a border"),
            translate("Quality", "Area of plain bars and frames, which are learned too. Cropping helps as well."),
        ),
    }
    return texts[rule]


def likeness_text(likeness: Likeness) -> str:
    """How like the best of its group a picture is."""
    translate = QCoreApplication.translate
    texts: dict[Likeness, str] = {
        "same": translate("Quality", "the same file"),
        "alike": translate("Quality", "alike"),
        "mirrored": translate("Quality", "mirrored"),
    }
    return texts[likeness]


def reason_text(reason: Reason) -> str:
    """Why one of several like pictures is the best."""
    translate = QCoreApplication.translate
    texts: dict[Reason, str] = {
        "kept": translate("Quality", "marked to keep"),
        "stars": translate("Quality", "more stars"),
        "pixels": translate("Quality", "more pixels"),
        "sharpness": translate("Quality", "sharper"),
        "border": translate("Quality", "no border"),
        "exposure": translate("Quality", "better exposed"),
        "noise": translate("Quality", "less noise"),
        "caption": translate("Quality", "has a caption"),
        "bytes": translate("Quality", "less compressed"),
        "first": translate("Quality", "the first of equals"),
    }
    return texts[reason]
