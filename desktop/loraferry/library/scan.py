"""Lists the pictures of a folder and the captions beside them. Reads names only; moves and renames nothing."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loraferry_core.problems import Problem, ProblemError, fail, problem

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif"})
CAPTION_SUFFIXES = (".txt", ".caption")
"""In the order of precedence: kohya's `.caption` counts where there is no `.txt`."""

_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Listing:
    """What a folder holds. Names are relative to it, with forward slashes."""

    names: tuple[str, ...]
    captions: dict[str, str]
    """Stem of a picture's name → path of its caption file below the folder."""
    odd: dict[str, str]
    """Name → path below the folder, only where they differ: a file name that is no Unicode (see `readable`)."""
    problems: tuple[Problem, ...]


def natural_key(name: str) -> tuple[object, ...]:
    """Sorts `9.png` before `10.png`, and letters regardless of case."""
    folded = name.casefold()
    if folded.isascii():
        parts = _DIGITS.split(folded)
        return (*[int(part) if odd % 2 else part for odd, part in enumerate(parts)], name)
    # \d also matches digits of other scripts; int() reads most of them, isdecimal tells which.
    mixed = [int(p) if odd % 2 and p.isdecimal() else p for odd, p in enumerate(_DIGITS.split(folded))]
    return (*mixed, name)


def stem_of(name: str) -> str:
    """The name without its suffix: what a picture and its caption file share."""
    dot = name.rfind(".")
    return name[:dot] if dot > name.rfind("/") + 1 else name


def list_pictures(folder: Path, check: Callable[[], None] = lambda: None) -> Listing:
    """All pictures in `folder` and below it, naturally sorted.

    Folders whose name starts with a dot are left out, and a folder that was already seen (a link back up) is not
    entered again. A subfolder that cannot be read becomes a problem. `check` is called for each folder and may raise
    to cancel. Raises ProblemError `folder_unreadable` when
    `folder` itself cannot be read.
    """
    names: list[str] = []
    texts: list[str] = []
    problems: list[Problem] = []
    seen: set[tuple[int, int]] = set()
    waiting = [""]
    while waiting:
        check()
        prefix = waiting.pop()
        where = f"{folder}{os.sep}{prefix}" if prefix else str(folder)
        try:
            below = _list_one(where, prefix, seen, names, texts)
        except OSError as error:
            detail = error.strerror or str(error)
            if not prefix:
                raise fail("folder_unreadable", path=readable(where), detail=detail) from error
            problems.append(problem("folder_unreadable", path=readable(where), detail=detail))
            continue
        waiting += below
    odd = {readable(name): name for name in names if not _is_unicode(name)}
    if odd:
        names = [readable(name) for name in names]
    names.sort(key=natural_key)
    return Listing(tuple(names), _caption_files(texts), odd, tuple(problems))


def readable(name: str) -> str:
    """A file name as Unicode: bytes that are none, which Linux allows, become `\\xe9` and the like."""
    return name if _is_unicode(name) else os.fsencode(name).decode("utf-8", "backslashreplace")


def _is_unicode(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _list_one(where: str, prefix: str, seen: set[tuple[int, int]], names: list[str], texts: list[str]) -> list[str]:
    """Adds what one folder holds to `names` and `texts`; its subfolders, as prefixes that end in a slash."""
    status = Path(where).stat()
    identity = (status.st_dev, status.st_ino)
    if identity in seen:
        return []
    seen.add(identity)
    below = []
    with os.scandir(where) as entries:
        for entry in entries:
            name = entry.name
            dot = name.rfind(".")
            suffix = name[dot:].lower() if dot > 0 else ""
            if suffix in PICTURE_SUFFIXES and entry.is_file():
                names.append(prefix + name)
            elif suffix in CAPTION_SUFFIXES and entry.is_file():
                texts.append(prefix + name)
            elif not name.startswith(".") and entry.is_dir():
                below.append(f"{prefix}{name}/")
    return below


def _caption_files(texts: list[str]) -> dict[str, str]:
    """Stem → caption file, by the precedence of the suffixes."""
    found: dict[str, str] = {}
    for text in texts:
        stem = readable(stem_of(text))
        other = found.get(stem)
        if other is None or _precedence(text) < _precedence(other):
            found[stem] = text
    return found


def _precedence(text: str) -> tuple[int, str]:
    suffix = text[text.rfind(".") :].lower()
    return CAPTION_SUFFIXES.index(suffix), text


def folder_of(paths: list[Path]) -> Path:
    """The folder to open when `paths` are dropped: the folder itself, or the one that holds the dropped files.

    Raises ProblemError `folder_unreadable` when nothing was dropped that exists.
    """
    for path in paths:
        if path.is_dir():
            return path
    for path in paths:
        if path.is_file():
            return path.parent
    raise ProblemError(problem("folder_unreadable", path=str(paths[0]) if paths else "", detail=""))
