"""What a set of pictures has too little or too much of, told from its captions: groups of words as data, and hints.

Captions only tell what somebody wrote into them, so every hint is a question. Words are those of the usual taggers
(danbooru's tag groups "image composition", "face tags", "lighting", "backgrounds" and "attire") and of plain English.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from loraferry.library.query import quoted

GroupName = Literal["view", "framing", "expression", "lighting", "background", "clothing"]
HintCode = Literal[
    "aspect_missing", "only_aspect", "one_outfit", "captions_missing", "captions_long", "captions_same", "small",
]  # fmt: skip
"""`texts.coverage` has the words."""

FEWEST = 8
"""Of fewer pictures nothing can be said."""
DOMINANT = 0.9
"""Share of the pictures that say anything of a group, at which one aspect is all there is."""
SPOKEN = 0.4
"""Share of pictures that must say something of a group before one aspect of it is called the only one."""
OUTFIT = 0.8
"""Share of pictures with the same piece of clothing, at which it is the only outfit."""
PERSONS = 0.5
"""Share of pictures that must show somebody, before anything is said of views, expressions and clothing."""

MOST_TAGS = 6
"""In the query of a hint."""

PERSON = (
    "1girl", "1boy", "1other", "solo", "girl", "boy", "woman", "man", "person", "people", "female", "male", "lady",
    "guy", "child", "face", "portrait", "looking at viewer", "hair", "eyes", "she", "he", "her", "his",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Aspect:
    """One of the things that pictures of a group can be, and the words for it: a tag that is one or ends with one.
    `wanted`: a good set has some, so that their absence is worth a word."""

    name: str
    words: tuple[str, ...]
    wanted: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Aspects that are told apart. `of_persons`: only for pictures of somebody."""

    name: GroupName
    aspects: tuple[Aspect, ...]
    of_persons: bool = True


