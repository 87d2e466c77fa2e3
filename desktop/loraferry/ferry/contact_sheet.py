"""The picture that shows what a run has learned: each prompt before and after, side by side."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_TILE = 192
_GAP = 12
_CAPTION = 34
_INK, _PAPER, _FAINT = (24, 34, 44), (250, 250, 248), (120, 132, 144)


@dataclass(frozen=True)
class Pair:
    """One prompt, its test picture before the first step and the latest one."""

    prompt: str
    before: Path
    after: Path


def write_contact_sheet(
    path: Path, pairs: list[Pair], *, title: str, before: str, after: str, columns: int = 4
) -> None:
    """Write a PNG with a before and an after tile for each pair. `before` and `after` are their words.

    Raises ValueError without pairs, OSError as usual.
    """
    if not pairs:
        raise ValueError("a contact sheet needs at least one pair")
    cell_width, cell_height = 2 * _TILE + _GAP, _TILE + _CAPTION
    columns = min(columns, len(pairs))
    rows = -(-len(pairs) // columns)
    size = (columns * (cell_width + 2 * _GAP) + 2 * _GAP, rows * (cell_height + 2 * _GAP) + 72)
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((2 * _GAP, 18), title, fill=_INK, font=ImageFont.load_default(22))
    for number, pair in enumerate(pairs):
        left = 2 * _GAP + number % columns * (cell_width + 2 * _GAP)
        top = 64 + number // columns * (cell_height + 2 * _GAP)
        for offset, (file, word) in enumerate(((pair.before, before), (pair.after, after))):
            x = left + offset * (_TILE + _GAP)
            sheet.paste(_tile(file), (x, top))
            draw.text((x, top + _TILE + 4), word, fill=_FAINT, font=ImageFont.load_default(12))
        draw.text((left, top + _TILE + 18), pair.prompt[:64], fill=_INK, font=ImageFont.load_default(13))
    sheet.save(path)


def _tile(file: Path) -> Image.Image:
    """A square of `_TILE` pixels; small pictures are enlarged without blur, so that every pixel is shown."""
    with Image.open(file) as image:
        picture = image.convert("RGB")
    sampling = Image.Resampling.NEAREST if max(picture.size) < _TILE else Image.Resampling.LANCZOS
    scale = _TILE / max(picture.size)
    resized = picture.resize((round(picture.width * scale), round(picture.height * scale)), sampling)
    tile = Image.new("RGB", (_TILE, _TILE), _PAPER)
    tile.paste(resized, ((_TILE - resized.width) // 2, (_TILE - resized.height) // 2))
    return tile
