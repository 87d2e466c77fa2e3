"""Which captions a run trains with, all known before the first step, and their cache."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from loraferry_agent.data.chance import chance
from loraferry_agent.data.tensor_cache import TensorCache, key_of
from loraferry_agent.families.protocol import Conditioning, TextCoder
from loraferry_core.config.dataset import DatasetConfig
from loraferry_core.dataset.caption import shuffled, style_of, training_caption
from loraferry_core.dataset.manifest import ManifestEntry

ORDERS = 16
"""Orders of its tags that one picture is trained with, at most: enough to forget the order, few enough to keep."""

NONE = ""
"""What a step without a caption is conditioned on."""


@dataclass(frozen=True)
class Captions:
    """The captions of one picture, of which each step draws one."""

    variants: tuple[str, ...]


def captions_of(entry: ManifestEntry, config: DatasetConfig, seed: int) -> Captions:
    """The caption with its trigger; where its tags are mixed, several orders of them."""
    text = training_caption(entry.caption, config.trigger, config.class_word)
    style = style_of(text) if config.caption_style == "auto" else config.caption_style
    if not config.shuffle_tags or style != "tags":
        return Captions((text,))
    orders = (shuffled(text, config.trigger, chance(seed, "order", entry.sha256, k)) for k in range(ORDERS))
    return Captions(tuple(dict.fromkeys(orders)))


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
