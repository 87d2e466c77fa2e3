"""Measures pictures in the background: first the sizes of all, from the cache or their headers, then their quality."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from loraferry.cancellation import CancelToken
from loraferry.library.library import Library
from loraferry.library.measures import KeptMeasures, Measure, MeasureTable, measure_files, read_measures
from loraferry.viewmodels.dataset_thumbnails import ThumbnailLoader
from loraferry.viewmodels.tasks import Runner, Task

SIZES_AT_ONCE = 500
FILES_AT_ONCE = 8
"""Decoding so many takes about a tenth of a second: as long a thumbnail that is wished for has to wait at most."""
WAIT_MS = 200
"""While thumbnails are being made, measuring waits."""
_LINE = "measuring"


class Measuring(QObject):
    """One pass over a library at a time, with the lowest priority. Lives in the main thread."""

    changed = Signal()
    """More is measured, or it was paused, or it is done."""

    def __init__(
        self,
        tasks: Runner,
        table: MeasureTable,
        thumbnails: ThumbnailLoader,
        take: Callable[[list[Measure]], None],
        parent: QObject | None = None,
    ) -> None:
        """`take` gets what was found out, for the library."""
        super().__init__(parent)
        self._tasks, self._table, self._thumbnails, self._take_over = tasks, table, thumbnails, take
        self._library: Library | None = None
        self._kept: KeptMeasures | None = None
        self._next = 0
        self._sized = False
        self._paused = False
        self._measured = 0
        self._task: Task[object] | None = None
        self._wait, self._soon = QTimer(self), QTimer(self)
        for timer, interval in ((self._wait, WAIT_MS), (self._soon, 0)):
            timer.setSingleShot(True)
            timer.setInterval(interval)
            timer.timeout.connect(self._go_on)

    @property
    def done(self) -> int:
        """How many pictures have been measured, or cannot be."""
        return self._measured

    @property
    def total(self) -> int:
        """How many there are."""
        return 0 if self._library is None else len(self._library)

    @property
    def busy(self) -> bool:
        """Whether anything is left to measure."""
        return self._library is not None and (not self._sized or self._next < self.total)

    @property
    def paused(self) -> bool:
        """Whether it waits until somebody lets it go on."""
        return self._paused

    def pause(self, paused: bool) -> None:
        """Wait after the pictures under way, or go on."""
        self._paused = paused
        self.changed.emit()
        if not paused:
            self._go_on()

    def start(self, library: Library) -> None:
        """Measure what has not been measured; again from the first, where files may have changed."""
        if library is not self._library:
            self._kept = None
        self.stop()
        self._library, self._next, self._sized, self._measured = library, 0, False, 0
        self._wait.start()

    def stop(self) -> None:
        """Begin no more."""
        self._wait.stop()
        self._soon.stop()
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._library = None

    def _go_on(self) -> None:
        library = self._library
        if library is None or self._task is not None or self._paused:
            return
        if self._thumbnails.busy:
            self._wait.start()
        elif not self._sized:
            self._read_sizes(library)
        elif self._next < len(library):
            self._measure(library)

    def _read_sizes(self, library: Library) -> None:
        start, self._next = self._next, self._next + SIZES_AT_ONCE
        # A header says nothing new of a picture that could not be decoded, or was measured; the library forgets both
        # when the file changes.
        part = [
            (item.name, item.path)
            for item in library.items[start : self._next]
            if item.quality is None and item.image_problem is None
        ]
        table, kept, folder = self._table, self._kept, str(library.folder)

        def read(token: CancelToken) -> tuple[KeptMeasures, list[Measure]]:
            known = table.below(folder) if kept is None else kept
            return known, read_measures(part, known, table, token.check)

        self._run(read, self._take_sizes)

    def _take_sizes(self, result: tuple[KeptMeasures, list[Measure]]) -> None:
        self._kept, found = result
        self._take(found)
        if self._library is not None and self._next >= len(self._library):
            self._sized, self._next = True, 0
            self.changed.emit()

    def _measure(self, library: Library) -> None:
        part: list[tuple[str, str]] = []
        while self._next < len(library) and len(part) < FILES_AT_ONCE:
            item = library.items[self._next]
            self._next += 1
            self._measured += item.quality is not None or item.image_problem is not None
            if item.quality is None and item.image_problem is None:
                part.append((item.name, item.path))
        if not part:
            self.changed.emit()
            self._soon.start()
            return
        table = self._table
        self._run(lambda token: measure_files(part, table, token.check), self._take_qualities)

    def _take_qualities(self, found: list[Measure]) -> None:
        self._measured += len(found)
        self._take(found)
        self.changed.emit()

    def _take(self, found: list[Measure]) -> None:
        if self._library is not None:
            self._take_over(found)

    def _run(self, work: Callable[[CancelToken], object], take: Callable[..., None]) -> None:
        def taken(result: object) -> None:
            self._task = None
            take(result)
            # By the timer: the window has its turn between two parts, however fast they are.
            if self._library is not None:
                self._soon.start()

        task = self._tasks.run(work, success=taken, executor=_LINE)
        self._task = None if task.done else task
