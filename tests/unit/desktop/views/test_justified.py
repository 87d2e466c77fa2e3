"""Justified rows: nothing lost, nothing overlapping, full widths, and changes that equal a layout from scratch."""

from itertools import pairwise
from random import Random

import pytest

from loraferry.views.dataset.justified import MAX_RATIO, MIN_RATIO, Cell, JustifiedRows, nearest, ratio_of

WIDTH, HEIGHT, GAP, FOOTER = 1000, 160, 4, 20


def laid_out(ratios: list[float], width: int = WIDTH) -> JustifiedRows:
    rows = JustifiedRows()
    rows.set_shape(width, HEIGHT, GAP, FOOTER)
    rows.set_ratios(ratios)
    return rows


def every(rows: JustifiedRows) -> list[Cell]:
    return [cell for row in range(rows.rows) for cell in rows.cells(row)]


def some(count: int, seed: int = 1) -> list[float]:
    random = Random(seed)
    return [random.choice((0.4, 0.66, 0.75, 1.0, 1.28, 1.5, 1.75, 3.0)) for _ in range(count)]


def test_ratios_are_clamped_and_unknown_sizes_are_squares() -> None:
    assert ratio_of(300, 200) == 1.5
    assert ratio_of(30_000, 12) == MAX_RATIO
    assert ratio_of(12, 30_000) == MIN_RATIO
    assert ratio_of(0, 0) == ratio_of(5, 0) == 1.0


@pytest.mark.parametrize("width", [37, 300, 1000, 1913])
def test_rows_hold_all_pictures_once_and_fill_the_width(width: int) -> None:
    rows = laid_out(some(403), width)
    assert [cell.index for cell in every(rows)] == list(range(403))
    for row in range(rows.rows):
        cells = rows.cells(row)
        assert cells[0].left == 0
        assert all(b.left - a.right == GAP for a, b in pairwise(cells))
        assert len({(cell.top, cell.height) for cell in cells}) == 1
        if row + 1 < rows.rows:
            assert cells[-1].right == width or cells[0].height == round(HEIGHT * 1.6)
            assert rows.top_of(row + 1) == cells[0].bottom + FOOTER + GAP
    assert rows.total_height == every(rows)[-1].bottom + FOOTER


def test_heights_stay_near_the_wished_one_and_boxes_keep_their_shapes() -> None:
    ratios = some(500)
    rows = laid_out(ratios)
    for cell in every(rows):
        assert 100 <= cell.height <= HEIGHT * 1.6
        assert cell.width == pytest.approx(ratios[cell.index] * cell.height, abs=2)


def test_a_short_last_row_is_not_stretched() -> None:
    rows = laid_out([1.5, 1.5])
    assert [(cell.width, cell.height) for cell in every(rows)] == [(240, HEIGHT)] * 2
    assert rows.total_height == HEIGHT + FOOTER


def test_nothing_to_show() -> None:
    rows = laid_out([])
    assert (len(rows), rows.rows, rows.total_height) == (0, 0, 0)
    assert rows.index_at(5, 5) == -1
    assert list(rows.between(0, 500)) == []
    assert rows.within(0, 0, 9, 9) == []
    assert rows.row_at(10) == -1


@pytest.mark.parametrize("seed", range(40))
def test_changes_equal_a_layout_from_scratch(seed: int) -> None:
    random = Random(seed)
    ratios = [1.0] * 300
    rows = laid_out(ratios)
    for _ in range(6):
        first = random.randrange(300)
        many = random.sample(range(first, 300), random.randrange(1, 1 + (300 - first + 1) // 2))
        changes = {index: random.choice(some(9, seed)) for index in many}
        for index, ratio in changes.items():
            ratios[index] = ratio
        rows.change(changes)
        fresh = laid_out(ratios)
        assert every(rows) == every(fresh)
        assert rows.total_height == fresh.total_height


def test_what_lies_above_a_change_stays_and_what_is_far_below_only_shifts() -> None:
    rows = laid_out(some(2000))
    before = every(rows)
    assert rows.change({1000: 3.0})
    after = every(rows)
    row = rows.row_of(1000)
    assert after[: rows.cells(row - 2)[-1].index] == before[: rows.cells(row - 2)[-1].index]
    assert (before[-1].left, before[-1].width) == (after[-1].left, after[-1].width)


def test_a_change_to_the_same_shape_is_none() -> None:
    rows = laid_out(some(50))
    rows.set_shape(WIDTH, HEIGHT + 40, GAP, FOOTER)
    assert not rows.change({7: some(50)[7]})
    assert rows.change({7: 2.5})


def test_the_shape_of_the_room_may_change() -> None:
    rows = laid_out(some(300))
    rows.set_shape(640, 90, 8, 0)
    fresh = JustifiedRows()
    fresh.set_shape(640, 90, 8, 0)
    fresh.set_ratios(some(300))
    assert every(rows) == every(fresh)
    rows.set_shape(640, 90, 8, 0)
    assert every(rows) == every(fresh)


def test_a_point_finds_its_picture_and_gaps_find_none() -> None:
    rows = laid_out(some(200))
    for cell in every(rows):
        assert rows.index_at(cell.left, cell.top) == cell.index
        assert rows.index_at(cell.right - 1, cell.bottom + FOOTER - 1) == cell.index
        assert rows.index_at(cell.right, cell.top) == -1
        assert rows.index_at(cell.left, cell.bottom + FOOTER) == -1
        assert rows.cell(cell.index) == cell
    assert rows.index_at(3, -1) == rows.index_at(3, rows.total_height + 50) == -1


def test_a_box_finds_what_it_touches() -> None:
    rows = laid_out([1.0] * 60)
    cells = rows.cells(0)
    assert rows.within(0, 0, 1, 1) == [0]
    assert rows.within(cells[1].left, 0, cells[3].left, rows.top_of(1)) == [1, 2]
    assert rows.within(-50, -50, 5000, 90_000) == list(range(60))
    assert rows.within(cells[0].right, 0, cells[1].left, 40) == []


def test_up_and_down_go_to_what_lies_nearest() -> None:
    rows = laid_out(some(300))
    cell = rows.cells(3)[1]
    middle = cell.left + cell.width / 2
    assert rows.vertical_neighbour(cell.index, 1, middle) == nearest(rows.cells(4), middle)
    assert rows.vertical_neighbour(cell.index, -1, middle) == nearest(rows.cells(2), middle)
    assert rows.row_of(rows.vertical_neighbour(cell.index, -99, middle)) == 0
    assert rows.row_of(rows.vertical_neighbour(cell.index, 999, middle)) == rows.rows - 1


def test_only_the_rows_of_a_stripe_are_worked_out() -> None:
    rows = laid_out(some(5000))
    top = rows.top_of(100)
    found = list(rows.between(top + 1, top + 300))
    assert found[0].index == rows.cells(100)[0].index
    assert found[-1].top < top + 300
    assert rows.between(-900, 0) is not None
    assert list(rows.between(-900, 0)) == list(rows.between(rows.total_height + GAP + 1, 10**7)) == []
