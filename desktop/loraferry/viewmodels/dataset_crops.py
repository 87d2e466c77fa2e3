"""The crop view's state: the current picture's turn and crops, every change of which is an edit that can be undone."""

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from loraferry.cancellation import CancelToken
from loraferry.library.edits import Edit
from loraferry.library.fields import PictureField
from loraferry.library.items import Changes
from loraferry.library.thumbnails import Thumbnail, preview
from loraferry.viewmodels.crop_desk import CropDesk, Target
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_thumbnails import image_of
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.tasks import Runner, Task
from loraferry_core.families import FAMILIES
from loraferry_core.problems import Problem

EDGE = 2560
"""Longer side in pixels of what is decoded: sharp on any screen, and twice as large still good to look at."""
SERIES_MS = 800
"""Keys that follow each other faster are one step of the history."""


def target_of(plan: PlanViewModel) -> Target:
    """What the plan trains."""
    config = plan.config
    return Target(config.dataset.resolution, FAMILIES[config.base.family].bucket_step)


class DatasetCrops(QObject):
    """Follows the current picture of the hub while it is `active`."""

    picture_changed = Signal()
    """Another picture is shown, or it is decoded now."""

    def __init__(
        self, hub: DatasetViewModel, tasks: Runner, plan: PlanViewModel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._hub = hub
        self._tasks = tasks
        self._plan = plan
        self._active = False
        self._name = ""
        self._image = QImage()
        self._problem: Problem | None = None
        self._task: Task[tuple[Thumbnail, QImage]] | None = None
        self.desk = CropDesk(self)
        self.desk.aim(target_of(plan))
        self.desk.settled.connect(self._keep)
        self._series = QTimer(self)
        self._series.setSingleShot(True)
        self._series.setInterval(SERIES_MS)
        self._series.timeout.connect(hub.save_caption)
        plan.changed.connect(self._aim)
        hub.current_changed.connect(self._show)
        hub.changed.connect(self._follow)

    @property
    def hub(self) -> DatasetViewModel:
        """The page's state."""
        return self._hub

    @property
    def name(self) -> str:
        """The picture on the desk; empty: none."""
        return self._name

    @property
    def image(self) -> QImage:
        """The upright picture; null while it is decoded, or where it cannot be."""
        return self._image

    @property
    def problem(self) -> Problem | None:
        """Why the picture cannot be shown."""
        return self._problem

    def activate(self, active: bool) -> None:
        """Follow the current picture from now on, or let go of it: nothing is decoded for a view that is not seen."""
        self._active = active
        self._show()

    def _aim(self) -> None:
        self.desk.aim(target_of(self._plan))

    def _show(self) -> None:
        item = self._hub.current if self._active else None
        name = item.name if item is not None else ""
        if name == self._name and name:
            return
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._name, self._image, self._problem = name, QImage(), None
        if item is None:
            self.desk.lay((0, 0), self.desk.turn, ())
        else:
            self.desk.lay((item.width, item.height), item.turn, item.crops)
            self._decode(item.name, item.path)
        self.picture_changed.emit()

    def _decode(self, name: str, path: str) -> None:
        def decode(token: CancelToken) -> tuple[Thumbnail, QImage]:
            token.check()
            found = preview(name, path, EDGE)
            token.check()
            return found, image_of(found)

        self._task = self._tasks.run(decode, success=self._take, executor="crop view")

    def _take(self, result: tuple[Thumbnail, QImage]) -> None:
        found, image = result
        item = self._hub.current
        if found.name != self._name or item is None or item.name != self._name:
            return
        self._image, self._problem = image, found.problem
        # A header read earlier may tell of a file that has changed since.
        if found.problem is None and found.source_size != self.desk.upright:
            self.desk.lay(found.source_size, item.turn, item.crops, self.desk.chosen)
        self.picture_changed.emit()

    def _follow(self, changes: Changes) -> None:
        """Somebody else has changed this picture: undo, say."""
        if self._name not in changes.names:
            return
        item = self._hub.library.item(self._name) if self._hub.library is not None else None
        if item is None:
            return
        desk = self.desk
        if (item.turn, item.crops) != (desk.turn, desk.crops) and not (desk.held or desk.straightening):
            desk.lay(desk.upright, item.turn, item.crops, max(desk.chosen, 0))

    def _keep(self, by_key: bool) -> None:
        """Make what is on the desk an edit of its own, or of one with the keys that came just before."""
        item = self._hub.library.item(self._name) if self._hub.library is not None else None
        if item is None:
            return
        if not (by_key and self._series.isActive()):
            # Ends what was typed or nudged before, so that this is a step of its own.
            self._series.stop()
            self._hub.save_caption()
        values: dict[PictureField, dict[str, Any]] = {"crops": {self._name: self.desk.crops}}
        if self.desk.turn != item.turn:
            values["turn"] = {self._name: self.desk.turn}
        self._hub.apply(Edit("turn" if "turn" in values else "crop", values), typing=by_key)
        if by_key:
            self._series.start()
