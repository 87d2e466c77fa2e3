"""What a run reads: the captions that it trains with and the prompts of its pictures, as the denoiser is given them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from loraferry_agent.data.captions import NONE, READ_AHEAD, READ_ANEW, Captions, captions_of, encoded, without_chance
from loraferry_agent.data.tensor_cache import TensorCache
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.reporter import Reporter
from loraferry_agent.families import Family
from loraferry_agent.families.protocol import Base, Conditioning, TextCoder
from loraferry_agent.layout import Layout
from loraferry_core.config.train import TrainConfig, regularisation_prompts, sample_prompts
from loraferry_core.dataset.caption import MOST_CHUNKS
from loraferry_core.dataset.manifest import ManifestEntry
from loraferry_core.dataset.roles import Roles
from loraferry_core.families import FAMILIES


@dataclass(frozen=True)
class Words:
    """Conditioning by text. The texts of each kind have as many chunks as the longest of them needs, so that no kind
    depends on another: who asks for other test pictures trains the same."""

    captions: dict[str, Conditioning]
    """What is trained with; also no caption at all."""
    samples: dict[str, Conditioning]
    """Prompts of the test pictures, and what those should not show."""
    drawn: dict[str, Conditioning]
    """Prompts of the regularisation pictures that the base model draws, and what those should not show."""


def captions_by_index(entries: tuple[ManifestEntry, ...], roles: Roles, config: TrainConfig) -> dict[int, Captions]:
    """The captions of every picture. Those that regularise have no trigger; in those of held-out ones chance has no part."""
    settings, seed = config.dataset, config.loop.seed
    bound = READ_ANEW if reads_anew(config) else READ_AHEAD
    several = bound.of(len(roles.trained) + len(roles.regularisation))
    kinds = (
        (roles.trained, settings, several),
        (roles.regularisation, settings.replace(trigger=""), several),
        (roles.held_out, without_chance(settings), 1),
    )
    return {index: captions_of(entries[index], own, seed, count) for indexes, own, count in kinds for index in indexes}


def reads_anew(config: TrainConfig) -> bool:
    """Whether every text encoder learns, so that captions are read in every step and only their tokens are kept."""
    return set(config.text_encoders.trained) == set(FAMILIES[config.base.family].text_encoders)


class Reader:
    """Reads texts with a family's text encoders, or takes them from the cache. They are loaded for the first text that is
    not there, and freed with the reader. `progress(done, total)` may raise to end it."""

    def __init__(
        self,
        config: TrainConfig,
        family: Family,
        base: Base,
        layout: Layout,
        device: Device,
        report: Reporter,
        progress: Callable[[int, int], None],
    ) -> None:
        self._config = config
        self._family = family
        self._base = base
        self._cache = TensorCache(layout.caches / "captions")
        self._device = device
        self._report = report
        self._progress = progress
        self._coder: TextCoder | None = None
        self._chunks: dict[str, int] = {}

    def words(self, captions: Iterable[Captions]) -> Words:
        """All that a plan reads, where these are its captions. Raises ProblemError `base_unreadable`, OSError."""
        variants = {variant for several in captions for variant in several.variants}
        known, negative = regularisation_prompts(self._config), self._config.sampling.negative
        return Words(
            captions=self._read({NONE, *variants, *known}),
            samples=self._read({negative, *sample_prompts(self._config)}),
            drawn=self._read({negative, *known}) if known else {},
        )

    def chunks(self, texts: Iterable[str]) -> dict[str, int]:
        """How many chunks of tokens each text needs."""
        wanted = set(texts)
        new = sorted(wanted - self._chunks.keys())
        self._chunks |= zip(new, self._family.chunks(self._base, new), strict=True)
        return {text: self._chunks[text] for text in wanted}

    def _read(self, texts: set[str]) -> dict[str, Conditioning]:
        chunks = min(MOST_CHUNKS, max(self.chunks(texts).values()))
        if reads_anew(self._config):
            # What encoders are to learn is not read ahead, so here are only numbers of tokens.
            return {text: self._load().encode(text, chunks) for text in sorted(texts)}
        learning = self._config.text_encoders.trained
        identity = " ".join((self._family.identity(self._base, "text"), *learning))
        return encoded(texts, self._cache, identity, self._device.precision, chunks, self._load, self._progress)

    def _load(self) -> TextCoder:
        if self._coder is None:
            learning = self._config.text_encoders.trained
            if not reads_anew(self._config):
                self._report.phase("load_text_encoder")
            self._coder = self._family.load_text(self._base, self._device.torch, self._device.dtype, learning)
        return self._coder
