"""What part of a picture is seen, and how large: pure arithmetic, shared by pictures that are looked at side by side."""

from dataclasses import dataclass, replace

Pair = tuple[float, float]

LARGEST = 32.0
"""Device pixels a pixel of the picture."""
_DOUBLED = 2.0
"""Small pictures are at most doubled to fill the room."""


@dataclass(frozen=True, slots=True)
class Zoom:
    """Times the size at which the whole picture fits, and the point in the middle of the room as a share of the
    picture's width and height. So one zoom shows the same part of two pictures of different resolution."""

    times: float = 1.0
    x: float = 0.5
    y: float = 0.5

    @property
    def fits(self) -> bool:
        """Whether the whole picture is seen."""
        return self.times <= 1.0


FIT = Zoom()


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the picture lies in the room, in device pixels; `scale` is device pixels a pixel of the picture."""

    left: float
    top: float
    scale: float


def fit_scale(picture: Pair, room: Pair) -> float:
    """Device pixels a pixel of the picture when all of it is seen."""
    if min(*picture, *room) <= 0:
        return 1.0
    return min(room[0] / picture[0], room[1] / picture[1], _DOUBLED)


def placed(zoom: Zoom, picture: Pair, room: Pair) -> Placed:
    """The picture in the room; whatever is smaller than the room is in its middle."""
    scale = fit_scale(picture, room) * zoom.times
    return Placed(_start(zoom.x, picture[0] * scale, room[0]), _start(zoom.y, picture[1] * scale, room[1]), scale)


def _start(middle: float, length: float, room: float) -> float:
    return (room - length) / 2 if length <= room else min(0.0, max(room - length, room / 2 - middle * length))


def zoomed(zoom: Zoom, times: float, at: Pair, picture: Pair, room: Pair) -> Zoom:
    """`times` the size at which the picture fits, and what lies at the point `at` of the room stays there."""
    fit = fit_scale(picture, room)
    times = min(max(times, 1.0), max(1.0, LARGEST / fit))
    if times <= 1.0:
        return FIT
    before = placed(zoom, picture, room)
    shares = [
        (point - start) / (length * before.scale)
        for point, start, length in zip(at, (before.left, before.top), picture, strict=True)
    ]
    middles = [
        share + (space / 2 - point) / (length * fit * times)
        for share, space, point, length in zip(shares, room, at, picture, strict=True)
    ]
    return within(Zoom(times, *middles), picture, room)


def panned(zoom: Zoom, by: Pair, picture: Pair, room: Pair) -> Zoom:
    """Moved by so many device pixels."""
    scale = fit_scale(picture, room) * zoom.times
    moved = replace(zoom, x=zoom.x - by[0] / (picture[0] * scale), y=zoom.y - by[1] / (picture[1] * scale))
    return within(moved, picture, room)


def actual(zoom: Zoom, at: Pair, picture: Pair, room: Pair) -> Zoom:
    """One device pixel a pixel of the picture, around the point `at`; a picture that is smaller than the room fits."""
    return zoomed(zoom, 1.0 / fit_scale(picture, room), at, picture, room)


def within(zoom: Zoom, picture: Pair, room: Pair) -> Zoom:
    """The same with its middle where the edges of the picture allow it."""
    where = placed(zoom, picture, room)
    x = (room[0] / 2 - where.left) / (picture[0] * where.scale)
    y = (room[1] / 2 - where.top) / (picture[1] * where.scale)
    return replace(zoom, x=x, y=y)
