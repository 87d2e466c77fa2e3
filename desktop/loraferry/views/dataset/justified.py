"""Pictures of any shape in rows that fill the width: shapes in, boxes out. Knows no Qt."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

MIN_RATIO, MAX_RATIO = 0.4, 3.0
"""Width through height of a box; a picture beyond is shown whole within its box."""
UNKNOWN_RATIO = 1.0
"""Until a picture's size is known."""
_SAME = 1e-9
_LAST = 1.2
"""Times the wished height: what the last row may grow to; with fewer pictures it ends before the width."""
_TALLEST = 1.6
"""Times the wished height: what a row may grow to fill the width."""


def ratio_of(width: int, height: int) -> float:
    """The shape of the box for a picture of that many pixels; 0 stands for not known."""
    if width <= 0 or height <= 0:
        return UNKNOWN_RATIO
    return min(max(width / height, MIN_RATIO), MAX_RATIO)


@dataclass(frozen=True, slots=True)
class Cell:
    """Where one picture lies, in pixels from the upper left corner of all rows."""

    index: int
    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first pixel column beyond it."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first pixel row beyond the picture; its footer lies below."""
        return self.top + self.height


class JustifiedRows:
    """Breaks pictures into rows near a wished height, each stretched to the full width.

    Ratios are kept as running sums, so that each row costs one binary search: 100,000 pictures are laid out in some
    milliseconds, and the boxes of a row are worked out when they are asked for.
    """

    def __init__(self) -> None:
        self._width, self._height, self._gap, self._footer = 1, 160, 4, 0
        self._share = 4 / 160
        self._padded: list[float] = []
        """Ratio + gap of each picture, in units of the wished height."""
        self._reach: list[float] = [0.0]
        """Their running sums."""
        self._starts: list[int] = []
        self._tops: list[int] = [0]

    def __len__(self) -> int:
        return len(self._padded)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self._starts)

    @property
    def total_height(self) -> int:
        """Of all rows, without a gap behind the last."""
        return max(0, self._tops[-1] - self._gap)

    # --- laying out

    def set_shape(self, width: int, height: int, gap: int, footer: int = 0) -> None:
        """Lay out anew within `width`, rows about `height` high, `footer` pixels free below each picture."""
        shape = (max(1, width), max(1, height), gap, footer)
        if shape == (self._width, self._height, self._gap, self._footer):
            return
        self._width, self._height, self._gap, self._footer = shape
        more = gap / self._height - self._share
        if more:
            self._share += more
            self._padded = [padded + more for padded in self._padded]
            self._reach = list(accumulate(self._padded, initial=0.0))
        self._lay_out()

    def set_ratios(self, ratios: Iterable[float]) -> None:
        """Show other pictures; ratios as of `ratio_of`."""
        share = self._share
        self._padded = [ratio + share for ratio in ratios]
        self._reach = list(accumulate(self._padded, initial=0.0))
        self._lay_out()

    def change(self, ratios: Mapping[int, float]) -> bool:
        """Some shapes have become known: lay out from the first of them on, until the rows are the old ones again.
        Returns whether anything moved."""
        padded, share = self._padded, self._share
        changed = [index for index, ratio in ratios.items() if abs(padded[index] - share - ratio) > _SAME]
        if not changed:
            return False
        for index in changed:
            padded[index] = ratios[index] + share
        first, last = min(changed), max(changed)
        self._reach[first:] = accumulate(islice(padded, first, None), initial=self._reach[first])
        self._lay_out_part(first, last)
        return True

    def _lay_out(self) -> None:
        self._starts, heights, _ = self._broken(0, None)
        self._tops = list(accumulate(heights, initial=0))

    def _lay_out_part(self, first: int, last: int) -> None:
        # A row takes one more picture where that comes nearer to the width: it depends on the next row's first.
        row = max(0, self.row_of(first) - 1)
        starts, pitches, meets = self._broken(row, last)
        tops = list(accumulate(pitches, initial=self._tops[row]))
        shift = tops[-1] - self._tops[meets]
        below = self._tops[meets + 1 :]
        self._starts[row:] = [*starts, *self._starts[meets:]]
        self._tops[row:] = [*tops, *([top + shift for top in below] if shift else below)]

    def _broken(self, row: int, last: int | None) -> tuple[list[int], list[int], int]:
        """New rows from `row` on: their first pictures, their heights with footer and gap, and the old row before
        which they end, because beyond picture `last` it begins where a new one would."""
        old, count, reach = self._starts, len(self._padded), self._reach
        starts: list[int] = []
        pitches: list[int] = []
        room, apart = (self._width + self._gap) / self._height, self._footer + self._gap
        start = old[row] if row else 0
        while start < count:
            if last is not None and start > last:
                place = bisect_left(old, start)
                if place < len(old) and old[place] == start:
                    return starts, pitches, place
            wanted = reach[start] + room
            stop = bisect_left(reach, wanted, start + 1)
            if stop > count:
                stop = count
            elif stop - 1 > start and wanted - reach[stop - 1] < reach[stop] - wanted:
                stop -= 1
            starts.append(start)
            pitches.append(max(1, round(self._scale(start, stop))) + apart)
            start = stop
        return starts, pitches, len(old)

    def _range(self, row: int) -> tuple[int, int]:
        start = self._starts[row]
        return start, self._starts[row + 1] if row + 1 < len(self._starts) else len(self._padded)

    def _scale(self, start: int, stop: int) -> float:
        """The exact height of a row that fills the width; the wished one for a last row of few pictures."""
        many = stop - start
        shapes = self._reach[stop] - self._reach[start] - many * self._share
        exact = (self._width - self._gap * (many - 1)) / shapes
        if stop == len(self._padded) and exact > _LAST * self._height:
            return float(self._height)
        return min(exact, _TALLEST * self._height)

    # --- asking

    def row_of(self, index: int) -> int:
        """The row that holds a picture."""
        return bisect_right(self._starts, index) - 1

    def row_at(self, y: int) -> int:
        """The row at that height, the nearest one outside of all; -1 where there is none."""
        return min(max(0, bisect_right(self._tops, y) - 1), len(self._starts) - 1)

    def top_of(self, row: int) -> int:
        """Where a row begins."""
        return self._tops[row]

    def cells(self, row: int) -> list[Cell]:
        """The boxes of one row, from left to right; the last one of a full row ends exactly at the width."""
        start, stop = self._range(row)
        scale, share = self._scale(start, stop), self._share
        top, height = self._tops[row], max(1, round(scale))
        base, reach, gap = self._reach[start], self._reach, self._gap
        edges = [round((reach[start + k] - base - k * share) * scale) + k * gap for k in range(stop - start + 1)]
        return [
            Cell(start + k, edges[k], top, max(1, edges[k + 1] - gap - edges[k]), height) for k in range(stop - start)
        ]

    def cell(self, index: int) -> Cell:
        """The box of one picture."""
        row = self.row_of(index)
        return self.cells(row)[index - self._starts[row]]

    def between(self, top: int, bottom: int) -> Iterator[Cell]:
        """All boxes of the rows that touch the stripe."""
        if not self._starts or bottom <= 0 or top >= self._tops[-1]:
            return
        for row in range(self.row_at(max(0, top)), self.row_at(bottom - 1) + 1):
            yield from self.cells(row)

    def index_at(self, x: int, y: int) -> int:
        """The picture whose box, or the footer below it, holds the point; -1 for none."""
        if not self._starts or y < 0 or y >= self._tops[-1]:
            return -1
        for cell in self.cells(self.row_at(y)):
            if cell.left <= x < cell.right:
                return cell.index if y < cell.bottom + self._footer else -1
        return -1

    def within(self, left: int, top: int, right: int, bottom: int) -> list[int]:
        """The pictures that a box touches."""
        return [
            cell.index
            for cell in self.between(top, bottom)
            if cell.left < right and cell.right > left and cell.top < bottom and cell.bottom + self._footer > top
        ]

    def vertical_neighbour(self, index: int, rows: int, x: float) -> int:
        """The picture `rows` rows further down (up where negative) that lies nearest to `x`; stays within the rows."""
        row = min(max(0, self.row_of(index) + rows), len(self._starts) - 1)
        return nearest(self.cells(row), x)


def nearest(cells: Sequence[Cell], x: float) -> int:
    """The picture whose middle is nearest to `x`."""
    return min(cells, key=lambda cell: abs(cell.left + cell.width / 2 - x)).index
