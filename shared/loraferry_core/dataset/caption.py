"""Captions in both styles, tags and prose, and what the trainer makes of them."""

import random
import re
from typing import Literal

Style = Literal["tags", "prose"]
_SENTENCE = re.compile(r"[.!?。！？](\s|$)")
_WORDS_IN_A_TAG = 4
# A letter or digit of a script that puts spaces between words; Chinese, Japanese and Korean end a word anywhere.
_LETTER = r"[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"


def normalised(text: str) -> str:
    """One line, single spaces, no surrounding space: how a caption is stored and compared."""
    return re.sub(r"\s+", " ", text).strip()


def tags(caption: str) -> tuple[str, ...]:
    """The tags of a caption, in order, without empty ones and repetitions. Chinese commas count too."""
    parts = (normalised(part) for part in re.split(r"[,，、\n]", caption))
    return tuple(dict.fromkeys(part for part in parts if part))


def joined(parts: tuple[str, ...] | list[str]) -> str:
    """The caption made of tags."""
    return ", ".join(parts)


def style_of(caption: str) -> Style:
    """Whether a caption reads as tags or as prose: prose has sentences, or commas far apart."""
    parts = tags(caption)
    if not parts:
        return "tags"
    if _SENTENCE.search(caption.strip()):
        return "prose"
    words = sum(len(part.split()) for part in parts)
    return "tags" if words / len(parts) <= _WORDS_IN_A_TAG else "prose"


def has_trigger(caption: str, trigger: str) -> bool:
    """Whether the caption contains the trigger as a whole word or phrase, in any case."""
    return bool(trigger) and bool(
        re.search(rf"(?<!{_LETTER}){re.escape(trigger)}(?!{_LETTER})", caption, re.IGNORECASE)
    )


def training_caption(caption: str, trigger: str, class_word: str) -> str:
    """The caption as trained: the trigger in front where it is missing; trigger and class word where all is missing."""
    text = normalised(caption)
    if not text:
        return normalised(f"{trigger} {class_word}")
    if not trigger or has_trigger(text, trigger):
        return text
    return f"{trigger}, {text}"


def shuffled(caption: str, trigger: str, chance: random.Random) -> str:
    """The caption with its tags in another order; a tag that holds the trigger stays in front."""
    parts = list(tags(caption))
    kept = [part for part in parts if has_trigger(part, trigger)]
    rest = [part for part in parts if part not in kept]
    chance.shuffle(rest)
    return joined(kept + rest)
