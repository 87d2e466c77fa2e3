"""Who is speaking, and the first line of every stream."""

from loraferry_core import __version__

PROTOCOL = 1
"""Raised when messages change so that an older end would misread them."""

SENTINEL = b"\x05loraferry-agent"
"""Starts the first line. A shell banner never holds this byte, so everything before it is noise."""


def sentinel_line() -> bytes:
    """The agent's first bytes: sentinel, protocol and product version."""
    return SENTINEL + f" {PROTOCOL} {__version__}\n".encode()
