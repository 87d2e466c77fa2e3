"""Pictures for large views, decoded in another thread: the current one first, then those that come next."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from loraferry.cancellation import CancelToken
from loraferry.library.geometry import turned_size
from loraferry.library.shapes import UNTURNED, Turn
from loraferry.library.thumbnails import preview
from loraferry.viewmodels.dataset_thumbnails import image_of
from loraferry.viewmodels.tasks import Runner, Task
from loraferry.viewmodels.turned_images import turned_image
from loraferry_core.dataset.buckets import Size

EDGE = 1400
"""The longer side of what is decoded at first, in device pixels: sharp in a window, quick to make."""
MEMORY_BYTES = 24 << 20
"""For decoded pictures; those that are wanted no more go first, and what only comes next waits for room."""
WHOLE_PIXELS = 40_000_000
"""More of one picture is not held; beyond it, even the largest zoom shows a reduced one."""


@dataclass(frozen=True)
class Decoded:
    """A picture upright and turned as asked; `size` is what it has in full, `image` may be smaller."""

    image: QImage
    size: Size
    edge: int
    turn: Turn


Source = tuple[str, str]
"""(name, path)"""


class Preview(QObject):
    """Holds decoded pictures by name, and has wanted ones decoded one after the other. Lives in the main thread."""

    changed = Signal()
    """Another picture is current, or the current one can be seen (better)."""
    arrived = Signal(str)
    """The picture of that name can be had now."""

    def __init__(
        self, tasks: Runner, parent: QObject | None = None, turn_of: Callable[[str], Turn] = lambda name: UNTURNED
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._turn_of = turn_of
        self._current: Source | None = None
        self._near: tuple[Source, ...] = ()
        self._edges: dict[str, int] = {}
        """What is wanted larger than EDGE."""
        self._held: OrderedDict[str, Decoded] = OrderedDict()
        self._failed: set[str] = set()
        self._task: Task[tuple[str, Decoded]] | None = None
        self._decoding = ""

    # --- what is there

    @property
    def image(self) -> QImage:
        """The current picture; null while it is decoded, or where it cannot be."""
        held = self.picture(self._current[0]) if self._current else None
        return QImage() if held is None else held.image

    def picture(self, name: str) -> Decoded | None:
        """A decoded picture; None until it is there."""
        held = self._held.get(name)
        if held is None or held.turn != self._turn_of(name):
            return None
        self._held.move_to_end(name)
        return held

    # --- what is wanted

    def show(self, picture: Source | None) -> None:
        """Make the picture of that (name, path) the current one, or none."""
        self._current = picture
        self._failed.clear()
        self.changed.emit()
        self._go_on()

    def prepare(self, pictures: Sequence[Source]) -> None:
        """Have these ready too, in this order, after the current one; none of those that were prepared before."""
        self._near = tuple(pictures)
        wanted = {name for name, _ in self._sources()}
        self._edges = {name: edge for name, edge in self._edges.items() if name in wanted}
        self._go_on()

    def sharpen(self, name: str, edge: int) -> None:
        """Have a wanted picture decoded up to `edge` pixels at its longer side."""
        if edge > self._edges.get(name, EDGE):
            self._edges[name] = edge
            self._go_on()

    def touch(self, names: frozenset[str]) -> None:
        """Pictures have changed; those that are turned otherwise now are decoded again."""
        if any(name in names and name in self._held and self.picture(name) is None for name, _ in self._sources()):
            self.changed.emit()
            self._go_on()

    def renew(self, name: str) -> None:
        """The file has changed: decode it again where it is wanted."""
        self._held.pop(name, None)
        self._failed.discard(name)
        if self._decoding == name:
            self._stop()
        if self._current is not None and self._current[0] == name:
            self.changed.emit()
        self._go_on()

    def forget(self) -> None:
        """Another folder is open."""
        self._stop()
        self._held.clear()
        self._edges.clear()
        self._near = ()
        self.show(None)

    # --- decoding

    def _sources(self) -> tuple[Source, ...]:
        return (*((self._current,) if self._current else ()), *self._near)

    def _lacks(self, source: Source) -> bool:
        name = source[0]
        held = self.picture(name)
        if held is None:
            return name not in self._failed and (source == self._current or self._bytes() < MEMORY_BYTES)
        return held.edge < self._edges.get(name, EDGE) and max(held.image.width(), held.image.height()) < max(held.size)

    def _go_on(self) -> None:
        """Decode the first wanted picture that lacks; one that is under way and wanted later gives way to it."""
        wanted = next((source for source in self._sources() if self._lacks(source)), None)
        if self._task is not None:
            if wanted is None or wanted[0] == self._decoding:
                return
            self._stop()
        if wanted is not None:
            self._decode(*wanted)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task, self._decoding = None, ""

    def _decode(self, name: str, path: str) -> None:
        edge, turn = self._edges.get(name, EDGE), self._turn_of(name)
        self._decoding = name

        def decode(token: CancelToken) -> tuple[str, Decoded]:
            token.check()
            found = preview(name, path, edge)
            token.check()
            return name, Decoded(turned_image(image_of(found), turn), turned_size(found.source_size, turn), edge, turn)

        task = self._tasks.run(decode, success=self._take, executor="preview")
        # A runner that runs at once has delivered already.
        if self._decoding == name and not task.done:
            self._task = task

    def _take(self, result: tuple[str, Decoded]) -> None:
        name, decoded = result
        self._task, self._decoding = None, ""
        if decoded.image.isNull():
            self._failed.add(name)
        else:
            self._held.pop(name, None)
            self._held[name] = decoded
            self._trim()
        self.arrived.emit(name)
        if self._current is not None and self._current[0] == name:
            self.changed.emit()
        self._go_on()

    def _bytes(self) -> int:
        return sum(held.image.sizeInBytes() for held in self._held.values())

    def _trim(self) -> None:
        over = self._bytes() - MEMORY_BYTES
        wanted = {name for name, _ in self._sources()}
        for name in [name for name in self._held if name not in wanted]:
            if over <= 0:
                return
            over -= self._held.pop(name).image.sizeInBytes()


def whole_edge(size: Size) -> int:
    """The longer side up to which a picture of that size is decoded at most, so that it stays within WHOLE_PIXELS."""
    pixels = size[0] * size[1]
    return max(size) if pixels <= WHOLE_PIXELS else int(max(size) * (WHOLE_PIXELS / pixels) ** 0.5)
