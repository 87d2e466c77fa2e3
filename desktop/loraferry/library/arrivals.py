"""What is dropped or pasted: folders and files to open, and pictures from a browser, which are saved into the project.

Nothing that lies on this computer is copied or moved. A picture that comes as an address is fetched within bounds, and
one that comes as bytes is kept as it is; both get a name that is free, and that shares no caption with another.
"""

import base64
import binascii
import contextlib
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from loraferry.library.captions import TEMPORARY
from loraferry.library.pictures import opened
from loraferry.library.scan import CAPTION_SUFFIXES, PICTURE_SUFFIXES, folder_of, stem_of
from loraferry_core.problems import ProblemError, fail

_SUFFIXES = {
    "JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif", "BMP": ".bmp", "DIB": ".bmp",
    "TIFF": ".tif", "AVIF": ".avif", "HEIF": ".heic", "PPM": ".ppm",
}  # fmt: skip
_MAX_STEM = 80
_UNFIT = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200b-\u200f\u2028-\u202e\u2066-\u2069]+')
# Windows keeps these for devices, with any suffix.
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)
_DATA = re.compile(r"^data:image/[\w.+-]+(;[\w=.-]+)*;base64,", re.ASCII)
_MAX_HTML = 1 << 20
_MAX_DATA = 128 << 20
"""Of a picture within a page, in base64."""


@dataclass(frozen=True)
class Dropped:
    """What a drop or the clipboard holds, without any toolkit."""

    paths: tuple[Path, ...] = ()
    """Files and folders of this computer."""
    addresses: tuple[str, ...] = ()
    """What else was given as addresses, in order."""
    html: str = ""
    """The piece of a page that a browser adds; names the picture where the address is that of a link."""
    image: bytes = b""
    """The picture itself, as a file of any format that is opened."""

    def __bool__(self) -> bool:
        return bool(self.paths or self.addresses or self.html or self.image)


@dataclass(frozen=True)
class Opening:
    """A folder to open, and the files and folders in it that were meant."""

    folder: Path
    chosen: tuple[Path, ...]

    def means(self, path: Path) -> bool:
        """Whether a picture at `path` is one of those that were meant."""
        return any(path == chosen or chosen in path.parents for chosen in self.chosen)


@dataclass(frozen=True)
class Saving:
    """Pictures to fetch or keep: the addresses to try in turn, and the bytes that are taken where none will do."""

    addresses: tuple[str, ...]
    image: bytes


def plan(dropped: Dropped) -> Opening | Saving:
    """What to do with a drop: open what is on this computer, else save what a browser gave.

    Raises ProblemError `drop_empty`, `folder_unreadable` or `folders_apart`.
    """
    if dropped.paths:
        folder = folder_of(dropped.paths)
        return Opening(folder, tuple(path.absolute() for path in dropped.paths if path != folder))
    candidates = dict.fromkeys((*pictures_in(dropped.html), *dropped.addresses))
    addresses = tuple(address for address in candidates if _is_web(address) or _DATA.match(address))
    if not addresses and not dropped.image:
        raise fail("drop_empty")
    return Saving(addresses, dropped.image)


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


class _Images(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        source = dict(attrs).get("src") if tag == "img" else None
        if source:
            self.sources.append(source.strip())


def pictures_in(html: str) -> list[str]:
    """The addresses of the pictures in a piece of a page, in order."""
    parser = _Images()
    # A picture as data can be long; the rest of what browsers give is a few lines.
    parser.feed(html[: _MAX_HTML if "data:image" not in html else _MAX_DATA])
    return parser.sources


def save(saving: Saving, folder: Path) -> Path:
    """Fetch or keep one picture, into `folder`; where it is now.

    The addresses are tried in turn, then the bytes. Raises ProblemError as `downloads.fetched` does for the first
    address where all fail, `image_unwritable`, or what is wrong with the picture (`library.pictures.opened`).
    """
    first: ProblemError | None = None
    for address in saving.addresses:
        try:
            return keep(_bytes_at(address), _stem_of(address), folder)
        except ProblemError as error:
            if error.problem.code in ("image_unwritable", "folder_unwritable"):
                raise
            first = first or error
    if saving.image:
        return keep(saving.image, _stem_of(saving.addresses[0]) if saving.addresses else "", folder)
    raise first or fail("drop_empty")


def _bytes_at(address: str) -> bytes:
    match = _DATA.match(address)
    if match is None:
        # Talking to the web takes modules that are not needed to start.
        from loraferry.library.downloads import fetched

        return fetched(address)
    try:
        return base64.b64decode(unquote(address[match.end() :]), validate=False)
    except (binascii.Error, ValueError) as error:
        raise fail("download_no_picture", address=address[:40], kind="base64") from error


def _stem_of(address: str) -> str:
    """A name for what is at an address, as far as it has one; may be empty."""
    return "" if _DATA.match(address) else stem_of(unquote(urlsplit(address).path).rsplit("/", 1)[-1])


def keep(data: bytes, stem: str, folder: Path) -> Path:
    """Save a picture under a free name that begins with `stem`; whole or not at all.

    Raises ProblemError `image_unwritable`, or what is wrong with the picture.
    """
    stem = fit_stem(stem)
    part = folder / f"{TEMPORARY}{secrets.token_hex(6)}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with opened(part, stem) as image:
            suffix = _SUFFIXES.get(image.format or "", ".png")
            image.draft(None, (64, 64))
            image.load()
        target = _reserved(folder, stem, suffix)
        try:
            part.replace(target)
        except OSError:
            target.unlink()
            raise
    except OSError as error:
        raise fail("image_unwritable", name=stem, path=folder, detail=error.strerror or str(error)) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return target


def fit_stem(stem: str) -> str:
    """A file name for all systems: no signs that one of them refuses, none that cannot be seen, not too long."""
    fit = _UNFIT.sub(" ", stem).strip(" .")[:_MAX_STEM].strip(" .")
    return "picture" if not fit or _RESERVED.match(fit.split(".")[0]) else fit


def _reserved(folder: Path, stem: str, suffix: str) -> Path:
    """An empty file of a name that no picture or caption has, in any case or with any suffix."""
    others = {*PICTURE_SUFFIXES, *CAPTION_SUFFIXES}
    taken = {stem_of(entry.name).casefold() for entry in folder.iterdir() if entry.suffix.lower() in others}
    number = 1
    while True:
        free = stem if number == 1 else f"{stem} ({number})"
        number += 1
        if free.casefold() in taken:
            continue
        target = folder / (free + suffix)
        try:
            target.open("xb").close()
        except FileExistsError:
            continue
        return target


def chosen_of(opening: Opening, paths: Sequence[tuple[str, str]]) -> list[str]:
    """Of (name, path) of all pictures the names that were meant; none where the folder itself was dropped."""
    return [name for name, path in paths if opening.means(Path(path))] if opening.chosen else []
