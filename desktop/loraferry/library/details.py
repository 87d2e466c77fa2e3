"""Reads what the names do not tell: captions, sizes and times. May run in any thread; touches no library."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from loraferry.library.captions import NO_CAPTION, Caption, Stamp, read_caption, stamp_of
from loraferry_core.problems import Problem, problem


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which picture to read about, and what is known of its caption already."""

    name: str
    path: str
    caption_path: str | None
    known: Stamp | None = None
    listed: str = ""
    """What a list of captions says of it (`library.caption_lists`); counts where there is no caption file."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What was read. `caption` is None where the caption file has still the known stamp."""

    name: str
    size: int
    mtime_ns: int
    caption: Caption | None
    problem: Problem | None
    known: Stamp | None
    """The caption's stamp that was known when the reading was asked for."""


def read_details(wanted: Iterable[Wanted], check: Callable[[], None] = lambda: None) -> list[Detail]:
    """Sizes, times and captions; `check` is called now and then and may raise to cancel."""
    found = []
    for number, want in enumerate(wanted):
        if number % 64 == 0:
            check()
        found.append(_read_one(want))
    return found


def _read_one(want: Wanted) -> Detail:
    caption: Caption | None
    if want.caption_path is None:
        caption = NO_CAPTION
    elif want.known is not None and stamp_of(want.caption_path) == want.known:
        caption = None
    else:
        caption = read_caption(want.caption_path, want.name)
    if caption == NO_CAPTION and want.listed:
        caption = Caption(want.listed)
    try:
        status = Path(want.path).stat()
    except FileNotFoundError:
        return Detail(want.name, 0, 0, caption, problem("image_vanished", name=want.name), want.known)
    except OSError as error:
        detail = error.strerror or str(error)
        return Detail(want.name, 0, 0, caption, problem("image_unreadable", name=want.name, detail=detail), want.known)
    found = problem("image_empty", name=want.name) if status.st_size == 0 else None
    return Detail(want.name, status.st_size, status.st_mtime_ns, caption, found, want.known)
