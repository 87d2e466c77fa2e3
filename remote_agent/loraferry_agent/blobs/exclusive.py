"""One at a time: what must not happen to the same thing in two processes of this machine at once."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from loraferry_agent import platform
from loraferry_agent.layout import Layout

POLL_SECONDS = 0.02


@contextmanager
def exclusive(layout: Layout, what: str) -> Iterator[None]:
    """Wait until nobody else on this machine changes `what`, and keep others waiting meanwhile. Raises OSError."""
    layout.locks.mkdir(parents=True, exist_ok=True)
    lock = platform.FileLock(layout.locks / what)
    while not lock.acquire():
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        lock.release()
