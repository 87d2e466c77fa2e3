"""Makes test pictures: ordinary ones, and one of every odd kind that folders of people hold."""

import io
import struct
import zlib
from pathlib import Path

from PIL import Image, ImageCms, ImageDraw

Size = tuple[int, int]

ODD_NAMES = (
    "two words.png",
    'it\'s "quoted".png',
    "line\nbreak.png",
    "\U0001f98a fox.png",
    "银杏 树叶.png",
    "percent%20 & #1.png",
    "-starts-with-dash.png",
)


def scene(size: Size = (96, 64), hue: int = 0) -> Image.Image:
    """A picture in which every corner differs: red, green, blue and white quarters around a disc of `hue`."""
    width, height = size
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 2 - 1, height // 2 - 1), fill=(220, 30, 30))
    draw.rectangle((width // 2, 0, width, height // 2 - 1), fill=(30, 180, 30))
    draw.rectangle((0, height // 2, width // 2 - 1, height), fill=(30, 30, 220))
    radius = min(size) // 4
    disc = Image.new("HSV", (1, 1), (hue % 256, 200, 200)).convert("RGB").getpixel((0, 0))
    draw.ellipse(
        (width // 2 - radius, height // 2 - radius, width // 2 + radius, height // 2 + radius),
        fill=disc,  # type: ignore[arg-type]
    )
    return image


def plain(path: Path, size: Size = (96, 64), hue: int = 0, caption: str | None = None) -> Path:
    """A sound picture in the format of its suffix, with a caption file where `caption` is given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scene(size, hue).save(path)
    if caption is not None:
        path.with_suffix(".txt").write_text(caption, encoding="utf-8")
    return path


def folder_of(folder: Path, count: int, caption: str | None = "a picture") -> Path:
    """`count` sound pictures named `1.png` and so on, all different."""
    for number in range(1, count + 1):
        plain(folder / f"{number}.png", hue=number * 37, caption=caption and f"{caption} {number}")
    return folder


def not_an_image(path: Path) -> Path:
    """Text that calls itself a picture."""
    path.write_bytes(b"This is a shopping list, not a picture.\n" * 20)
    return path


def zero_bytes(path: Path) -> Path:
    """An empty file."""
    path.write_bytes(b"")
    return path


def truncated(path: Path, size: Size = (200, 150)) -> Path:
    """The first half of a sound picture in the format of its suffix."""
    buffer = io.BytesIO()
    noise = Image.effect_noise(size, 80).convert("RGB")
    noise.save(buffer, {".png": "PNG", ".jpg": "JPEG", ".webp": "WEBP"}[path.suffix])
    data = buffer.getvalue()
    path.write_bytes(data[: len(data) // 2])
    return path


def very_wide(path: Path, size: Size = (30_000, 12)) -> Path:
    """30,000 pixels wide; the file itself is small."""
    Image.new("RGB", size, "teal").save(path)
    return path


def bomb(path: Path, size: Size = (19_000, 19_000)) -> Path:
    """A PNG that declares far more pixels than it has bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )
    return path


def cmyk(path: Path, size: Size = (96, 64)) -> Path:
    """A JPEG or TIFF in CMYK."""
    scene(size).convert("CMYK").save(path)
    return path


def sixteen_bit(path: Path, size: Size = (64, 64)) -> Path:
    """A 16-bit grey PNG: black at the left, white at the right."""
    image = Image.new("I;16", size)
    image.putdata([round(65_535 * x / (size[0] - 1)) for _ in range(size[1]) for x in range(size[0])])
    image.save(path)
    return path


def palette_with_hole(path: Path, size: Size = (64, 64)) -> Path:
    """A palette PNG whose left half is transparent and whose right half is red."""
    image = Image.new("P", size, 0)
    image.putpalette([0, 0, 0, 220, 30, 30] + [0] * 762)
    image.paste(1, (size[0] // 2, 0, *size))
    image.save(path, transparency=0)
    return path


def half_transparent(path: Path, size: Size = (64, 64)) -> Path:
    """An RGBA picture: half transparent black everywhere, grey on white."""
    Image.new("RGBA", size, (0, 0, 0, 128)).save(path)
    return path


def turned_by_exif(path: Path, size: Size = (96, 64), orientation: int = 6) -> Path:
    """A JPEG stored lying, to be shown upright, with a place in its GPS data."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SecretCameraMaker"
    exif.get_ifd(0x8825)[1] = "N"
    scene(size).save(path, exif=exif, quality=95)
    return path


def swapped_profile() -> bytes:
    """A valid RGB profile that is far from sRGB: its red and blue primaries are swapped (hand-made, ICC 2.1)."""

    def fixed(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65_536)) for value in values)

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + fixed(*values)

    gamma = b"curv\0\0\0\0" + struct.pack(">IH", 1, 563) + b"\0\0"
    text = b"swapped\0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78)
    red, green, blue = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
    tags = [
        (b"desc", description + bytes(-len(description) % 4)),
        (b"wtpt", xyz(0.9642, 1.0, 0.8249)),
        (b"rXYZ", xyz(*blue)),
        (b"gXYZ", xyz(*green)),
        (b"bXYZ", xyz(*red)),
        (b"rTRC", gamma),
        (b"gTRC", gamma),
        (b"bTRC", gamma),
        (b"cprt", b"text\0\0\0\0none\0\0\0\0"),
    ]
    table, body, offset = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data in tags:
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += data
    size = offset + len(body)
    header = struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + fixed(0.9642, 1.0, 0.8249)
    header += bytes(128 - len(header))
    return header + struct.pack(">I", len(tags)) + table + body


def with_profile(path: Path, profile: bytes | None = None, colour: tuple[int, int, int] = (200, 60, 20)) -> Path:
    """One flat colour with an embedded profile."""
    Image.new("RGB", (32, 32), colour).save(path, icc_profile=swapped_profile() if profile is None else profile)
    return path


def srgb_profile() -> bytes:
    """The bytes of an sRGB profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def animated(path: Path) -> Path:
    """A GIF whose first frame is red and whose second is blue."""
    first, second = (Image.new("RGB", (40, 30), colour) for colour in ("red", "blue"))
    first.save(path, save_all=True, append_images=[second], duration=100)
    return path
