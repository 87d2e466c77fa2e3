"""The large view of the current picture, decoded in another thread."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from loraferry.cancellation import CancelToken
from loraferry.library.thumbnails import preview
from loraferry.viewmodels.dataset_thumbnails import image_of
from loraferry.viewmodels.tasks import Runner, Task

EDGE = 1400
"""The longer side of what is decoded, in device pixels: sharp in the panel, quick to make."""


class Preview(QObject):
    """Shows one picture at a time; answers for pictures that were left meanwhile are dropped."""

    changed = Signal()

    def __init__(self, tasks: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._name = ""
        self._image = QImage()
        self._task: Task[tuple[str, QImage]] | None = None

    @property
    def image(self) -> QImage:
        """The picture; null while it is decoded, or where it cannot be."""
        return self._image

    def show(self, picture: tuple[str, str] | None) -> None:
        """Show the picture of that (name, path), or none."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._image = QImage()
        self._name = picture[0] if picture else ""
        self.changed.emit()
        if picture is None:
            return
        name, path = picture

        def decode(token: CancelToken) -> tuple[str, QImage]:
            token.check()
            return name, image_of(preview(name, path, EDGE))

        self._task = self._tasks.run(decode, success=self._take, executor="preview")

    def _take(self, result: tuple[str, QImage]) -> None:
        name, image = result
        if name == self._name:
            self._image = image
            self.changed.emit()
