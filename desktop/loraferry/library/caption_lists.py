"""Lists of captions: one file that holds the captions of many pictures, as data sets are published and kohya keeps them.

Understood are `metadata.jsonl` and `metadata.csv` of Hugging Face's image folders (a column `file_name`, and one of
`TEXT_KEYS`), and kohya's metadata JSON (`{"path or stem": {"caption": …, "tags": …}}`). They are read only: an edit
goes to a `.txt` beside the picture, which counts from then on.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import FileIO
from os import fstat
from pathlib import Path
from typing import Any

from loraferry.library.captions import MAX_CAPTION_BYTES, decode
from loraferry_core.problems import Problem, ProblemError, fail, problem

MAX_LIST_BYTES = 64 << 20
"""Of one file; a caption of 300 characters for each of 200,000 pictures."""
TEXT_KEYS = ("text", "caption", "captions", "prompt", "description")
"""In the order of precedence. `tags` follow behind, as kohya appends them."""
_NAME_KEYS = ("file_name", "filename", "image", "file", "path", "image_path")
_LIST = re.compile(r"^metadata\.(jsonl|csv)$|^meta(data)?([_-][\w-]*)?\.json$", re.IGNORECASE | re.ASCII)

Row = tuple[str, str]
"""(file name as the list has it, caption)."""


@dataclass(frozen=True)
class ListedCaptions:
    """What the lists of a folder say, by the pictures' names, and what is wrong with the lists."""

    captions: dict[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def is_caption_list(name: str) -> bool:
    """Whether a file of that name may hold captions: `metadata.jsonl`, `metadata.csv`, `meta_cap.json` and the like."""
    return _LIST.match(name) is not None


def read_caption_lists(
    folder: Path, lists: Sequence[str], names: Iterable[str], check: Callable[[], None] = lambda: None
) -> ListedCaptions:
    """The captions of the pictures `names` by the files `lists`, all relative to `folder`.

    Where several lists name a picture the later one counts (`meta_lat.json` is made from `meta_cap.json`). A file that
    cannot be read becomes the problem `caption_list_unreadable`, rows that say nothing `caption_list_odd`.
    """
    index = _Index(names)
    captions: dict[str, str] = {}
    problems: list[Problem] = []
    for relative in lists:
        check()
        prefix = relative[: relative.rfind("/") + 1]
        try:
            rows, odd = _read(folder / relative, relative)
        except ProblemError as error:
            problems.append(error.problem)
            continue
        for written, caption in rows:
            found = index.find(prefix, written)
            if found:
                captions.update(dict.fromkeys(found, caption))
        if odd:
            problems.append(problem("caption_list_odd", path=relative, count=odd))
    return ListedCaptions(captions, tuple(problems))


def _read(path: Path, relative: str) -> tuple[list[Row], int]:
    """The rows of one file, and how many said nothing. Raises ProblemError `caption_list_unreadable`."""
    try:
        with FileIO(path) as file:
            size = fstat(file.fileno()).st_size
            data = file.read(MAX_LIST_BYTES) if size <= MAX_LIST_BYTES else b""
    except OSError as error:
        raise fail("caption_list_unreadable", path=relative, detail=error.strerror or str(error)) from error
    if size > MAX_LIST_BYTES:
        raise fail("caption_list_unreadable", path=relative, detail=f"> {MAX_LIST_BYTES >> 20} MB")
    decoded = decode(data)
    if decoded is None:
        raise fail("caption_list_unreadable", path=relative, detail="not text")
    text = decoded[0].replace("\r\n", "\n")
    try:
        found = list(_READERS[path.suffix.lower()](text))
    except (ValueError, RecursionError, csv.Error) as error:
        raise fail("caption_list_unreadable", path=relative, detail=str(error)[:200]) from error
    rows = [row for row in found if row is not None]
    return rows, len(found) - len(rows)


def parse_jsonl(text: str) -> Iterator[Row | None]:
    """One JSON object a line; None for a line that is none or says nothing."""
    for line in text.split("\n"):
        if not line.strip():
            continue
        try:
            yield _row(json.loads(line))
        except (ValueError, RecursionError):
            yield None


def parse_csv(text: str) -> Iterator[Row | None]:
    """A header and rows, separated by the header's comma, semicolon or tab. Raises ValueError without the columns."""
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header = [cell.strip().lower() for cell in next(reader, [])]
    if not set(header) & set(_NAME_KEYS) or not set(header) & {*TEXT_KEYS, "tags"}:
        raise ValueError("no columns “file_name” and “text”")
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield _row(dict(zip(header, cells, strict=False)))


def parse_kohya(text: str) -> Iterator[Row | None]:
    """kohya's metadata. Caption and tags are joined as its `FineTuningDataset` does. Raises ValueError for others."""
    content = json.loads(text)
    if not isinstance(content, dict):
        raise ValueError("not a table of pictures")
    for key, entry in content.items():
        caption = _caption(entry) if isinstance(entry, dict) else None
        yield None if caption is None or not key else (key, caption)


_READERS: dict[str, Callable[[str], Iterator[Row | None]]] = {
    ".jsonl": parse_jsonl,
    ".csv": parse_csv,
    ".json": parse_kohya,
}


def _row(entry: Any) -> Row | None:
    if not isinstance(entry, dict):
        return None
    name = next((entry[key] for key in _NAME_KEYS if entry.get(key)), None)
    caption = _caption(entry)
    return (name, caption) if isinstance(name, str) and caption is not None else None


def _caption(entry: dict[str, Any]) -> str | None:
    """The caption of one entry, its tags behind it; None where it has neither."""
    parts = [found for key in TEXT_KEYS if (found := _words(entry.get(key)))][:1]
    tags = _words(entry.get("tags"))
    if tags and tags not in parts:
        parts.append(tags)
    if not parts and not any(isinstance(entry.get(key), str) for key in (*TEXT_KEYS, "tags")):
        return None
    return ", ".join(parts)[:MAX_CAPTION_BYTES]


def _words(value: Any) -> str:
    """Text as it is; of a list of texts all, as tags; nothing else is a caption."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return ", ".join(part.strip() for part in value if isinstance(part, str) and part.strip())
    return ""


class _Index:
    """Finds the pictures that a list means: by its own folder, and else by the last part of the path, where that is
    unmistakable, because sets are moved and the lists keep the old places."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = set(names)

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in sorted(self._names):
            found.setdefault(_without_suffix(name), []).append(name)
        return found

    @cached_property
    def _by_last(self) -> dict[str, list[str]]:
        """By the last part of the path, with and without its suffix."""
        found: dict[str, list[str]] = {}
        for name in sorted(self._names):
            last = name[name.rfind("/") + 1 :]
            for key in {last, _without_suffix(last)}:
                found.setdefault(key, []).append(name)
        return found

    def find(self, prefix: str, written: str) -> list[str]:
        """The names that `written` stands for in a list which lies in the folder `prefix`."""
        path = written.replace("\\", "/").removeprefix("./")
        if prefix + path in self._names:
            return [prefix + path]
        if prefix + path in self._by_stem:
            return self._by_stem[prefix + path]
        last = path[path.rfind("/") + 1 :]
        below = [name for name in self._by_last.get(last, []) if name.startswith(prefix)]
        # Of the same name in several folders none is meant for certain; with several suffixes all are.
        return below if len({_without_suffix(name) for name in below}) == 1 else []


def _without_suffix(name: str) -> str:
    dot = name.rfind(".")
    return name[:dot] if dot > name.rfind("/") + 1 else name
