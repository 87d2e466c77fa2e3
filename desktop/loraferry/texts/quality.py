"""Words for what is measured of pictures."""

from PySide6.QtCore import QCoreApplication

from loraferry.library.duplicates import Reason
from loraferry.library.rules import RuleId


def rule_text(rule: RuleId) -> tuple[str, str]:
    """What a rule is called, and what it means."""
    translate = QCoreApplication.translate
    texts: dict[RuleId, tuple[str, str]] = {
        "blur": (translate("Quality", "Blurred"), translate("Quality", "Nothing in them is sharp.")),
        "noise": (translate("Quality", "Noisy"), translate("Quality", "Grain, as of a dark room.")),
        "dark": (translate("Quality", "Lost in black"), translate("Quality", "Shadows without any detail.")),
        "bright": (translate("Quality", "Burnt out"), translate("Quality", "Lights without any detail.")),
        "border": (translate("Quality", "With a border"), translate("Quality", "Plain bars or frames, which are learned too.")),
        "small": (translate("Quality", "Small"), translate("Quality", "Fewer pixels than are trained.")),
    }  # fmt: skip
    return texts[rule]


def reason_text(reason: Reason) -> str:
    """Why one of several like pictures is the best."""
    translate = QCoreApplication.translate
    texts: dict[Reason, str] = {
        "pixels": translate("Quality", "more pixels"),
        "sharpness": translate("Quality", "sharper"),
        "exposure": translate("Quality", "better exposed"),
        "caption": translate("Quality", "has a caption"),
        "bytes": translate("Quality", "a larger file"),
        "first": translate("Quality", "the first of equals"),
    }
    return texts[reason]
