"""Captions in both styles, tags and prose, and what the trainer makes of them."""

import random
import re
from typing import Literal

Style = Literal["tags", "prose"]
_SENTENCE = re.compile(r"[.!?。！？](\s|$)")
MOST_CHUNKS = 4
"""Chunks of tokens of a caption that are read at most. All captions of a run get as many as the longest, so one that is
endless would make every step slow."""
CHUNK = 75
"""Tokens in a chunk (CLIP)."""
MOST_CHARACTERS = 64 * MOST_CHUNKS * CHUNK
"""What comes behind is not even looked at: no token of CLIP has so many characters that it could count."""
_WORDS_IN_A_TAG = 4
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
"""Control characters, which some programs leave in captions, count as space."""
_BRACES = re.compile(r"([{|}])")
_DEEPEST = 8
"""Groups within groups of a wildcard; deeper braces are plain text."""
# A letter or digit of a script that puts spaces between words; Chinese, Japanese and Korean end a word anywhere.
_LETTER = r"[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"


def normalised(text: str) -> str:
    """One line, single spaces, no surrounding space, no control characters: how a caption is trained and compared."""
    return _SPACE.sub(" ", text).strip()


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


def is_too_long(caption: str) -> bool:
    """Whether a caption surely has more tokens than are read: each word makes at least one."""
    return len(caption.split()) > MOST_CHUNKS * CHUNK


def without_wildcards(caption: str, chance: random.Random) -> str:
    """The caption with one of the choices in the place of each wildcard.

    A wildcard is a group of choices in braces, with bars between them: `a {red|dark blue|} ball`. A choice may be empty,
    and may hold wildcards. Braces without a bar, or without their other half, are plain text.
    """
    groups: list[list[str]] = [[""]]
    for piece in _BRACES.split(caption):
        if piece == "{" and len(groups) <= _DEEPEST:
            groups.append([""])
        elif piece == "|" and len(groups) > 1:
            groups[-1].append("")
        elif piece == "}" and len(groups) > 1:
            choices = groups.pop()
            groups[-1][-1] += chance.choice(choices) if len(choices) > 1 else f"{{{choices[0]}}}"
        else:
            groups[-1][-1] += piece
    while len(groups) > 1:
        choices = groups.pop()
        groups[-1][-1] += "{" + "|".join(choices)
    return groups[0][0]


def shuffled(caption: str, trigger: str, chance: random.Random, *, keep: int = 0) -> str:
    """The caption with its tags in another order; the tag that holds the trigger and the first `keep` others stay in
    front, in their order."""
    front, rest = _kept_and_rest(caption, trigger, keep)
    chance.shuffle(rest)
    return joined(front + rest)


def thinned(caption: str, trigger: str, chance: random.Random, *, share: float, keep: int = 0) -> str:
    """The caption without some of its tags, each of which goes by chance: `share` of them over many draws. The tag that
    holds the trigger and the first `keep` others always stay."""
    _, rest = _kept_and_rest(caption, trigger, keep)
    gone = {part for part in rest if chance.random() < share}
    return joined([part for part in tags(caption) if part not in gone])


def _kept_and_rest(caption: str, trigger: str, keep: int) -> tuple[list[str], list[str]]:
    parts = tags(caption)
    rest = [part for part in parts if not has_trigger(part, trigger)][keep:]
    moved = set(rest)
    return [part for part in parts if part not in moved], rest
