"""Brings captions that the store holds into their files, in the background; merges what others wrote meanwhile."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from loraferry.library.captions import MAX_CAPTION_BYTES, Caption, Stamp, read_caption, write_caption
from loraferry.library.merge import merged
from loraferry.library.store import Store
from loraferry_core.problems import Problem, ProblemError, problem


@dataclass(frozen=True, slots=True)
class Errand:
    """One caption to write. `base` is what the file said when the caption was edited."""

    name: str
    text: str
    base: str
    found: Path | None
    """The caption file that the listing told of."""
    target: Path
    """The `.txt` file that is written."""


@dataclass(frozen=True, slots=True)
class Written:
    """How an errand ended. `text` is what the file says now: what was asked for, both edits together, or the other's."""

    name: str
    asked: str
    text: str
    stamp: Stamp | None
    problem: Problem | None = None

    @property
    def held(self) -> bool:
        """Whether the caption could not be written and must be kept on."""
        return self.problem is not None and self.problem.code == "caption_unwritable"


def write_captions(errands: Iterable[Errand], store: Store, check: Callable[[], None] = lambda: None) -> list[Written]:
    """Write captions to their files, each at once and whole or not at all; may run in any thread.

    `check` may raise to cancel: what was written until then is written, and is found so at the next try. Raises
    ProblemError `folder_unwritable` when the bytes of a file that is to be converted can be kept nowhere.
    """
    done = []
    for errand in errands:
        check()
        done.append(_carried_out(errand, store))
    return done


def _carried_out(errand: Errand, store: Store) -> Written:
    # A .txt that appeared since the listing counts before a `.caption`.
    source = errand.target if errand.found is None or errand.target.exists() else errand.found
    now = read_caption(source, errand.name)
    text, found = _decided(errand, now)
    if text is None or (text == now.text and source == errand.target and now.encoding == "UTF-8"):
        return Written(errand.name, errand.text, now.text, now.stamp, found)
    try:
        if now.stamp is not None and (now.encoding != "UTF-8" or now.problem is not None):
            store.keep_original(errand.name, now.encoding, source.read_bytes())
        stamp = write_caption(errand.target, text, errand.name)
    except ProblemError as error:
        if error.problem.code != "caption_unwritable":
            raise
        return Written(errand.name, errand.text, errand.text, now.stamp, error.problem)
    except OSError as error:
        unwritable = problem("caption_unwritable", name=errand.name, detail=error.strerror or str(error))
        return Written(errand.name, errand.text, errand.text, now.stamp, unwritable)
    return Written(errand.name, errand.text, text, stamp, found)


def _decided(errand: Errand, now: Caption) -> tuple[str | None, Problem | None]:
    """The text to write, None for leaving the file to whoever changed it; and what a person must be told."""
    if now.problem is not None and now.problem.code == "caption_unreadable":
        # What cannot be read cannot be merged; its bytes are kept, unless there are too many.
        if now.stamp is not None and now.stamp[1] <= MAX_CAPTION_BYTES:
            return errand.text, None
        return None, problem("caption_unwritable", name=errand.name, detail=now.problem.params["detail"])
    if now.stamp is None or now.text in (errand.base, errand.text):
        return errand.text, None
    together = merged(errand.base, errand.text, now.text)
    if together is None:
        return None, problem("caption_changed", name=errand.name)
    return together, problem("caption_merged", name=errand.name)
