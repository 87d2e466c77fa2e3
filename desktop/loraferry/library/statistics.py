"""A set of pictures in numbers: resolutions, buckets as the training will see them, tags, caption lengths, hints."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loraferry.library.coverage import Hint, Words, coverage
from loraferry.library.items import Item
from loraferry.library.trained_sizes import Training, bucket_of, is_enlarged, is_small, trained_sizes
from loraferry_core.dataset.buckets import Size
from loraferry_core.dataset.caption import CHUNK

SIDES = (256, 384, 512, 640, 768, 1024, 1280, 1536, 2048)
"""Where the bars of the shorter side end, in pixels."""
LENGTHS = (1, 11, 26, 51, CHUNK + 1, 2 * CHUNK + 1)
"""Where the bars of caption lengths begin, in tokens; before the first: no caption. One ends with CLIP's first chunk."""
SAME = 3
"""So many pictures with the very same caption are worth a word."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture as it is counted: `tags` in plain form, none for prose; `tokens` None where they were not counted."""

    item: Item
    tags: tuple[str, ...] = ()
    prose: str = ""
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """So many pictures from `low` up to but not including `high` (None: no end), and the query that shows them."""

    low: int
    high: int | None
    count: int
    query: str


@dataclass(frozen=True, slots=True)
class BucketBar:
    """So many pictures and crops that are trained in one bucket, and how many of them are enlarged for it."""

    size: Size
    count: int
    upscaled: int
    query: str


@dataclass(frozen=True, slots=True)
class Statistics:
    """All numbers of one set."""

    total: int = 0
    """Pictures."""
    unknown: int = 0
    """Pictures whose size is not known yet."""
    trained: int = 0
    """Pictures and crops that are trained, of those whose size is known."""
    small: int = 0
    """Those among `trained` that have fewer pixels than the full resolution."""
    sides: tuple[Bar, ...] = ()
    buckets: tuple[BucketBar, ...] = ()
    """The most frequent first."""
    lengths: tuple[Bar, ...] = ()
    uncounted: int = 0
    """Captions whose tokens were not counted yet."""
    longest: int = 0
    """Tokens of the longest caption."""
    tags: tuple[tuple[str, int], ...] = ()
    """The most frequent first."""
    hints: tuple[Hint, ...] = ()


def statistics(entries: Sequence[Entry], training: Training, check: Callable[[], None] = lambda: None) -> Statistics:
    """Count a set. `check` is called now and then and may raise to cancel."""
    sizes = [trained_sizes(entry.item) for entry in entries]
    sized = [entry.item for entry in entries if entry.item.width > 0 and entry.item.height > 0]
    check()
    parts = [size for several in sizes for size in several]
    small = 0
    for number, size in enumerate(parts):
        small += is_small(size, training)
        if not number % 200:
            check()
    tags = Counter(tag for entry in entries for tag in entry.tags)
    check()
    lengths = [entry.tokens for entry in entries if entry.tokens is not None]
    return Statistics(
        total=len(entries),
        unknown=len(entries) - len(sized),
        trained=len(parts),
        small=small,
        sides=_bars([min(item.width, item.height) for item in sized], SIDES, "size"),
        buckets=_buckets(parts, training),
        lengths=_bars(lengths, LENGTHS, "tokens"),
        uncounted=sum(entry.tokens is None and bool(entry.item.caption) for entry in entries),
        longest=max(lengths, default=0),
        tags=tuple(sorted(tags.items(), key=lambda entry: (-entry[1], entry[0]))),
        hints=tuple(_hints(entries, small, len(parts), training, check)),
    )


def together(entries: Sequence[Entry], tag: str) -> tuple[tuple[str, int], ...]:
    """How often other tags stand in the same caption as `tag`, the most frequent first."""
    counts = Counter(other for entry in entries if tag in entry.tags for other in entry.tags)
    counts.pop(tag, None)
    return tuple(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))


def _bars(values: Sequence[int], edges: Sequence[int], measure: str) -> tuple[Bar, ...]:
    """Values counted between edges; what lies before the first and behind the last too."""
    bars = []
    for low, high in zip((0, *edges), (*edges, None), strict=True):
        count = sum(low <= value and (high is None or value < high) for value in values)
        above = f"{measure}>={low}" if low else ""
        below = f"{measure}<{high}" if high is not None else ""
        bars.append(Bar(low, high, count, f"{above} {below}".strip()))
    return tuple(bars)


def _buckets(parts: Sequence[Size], training: Training) -> tuple[BucketBar, ...]:
    counts: Counter[Size] = Counter()
    upscaled: Counter[Size] = Counter()
    for size in parts:
        bucket = bucket_of(size, training)
        counts[bucket] += 1
        upscaled[bucket] += is_enlarged(size, bucket)
    return tuple(
        BucketBar(bucket, count, upscaled[bucket], f"bucket:{bucket[0]}x{bucket[1]}")
        for bucket, count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    )


def _hints(
    entries: Sequence[Entry], small: int, trained: int, training: Training, check: Callable[[], None]
) -> list[Hint]:
    read = [entry for entry in entries if entry.item.caption is not None]
    bare = sum(entry.item.caption == "" for entry in read)
    long = sum(entry.tokens is not None and entry.tokens > CHUNK for entry in entries)
    repeated = Counter(entry.item.caption for entry in read if entry.item.caption)
    hints = []
    if bare:
        hints.append(Hint("captions_missing", count=bare, total=len(read), query="is:uncaptioned"))
    if small:
        least = training.resolution * training.resolution
        hints.append(Hint("small", count=small, total=trained, query=f"pixels<{least}"))
    if long:
        hints.append(Hint("captions_long", count=long, total=len(read), query=f"tokens>{CHUNK}"))
    same, count = repeated.most_common(1)[0] if repeated else ("", 0)
    if count >= SAME:
        hints.append(Hint("captions_same", tag=same, count=count, total=len(read)))
    check()
    captioned = [Words(entry.tags, entry.prose) for entry in read if entry.item.caption]
    return hints + coverage(captioned, check)
