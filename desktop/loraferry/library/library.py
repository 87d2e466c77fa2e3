"""The library: the pictures of one folder, their captions and verdicts, and every edit of them with undo."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from loraferry.library.captions import remove_leftovers
from loraferry.library.details import Detail, Wanted, read_details
from loraferry.library.edits import Edit, inverse, needed
from loraferry.library.fields import PICTURE, PROJECT, Project
from loraferry.library.history import CaptionVersion, History, StepSummary, decoded
from loraferry.library.items import NOTHING, Changes, Counts, Item, counted
from loraferry.library.measures import Measure
from loraferry.library.pending import PendingCaptions
from loraferry.library.places import Places, usual_places
from loraferry.library.scan import Listing, list_pictures, readable, stem_of
from loraferry.library.scribe import Errand, Written, write_captions
from loraferry.library.sharing import CaptionFiles, caption_files, to_ask
from loraferry.library.store import Pending, Store
from loraferry_core.problems import Problem

WRITTEN_AT_ONCE = 100
"""Captions that are written before the window hears of it."""


class Library:
    """The open folder. Belongs to one thread; listing, reading, measuring and writing captions run in others."""

    def __init__(self, folder: Path, listing: Listing, store: Store) -> None:
        self.folder = folder
        self.problems: tuple[Problem, ...] = listing.problems
        """What is wrong with the folder as a whole."""
        self._store = store
        self._history = History(store)
        self._pending = PendingCaptions(store)
        self._listing = listing
        self._project = Project()
        self._items: list[Item] = []
        self._places: dict[str, int] = {}
        self._files = CaptionFiles({})
        self._faulty: dict[str, tuple[Problem, ...]] = {}
        self._counts = Counts()
        self._list({})

    @classmethod
    def open(cls, folder: Path, places: Places | None = None, check: Callable[[], None] = lambda: None) -> "Library":
        """List the pictures of `folder` and below; captions follow by `read`, or by `wanted` and `absorb`.

        `check` is called now and then and may raise to cancel.

        Raises ProblemError `folder_unreadable`, `library_newer` or `file_unreadable`.
        """
        folder = folder.absolute()
        listing = list_pictures(folder, check)
        remove_leftovers(folder, listing.leftovers)
        return cls(folder, listing, Store(folder, places or usual_places()))

    def close(self) -> None:
        """Close the library's file. Everything is kept there already, and goes on to caption files next time."""
        self._store.close()

    def _list(self, before: Mapping[str, Item]) -> None:
        """Make the pictures of the listing, with what the store says of them; what `before` knows of files stays."""
        state = _state(self._store)
        known = self._store.known()
        root, odd = f"{self.folder}{os.sep}", self._listing.odd
        self._items = []
        for name in self._listing.names:
            told = state.get(name, {})
            old = before.get(name)
            new = bool(known) and name not in known
            if old is None:
                path = root + (odd.get(name, name) if odd else name)
                self._items.append(Item(name, path, new=new, **told))
            else:
                self._items.append(replace(old, new=new, **{**_UNTOLD, **told}))
        self._project = Project(**state.get("", {}))
        self._places = {name: place for place, name in enumerate(self._listing.names)}
        self._sort_files()
        self._faulty = {item.name: item.problems for item in self._items if item.problems}
        self._counts = self._counted()

    def _sort_files(self) -> None:
        """Which caption file is whose, by the listing and by what a person decided."""
        listing = self._listing
        self._files = caption_files(
            listing.names, listing.captions, self._project.sharing, folds_case=listing.folds_case
        )

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
    def project(self) -> Project:
        """What holds for all pictures: trigger, class word, concepts, saved filters."""
        return self._project

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

    @property
    def to_ask(self) -> Problem | None:
        """Whether pictures share a caption file, and nobody has decided whether they should; see `library.sharing`."""
        return to_ask(self._files)

    def originals(self, name: str) -> list[tuple[str, bytes]]:
        """(encoding, bytes) of this picture's caption file before it was converted to UTF-8."""
        return self._store.originals(name)

    # --- reading

    def read(self) -> Changes:
        """Read all captions now."""
        return self.absorb(read_details(self.wanted()))

    def wanted(self, start: int = 0, stop: int | None = None) -> list[Wanted]:
        """What `read_details` needs to read the captions of `items[start:stop]` that changed since they were read."""
        return [self._wanted(item) for item in self._items[start:stop]]

    def _wanted(self, item: Item) -> Wanted:
        found = self._files.found(item.name)
        path = None if found is None else f"{self.folder}{os.sep}{found}"
        return Wanted(item.name, item.path, path, item.caption_stamp, self._listing.listed.get(item.name, ""))

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
        return Changes(frozenset(changed))

    def _with_detail(self, item: Item, detail: Detail) -> Item:
        caption = detail.caption
        same_picture = (detail.size, detail.mtime_ns) == (item.size, item.mtime_ns)
        image_problem = detail.problem or (item.image_problem if same_picture else None)
        # Before its first reading a picture has no time of its own, and may have been measured already.
        quality = item.quality if same_picture or not item.mtime_ns else None
        file: dict[str, Any] = {
            "size": detail.size,
            "mtime_ns": detail.mtime_ns,
            "quality": quality,
            "image_problem": image_problem,
        }
        edited_since = item.caption is not None and detail.known != item.caption_stamp
        if caption is None or edited_since:
            return replace(item, **file)
        held = self._pending.get(item.name)
        if held is not None:
            return replace(item, **file, caption=held.text, caption_stamp=caption.stamp)
        return replace(item, **file, caption=caption.text, caption_stamp=caption.stamp, caption_problem=caption.problem)

    def relist(self, listing: Listing) -> Changes:
        """Take over a new listing of the folder, and what another window did to the library's file meanwhile."""
        self._pending.retry()
        self.problems = listing.problems
        came_or_went = listing.names != self._listing.names
        self._listing = listing
        self._sort_files()
        elsewhere = self._store.changed_elsewhere()
        if not came_or_went and not elsewhere:
            return NOTHING
        if elsewhere:
            self._history.refresh()
        project, old = self._project, {item.name: item for item in self._items}
        self._list(old)
        changed = {item.name for item in self._items if old.get(item.name) != item} | (old.keys() - self._places.keys())
        return Changes(frozenset(changed), listed=came_or_went, project=project != self._project)

    def measured(self, measures: Iterable[Measure]) -> Changes:
        """Take over what was measured of the pictures' files."""
        changed = set()
        for found in measures:
            place = self._places.get(found.name)
            if place is None:
                continue
            item = self._items[place]
            # A header alone does not tell that the rest is sound.
            looked_into = found.problem is not None or found.quality is not None
            updated = replace(
                item,
                width=found.width,
                height=found.height,
                quality=found.quality or item.quality,
                image_problem=found.problem if looked_into else item.image_problem,
            )
            if updated != item:
                self._put(place, updated)
                changed.add(found.name)
        return Changes(frozenset(changed))

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
        """Apply an edit and keep it, in one transaction. Captions are on their way to their files then: see `errands`.

        Raises ProblemError `folder_unwritable` when it can be kept nowhere; nothing has changed then.
        """
        edit = needed(self._with_sharers(edit), self.item, self._project)
        if not edit:
            return NOTHING
        backward = inverse(edit, self.item, self._project)
        self._know_all()
        pending = self._pending_with(edit)
        self._history.add(edit, backward, pending, typing=typing)
        return self._take_over(edit, pending)

    def pause(self) -> None:
        """Typing has ended: what follows is an undo step of its own."""
        self._history.pause()

    def undo(self) -> Changes:
        """Take the last edit back. Raises as `apply` does."""
        return self._move(self._history.to_undo(), back=True)

    def redo(self) -> Changes:
        """Do again what was undone last. Raises as `apply` does."""
        return self._move(self._history.to_redo(), back=False)

    def _move(self, edit: Edit | None, *, back: bool) -> Changes:
        if edit is None:
            return NOTHING
        pending = self._pending_with(edit)
        self._history.move(edit, pending, back=back)
        return self._take_over(edit, pending)

    def _with_sharers(self, edit: Edit) -> Edit:
        """The edit with the same caption for all pictures that share a caption file: the last one given counts."""
        captions = edit.pictures.get("caption")
        if not captions or not self._files.groups:
            return edit
        shared = {sharer: text for name, text in captions.items() for sharer in self._files.sharers(name)}
        return Edit(edit.label, {**edit.pictures, "caption": shared}, edit.project)

    def _pending_with(self, edit: Edit) -> dict[str, Pending]:
        """What waits for its file after an edit. Pictures that are gone have none to wait for."""
        captions = {n: text for n, text in edit.pictures.get("caption", {}).items() if n in self._places}
        known = {name: self._items[self._places[name]].caption or "" for name in captions}
        return self._pending.with_edit(captions, known)

    def _take_over(self, edit: Edit, pending: Mapping[str, Pending]) -> Changes:
        self._pending.hold(pending)
        changed = set()
        for name, values in _by_name(edit).items():
            place = self._places.get(name)
            if place is not None:
                self._put(place, replace(self._items[place], **values))
                changed.add(name)
        if edit.project:
            self._project = replace(self._project, **cast("dict[str, Any]", edit.project))
            if "sharing" in edit.project:
                self._sort_files()
        return Changes(frozenset(changed), project=bool(edit.project))

    def _know_all(self) -> None:
        """Before the first edit: the pictures of now are not new."""
        if self._store.path is None:
            self._store.know(self._places)

    def trained(self, names: Iterable[str]) -> Changes:
        """These pictures go into a training: from now on those that are not among them are new.

        Raises ProblemError `folder_unwritable`.
        """
        self._store.know(names)
        known = self._store.known()
        changed = set()
        for place, item in enumerate(self._items):
            if item.new == (item.name in known):
                self._put(place, replace(item, new=item.name not in known))
                changed.add(item.name)
        return Changes(frozenset(changed))

    def keep_blob(self, content: bytes) -> str:
        """Keep bytes, such as a mask's, for an edit to name; their SHA-256. Raises ProblemError `folder_unwritable`."""
        self._know_all()
        return self._store.keep_blob(content)

    def blob(self, sha256: str) -> bytes | None:
        """The bytes of that hash; may be called in any thread."""
        return self._store.blob(sha256)

    def caption_history(self, name: str) -> list[CaptionVersion]:
        """The texts that a picture's caption had, oldest first."""
        return self._history.caption(name)

    def steps(self, count: int = 200) -> list[StepSummary]:
        """The newest steps of the history, newest first."""
        return self._history.steps(count)

    # --- captions on their way to their files

    @property
    def unwritten(self) -> int:
        """How many captions are not in their files yet."""
        return len(self._pending)

    def errands(self, count: int = WRITTEN_AT_ONCE) -> Callable[[Callable[[], None]], list[Written]] | None:
        """The next captions to write, as a function for another thread; None where nothing waits.

        What it hands back goes to `written`. At most one may be under way.
        """
        ready = [self._errand(name, held) for name, held in self._pending.ready(count) if name in self._places]
        store = self._store
        return (lambda check: write_captions(ready, store, check)) if ready else None

    def _errand(self, name: str, held: Pending) -> Errand:
        found = self._files.found(name)
        path = None if found is None else self.folder / found
        return Errand(name, held.text, held.base, path, self.folder / self._target(name))

    def _target(self, name: str) -> str:
        return self._files.target(name, self._listing.odd.get(name, ""))

    def written(self, results: Iterable[Written]) -> Changes:
        """Take over how errands ended."""
        results = list(results)
        self._pending.settle(results)
        changed: set[str] = set()
        problems = []
        for result in results:
            place = self._places.get(result.name)
            if place is None:
                continue
            self._note_outside(result)
            if not result.held and result.stamp is not None:
                target = self._target(result.name)
                self._listing.captions[readable(stem_of(target))] = target
            changed |= self._note(result)
            if result.problem is not None:
                problems.append(result.problem)
        return Changes(frozenset(changed), problems=tuple(problems))

    def _note_outside(self, result: Written) -> None:
        """A text that came from elsewhere is a step too, so that undo brings back what was written here."""
        if result.problem is None or result.held or self._pending.get(result.name) is not None:
            return
        names = [
            name for name in self._files.sharers(result.name) if self._items[self._places[name]].caption != result.text
        ]
        forward = Edit("outside", {"caption": dict.fromkeys(names, result.text)})
        if names:
            self._history.add(forward, inverse(forward, self.item, self._project), {})

    def _note(self, result: Written) -> set[str]:
        """What a file says now, in all pictures that share it; the pictures that look different by that."""
        changed = set()
        held = self._pending.get(result.name)
        odd = result.problem if result.held else None
        for name in self._files.sharers(result.name):
            place = self._places[name]
            item = self._items[place]
            text = item.caption if held is not None else result.text
            updated = replace(item, caption=text, caption_stamp=result.stamp, caption_problem=odd)
            if (updated.caption, updated.caption_problem) != (item.caption, item.caption_problem):
                changed.add(name)
            self._put(place, updated)
        return changed

    def flush(self) -> Changes:
        """Write all captions to their files now."""
        changes = NOTHING
        while (errands := self.errands()) is not None:
            changes = changes.joined(self.written(errands(lambda: None)))
        return changes

    def read_one(self, name: str) -> Changes:
        """Read the caption of one picture now, where that has not happened yet."""
        item = self.item(name)
        if item is None or item.caption is not None:
            return NOTHING
        wanted = self._wanted(item)
        # A file may have come since the listing.
        path = wanted.caption_path or str(self.folder / self._target(name))
        return self.absorb(read_details([replace(wanted, caption_path=path)]))


_UNTOLD: dict[str, Any] = {field: kind.default for field, kind in PICTURE.items() if field != "caption"}


def _state(store: Store) -> dict[str, dict[str, Any]]:
    """Picture → field → value of all that is not as at first; the project's own by no name."""
    found: dict[str, dict[str, Any]] = {}
    for field, name, value in store.state():
        kind = (PICTURE if name else PROJECT).get(field)  # type: ignore[call-overload]
        if kind is not None:
            found.setdefault(name, {})[field] = decoded(kind, value)
    return found


def _by_name(edit: Edit) -> dict[str, dict[str, Any]]:
    """Picture → field → value."""
    found: dict[str, dict[str, Any]] = {}
    for field, values in edit.pictures.items():
        for name, value in values.items():
            found.setdefault(name, {})[field] = value
    return found
