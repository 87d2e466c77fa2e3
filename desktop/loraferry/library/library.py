"""The library: the pictures of one folder, their captions and verdicts, and every edit of them with undo."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from loraferry.library.captions import Caption, read_caption, write_caption
from loraferry.library.details import Detail, Wanted, read_details
from loraferry.library.edits import (
    Edit,
    History,
    SetCaptions,
    SetVerdicts,
    inverse,
    names_of,
    needed,
)
from loraferry.library.items import NOTHING, Changes, Counts, Item, counted
from loraferry.library.places import Places, usual_places
from loraferry.library.scan import Listing, list_pictures, stem_of
from loraferry.library.store import Store
from loraferry_core.problems import Problem, ProblemError, problem


class Library:
    """The open folder. Belongs to one thread; only `list_pictures` and `read_details` may run in another."""

    def __init__(self, folder: Path, listing: Listing, store: Store) -> None:
        self.folder = folder
        self.problems: tuple[Problem, ...] = listing.problems
        """What is wrong with the folder as a whole."""
        self._store = store
        self._history = History()
        self._listing = listing
        verdicts = store.verdicts()
        self._unsaved = store.unsaved()
        root = f"{folder}{os.sep}"
        odd = listing.odd
        self._items = [
            Item(name, root + (odd.get(name, name) if odd else name), verdicts.get(name, "")) for name in listing.names
        ]
        self._places = {name: place for place, name in enumerate(listing.names)}
        self._sharing = _sharing(listing.names)
        self._faulty: dict[str, tuple[Problem, ...]] = {}
        self._counts = self._counted()

    @classmethod
    def open(cls, folder: Path, places: Places | None = None, check: Callable[[], None] = lambda: None) -> "Library":
        """List the pictures of `folder` and below; captions follow by `read`, or by `wanted` and `absorb`.

        `check` is called now and then and may raise to cancel.

        Raises ProblemError `folder_unreadable`, `library_newer` or `file_unreadable`.
        """
        folder = folder.absolute()
        return cls(folder, list_pictures(folder, check), Store(folder, places or usual_places()))

    def close(self) -> None:
        """Close the library's file. Everything is saved already."""
        self._store.close()

    # --- looking

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    @property
    def items(self) -> Sequence[Item]:
        """All pictures in the order of their names."""
        return self._items

    def item(self, name: str) -> Item | None:
        """The picture of that name."""
        place = self._places.get(name)
        return None if place is None else self._items[place]

    def place(self, name: str) -> int | None:
        """The position of a picture among `items`."""
        return self._places.get(name)

    @property
    def counts(self) -> Counts:
        """How many pictures are approved, rejected and so on."""
        return self._counts

    @property
    def faulty(self) -> dict[str, tuple[Problem, ...]]:
        """The problems of pictures and captions, by name; only pictures that have any."""
        return self._faulty

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether an edit that was taken back can be done again."""
        return self._history.can_redo

    def originals(self, name: str) -> list[tuple[str, bytes]]:
        """(encoding, bytes) of this picture's caption file before it was converted to UTF-8."""
        return self._store.originals(name)

    # --- reading

    def read(self) -> Changes:
        """Read all captions now."""
        return self.absorb(read_details(self.wanted()))

    def wanted(self, start: int = 0, stop: int | None = None) -> list[Wanted]:
        """What `read_details` needs to read the captions of `items[start:stop]` that changed since they were read."""
        root = f"{self.folder}{os.sep}"
        captions = self._listing.captions
        found = []
        for item in self._items[start:stop]:
            listed = captions.get(stem_of(item.name))
            found.append(Wanted(item.name, item.path, None if listed is None else root + listed, item.caption_stamp))
        return found

    def absorb(self, details: Iterable[Detail]) -> Changes:
        """Take over what was read. Captions that were edited here in the meantime stay."""
        changed = set()
        for detail in details:
            place = self._places.get(detail.name)
            if place is None:
                continue
            item = self._items[place]
            updated = self._with_detail(item, detail)
            if updated != item:
                self._put(place, updated)
                changed.add(detail.name)
        changed |= self._write_unsaved()
        return Changes(frozenset(changed))

    def _with_detail(self, item: Item, detail: Detail) -> Item:
        caption = detail.caption
        same_picture = (detail.size, detail.mtime_ns) == (item.size, item.mtime_ns)
        image_problem = detail.problem or (item.image_problem if same_picture else None)
        edited_since = item.caption is not None and detail.known != item.caption_stamp
        if caption is None or edited_since:
            return replace(item, size=detail.size, mtime_ns=detail.mtime_ns, image_problem=image_problem)
        text, found = caption.text, caption.problem
        held = self._unsaved.get(item.name)
        if held is not None:
            text, found = held.text, item.caption_problem or problem("caption_unwritable", name=item.name, detail="")
        return replace(
            item,
            size=detail.size,
            mtime_ns=detail.mtime_ns,
            image_problem=image_problem,
            caption=text,
            caption_stamp=caption.stamp,
            caption_problem=found,
        )

    def relist(self, listing: Listing) -> Changes:
        """Take over a new listing of the folder: pictures that came or went; all else stays as it was."""
        self._listing = listing
        self.problems = listing.problems
        if listing.names == tuple(item.name for item in self._items):
            return NOTHING
        verdicts = self._store.verdicts()
        old = {item.name: item for item in self._items}
        root = f"{self.folder}{os.sep}"
        self._items = [
            old.get(name) or Item(name, root + listing.odd.get(name, name), verdicts.get(name, ""))
            for name in listing.names
        ]
        self._places = {name: place for place, name in enumerate(listing.names)}
        self._sharing = _sharing(listing.names)
        self._faulty = {item.name: item.problems for item in self._items if item.problems}
        self._counts = self._counted()
        return Changes(frozenset(old.keys() ^ self._places.keys()), listed=True)

    def measured(self, name: str, size: tuple[int, int] | None, found: Problem | None) -> Changes:
        """Note what making a thumbnail told: (width, height), or what is wrong with the picture."""
        place = self._places.get(name)
        if place is None:
            return NOTHING
        item = self._items[place]
        width, height = size or (0, 0)
        updated = replace(item, width=width, height=height, image_problem=found)
        if updated == item:
            return NOTHING
        self._put(place, updated)
        return Changes(frozenset((name,)))

    def _put(self, place: int, item: Item) -> None:
        """The only way a picture changes, so that counts and problems follow without looking at the others."""
        before, after = counted(self._items[place]), counted(item)
        if before != after:
            self._counts = self._counts.moved(before, after)
        self._items[place] = item
        if item.problems:
            self._faulty[item.name] = item.problems
        else:
            self._faulty.pop(item.name, None)

    def _counted(self) -> Counts:
        rejected = sum(item.rejected for item in self._items)
        kept = sum(item.verdict == "keep" for item in self._items)
        broken = sum(item.image_problem is not None and not item.rejected for item in self._items)
        bare = sum(counted(item).without_caption for item in self._items if item.caption == "")
        return Counts(len(self._items), kept, rejected, broken, bare)

    # --- editing

    def apply(self, edit: Edit, *, typing: bool = False) -> Changes:
        """Apply an edit and save it. Captions go to their files, verdicts to the library's own.

        A caption whose file was changed by another program is not overwritten: the file's text is taken over, the
        problem `caption_changed` says so, and redo brings the refused text back. One whose file cannot be written is
        kept in the library's own file with the problem `caption_unwritable`. Raises ProblemError `folder_unwritable`
        when a verdict can be kept nowhere.
        """
        edit = needed(edit, self.item)
        if not names_of(edit):
            return NOTHING
        backward = inverse(edit, self.item)
        changes, refused = self._carry_out(edit)
        done = _without(edit, refused)
        if names_of(done):
            self._history.add(done, _without(backward, refused), typing=typing)
        if refused and isinstance(edit, SetCaptions):
            again = SetCaptions({name: edit.captions[name] for name in refused})
            self._history.offer(again, inverse(again, self.item))
        return changes

    def pause(self) -> None:
        """Typing has ended: what follows is an undo step of its own."""
        self._history.pause()

    def undo(self) -> Changes:
        """Take the last edit back."""
        edit = self._history.take_back()
        return NOTHING if edit is None else self._carry_out(edit)[0]

    def redo(self) -> Changes:
        """Do again what was undone last."""
        edit = self._history.do_again()
        return NOTHING if edit is None else self._carry_out(edit)[0]

    def _carry_out(self, edit: Edit) -> tuple[Changes, frozenset[str]]:
        """The changes, and the pictures whose caption file said something else than was known."""
        if isinstance(edit, SetVerdicts):
            known = {name: verdict for name, verdict in edit.verdicts.items() if name in self._places}
            self._store.set_verdicts(known)
            for name, verdict in known.items():
                place = self._places[name]
                self._put(place, replace(self._items[place], verdict=verdict))
            return Changes(frozenset(known)), frozenset()
        changed: set[str] = set()
        refused = set()
        problems = []
        for name, text in edit.captions.items():
            if name not in self._places:
                continue
            names, found = self._save(name, text)
            changed |= names
            if found is not None:
                problems.append(found)
                if found.code == "caption_changed":
                    refused.add(name)
        if not problems:
            changed |= self._write_unsaved()
        return Changes(frozenset(changed), problems=tuple(problems)), frozenset(refused)

    def _save(self, name: str, text: str) -> tuple[frozenset[str], Problem | None]:
        """Writes one caption; the pictures that have it now (all that share the file), and what went wrong."""
        item = self._items[self._places[name]]
        current, read, write = self._on_disk(item)
        others_text = current.stamp not in (None, item.caption_stamp) and current.text != (item.caption or "")
        if others_text:
            self._note(name, current.text, current.stamp, current.problem)
            return frozenset(self._sharers(name)), problem("caption_changed", name=name)
        base = item.caption or ""
        try:
            if current.encoding != "UTF-8":
                self._store.keep_original(name, current.encoding, read.read_bytes())
            stamp = write_caption(write, text, name)
        except ProblemError as error:
            self._hold(name, text, base)
            self._note(name, text, item.caption_stamp, error.problem)
            return frozenset(self._sharers(name)), error.problem
        self._listing.captions[stem_of(name)] = str(write.relative_to(self.folder))
        if self._unsaved.pop(name, None) is not None:
            self._store.release([name])
        self._note(name, text, stamp, None)
        return frozenset(self._sharers(name)), None

    def _hold(self, name: str, text: str, base: str) -> None:
        self._store.hold(name, text, base)
        self._unsaved = self._store.unsaved()

    def _note(self, name: str, text: str, stamp: tuple[int, int] | None, found: Problem | None) -> None:
        for sharer in self._sharers(name):
            place = self._places[sharer]
            self._put(place, replace(self._items[place], caption=text, caption_stamp=stamp, caption_problem=found))

    def _write_unsaved(self) -> set[str]:
        """Tries captions that could not be written once more, where their file still says what it said then."""
        changed: set[str] = set()
        for name, held in list(self._unsaved.items()):
            if name not in self._places:
                continue
            on_disk, _, write = self._on_disk(self._items[self._places[name]])
            if on_disk.text != held.base:
                continue
            try:
                stamp = write_caption(write, held.text, name)
            except ProblemError as error:
                self._note(name, held.text, on_disk.stamp, error.problem)
                changed.update(self._sharers(name))
                continue
            del self._unsaved[name]
            self._store.release([name])
            self._note(name, held.text, stamp, None)
            changed.update(self._sharers(name))
        return changed

    def _on_disk(self, item: Item) -> tuple[Caption, Path, Path]:
        """The caption as its file says now, that file, and the `.txt` file to write."""
        listed = self._listing.captions.get(stem_of(item.name))
        path = None if listed is None else self.folder / listed
        write = path if path is not None and path.suffix.lower() == ".txt" else item.file.with_suffix(".txt")
        # A .txt that appeared since the listing counts before a `.caption`.
        read = write if path is None or write.exists() else path
        return read_caption(read, item.name), read, write

    def read_one(self, name: str) -> Changes:
        """Read the caption of one picture now, where that has not happened yet."""
        item = self.item(name)
        if item is None or item.caption is not None:
            return NOTHING
        path = self._on_disk(item)[1]
        return self.absorb(read_details([Wanted(name, item.path, str(path), None)]))

    def _sharers(self, name: str) -> tuple[str, ...]:
        """The pictures whose caption is in the same file: `a.png` and `a.jpg` share `a.txt`."""
        return self._sharing.get(stem_of(name), (name,))


def _without(edit: Edit, names: frozenset[str]) -> Edit:
    if isinstance(edit, SetCaptions):
        return SetCaptions({name: text for name, text in edit.captions.items() if name not in names})
    return edit


def _sharing(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Stem → names, only where several pictures have the same stem."""
    first: dict[str, str] = {}
    shared: dict[str, tuple[str, ...]] = {}
    for name in names:
        stem = stem_of(name)
        other = first.setdefault(stem, name)
        if other is not name:
            shared[stem] = (*shared.get(stem, (other,)), name)
    return shared
