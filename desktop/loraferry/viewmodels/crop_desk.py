"""The working copy of one picture's turn and crops, while somebody drags, nudges and straightens."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Signal

from loraferry.library.cropping import Handle, anchor_of, moved, resized, snapped, with_ratio
from loraferry.library.geometry import TrainedAs, carried, clamped, trained_as, turned_size
from loraferry.library.shapes import UNTURNED, Crop, Turn
from loraferry_core.dataset.buckets import Size

Shape = Literal["free", "ratio", "bucket"]
SHAPES: tuple[Shape, ...] = ("bucket", "ratio", "free")
Grip = Handle | Literal["move", "draw"]
MAX_DEGREES = 45.0
FIRST_SHARE = 0.8
"""Of the picture's sides that a new crop takes."""
_STEPS = 200
"""How many pixels a key may have to move a side until the next crop of a bucket's shape is reached."""


@dataclass(frozen=True)
class Target:
    """What is trained: the resolution and the step of its buckets, in pixels."""

    resolution: int = 1024
    step: int = 64


@dataclass(frozen=True)
class _Grasp:
    """What was held when the button went down."""

    grip: Grip
    crops: tuple[Crop, ...]
    chosen: int
    at: tuple[float, float] = (0.0, 0.0)


class CropDesk(QObject):
    """One picture at a time. Everything that is done here changes the working copy; `settled` says when to keep it."""

    changed = Signal()
    """Something of the working copy is other than before."""
    settled = Signal(bool)
    """The working copy is as the person wants it; True: by a key, of which more may follow at once."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._upright: Size = (0, 0)
        self._turn = UNTURNED
        self._crops: tuple[Crop, ...] = ()
        self._chosen = -1
        self._shape: Shape = "bucket"
        self._ratio: Size = (1, 1)
        self._target = Target()
        self._grasp: _Grasp | None = None
        self._before: tuple[Turn, tuple[Crop, ...]] | None = None

    # --- what is on it

    @property
    def upright(self) -> Size:
        """The size of the picture before any turn; (0, 0) where it is not known."""
        return self._upright

    @property
    def size(self) -> Size:
        """The size of the turned picture: what crops lie in."""
        return turned_size(self._upright, self._turn) if self.ready else (0, 0)

    @property
    def ready(self) -> bool:
        """Whether there is a picture whose size is known."""
        return min(self._upright) > 0

    @property
    def turn(self) -> Turn:
        """How the picture is turned now."""
        return self._turn

    @property
    def crops(self) -> tuple[Crop, ...]:
        """The crops now."""
        return self._crops

    @property
    def chosen(self) -> int:
        """The index of the crop that is worked on; -1: none."""
        return self._chosen

    @property
    def crop(self) -> Crop | None:
        """The crop that is worked on."""
        return self._crops[self._chosen] if 0 <= self._chosen < len(self._crops) else None

    @property
    def shape(self) -> Shape:
        """What crops are kept to."""
        return self._shape

    @property
    def ratio(self) -> Size:
        """The proportion that counts where `shape` is `ratio`."""
        return self._ratio

    @property
    def target(self) -> Target:
        """What is trained."""
        return self._target

    @property
    def held(self) -> bool:
        """Whether something is being dragged."""
        return self._grasp is not None

    @property
    def straightening(self) -> bool:
        """Whether the slider is being dragged."""
        return self._before is not None

    def trained(self, index: int | None = None) -> TrainedAs | None:
        """What the trainer makes of a crop (of the chosen one without `index`), or of the whole picture without any."""
        if not self.ready:
            return None
        index = self._chosen if index is None else index
        crop = self._crops[index] if 0 <= index < len(self._crops) else None
        size = self.size if crop is None else (crop.width, crop.height)
        return trained_as(size, self._target.resolution, self._target.step)

    def lay(self, upright: Size, turn: Turn, crops: tuple[Crop, ...], chosen: int = 0) -> None:
        """Begin with a picture as it is kept. What was under way is dropped."""
        self._grasp = self._before = None
        self._upright, self._turn, self._crops = upright, turn, crops
        self._chosen = min(chosen, len(crops) - 1)
        self.changed.emit()

    def aim(self, target: Target) -> None:
        """Another resolution or model is trained."""
        if target != self._target:
            self._target = target
            self.changed.emit()

    # --- choosing

    def choose(self, index: int) -> None:
        """Work on another crop; -1: on none."""
        if index != self._chosen and -1 <= index < len(self._crops):
            self._chosen = index
            self.changed.emit()

    def keep_to(self, shape: Shape, ratio: Size | None = None) -> None:
        """Keep crops to a shape from now on; the chosen one takes it at once."""
        self._shape, self._ratio = shape, ratio or self._ratio
        crop = self.crop
        if crop is not None and shape != "free":
            self._put(self._shaped(with_ratio(crop, self._ratio, self.size) if shape == "ratio" else crop))
            self.settled.emit(False)
        else:
            self.changed.emit()

    # --- the mouse

    def grasp(self, grip: Grip, at: tuple[float, float] = (0.0, 0.0)) -> None:
        """Hold the chosen crop, or one of its handles; `draw` begins a new crop at a point of the picture."""
        if self.ready and (grip == "draw" or self.crop is not None):
            self._grasp = _Grasp(grip, self._crops, self._chosen, at)

    def drag(self, dx: float, dy: float, *, square: bool = False) -> None:
        """What is held is so many pixels from where it was grasped; `square` keeps the proportion it had."""
        held = self._grasp
        if held is None:
            return
        if held.grip == "draw":
            self._draw(held, dx, dy, square=square)
            return
        crop = held.crops[held.chosen]
        if held.grip == "move":
            self._put(moved(crop, dx, dy, self.size))
            return
        ratio = self._ratio if self._shape == "ratio" else (crop.width, crop.height) if square else None
        found = resized(crop, held.grip, dx, dy, self.size, None if self._shape == "bucket" else ratio)
        self._put(self._shaped(found, anchor_of(held.grip)))

    def _draw(self, held: _Grasp, dx: float, dy: float, *, square: bool) -> None:
        handle: Handle = ("n" if dy < 0 else "s") + ("w" if dx < 0 else "e")  # type: ignore[assignment]
        left, top = (min(max(part, 0), side - 1) for part, side in zip(held.at, self.size, strict=True))
        seed = Crop(int(left), int(top), 1, 1)
        ratio = self._ratio if self._shape == "ratio" else (1, 1) if square else None
        found = resized(seed, handle, dx, dy, self.size, None if self._shape == "bucket" else ratio)
        self._crops = (*held.crops, self._shaped(found, anchor_of(handle)))
        self._chosen = len(held.crops)
        self.changed.emit()

    def release(self) -> None:
        """Let go; what has changed is to be kept."""
        held, self._grasp = self._grasp, None
        if held is not None and held.crops != self._crops:
            self.settled.emit(False)

    def let_be(self) -> None:
        """Let go, and leave everything as it was before."""
        held, self._grasp = self._grasp, None
        if held is not None:
            self._crops, self._chosen = held.crops, held.chosen
        if self._before is not None:
            (self._turn, self._crops), self._before = self._before, None
        self.changed.emit()

    # --- keys and numbers

    def nudge(self, dx: int, dy: int) -> None:
        """Move the chosen crop by so many pixels."""
        crop = self.crop
        if crop is not None:
            self._put(moved(crop, dx, dy, self.size), by_key=True)

    def grow(self, dx: int, dy: int) -> None:
        """Move the right and the lower side of the chosen crop; where it has a shape, on to the next crop of it."""
        crop = self.crop
        if crop is None:
            return
        handle: Handle = "e" if not dy else "s" if not dx else "se"
        ratio = self._ratio if self._shape == "ratio" else None
        for step in range(1, _STEPS + 1 if self._shape != "free" else 2):
            found = resized(crop, handle, dx * step, dy * step, self.size, ratio)
            found = self._shaped(found, anchor_of(handle))
            if (found.width, found.height) != (crop.width, crop.height):
                self._put(found, by_key=True)
                return

    def place(self, crop: Crop) -> None:
        """Put the chosen crop exactly there, as far as the picture goes."""
        if self.crop is not None:
            self._put(clamped(crop, self.size), by_key=True)

    # --- many crops

    def add(self, crop: Crop | None = None) -> None:
        """A new crop, of the shape that crops are kept to; in the middle where none is given."""
        if not self.ready:
            return
        width, height = self.size
        if crop is None:
            wide, high = max(1, round(width * FIRST_SHARE)), max(1, round(height * FIRST_SHARE))
            crop = Crop((width - wide) // 2, (height - high) // 2, wide, high)
            crop = self._shaped(with_ratio(crop, self._ratio, self.size) if self._shape == "ratio" else crop)
        self._replace((*self._crops, clamped(crop, self.size)), len(self._crops))

    def duplicate(self) -> None:
        """The chosen crop once more, a little aside."""
        crop = self.crop
        if crop is not None:
            by = max(4, min(crop.width, crop.height) // 12)
            aside = moved(crop, by, by, self.size)
            if aside == crop:
                aside = moved(crop, -by, -by, self.size)
            self._replace((*self._crops, aside), len(self._crops))

    def delete(self) -> None:
        """Without the chosen crop."""
        if self.crop is not None:
            left = (*self._crops[: self._chosen], *self._crops[self._chosen + 1 :])
            self._replace(left, min(self._chosen, len(left) - 1))

    def _replace(self, crops: tuple[Crop, ...], chosen: int) -> None:
        self._crops, self._chosen = crops, chosen
        self.changed.emit()
        self.settled.emit(False)

    # --- turning

    def rotate(self, quarters: int) -> None:
        """Turn what is seen clockwise by quarters."""
        turn = self._turn
        # The mirror comes after the quarter turns, so that behind it they go the other way round.
        self._turn_to(
            Turn((turn.quarters + (-quarters if turn.mirrored else quarters)) % 4, turn.mirrored, turn.degrees)
        )
        self.settled.emit(False)

    def flip(self, *, upside_down: bool = False) -> None:
        """Exchange left and right of what is seen, or top and bottom."""
        turn = self._turn
        self._turn_to(Turn((turn.quarters + 2 * upside_down) % 4, not turn.mirrored, -turn.degrees))
        self.settled.emit(False)

    def straighten(self, degrees: float, *, dragging: bool = False) -> None:
        """Turn clockwise by so many degrees in all. While `dragging`, crops follow from where they were before it."""
        if not self.ready:
            return
        degrees = min(max(round(degrees, 2), -MAX_DEGREES), MAX_DEGREES)
        if dragging and self._before is None:
            self._before = (self._turn, self._crops)
        if self._before is not None:
            self._turn, self._crops = self._before
        self._turn_to(Turn(self._turn.quarters, self._turn.mirrored, degrees))
        if not dragging:
            self._before = None
            self.settled.emit(True)

    def end_straightening(self) -> None:
        """The slider was let go."""
        if self._before is not None:
            self._before = None
            self.settled.emit(False)
            self.changed.emit()

    def _turn_to(self, turn: Turn) -> None:
        if not self.ready:
            return
        before, self._turn = self._turn, turn

        def follow(crop: Crop) -> Crop:
            was_whole = trained_as((crop.width, crop.height), *self._aim).whole
            after = carried(crop, self._upright, before, turn)
            return snapped(after, self.size, *self._aim) if was_whole and self._shape == "bucket" else after

        self._crops = tuple(map(follow, self._crops))
        self.changed.emit()

    # --- shared

    @property
    def _aim(self) -> tuple[int, int]:
        return self._target.resolution, self._target.step

    def _shaped(self, crop: Crop, anchor: tuple[float, float] = (0.5, 0.5)) -> Crop:
        return snapped(crop, self.size, *self._aim, anchor) if self._shape == "bucket" else crop

    def _put(self, crop: Crop, *, by_key: bool = False) -> None:
        if crop == self.crop:
            return
        index = self._chosen
        self._crops = (*self._crops[:index], crop, *self._crops[index + 1 :])
        self.changed.emit()
        if by_key:
            self.settled.emit(True)
