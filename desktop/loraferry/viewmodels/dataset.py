"""The Dataset page's state and actions: the open folder, the current picture, verdicts, captions, undo."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from loraferry.cancellation import CancelToken
from loraferry.library.approved import ApprovedSet, render_approved
from loraferry.library.arrivals import Opening, chosen_of
from loraferry.library.details import Detail
from loraferry.library.edits import Edit, captioned, judged, starred
from loraferry.library.fields import Project, Verdict
from loraferry.library.items import Changes, Counts, Item
from loraferry.library.library import Library
from loraferry.library.measures import Measure
from loraferry.library.places import Places, usual_places
from loraferry.library.sample import copy_sample
from loraferry.library.scan import Listing, folder_of, list_pictures
from loraferry.library.shapes import UNTURNED, Turn
from loraferry.library.thumbnails import ThumbnailCache
from loraferry.viewmodels.dataset_grid import GridModel
from loraferry.viewmodels.dataset_measuring import Measuring
from loraferry.viewmodels.dataset_preview import Preview
from loraferry.viewmodels.dataset_reading import Reader
from loraferry.viewmodels.dataset_scribe import Scribe
from loraferry.viewmodels.dataset_thumbnails import ThumbnailLoader
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry.viewmodels.tasks import Failure, Progress, Runner, Task
from loraferry_core.problems import Problem, ProblemError, problem
from loraferry_resources import sample_dataset_path

TYPING_PAUSE_MS = 500
_LINE = "library"
"""Listing and reading keep their order on one thread."""


class DatasetViewModel(QObject):
    """Everything the page shows and does. `changed` tells which pictures changed, whoever changed them."""

    opened = Signal()
    """Another folder is open, or none."""
    changed = Signal(object)
    """Changes: of pictures, verdicts, captions, problems or counts."""
    current_changed = Signal()
    """Another picture is current, or none."""
    selection_changed = Signal()
    """Other pictures are selected; the current one may be the same."""
    visible_changed = Signal()
    """Other pictures are shown, or in another order."""
    busy_changed = Signal()
    problem_found = Signal(object)
    """Problem: something a person asked for did not go as meant."""

    def __init__(
        self,
        tasks: Runner,
        settings: SettingsViewModel,
        places: Places | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._settings = settings
        self._places = places or usual_places()
        self._library: Library | None = None
        self._current = ""
        self._selected: tuple[str, ...] = ()
        self._typed: str | None = None
        self._opening: Task[tuple[Library, list[str]]] | None = None
        self._waiting: list[Callable[[], None]] = []
        self._cache = ThumbnailCache(self._places.cache)
        self.thumbnails = ThumbnailLoader(tasks, self._cache, self, self._turn_of)
        self.thumbnails.measured.connect(self._measure)
        self.grid = GridModel(self.thumbnails, self)
        self.preview = Preview(tasks, self, self._turn_of)
        self._reader = Reader(
            tasks, _LINE, self._absorb, self._go_on, self.problem_found.emit, lambda: self.thumbnails.busy
        )
        self._scribe = Scribe(tasks, _LINE, self._tell_all)
        self.measuring = Measuring(tasks, self._cache.measures, self.thumbnails, self._measure, self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_PAUSE_MS)
        self._pause.timeout.connect(self._save_typed)

    # --- the folder

    @property
    def library(self) -> Library | None:
        """The open library."""
        return self._library

    @property
    def places(self) -> Places:
        """Where the library keeps what does not lie beside the pictures."""
        return self._places

    @property
    def folder(self) -> Path | None:
        """The open folder."""
        return None if self._library is None else self._library.folder

    @property
    def opening(self) -> bool:
        """Whether a folder is being listed."""
        return self._opening is not None

    @property
    def listed(self) -> bool:
        """Whether all captions of the open folder have been read."""
        return self._library is not None and not self._reader.reading

    def open_folder(self, folder: Path) -> None:
        """List the pictures of `folder` and show them; captions follow."""
        self._open(lambda: (folder, []))

    def open_dropped(self, paths: Sequence[Path]) -> None:
        """Open the dropped folder, or the one that holds the dropped pictures, and select those."""
        dropped = list(paths)
        self._open(lambda: (folder_of(dropped), dropped))

    def open_sample(self) -> None:
        """Copy the sample pictures to this user's own folder and open that."""
        target = self._places.data / "sample pictures"
        self._open(lambda: (copy_sample(sample_dataset_path(), target), []))

    def open_last(self) -> None:
        """Open the folder that was open when the program ended, if it is still there."""
        last = self._settings.value.folder
        if last and self._library is None and Path(last).is_dir():
            self.open_folder(Path(last))

    def _open(self, find: Callable[[], tuple[Path, list[Path]]]) -> None:
        self.save_caption()
        if self._opening is not None:
            self._opening.cancel()

        def list_all(token: CancelToken) -> tuple[Library, list[str]]:
            folder, paths = find()
            library = Library.open(folder, self._places, token.check)
            if token.cancelled:
                library.close()
                token.check()
            opening = Opening(folder, tuple(path.absolute() for path in paths if path != folder))
            return library, chosen_of(opening, [(item.name, item.path) for item in library.items])

        self._opening = self._tasks.run(list_all, success=self._show, failure=self._fail_opening, executor=_LINE)
        if self._opening.done:
            self._opening = None
        self.busy_changed.emit()

    def _show(self, result: tuple[Library, list[str]]) -> None:
        library, chosen = result
        self._leave()
        self._library = library
        self._opening = None
        self.thumbnails.reset({item.name: item.path for item in library.items})
        self._list_shown(None)
        self.opened.emit()
        self.select(chosen or [item.name for item in library.items[:1]])
        self.changed.emit(Changes(listed=True))
        self.busy_changed.emit()
        if not len(library):
            self.problem_found.emit(problem("folder_empty", path=library.folder))
        self._read()

    def _fail_opening(self, found: Problem) -> None:
        self._opening = None
        self.busy_changed.emit()
        self.problem_found.emit(found)

    @property
    def project(self) -> Project:
        """What holds for all pictures of the folder."""
        return Project() if self._library is None else self._library.project

    @property
    def visible(self) -> tuple[str, ...]:
        """The names of the pictures that are shown, in order."""
        return self.grid.names

    def show(self, names: Sequence[str] | None) -> None:
        """As `show_places`, by name."""
        library = self._library
        if library is not None and names is not None:
            self.show_places([place for name in names if (place := library.place(name)) is not None])
        else:
            self.show_places(None)

    def show_places(self, places: Sequence[int] | None) -> None:
        """Show the pictures at these places of the library, in this order; None: all, in the order of their names. The
        selection stays on those that are shown."""
        library = self._library
        if library is None:
            return
        self._list_shown(places)
        known = [(name, place) for name in self._selected if (place := library.place(name)) is not None]
        shown = self.grid.shows([place for _, place in known])
        kept = [name for (name, _), is_shown in zip(known, shown, strict=True) if is_shown]
        current = self._current if self._current in kept else ""
        self.select(kept or [self.grid.item(0).name] if self.grid.rowCount() else [], current)

    def _list_shown(self, places: Sequence[int] | None) -> None:
        assert self._library is not None
        self.grid.show_items(self._library.items, places)
        self.visible_changed.emit()

    def refresh(self) -> None:
        """Look at the folder again: pictures and captions may have come, gone or changed."""
        library = self._library
        if library is None or self._opening is not None or self._reader.reading:
            return
        self._save_typed()
        folder = library.folder

        def list_again(token: CancelToken) -> tuple[Library, Listing]:
            return library, list_pictures(folder, token.check)

        self._tasks.run(list_again, success=self._relist, failure=self.problem_found.emit, executor=_LINE)

    def _relist(self, result: tuple[Library, Listing]) -> None:
        library, listing = result
        if library is not self._library:
            return
        changes = library.relist(listing)
        if changes.listed:
            self.thumbnails.add_paths({item.name: item.path for item in library.items})
            # Whoever filters hears of the change and decides anew; until then newcomers are hidden by no filter.
            self._list_shown(None)
            kept = [name for name in self._selected if library.place(name) is not None]
            current = self._current if self._current in kept else ""
            self.select(kept or [item.name for item in library.items[:1]], current)
        self._tell(changes)
        self._read()

    def _read(self) -> None:
        if self._library is not None:
            self._reader.read(self._library)

    def _absorb(self, details: list[Detail]) -> None:
        library = self._library
        if library is None:
            return
        known = {item.name: item for detail in details if (item := library.item(detail.name)) is not None}
        changes = library.absorb(details)
        for detail in details:
            before = known.get(detail.name)
            if before is not None and before.mtime_ns not in (0, detail.mtime_ns):
                self.thumbnails.renew(detail.name)
                self.preview.renew(detail.name)
        self._tell(changes)

    def _go_on(self) -> None:
        """Everything is read: what has waited for that may start."""
        if self._library is not None:
            self._settings.update(folder=str(self._library.folder))
        waiting, self._waiting = self._waiting, []
        for go in waiting:
            go()
        if self._library is not None:
            self.measuring.start(self._library)
        self._scribe.go_on(self._library)

    def when_read(self, go: Callable[[], None]) -> None:
        """Call `go` when all captions of the open folder are read; now, where they are."""
        if self._reader.reading:
            self._waiting.append(go)
        else:
            go()

    # --- captions on their way to their files

    @property
    def unwritten(self) -> int:
        """How many captions are kept but not in their files yet."""
        return 0 if self._library is None else self._library.unwritten

    # --- the current picture

    @property
    def current(self) -> Item | None:
        """The picture whose caption is shown."""
        return None if self._library is None else self._library.item(self._current)

    @property
    def selected(self) -> tuple[str, ...]:
        """The names that keep and reject work on; the current one is among them."""
        return self._selected

    @property
    def position(self) -> int:
        """The current picture's row; -1 where there is none."""
        return self.grid.row_of(self._current)

    def select(self, names: Sequence[str], current: str = "") -> None:
        """Choose pictures; the current one is `current`, or the first."""
        changed = self._selected != tuple(names)
        self._selected = tuple(names)
        current = current or (names[0] if names else "")
        if current != self._current:
            self.save_caption()
            self._move(current)
        if changed:
            self.selection_changed.emit()

    def _move(self, current: str) -> None:
        self._current = current
        if self._library is not None and current:
            self._tell(self._library.read_one(current))
        item = self.current
        self.preview.show(None if item is None else (item.name, item.path))
        self.current_changed.emit()

    def step(self, by: int) -> None:
        """Go `by` pictures on, or back where it is negative; stays within the list."""
        rows = self.grid.rowCount()
        if rows:
            row = min(max(self.position + by, 0), rows - 1)
            self.select([self.grid.item(row).name])

    @property
    def caption(self) -> str:
        """The current caption, with what was typed and is not saved yet."""
        item = self.current
        if self._typed is not None:
            return self._typed
        return (item.caption or "") if item is not None else ""

    def type_caption(self, text: str) -> None:
        """The caption as typed so far; saved when typing pauses."""
        if self.current is not None:
            self._typed = text
            self._pause.start()

    def save_caption(self) -> None:
        """Save what was typed, now; what is typed next is an undo step of its own."""
        self._save_typed()
        if self._library is not None:
            self._library.pause()

    def _save_typed(self) -> None:
        self._pause.stop()
        text, self._typed = self._typed, None
        if text is not None and self.current is not None:
            self.apply(captioned({self._current: text}, "caption"), typing=True)

    # --- verdicts, undo

    def toggle(self, verdict: Verdict) -> None:
        """Give the selected pictures a verdict, or take it back where all have it."""
        if self._library is None or not self._selected:
            return
        items = [item for name in self._selected if (item := self._library.item(name)) is not None]
        everywhere = all(item.verdict == verdict for item in items)
        self.save_caption()
        self.apply(judged([item.name for item in items], "" if everywhere else verdict))

    def give_stars(self, stars: int) -> None:
        """Give the selected pictures so many stars; again the same takes them away."""
        if self._library is None or not self._selected:
            return
        items = [item for name in self._selected if (item := self._library.item(name)) is not None]
        everywhere = all(item.stars == stars for item in items)
        self.save_caption()
        self.apply(starred([item.name for item in items], 0 if everywhere else stars))

    def note_training(self, folder: str) -> None:
        """A training with the pictures of this folder was launched: from now on none of those that are here is new."""
        library = self._library
        if library is not None and str(library.folder) == folder:
            self._carry_out(lambda: library.trained([item.name for item in library.items]))

    def undo(self) -> None:
        """Take the last edit back."""
        self.save_caption()
        if self._library is not None:
            self._carry_out(self._library.undo)

    def redo(self) -> None:
        """Do again what was undone last."""
        self.save_caption()
        if self._library is not None:
            self._carry_out(self._library.redo)

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return self._typed is not None or (self._library is not None and self._library.can_undo)

    @property
    def can_redo(self) -> bool:
        """Whether an edit that was taken back can be done again."""
        return self._library is not None and self._library.can_redo

    def apply(self, edit: Edit, *, typing: bool = False) -> None:
        """Apply an edit and tell what changed; captions follow to their files in the background."""
        library = self._library
        if library is not None:
            self._carry_out(lambda: library.apply(edit, typing=typing))

    def _carry_out(self, change: Callable[[], Changes]) -> None:
        try:
            changes = change()
        except ProblemError as error:
            self.problem_found.emit(error.problem)
            return
        self._tell(changes)
        self._scribe.go_on(self._library)

    def _tell_all(self, changes: Changes) -> None:
        self._tell(changes)
        for found in changes.problems:
            self.problem_found.emit(found)

    def _tell(self, changes: Changes) -> None:
        if changes:
            self.grid.touch(changes.names)
            self.preview.touch(changes.names)
            self.changed.emit(changes)

    def _measure(self, results: list[Measure]) -> None:
        library = self._library
        if library is not None:
            self._tell(library.measured(results))

    # --- what is known

    def _turn_of(self, name: str) -> Turn:
        item = None if self._library is None else self._library.item(name)
        return UNTURNED if item is None else item.turn

    @property
    def counts(self) -> Counts:
        """How many pictures are approved, rejected, without caption."""
        return Counts() if self._library is None else self._library.counts

    @property
    def approved_count(self) -> int:
        """How many pictures would be trained now."""
        return self.counts.approved

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the folder, its pictures and captions, in the order of the pictures."""
        if self._library is None:
            return ()
        faulty = self._library.faulty
        ordered = sorted(faulty, key=self.grid.row_of)
        return (*self._library.problems, *(found for name in ordered for found in faulty[name]))

    def make_approved(
        self,
        resolution: int,
        *,
        success: Callable[[ApprovedSet], None],
        failure: Failure,
        progress: Progress | None = None,
    ) -> None:
        """Render what is approved now, in another thread; `progress` gets `library.approved.Rendering`.

        Waits for captions that are still being read. Fails with `no_images_approved` when no folder is open.
        """
        self.save_caption()
        if self._library is None:
            failure(problem("no_images_approved"))
            return

        def start() -> None:
            library = self._library
            if library is None:
                failure(problem("no_images_approved"))
                return
            items, project, blob = list(library.items), library.project, library.blob
            self._tasks.run(
                lambda token: render_approved(items, resolution, token, self._places, project=project, blob=blob),
                success=success,
                failure=failure,
                progress=progress,
            )

        self.when_read(start)

    def close(self) -> None:
        """Save what was typed and close all files. Call it when no task runs any more."""
        self.save_caption()
        self._scribe.finish(self._library)
        self._leave()
        self._cache.close()

    def _leave(self) -> None:
        self._reader.stop()
        self.measuring.stop()
        self._waiting.clear()
        self.select([])
        self.preview.forget()
        self._scribe.stop()
        if self._library is not None:
            self._library.close()
            self._library = None
