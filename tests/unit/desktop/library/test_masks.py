"""Masks: strokes, fill, boxes, heads, transparency; and that what is kept comes back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from loraferry.library.faces import Face
from loraferry.library.masks import (
    EDGE,
    Brush,
    blank,
    boxed,
    decoded,
    encoded,
    filled,
    inverted,
    mask_size,
    of_alpha,
    of_faces,
    painted,
)
from loraferry_core.problems import ProblemError
from tests.fakes.pictures import scene


def test_a_mask_is_no_larger_than_the_trainer_needs() -> None:
    assert mask_size((800, 600)) == (800, 600)
    assert mask_size((6000, 3000)) == (EDGE, EDGE // 2)
    assert mask_size((20_000, 1)) == (EDGE, 1)


def test_what_is_kept_comes_back_and_is_always_the_same() -> None:
    mask = blank((40, 30))
    boxed(mask, (5, 6), (20, 21))
    data = encoded(mask)
    assert data == encoded(mask.copy())
    assert np.array_equal(decoded(data, (40, 30), "a.png"), mask)
    assert decoded(data, (80, 60), "a.png").shape == (60, 80)
    kept = decoded(data, (40, 30), "a.png")
    kept[:] = 7  # it may be painted on


@pytest.mark.parametrize("data", [b"", b"no picture", encoded(blank((9, 9)))[:40]])
def test_what_is_no_mask_is_refused(data: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        decoded(data, (9, 9), "a.png")
    assert caught.value.problem.code == "mask_unreadable"


def test_a_hard_stroke_is_a_round_line_of_its_width() -> None:
    mask = blank((100, 60))
    span = painted(mask, [(20, 30), (80, 30)], Brush(20, hardness=1.0))
    rows, columns = np.nonzero(mask >= 128)
    assert (rows.min(), rows.max() + 1) == (20, 40)
    assert (columns.min(), columns.max() + 1) == (10, 90)
    assert mask[21, 11] == 0, "its ends are round"
    touched = np.argwhere(mask)
    assert span[0] <= touched[:, 1].min() and span[2] > touched[:, 1].max()
    assert span[1] <= touched[:, 0].min() and span[3] > touched[:, 0].max()


def test_a_soft_brush_falls_to_the_rim_and_crossing_makes_no_spot() -> None:
    mask = blank((100, 100))
    painted(mask, [(10, 50), (90, 50)], Brush(40, hardness=0.0))
    across = mask[30:71, 50].astype(int)
    assert across.max() >= 248 and across[0] < 16
    assert all(np.diff(across[:20]) >= 0)
    once = mask.copy()
    painted(mask, [(90, 50), (10, 50)], Brush(40, hardness=0.0))
    assert np.array_equal(once, mask)


def test_a_stroke_may_be_painted_piece_by_piece() -> None:
    points = [(10.0, 10.0), (30.0, 50.0), (70.0, 20.0)]
    whole, pieces = blank((80, 60)), blank((80, 60))
    painted(whole, points, Brush(9))
    painted(pieces, points[:2], Brush(9))
    painted(pieces, points[1:], Brush(9))
    assert np.array_equal(whole, pieces)


def test_erasing_takes_away_and_a_click_is_a_dot() -> None:
    mask = blank((50, 50), 255)
    painted(mask, [(25, 25)], Brush(10, hardness=1.0, erase=True))
    assert mask[25, 25] == 0
    assert mask[5, 5] == 255
    assert (mask < 128).sum() == pytest.approx(np.pi * 25, rel=0.1)


def test_a_stroke_beside_the_mask_touches_nothing() -> None:
    mask = blank((20, 20))
    assert painted(mask, [(-200, -200), (-100, -150)], Brush(10)) == (0, 0, 0, 0)
    assert painted(mask, [], Brush(10)) == (0, 0, 0, 0)
    assert not mask.any()


def test_fill_stops_where_colours_change() -> None:
    colours = np.asarray(scene((96, 64), hue=120))
    mask = blank((96, 64))
    span = filled(mask, colours, (2, 2), 0.1)
    assert span == (0, 0, 48, 32)
    assert mask[1, 1] == 255 and mask[1, 60] == 0 and mask[32, 48] == 0
    assert filled(mask, colours, (2, 2), 1.0) == (0, 0, 96, 64)
    assert mask.all()


def test_fill_finds_its_way_through_a_maze_but_not_over_corners() -> None:
    wall = np.zeros((21, 21, 3), dtype=np.uint8)
    for ring in range(1, 10, 2):
        wall[ring, ring : 21 - ring] = wall[20 - ring, ring : 21 - ring] = 255
        wall[ring : 21 - ring, ring] = wall[ring : 21 - ring, 20 - ring] = 255
        wall[ring + (ring % 4), ring if ring % 4 == 1 else 20 - ring] = 0
    mask = blank((21, 21))
    filled(mask, wall, (0, 0), 0.5)
    assert mask[10, 10] == 255
    assert not mask[wall[:, :, 0] == 255].any()
    corners = np.full((4, 4, 3), 255, dtype=np.uint8)
    corners[:2, :2] = corners[2:, 2:] = 0
    mask = blank((4, 4))
    filled(mask, corners, (0, 0), 0.2)
    assert mask.sum() == 4 * 255


def test_boxes_invert_and_alpha() -> None:
    mask = blank((30, 20))
    assert boxed(mask, (25, 15), (-5, 5)) == (0, 5, 25, 15)
    assert inverted(inverted(mask)).sum() == mask.sum() == 25 * 10 * 255
    alpha = Image.new("L", (60, 40))
    alpha.paste(255, (30, 0, 60, 40))
    found = of_alpha(alpha, (30, 20))
    assert found[:, :15].max() == 0 and found[:, 15:].min() == 255


@pytest.mark.parametrize("form", ["ellipse", "box"])
def test_a_head_reaches_beyond_the_face(form: str) -> None:
    face = Face(400, 300, 100, 130, 0.9)
    mask = of_faces([face], (1000, 800), form)  # type: ignore[arg-type]
    assert mask.shape == (800, 1000)
    assert mask[365, 450] == 255
    assert mask[250, 450] == 255, "the forehead and the hair"
    assert mask[100, 450] == 0 and mask[365, 200] == 0
    assert ((mask > 0) & (mask < 255)).any(), "the rim is soft"
    assert (mask[240, 375] == 255) == (form == "box")


def test_heads_of_a_large_picture_are_brought_to_the_mask() -> None:
    mask = of_faces([Face(4000, 3000, 400, 500, 0.9)], (8192, 6144))
    assert mask.shape == (EDGE * 3 // 4, EDGE)
    assert mask[round(3250 * EDGE / 8192), round(4200 * EDGE / 8192)] == 255
    assert 0.001 < (mask > 127).mean() < 0.02


def spread(allowed: np.ndarray, seed: tuple[int, int]) -> np.ndarray:
    """The same by the book: from neighbour to neighbour."""
    found, waiting = np.zeros_like(allowed), [seed]
    while waiting:
        row, column = waiting.pop()
        if not (0 <= row < allowed.shape[0] and 0 <= column < allowed.shape[1]):
            continue
        if allowed[row, column] and not found[row, column]:
            found[row, column] = True
            waiting += [(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)]
    return found


@given(st.integers(1, 14), st.integers(1, 14), st.integers(0, 2**32 - 1))
def test_fill_reaches_exactly_what_hangs_together(rows: int, columns: int, luck: int) -> None:
    random = np.random.default_rng(luck)
    colours = random.choice(np.array([0, 255], dtype=np.uint8), (rows, columns, 1), p=[0.6, 0.4]).repeat(3, axis=2)
    row, column = int(random.integers(rows)), int(random.integers(columns))
    mask = blank((columns, rows))
    filled(mask, colours, (column + 0.5, row + 0.5), 0.5)
    allowed = colours[:, :, 0] == colours[row, column, 0]
    assert np.array_equal(mask == 255, spread(allowed, (row, column)))
