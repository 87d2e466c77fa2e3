"""Which file names are accepted from the other end before any path is built from them."""

import re

# Control characters, marks that turn the direction of writing, line separators, halves of surrogate pairs.
_UNSEEN = r"\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_CONTROL = re.compile(rf"[\x00-\x1f{_UNSEEN}]")
_WINDOWS_DEVICES = re.compile(r"^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\..*)?$", re.IGNORECASE)
MAX_PART_BYTES = 200
MAX_NAME_BYTES = 1000


def is_safe_relative(name: str) -> bool:
    """Whether `name` is a plain relative path with forward slashes that stays inside its folder on every system.

    Refuses absolute paths, drives, `..`, backslashes, control characters and marks that turn the direction of writing,
    Windows device names, names that end in a dot or space (Windows drops those), and over-long parts.
    """
    if not name or _CONTROL.search(name) or len(name.encode()) > MAX_NAME_BYTES:
        return False
    if any(character in name for character in '\\:*?"<>|'):
        return False
    return all(_is_safe_part(part) for part in name.split("/"))


def _is_safe_part(part: str) -> bool:
    return (
        part not in ("", ".", "..")
        and len(part.encode()) <= MAX_PART_BYTES
        and part[-1] not in ". "
        and not _WINDOWS_DEVICES.match(part)
    )


def without_control_characters(text: str) -> str:
    """Text from the other end made fit to show: no terminal escapes, no control characters but newline and tab, and no
    marks that turn the direction of writing."""
    text = re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.", "", text)
    return re.sub(rf"[\x00-\x08\x0b-\x1f{_UNSEEN}]", "", text)