GROUPS: tuple[Group, ...] = (
    Group(
        "view",
        (
            Aspect("front", ("front view", "from front", "from the front", "straight-on", "facing viewer",
                             "facing the viewer", "facing the camera", "looking at viewer")),
            Aspect("side", ("from side", "from the side", "side view", "profile", "in profile"), wanted=True),
            Aspect("behind", ("from behind", "back view", "from the back", "facing away", "facing back"), wanted=True),
            Aspect("angled", ("three-quarter view", "three quarter view", "3/4 view", "dutch angle", "turned head")),
            Aspect("above", ("from above", "high angle", "bird's-eye view", "top-down", "overhead")),
            Aspect("below", ("from below", "low angle", "worm's-eye view")),
        ),
    ),
    Group(
        "framing",
        (
            Aspect("close", ("close-up", "closeup", "close up", "portrait", "headshot", "head shot", "face focus",
                             "head and shoulders"), wanted=True),
            Aspect("half", ("upper body", "half body", "half-body", "cowboy shot", "medium shot", "waist up", "bust")),
            Aspect("full", ("full body", "full-body", "full length", "full-length", "full shot", "wide shot",
                            "long shot", "head to toe"), wanted=True),
        ),
    ),
    Group(
        "expression",
        (
            Aspect("neutral", ("expressionless", "neutral expression", "serious", "calm", "neutral face")),
            Aspect("happy", ("smile", "smiling", "grin", "grinning", "laughing", "happy", ":d", ";d")),
            Aspect("sad", ("sad", "crying", "tears", "frown", "frowning", "upset")),
            Aspect("angry", ("angry", "annoyed", "scowl", "glaring", "clenched teeth")),
            Aspect("surprised", ("surprised", "shocked", "scared", "wide-eyed", ":o")),
            Aspect("shy", ("blush", "blushing", "embarrassed", "shy", "nervous")),
        ),
    ),
    Group(
        "lighting",
        (
            Aspect("day", ("day", "daylight", "sunlight", "sunny", "sunbeam", "natural light", "natural lighting")),
            Aspect("evening", ("sunset", "sunrise", "dusk", "dawn", "evening", "golden hour")),
            Aspect("night", ("night", "moonlight", "neon lights", "night sky", "dark", "dim lighting")),
            Aspect("lamps", ("studio lighting", "studio light", "soft lighting", "lamp", "candlelight", "spotlight",
                             "flash", "dramatic lighting")),
            Aspect("behind", ("backlighting", "backlit", "rim light", "rim lighting", "silhouette")),
        ),
        of_persons=False,
    ),
    Group(
        "background",
        (
            Aspect("plain", ("simple background", "plain background", "white background", "grey background",
                             "gray background", "black background", "transparent background", "gradient background",
                             "blue background", "pink background", "green background")),
            Aspect("indoors", ("indoors", "room", "bedroom", "kitchen", "bathroom", "classroom", "office", "studio",
                               "library", "cafe", "window", "couch", "inside")),
            Aspect("outdoors", ("outdoors", "outside", "street", "city", "forest", "beach", "sky", "park", "garden",
                                "field", "mountain", "nature", "grass", "ocean", "sea", "lake", "road", "snow")),
        ),
        of_persons=False,
    ),
    Group(
        "clothing",
        (
            Aspect("dress", ("dress", "gown", "sundress", "kimono", "yukata", "robe")),
            Aspect("top", ("shirt", "t-shirt", "blouse", "sweater", "hoodie", "tank top", "turtleneck", "cardigan",
                           "crop top", "vest")),
            Aspect("coat", ("jacket", "coat", "blazer", "cape", "cloak")),
            Aspect("uniform", ("uniform", "serafuku", "suit", "armor", "armour", "apron", "costume")),
            Aspect("swimwear", ("swimsuit", "bikini", "swimwear")),
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing to think about: a code, what it is about, and a query that shows the pictures; empty for none."""

    code: HintCode
    group: GroupName | Literal[""] = ""
    aspect: str = ""
    tag: str = ""
    count: int = 0
    total: int = 0
    query: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """What one caption says: the tags of it, or for prose the text in small letters."""

    tags: tuple[str, ...] = ()
    prose: str = ""


def coverage(captions: Sequence[Words], check: Callable[[], None] = lambda: None) -> list[Hint]:
    """Hints on what the captioned pictures of a set show. `check` is called now and then and may raise to cancel."""
    total = len(captions)
    if total < FEWEST:
        return []
    said = []
    for number, words in enumerate(captions):
        said.append(_said(words))
        if not number % 200:
            check()
    of_persons = sum(_PERSON in things for things in said) >= PERSONS * total
    found: list[Hint] = []
    for group in GROUPS:
        if group.of_persons and not of_persons:
            continue
        found += _outfit(captions, group) if group.name == "clothing" else _group(captions, said, group)
    return found


Thing = tuple[str, str]
"""A group's name and an aspect's."""
_PERSON: Thing = ("person", "")


@cache
def _vocabulary() -> dict[str, frozenset[Thing]]:
    """What each word says."""
    found: dict[str, set[Thing]] = {word: {_PERSON} for word in PERSON}
    for group in GROUPS:
        for aspect in group.aspects:
            for word in aspect.words:
                found.setdefault(word, set()).add((group.name, aspect.name))
    return {word: frozenset(things) for word, things in found.items()}


@cache
def _in_prose() -> re.Pattern[str]:
    longest_first = sorted(_vocabulary(), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in longest_first)})(?!\w)")


@lru_cache(maxsize=1 << 16)
def _in_tag(tag: str) -> frozenset[Thing]:
    """What a tag says by what it is or ends with: "light smile" is a smile."""
    vocabulary, words = _vocabulary(), tag.split(" ")
    endings = (" ".join(words[start:]) for start in range(len(words)))
    return frozenset().union(*(vocabulary.get(ending, frozenset()) for ending in endings))


def _said(words: Words) -> frozenset[Thing]:
    if words.prose:
        vocabulary = _vocabulary()
        return frozenset().union(*(vocabulary[word] for word in _in_prose().findall(words.prose)))
    return frozenset().union(*map(_in_tag, words.tags))


def _group(captions: Sequence[Words], said: Sequence[frozenset[Thing]], group: Group) -> list[Hint]:
    total = len(said)
    having = {aspect.name: sum((group.name, aspect.name) in things for things in said) for aspect in group.aspects}
    everything = {(group.name, aspect.name) for aspect in group.aspects}
    spoken = sum(not everything.isdisjoint(things) for things in said)
    most = max(having, key=having.__getitem__)
    if spoken >= SPOKEN * total and having[most] >= DOMINANT * spoken and _alone(having, most):
        query = _query_of(captions, (group.name, most))
        return [Hint("only_aspect", group.name, most, count=having[most], total=total, query=query)]
    missing = [aspect.name for aspect in group.aspects if aspect.wanted and not having[aspect.name]]
    return [Hint("aspect_missing", group.name, name, total=total) for name in missing]


def _alone(having: dict[str, int], name: str) -> bool:
    """Whether the other aspects hardly occur: a picture may well be of several."""
    others = sum(count for other, count in having.items() if other != name)
    return others <= (1 - DOMINANT) * having[name]


def _outfit(captions: Sequence[Words], group: Group) -> list[Hint]:
    """A piece of clothing, by its whole tag ("red dress"), that nearly all pictures have."""
    pieces = {(group.name, aspect.name) for aspect in group.aspects}
    counts = Counter(tag for words in captions for tag in words.tags if not pieces.isdisjoint(_in_tag(tag)))
    if not counts:
        return []
    tag, count = max(counts.items(), key=lambda entry: (entry[1], entry[0]))
    if count < OUTFIT * len(captions):
        return []
    return [Hint("one_outfit", group.name, tag=tag, count=count, total=len(captions), query=f"tag:{quoted(tag)}")]


def _query_of(captions: Sequence[Words], thing: Thing) -> str:
    """A query for the tags that say a thing here; empty where only prose does."""
    tags = Counter(tag for words in captions for tag in words.tags if thing in _in_tag(tag))
    return " | ".join(f"tag:{quoted(tag)}" for tag, _ in tags.most_common(MOST_TAGS))
