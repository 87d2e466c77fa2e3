"""Thumbnails for the grid: asked for while painting, made in other threads, the newest wish first."""

import os
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap

from loraferry.cancellation import CancelToken
from loraferry.library.measures import Measure
from loraferry.library.shapes import UNTURNED, Turn
from loraferry.library.thumbnails import Thumbnail, ThumbnailCache, thumbnail
from loraferry.viewmodels.tasks import Runner
from loraferry.viewmodels.turned_images import turned_image
from loraferry_core.problems import Problem

MEMORY_BYTES = 40 << 20
"""For pixels of thumbnails that were shown; the least recently shown go first."""
EDGE = 200
"""Longer side in device pixels where nobody says how large a thumbnail will be shown."""
_QUEUE = 240
"""Wishes kept; what was scrolled past long ago is asked for again when it comes back."""
_BATCH = 8
_BATCH_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class _Look:
    """How a thumbnail is wanted: the longer side in device pixels, and turned how."""

    edge: int
    turn: Turn


@dataclass(frozen=True)
class _Made:
    name: str
    image: QImage
    look: "_Look"
    source_size: tuple[int, int]
    problem: Problem | None


@dataclass(frozen=True)
class _Batch:
    generation: int
    lane: int
    made: list[_Made]
    left: list[tuple[str, _Look]]


class ThumbnailLoader(QObject):
    """Holds the pixmaps that are shown, and has those made that are missing. Lives in the main thread."""

    arrived = Signal(object)
    """A list of names whose pixmap can be had now."""
    measured = Signal(object)
    """A list of Measures."""

    def __init__(
        self,
        tasks: Runner,
        cache: ThumbnailCache,
        parent: QObject | None = None,
        turn_of: Callable[[str], Turn] = lambda name: UNTURNED,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._cache = cache
        self._turn_of = turn_of
        self._generation = 0
        self._paths: dict[str, str] = {}
        self._wanted: OrderedDict[str, _Look] = OrderedDict()
        self._pixmaps: OrderedDict[str, QPixmap] = OrderedDict()
        self._looks: dict[str, _Look] = {}
        self._bytes = 0
        self._broken: set[str] = set()
        # One core is left to the window: with two workers on two cores scrolling stutters.
        self._idle = list(range(max(1, min(4, (os.cpu_count() or 2) - 1))))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.pump)

    @property
    def busy(self) -> bool:
        """Whether any thumbnail is wished for or under way."""
        return bool(self._wanted) or len(self._idle) < max(1, min(4, (os.cpu_count() or 2) - 1))

    def reset(self, paths: dict[str, str]) -> None:
        """Another folder: name → path. What is still under way for the old one will be dropped."""
        self._generation += 1
        self._paths = paths
        self._forget()

    def add_paths(self, paths: dict[str, str]) -> None:
        """The same folder with pictures that came or went; those that are shown stay."""
        self._paths = paths

    def renew(self, name: str) -> None:
        """The file has changed: have its thumbnail made again."""
        old = self._pixmaps.pop(name, None)
        if old is not None:
            self._bytes -= _bytes_of(old)
            del self._looks[name]
        self._broken.discard(name)

    def pixmap(self, name: str, edge: int = 0) -> QPixmap | None:
        """The thumbnail, or None while it is being made or cannot be made.

        `edge` is its longer side in device pixels; until that is made, the one there is. 0: any will do.
        """
        found = self._pixmaps.get(name)
        turn = self._turn_of(name)
        if found is not None:
            self._pixmaps.move_to_end(name)
            look = self._looks[name]
            if edge in (0, look.edge) and look.turn == turn:
                return found
            edge = edge or look.edge
        if name not in self._broken and name in self._paths:
            self._wanted[name] = _Look(edge or EDGE, turn)
            self._wanted.move_to_end(name)
            if not self._timer.isActive():
                self._timer.start()
        return found

    def pump(self) -> None:
        """Give idle lanes the newest wishes."""
        while len(self._wanted) > _QUEUE:
            self._wanted.popitem(last=False)
        while self._idle and self._wanted:
            self._start(self._idle.pop())

    def _start(self, lane: int) -> None:
        wishes = [self._wanted.popitem() for _ in range(min(_BATCH, len(self._wanted)))]
        work = [(name, self._paths[name], look) for name, look in wishes if name in self._paths]
        generation, cache = self._generation, self._cache

        def make(token: CancelToken) -> _Batch:
            end = time.monotonic() + _BATCH_SECONDS
            made: list[_Made] = []
            for name, path, look in work:
                if made and time.monotonic() > end:
                    break
                token.check()
                made.append(_as_image(thumbnail(name, path, look.edge, cache), look))
            return _Batch(generation, lane, made, [(name, look) for name, _, look in work[len(made) :]])

        self._tasks.run(make, success=self._take, executor=f"thumbnails-{lane}")

    def _take(self, batch: _Batch) -> None:
        self._idle.append(batch.lane)
        if batch.generation == self._generation:
            # Wishes of a batch that ran out of time go on top again, unless newer ones have come.
            for name, look in reversed(batch.left):
                self._wanted.setdefault(name, look)
            for made in batch.made:
                self._keep(made)
            self.arrived.emit([made.name for made in batch.made])
            self.measured.emit([Measure(made.name, *made.source_size, problem=made.problem) for made in batch.made])
        self.pump()

    def _keep(self, made: _Made) -> None:
        newer = self._wanted.get(made.name)
        if newer == made.look:
            del self._wanted[made.name]
        if made.problem is not None:
            self._broken.add(made.name)
            return
        pixmap = QPixmap.fromImage(made.image)
        self.renew(made.name)
        self._pixmaps[made.name] = pixmap
        self._looks[made.name] = made.look
        self._bytes += _bytes_of(pixmap)
        while self._bytes > MEMORY_BYTES and len(self._pixmaps) > 1:
            name, oldest = self._pixmaps.popitem(last=False)
            self._bytes -= _bytes_of(oldest)
            del self._looks[name]

    def _forget(self) -> None:
        self._wanted.clear()
        self._pixmaps.clear()
        self._looks.clear()
        self._broken.clear()
        self._bytes = 0


def _bytes_of(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4


def image_of(small: Thumbnail) -> QImage:
    """The pixels as an image of Qt's, in the format that is painted fastest; null where there are none."""
    if not small.rgb:
        return QImage()
    width, height = small.size
    image = QImage(small.rgb, width, height, width * 3, QImage.Format.Format_RGB888)
    # Converting copies, so the bytes need not outlive this call.
    return image.convertToFormat(QImage.Format.Format_RGB32)


def _as_image(small: Thumbnail, look: _Look) -> _Made:
    return _Made(small.name, turned_image(image_of(small), look.turn), look, small.source_size, small.problem)
