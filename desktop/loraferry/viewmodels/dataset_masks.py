"""The mask view's state: the current picture's mask while it is painted, each stroke an edit that can be undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from loraferry.cancellation import CancelToken
from loraferry.ferry.face_model import FaceModel
from loraferry.library import masks
from loraferry.library.edits import Edit
from loraferry.library.items import Changes, Item
from loraferry.library.library import Library
from loraferry.library.masks import Brush, Form, Point
from loraferry.library.subjects import alpha_of, faces_in
from loraferry.library.thumbnails import Thumbnail, preview
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_thumbnails import image_of
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.tasks import Runner, Task
from loraferry_core.problems import Problem, ProblemError, fail

if TYPE_CHECKING:
    from loraferry.library.masks import Colours, Grey

_LINE = "masks"
"""What is done to masks keeps its order on one thread."""


class DatasetMasks(QObject):
    """Follows the current picture of the hub while it is active. Points are in pixels of the mask."""

    picture_changed = Signal()
    """Another picture is shown, or it is decoded now."""
    painted = Signal(object)
    """Span: the part of the mask that changed; None: all of it, or there is another or no mask."""
    busy_changed = Signal()
    problem_found = Signal(object)

    def __init__(
        self,
        hub: DatasetViewModel,
        tasks: Runner,
        plan: PlanViewModel,
        faces: FaceModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._hub = hub
        self._tasks = tasks
        self._plan = plan
        self._faces = faces
        self._active = False
        self._name = ""
        self._picture: Thumbnail | None = None
        self._image = QImage()
        self._problem: Problem | None = None
        self._mask: Grey | None = None
        self._shown = ""
        """SHA-256 of the mask that was loaded or kept last."""
        self._stroke: Point | None = None
        self._brush = Brush(40)
        self._before: Grey | None = None
        self._decoding: Task[Any] | None = None
        self._working: Task[Any] | None = None
        hub.current_changed.connect(self._show)
        hub.changed.connect(self._follow)

    # --- what is there

    @property
    def hub(self) -> DatasetViewModel:
        """The page's state."""
        return self._hub

    @property
    def name(self) -> str:
        """The picture that is shown; empty: none."""
        return self._name

    @property
    def image(self) -> QImage:
        """The upright picture, as large as its mask; null while it is decoded, or where it cannot be."""
        return self._image

    @property
    def problem(self) -> Problem | None:
        """Why the picture cannot be shown."""
        return self._problem

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the mask; (0, 0) while they are not known."""
        return self._picture.size if self._picture is not None else (0, 0)

    @property
    def mask(self) -> Grey | None:
        """The mask as it is painted now; None: none, all of the picture is learned."""
        return self._mask

    @property
    def share(self) -> float:
        """How much of the picture is learned, 0 to 1."""
        return 1.0 if self._mask is None else float(self._mask.mean()) / 255

    @property
    def busy(self) -> bool:
        """Whether a fill or the detector is at work."""
        return self._working is not None

    @property
    def counts(self) -> bool:
        """Whether the plan makes use of masks."""
        return self._plan.config.dataset.masked

    def make_count(self) -> None:
        """Have the plan make use of masks."""
        config = self._plan.config
        self._plan.set_config(config.replace(dataset=config.dataset.replace(masked=True)))

    def activate(self, active: bool) -> None:
        """Follow the current picture from now on, or let go of it."""
        self._active = active
        self._show()

    def _show(self) -> None:
        item = self._hub.current if self._active else None
        name = item.name if item is not None else ""
        if name == self._name and name:
            return
        for task in (self._decoding, self._working):
            if task is not None:
                task.cancel()
        self._decoding = self._working = None
        self._name, self._picture, self._image, self._problem = name, None, QImage(), None
        self._mask, self._shown, self._stroke, self._before = None, "", None, None
        if item is not None:
            self._decode(item)
        self.picture_changed.emit()
        self.busy_changed.emit()

    def _decode(self, item: Item) -> None:
        def decode(token: CancelToken) -> tuple[Thumbnail, QImage]:
            token.check()
            found = preview(item.name, item.path, masks.EDGE)
            token.check()
            return found, image_of(found)

        task = self._tasks.run(decode, success=self._take, executor=_LINE)
        self._decoding = None if task.done else task

    def _take(self, result: tuple[Thumbnail, QImage]) -> None:
        found, image = result
        self._decoding = None
        if found.name != self._name:
            return
        self._problem = found.problem
        if found.problem is None:
            self._picture, self._image = found, image
            self._load()
        self.picture_changed.emit()

    def _item(self) -> Item | None:
        library = self._hub.library
        return library.item(self._name) if library is not None and self._name else None

    def _load(self) -> None:
        """The mask that is kept."""
        item, library = self._item(), self._hub.library
        self._stroke, self._before = None, None
        self._mask, self._shown = None, item.mask if item is not None else ""
        if item is not None and item.mask and library is not None:
            try:
                self._mask = _stored(library, item, self.size)
            except ProblemError as error:
                self.problem_found.emit(error.problem)
        self.painted.emit(None)

    def _follow(self, changes: Changes) -> None:
        item = self._item()
        if item is not None and item.name in changes.names and item.mask != self._shown and self._picture is not None:
            self._load()

    # --- painting

    def press(self, point: Point, brush: Brush) -> None:
        """Begin a stroke; not while another mask is being made."""
        if self._picture is None or self.busy:
            return
        self._before = self._begun(255 if brush.erase else 0)
        self._brush, self._stroke = brush, point
        self.move(point)

    def move(self, point: Point) -> None:
        """Go on with the stroke."""
        if self._stroke is None or self._mask is None:
            return
        span = masks.painted(self._mask, [self._stroke, point], self._brush)
        self._stroke = point
        self.painted.emit(span)

    def release(self) -> None:
        """End the stroke: it is kept."""
        if self._stroke is not None:
            self._stroke, self._before = None, None
            self._keep()

    def let_be(self) -> None:
        """Give the stroke up."""
        if self._stroke is not None:
            self._mask, self._before, self._stroke = self._before, None, None
            self.painted.emit(None)

    def box(self, start: Point, end: Point, *, erase: bool = False) -> None:
        """Fill a rectangle."""
        if self._picture is None or self.busy:
            return
        self._begun(255 if erase else 0)
        assert self._mask is not None
        span = masks.boxed(self._mask, start, end, 0 if erase else 255)
        if span[0] < span[2] and span[1] < span[3]:
            self.painted.emit(span)
            self._keep()

    def _begun(self, ground: int) -> Grey | None:
        """Have a mask to paint on; gives a copy of what was there."""
        if self._mask is None:
            self._mask = masks.blank(self.size, ground)
            self.painted.emit(None)
            return None
        return self._mask.copy()

    def fill(self, point: Point, tolerance: float, *, erase: bool = False) -> None:
        """Fill the area of one colour around a point; it is looked for in another thread."""
        picture = self._picture
        if picture is None:
            return
        self._begun(255 if erase else 0)
        assert self._mask is not None
        start = self._mask.copy()

        def work(token: CancelToken) -> Grey:
            masks.filled(start, _colours(picture), point, tolerance, 0 if erase else 255)
            return start

        self._work(work)

    def invert(self) -> None:
        """Learn what is not learned, and the other way round."""
        if self._picture is not None:
            before = self._mask if self._mask is not None else masks.blank(self.size, 255)
            self._replace(masks.inverted(before))

    def clear(self) -> None:
        """No mask: all of the picture is learned."""
        if self._mask is not None or self._shown:
            self._mask = None
            self._apply(self._name, "")
            self.painted.emit(None)

    def from_faces(self, form: Form = "ellipse") -> None:
        """Learn the heads in the picture alone."""
        item, picture, faces = self._item(), self._picture, self._faces
        if item is None or picture is None:
            return

        def work(token: CancelToken) -> Grey:
            found = faces_in(Path(item.path), item.name, faces.detector(token))
            if not found:
                raise fail("no_face_found", name=item.name)
            return masks.of_faces(found, picture.source_size, form)

        self._work(work)

    def from_alpha(self) -> None:
        """Learn what is opaque in the picture."""
        item, size = self._item(), self.size
        if item is None or self._picture is None:
            return

        def work(token: CancelToken) -> Grey:
            alpha = alpha_of(Path(item.path), item.name)
            if alpha is None:
                raise fail("no_transparency", name=item.name)
            return masks.of_alpha(alpha, size)

        self._work(work)

    def _work(self, op: Callable[[CancelToken], Grey]) -> None:
        """Another mask from another thread; what is wanted next stands in for what is under way."""
        if self._working is not None:
            self._working.cancel()
        name = self._name

        def take(mask: Grey) -> None:
            self._working = None
            self.busy_changed.emit()
            if name == self._name and mask.shape[::-1] == self.size:
                self._replace(mask)

        def give_up(found: Problem) -> None:
            self._working = None
            self.busy_changed.emit()
            self.problem_found.emit(found)
            self._load()

        task = self._tasks.run(op, success=take, failure=give_up, executor=_LINE)
        if not task.done:
            self._working = task
            self.busy_changed.emit()

    def _replace(self, mask: Grey) -> None:
        self._mask = mask
        self.painted.emit(None)
        self._keep()

    # --- keeping

    def _keep(self) -> None:
        """Keep the mask as it is now; the PNG is made in another thread, which takes some hundredths of a second."""
        if self._mask is None:
            return
        name, mask = self._name, self._mask.copy()

        def done(data: bytes) -> None:
            library = self._hub.library
            if library is None or library.item(name) is None:
                return
            try:
                sha256 = library.keep_blob(data)
            except ProblemError as error:
                self.problem_found.emit(error.problem)
                return
            self._apply(name, sha256)

        self._tasks.run(lambda token: masks.encoded(mask), success=done, executor=_LINE)

    def _apply(self, name: str, sha256: str) -> None:
        if name == self._name:
            self._shown = sha256
        self._hub.save_caption()
        self._hub.apply(Edit("mask", {"mask": {name: sha256}}))


def _stored(library: Library, item: Item, size: tuple[int, int]) -> Grey:
    data = library.blob(item.mask)
    if data is None:
        raise fail("mask_unreadable", name=item.name, detail=item.mask[:12])
    return masks.decoded(data, size, item.name)


def _colours(picture: Thumbnail) -> Colours:
    import numpy as np

    width, height = picture.size
    return np.frombuffer(picture.rgb, dtype=np.uint8).reshape(height, width, 3)
