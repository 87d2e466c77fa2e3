"""Words for what a set of pictures has too little or too much of."""

from PySide6.QtCore import QCoreApplication

from loraferry.library.coverage import Hint
from loraferry.texts.problems import ProblemText
from loraferry_core.dataset.caption import CHUNK, MOST_CHUNKS


def hint_text(hint: Hint) -> ProblemText:
    """What was noticed, and what to do about it."""
    translate = QCoreApplication.translate
    if hint.code == "aspect_missing":
        return ProblemText(_missing(hint), translate("Coverage", "If there are some, say so in their captions. If not, "
                                                     "add some: a LoRA draws badly what it never saw."))  # fmt: skip
    if hint.code == "only_aspect":
        return ProblemText(_only(hint), translate("Coverage", "What is always the same is learned along with the rest. "
                                                  "Add pictures that differ, if that is not meant."))  # fmt: skip
    texts = {
        "one_outfit": (
            translate("Coverage", "“{tag}” is in {count} of {total} captions: one outfit."),
            translate("Coverage", "To dress the figure otherwise later, add pictures with other clothes."),
        ),
        "captions_missing": (
            translate("Coverage", "{count} of {total} pictures have no caption."),
            translate("Coverage", "They are trained by the trigger and class word alone. Caption them, or reject them."),
        ),
        "captions_long": (
            translate("Coverage", "{count} of {total} captions are longer than {chunk} tokens."),
            translate("Coverage", "Up to {most} tokens are read, but one long caption makes every step slower. Put what "
                      "matters first."),
        ),
        "captions_same": (
            translate("Coverage", "{count} pictures have the very same caption."),
            translate("Coverage", "Say what tells them apart, else all of it is tied to the same words."),
        ),
        "small": (
            translate("Coverage", "{count} of {total} pictures have fewer pixels than are trained."),
            translate("Coverage", "They go into smaller buckets and are not enlarged. Find larger copies, crop less, or "
                      "reject them."),
        ),
    }  # fmt: skip
    what, next_step = texts[hint.code]
    values = {"tag": hint.tag, "count": hint.count, "total": hint.total, "chunk": CHUNK, "most": CHUNK * MOST_CHUNKS}
    return ProblemText(what.format(**values), next_step.format(**values))


def _missing(hint: Hint) -> str:
    translate = QCoreApplication.translate
    texts = {
        ("view", "side"): translate("Coverage", "No caption speaks of a profile, a view from the side."),
        ("view", "behind"): translate("Coverage", "No caption speaks of a view from behind."),
        ("framing", "close"): translate("Coverage", "No caption speaks of a close-up or a portrait."),
        ("framing", "full"): translate("Coverage", "No caption speaks of a full body."),
    }
    return texts[hint.group, hint.aspect]


def _only(hint: Hint) -> str:
    translate = QCoreApplication.translate
    texts = {
        ("view", "front"): translate("Coverage", "As far as captions tell, all pictures are from the front."),
        ("view", "side"): translate("Coverage", "As far as captions tell, all pictures are from the side."),
        ("view", "behind"): translate("Coverage", "As far as captions tell, all pictures are from behind."),
        ("view", "angled"): translate("Coverage", "As far as captions tell, all pictures are from the same angle."),
        ("view", "above"): translate("Coverage", "As far as captions tell, all pictures are from above."),
        ("view", "below"): translate("Coverage", "As far as captions tell, all pictures are from below."),
        ("framing", "close"): translate("Coverage", "As far as captions tell, all pictures are close-ups."),
        ("framing", "half"): translate("Coverage", "As far as captions tell, all pictures show the upper body."),
        ("framing", "full"): translate("Coverage", "As far as captions tell, all pictures show the full body."),
        ("expression", "neutral"): translate("Coverage", "As far as captions tell, no face has an expression."),
        ("expression", "happy"): translate("Coverage", "As far as captions tell, all faces smile."),
        ("expression", "sad"): translate("Coverage", "As far as captions tell, all faces are sad."),
        ("expression", "angry"): translate("Coverage", "As far as captions tell, all faces are angry."),
        ("expression", "surprised"): translate("Coverage", "As far as captions tell, all faces are surprised."),
        ("expression", "shy"): translate("Coverage", "As far as captions tell, all faces are shy."),
        ("lighting", "day"): translate("Coverage", "As far as captions tell, all pictures are in daylight."),
        ("lighting", "evening"): translate("Coverage", "As far as captions tell, all pictures are in evening light."),
        ("lighting", "night"): translate("Coverage", "As far as captions tell, all pictures are at night."),
        ("lighting", "lamps"): translate("Coverage", "As far as captions tell, all pictures are lit by lamps."),
        ("lighting", "behind"): translate("Coverage", "As far as captions tell, all pictures are lit from behind."),
        ("background", "plain"): translate("Coverage", "As far as captions tell, all backgrounds are plain."),
        ("background", "indoors"): translate("Coverage", "As far as captions tell, all pictures are indoors."),
        ("background", "outdoors"): translate("Coverage", "As far as captions tell, all pictures are outdoors."),
    }
    return texts[hint.group, hint.aspect]
