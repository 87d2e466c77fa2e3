"""What a tag that is being typed may become: found anywhere in the words of the project and of lists of tags.

A list is one long text with a line for each tag, the most frequent first, so that each of the few searches that a key
takes goes through it at the speed of `bytes.find`, and ends when it has found enough.
"""

import csv
import io
import re
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loraferry.library.captioned import KAOMOJI
from loraferry.library.query import plain_tag
from loraferry_core.names import without_control_characters
from loraferry_core.problems import fail

MOST = 12
MAX_FILE = 64 * 2**20
MAX_ROWS = 1_000_000
LONGEST = 200
"""Characters of a tag, or of all its other names together times ten."""
SUFFIX = ".tsv"

_ENOUGH = 200
"""Tags that are looked at one by one before the whole list is searched for those that begin as typed."""
_FACES = {plain_tag(face): face for face in KAOMOJI}
_WORD = "\x01"
_WORD_START = re.compile(r"(?:(?<=[ \-(/|\t])|^)(?=[^\s|])")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
# danbooru's numbers; e621's own, as the usual lists of both have them.
_CATEGORIES = {
    "0": "general", "1": "artist", "3": "copyright", "4": "character", "5": "meta", "7": "general", "8": "artist",
    "10": "copyright", "11": "character", "12": "species", "14": "meta",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag of a list."""

    name: str
    category: str = ""
    """A key of `texts.tag_categories`; empty: none."""
    count: int = 0
    """Pictures that have it where the list was made; 0 where nobody has counted."""
    aliases: tuple[str, ...] = ()
    translation: str = ""
    """In Chinese; empty: none."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What may be meant. `own`: pictures of the project that have it; `alias`: the other name that was found."""

    tag: str
    own: int = 0
    count: int = 0
    category: str = ""
    translation: str = ""
    alias: str = ""


class TagList:
    """Tags in the order of their weight, to be searched."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        lines: list[bytes] = []
        at = 0
        self._starts = array("I")
        self._counts = array("Q")
        self._categories: list[str] = []
        self._odd: dict[int, str] = {}
        """Names that are not as they are sought, by place."""
        for place, entry in enumerate(entries):
            plain = plain_tag(entry.name)
            if plain != entry.name:
                self._odd[place] = entry.name
            names = "\t".join((plain, "|".join(entry.aliases), entry.translation))
            line = f"\n{_marked(names.lower())}".encode()
            lines.append(line)
            self._starts.append(at)
            self._counts.append(entry.count)
            self._categories.append(sys.intern(entry.category))
            at += len(line)
        lines.append(b"\n")
        self._text = b"".join(lines)
        names_of = [self._name(place) for place in range(len(self))]
        self._by_name = array("I", sorted(range(len(self)), key=names_of.__getitem__))

    def __len__(self) -> int:
        return len(self._starts)

    def _fields(self, place: int) -> list[str]:
        end = self._text.index(b"\n", self._starts[place] + 1)
        return self._text[self._starts[place] + 1 : end].decode("utf-8").replace(_WORD, "").split("\t")

    def _name(self, place: int) -> str:
        return self._fields(place)[0]

    def entry(self, place: int) -> Entry:
        """The tag at a place; its other names are in small letters."""
        name, aliases, translation = self._fields(place)
        others = tuple(filter(None, aliases.split("|")))
        return Entry(self._odd.get(place, name), self._categories[place], self._counts[place], others, translation)

    def find(self, name: str) -> Entry | None:
        """The tag of this name."""
        plain = plain_tag(name)
        at = bisect_left(self._by_name, plain, key=self._name)
        if at == len(self._by_name) or self._name(self._by_name[at]) != plain:
            return None
        return self.entry(self._by_name[at])

    def search(self, typed: str, most: int) -> tuple[list[int], list[int], list[int]]:
        """Places of tags whose name begins with what is typed (as `plain_tag` makes it), that have a word or another
        name that begins so, and that hold it anywhere; of each at most so many, the heaviest first."""
        holding = self._find(_marked(typed).removeprefix(_WORD), max(most, _ENOUGH))
        if len(holding) == max(most, _ENOUGH):
            # There are more: those that begin so may be among the others.
            return self._find(f"\n{_marked(typed)}", most), self._find(_marked(typed), most), holding
        start, word = f"\n{_marked(typed)}".encode(), _marked(typed).encode()
        lines = [(place, self._line(place)) for place in holding]
        return [p for p, line in lines if line.startswith(start)], [p for p, line in lines if word in line], holding

    def _line(self, place: int) -> bytes:
        start = self._starts[place]
        return self._text[start : self._text.index(b"\n", start + 1)]

    def _find(self, wanted: str, most: int) -> list[int]:
        found: list[int] = []
        text, starts, sought = self._text, self._starts, wanted.encode()
        at = text.find(sought)
        while at >= 0 and len(found) < most:
            found.append(bisect_right(starts, at) - 1)
            at = text.find(sought, text.index(b"\n", at + 1))
        return found


def _marked(names: str) -> str:
    """With a sign before each word, so that one search finds where words begin."""
    return _WORD_START.sub(_WORD, names)


NO_TAGS = TagList(())


class TagBook:
    """All lists together: the project's own words first, by how many pictures have them."""

    def __init__(self, lists: Sequence[TagList] = ()) -> None:
        self.lists = tuple(lists)
        self._own = NO_TAGS
        self._counts: Mapping[str, int] = {}

    def know(self, counts: Mapping[str, int]) -> None:
        """How many pictures of the project have each tag (as `plain_tag` makes it)."""
        self._counts = counts
        ranked = sorted(counts.items(), key=lambda one: -one[1])
        self._own = TagList(Entry(_FACES.get(tag, tag), "", count) for tag, count in ranked)

    def look_up(self, tag: str) -> Entry | None:
        """What the lists know of a tag."""
        return next((found for each in self.lists if (found := each.find(tag)) is not None), None)

    def suggest(self, typed: str, most: int = MOST, barred: Iterable[str] = ()) -> list[Suggestion]:
        """The likeliest first: names that begin so, then words within them and other names, then anything that holds
        it; of each the project's own first, and then by the lists' order. `barred` are not proposed."""
        sought = plain_tag(typed)
        if not sought or not sought.isprintable():
            return []
        left_out = {plain_tag(tag) for tag in barred}
        found: dict[str, Suggestion] = {}
        # What is found twice or barred takes no place.
        several = [(each, each.search(sought, 2 * most + len(left_out))) for each in (self._own, *self.lists)]
        for each, place in ((each, place) for how in range(3) for each, places in several for place in places[how]):
            entry = each.entry(place)
            plain = plain_tag(entry.name)
            if plain not in left_out and plain not in found:
                found[plain] = self._suggestion(plain, entry, sought)
                if len(found) == most:
                    break
        return list(found.values())

    def _suggestion(self, plain: str, entry: Entry, sought: str) -> Suggestion:
        known = self.look_up(entry.name) if not entry.category else entry
        known = known or entry
        others = (name for name in (*known.aliases, known.translation) if sought in name.lower())
        alias = "" if sought in plain else next(others, "")
        shown = "" if alias == known.translation else alias
        return Suggestion(entry.name, self._counts.get(plain, 0), known.count, known.category, known.translation, shown)


# --- files


def read_list(path: Path) -> TagList:
    """A list as it ships or was imported. Raises OSError, or ValueError for what is none."""
    return TagList(entries_in(path.read_text(encoding="utf-8")))


def entries_in(text: str) -> Iterator[Entry]:
    """The tags of a list's text: a line each with name, category, count, other names and translation between tabs; lines
    that begin with # say something about it. Raises ValueError."""
    for line in text.split("\n"):
        if line and not line.startswith("#"):
            name, category, count, aliases, translation = line.split("\t")
            yield Entry(name, category, int(count or 0), tuple(filter(None, aliases.split("|"))), translation)


def text_of(entries: Iterable[Entry]) -> str:
    """The inverse of `entries_in`."""
    return "".join(
        f"{one.name}\t{one.category}\t{one.count or ''}\t{'|'.join(one.aliases)}\t{one.translation}\n"
        for one in entries
    )


def read_csv(path: Path, check: Callable[[], None] = lambda: None) -> list[Entry]:
    """A list of the usual form `name,category,count,"aliases"`, with or without a heading, the most frequent first; what
    is Chinese among the other names is the translation. A list of `name,translation` is understood too.

    Raises ProblemError `tag_list_unreadable`.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE:
            raise fail("tag_list_unreadable", path=path, detail=f"{size >> 20} MB > {MAX_FILE >> 20} MB")
        text = path.read_bytes().decode("utf-8-sig", "replace")
        found: dict[str, Entry] = {}
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""))):
            if not number % 1000:
                check()
            entry = _entry(row)
            if entry is not None and len(found) < MAX_ROWS:
                found.setdefault(plain_tag(entry.name), entry)
    except (OSError, csv.Error) as error:
        raise fail("tag_list_unreadable", path=path, detail=str(error)) from error
    if not found:
        raise fail("tag_list_unreadable", path=path, detail="")
    return sorted(found.values(), key=lambda entry: -entry.count)


def _entry(row: list[str]) -> Entry | None:
    cells = [without_control_characters(cell).replace("\t", " ").strip() for cell in row]
    if len(cells) < 2 or not cells[0] or len(cells[0]) > LONGEST or (cells[0].lower(), cells[1].lower()) in _HEADINGS:
        return None
    name = cells[0] if cells[0] in KAOMOJI else cells[0].replace("_", " ")
    if not cells[1].isascii() or not cells[1].isdigit():
        return Entry(name, translation=cells[1][:LONGEST].replace("|", " "))
    count = int(cells[2]) if len(cells) > 2 and cells[2].isascii() and cells[2].isdigit() and len(cells[2]) < 12 else 0
    names = [other.strip().replace("_", " ").replace("|", " ") for cell in cells[3:] for other in cell.split(",")]
    kept = [other for other in names if other][:50]
    translation = next((other for other in kept if _HAN.search(other)), "")
    aliases = tuple(other[:LONGEST] for other in kept if other != translation)
    return Entry(name, _CATEGORIES.get(cells[1], ""), count, aliases, translation[:LONGEST])


_HEADINGS = {("name", "category"), ("tag", "category"), ("name", "type"), ("tag", "type"), ("name", "count")}


def import_list(path: Path, folder: Path, check: Callable[[], None] = lambda: None) -> Path:
    """Read a csv and keep it in a folder of lists, in the place of one of the same name. Raises ProblemError
    `tag_list_unreadable`."""
    entries = read_csv(path, check)
    target = folder / f"{path.stem}{SUFFIX}"
    part = target.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_text(text_of(entries), encoding="utf-8", newline="\n")
        part.replace(target)
    except OSError as error:
        raise fail("tag_list_unreadable", path=target, detail=str(error)) from error
    return target


def lists_in(folder: Path) -> list[Path]:
    """The lists that were imported, in the order of their names."""
    return sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
