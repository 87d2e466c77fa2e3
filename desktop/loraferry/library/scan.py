"""Lists the pictures of a folder, the captions beside them and lists of captions. Moves and renames nothing."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from loraferry.library.caption_lists import is_caption_list, read_caption_lists
from loraferry.library.captions import TEMPORARY
from loraferry_core.problems import Problem, fail, problem

PICTURE_SUFFIXES = frozenset(
    {
        ".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif", ".heic", ".heif", ".hif",
    }
)  # fmt: skip
CAPTION_SUFFIXES = (".txt", ".caption")
"""In the order of precedence: kohya's `.caption` counts where there is no `.txt`."""

_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Listing:
    """What a folder holds. Names are relative to it, with forward slashes."""

    names: tuple[str, ...]
    captions: dict[str, str]
    """Caption files by their name without suffix, which is a picture's stem or whole name (`a`, or `a.png` for
    `a.png.txt`) → path below the folder. `library.sharing` tells which file is whose."""
    odd: dict[str, str]
    """Name → path below the folder, only where they differ: a file name that is no Unicode (see `readable`)."""
    problems: tuple[Problem, ...]
    listed: dict[str, str] = field(default_factory=dict)
    """Name → what a list of captions in the folder says (`library.caption_lists`); counts where there is no file."""
    folds_case: bool = False
    """Whether `A.txt` and `a.txt` are one file on this disk; looked up only where that matters."""
    leftovers: tuple[str, ...] = ()
    """Paths below the folder of temporary files of ours, which a process that was killed has left."""


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
    entered again. A subfolder that cannot be read becomes a problem. Only names are read, and lists of captions where
    there are any. `check` is called for each folder and may raise to cancel. Raises ProblemError `folder_unreadable`
    when `folder` itself cannot be read.
    """
    names: list[str] = []
    texts: list[str] = []
    lists: list[str] = []
    leftovers: list[str] = []
    problems: list[Problem] = []
    seen: set[tuple[int, int]] = set()
    waiting = [""]
    while waiting:
        check()
        prefix = waiting.pop()
        where = f"{folder}{os.sep}{prefix}" if prefix else str(folder)
        try:
            below = _list_one(where, prefix, seen, names, texts, lists, leftovers)
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
    listed = read_caption_lists(folder, sorted(lists), names, check) if lists else None
    if listed is not None:
        problems += listed.problems
    return Listing(
        names=tuple(names),
        captions=_caption_files(texts),
        odd=odd,
        problems=tuple(problems),
        listed=listed.captions if listed is not None else {},
        folds_case=_folds_case(folder, names, texts),
        leftovers=tuple(leftovers),
    )


def readable(name: str) -> str:
    """A file name as Unicode: bytes that are none, which Linux allows, become `\\xe9` and the like."""
    return name if _is_unicode(name) else os.fsencode(name).decode("utf-8", "backslashreplace")


def _is_unicode(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _list_one(
    where: str,
    prefix: str,
    seen: set[tuple[int, int]],
    names: list[str],
    texts: list[str],
    lists: list[str],
    leftovers: list[str],
) -> list[str]:
    """Adds what one folder holds to the lists; its subfolders, as prefixes that end in a slash."""
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
            elif is_caption_list(name) and entry.is_file():
                lists.append(prefix + name)
            elif name.startswith(TEMPORARY) and entry.is_file():
                leftovers.append(prefix + name)
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


def _folds_case(folder: Path, names: list[str], texts: list[str]) -> bool:
    """Whether the disk takes `A.txt` for `a.txt`. Asked only where two names are the same but for their case."""
    together = "\n".join((*names, *texts))
    if together == together.casefold():
        return False
    stems = {stem_of(name) for name in names}
    stems.update(readable(stem_of(text)) for text in texts)
    if len({stem.casefold() for stem in stems}) == len(stems):
        return False
    return any(_is_same_in_other_case(folder / text) for text in texts[:1] or names[:1])


def _is_same_in_other_case(path: Path) -> bool:
    other = path.with_name(path.name.swapcase())
    try:
        return other.name != path.name and other.samefile(path)
    except OSError:
        return False


def folder_of(paths: Sequence[Path]) -> Path:
    """The folder to open when `paths` are dropped: the folder itself, or the one that holds the dropped files.

    Of several folders it is the one that holds them all: the outermost of them, or the folder they lie in side by
    side. Raises ProblemError `folder_unreadable` when nothing was dropped that exists, and `folders_apart` where only
    the whole disk or the user's home would hold them.
    """
    folders = [path for path in paths if path.is_dir()] or [path.parent for path in paths if path.is_file()][:1]
    if not folders:
        raise fail("folder_unreadable", path=str(paths[0]) if paths else "", detail="")
    if len(folders) == 1:
        return folders[0]
    whole = [folder.resolve() for folder in folders]
    common = Path(os.path.commonpath(whole)) if len({path.anchor for path in whole}) == 1 else None
    side_by_side = common is not None and all(path.parent == common for path in whole)
    if common is None or not (common in whole or side_by_side) or common in (Path(common.anchor), Path.home()):
        raise fail("folders_apart", count=len(folders))
    # As it was dropped, so that a project behind a link keeps its identity.
    return next((folder for folder, path in zip(folders, whole, strict=True) if path == common), folders[0].parent)
