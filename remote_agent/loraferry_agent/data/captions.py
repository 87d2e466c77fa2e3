"""Which captions a run trains with, all known before the first step, and their cache."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from loraferry_agent.data.chance import chance
from loraferry_agent.data.tensor_cache import TensorCache, key_of
from loraferry_agent.families.protocol import Conditioning, TextCoder
from loraferry_core.config.dataset import DatasetConfig
from loraferry_core.dataset.caption import (
    MOST_CHARACTERS,
    shuffled,
    style_of,
    thinned,
    training_caption,
    without_wildcards,
)
from loraferry_core.dataset.manifest import ManifestEntry


@dataclass(frozen=True)
class Bound:
    """How many variants of their captions the pictures of a run may have."""

    each: int
    """For one picture, at most."""
    together: int
    """For all of them, about; but two for each that has several."""

    def of(self, pictures: int) -> int:
        """For one picture where there are so many."""
        return max(2, min(self.each, self.together // max(1, pictures)))


READ_AHEAD = Bound(each=16, together=4096)
"""Of captions that are read before the training: enough to forget the order of tags, few enough to keep. A caption as
SDXL reads it takes 0.3 MB in half precision, so all take 1.3 GB."""
READ_ANEW = Bound(each=256, together=65_536)
"""Of captions that are read in every step anew, of which only the numbers of their tokens are kept."""

NONE = ""
"""What a step without a caption is conditioned on."""


@dataclass(frozen=True)
class Captions:
    """The captions of one picture, of which each step draws one."""

    variants: tuple[str, ...]


def captions_of(entry: ManifestEntry, config: DatasetConfig, seed: int, several: int) -> Captions:
    """The caption with its trigger; where chance has a part in it, `several` draws of it. They follow from the seed and
    the picture, and which of them a step takes from the step, so that a resumed run draws the same."""
    free = config.shuffle_tags or config.tag_dropout or (config.wildcards and "|" in entry.caption)
    draws = (chance(seed, "caption", entry.sha256, k) for k in range(several if free else 1))
    drawn = tuple(_variant(entry.caption, config, draw)[:MOST_CHARACTERS] for draw in draws)
    return Captions(drawn if len(set(drawn)) > 1 else drawn[:1])


def without_chance(config: DatasetConfig) -> DatasetConfig:
    """The settings by which a picture that is only measured on always has the same, whole caption."""
    return config.replace(shuffle_tags=False, tag_dropout=0.0)


def _variant(caption: str, config: DatasetConfig, chance: Random) -> str:
    chosen = without_wildcards(caption, chance) if config.wildcards else caption
    text = training_caption(chosen, config.trigger, config.class_word)
    style = style_of(text) if config.caption_style == "auto" else config.caption_style
    if style != "tags":
        return text
    if config.tag_dropout:
        text = thinned(text, config.trigger, chance, share=config.tag_dropout, keep=config.keep_tokens)
    return shuffled(text, config.trigger, chance, keep=config.keep_tokens) if config.shuffle_tags else text


def encoded(
    texts: Iterable[str],
    cache: TensorCache,
    identity: str,
    dtype: str,
    chunks: int,
    load: Callable[[], TextCoder],
    progress: Callable[[int, int], None],
) -> dict[str, Conditioning]:
    """The conditioning of each text in `chunks` chunks, from the cache or by the text encoder, which is loaded only where it is needed.

    Each text is encoded by itself, so that its numbers do not depend on which others are in the run.
    """
    wanted = sorted(set(texts))
    keys = {text: key_of(kind="caption", text=text, encoder=identity, dtype=dtype, chunks=chunks) for text in wanted}
    found = {text: tensors for text in wanted if (tensors := cache.read(keys[text])) is not None}
    missing = [text for text in wanted if text not in found]
    if missing:
        coder = load()
        for done, text in enumerate(missing):
            progress(done, len(missing))
            found[text] = coder.encode(text, chunks)
            cache.write(keys[text], found[text])
    progress(len(missing), len(missing))
    return found
