"""Words for the steps of a folder's history."""

from PySide6.QtCore import QCoreApplication


def label_text(label: str) -> str:
    """What an edit was; `label` is one of `library.edits.Label`, or nothing for the time before the first."""
    translate = QCoreApplication.translate
    texts = {
        "": translate("History", "At first"),
        "caption": translate("History", "Typed"),
        "captions": translate("History", "Tags or template"),
        "machine": translate("History", "By machine"),
        "replace": translate("History", "Find and replace"),
        "verdict": translate("History", "Verdict"),
        "stars": translate("History", "Stars"),
        "concept": translate("History", "Put into a concept"),
        "concepts": translate("History", "Concepts"),
        "turn": translate("History", "Turned"),
        "crop": translate("History", "Cropped"),
        "mask": translate("History", "Masked"),
        "project": translate("History", "Words of the project"),
        "filters": translate("History", "Saved filters"),
        "outside": translate("History", "By another program"),
    }
    return texts.get(label, label)
