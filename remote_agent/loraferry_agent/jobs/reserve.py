"""A little room on the disks, kept so that on a full one it can still be written down how a job ended."""

import errno
import shutil
from pathlib import Path

from loraferry_agent import platform
from loraferry_agent.layout import Layout

FILES = 4
"""Each also keeps an inode."""
FILE_BYTES = 256 * 1024
ENOUGH = 8 * FILES * FILE_BYTES
ENOUGH_FILES = 8 * FILES
"""Only where there is room for so many bytes and files it is taken, so that it is not taken back from what needed it."""


def keep_reserve(layout: Layout) -> None:
    """Take the room where it is not held yet. A disk that has none to give is left as it is."""
    for folder in _places(layout):
        if len(list(folder.glob("*"))) == FILES or not _has_enough(folder.parent):
            continue
        try:
            folder.mkdir(exist_ok=True)
            for number in range(FILES):
                (folder / str(number)).write_bytes(bytes(FILE_BYTES))
        except OSError as error:
            if not is_full(error):
                raise
            shutil.rmtree(folder, ignore_errors=True)


def give_reserve(layout: Layout) -> None:
    """Let the room go, for what must be written now."""
    for folder in _places(layout):
        shutil.rmtree(folder, ignore_errors=True)


def is_full(error: OSError) -> bool:
    """Whether a disk has no room, or this user's share of it is used up."""
    return error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def _places(layout: Layout) -> list[Path]:
    return [root / layout.reserve.name for root in dict.fromkeys((layout.home, layout.work))]


def _has_enough(folder: Path) -> bool:
    if not folder.exists() or shutil.disk_usage(folder).free < ENOUGH:
        return False
    files = platform.free_inodes(folder)
    return files < 0 or files >= ENOUGH_FILES  # below 0 where they are not counted
