"""Whether the run shall end: a file that the supervisor writes, or a signal."""

from pathlib import Path


class StopRequested(Exception):
    """The run is asked to stop, before there is anything to save."""


class Stop:
    """Looked at after each step and each encoded picture."""

    def __init__(self, request: Path) -> None:
        self._request = request
        self._signalled = False

    def signal(self) -> None:
        """Ask for a stop from a signal handler."""
        self._signalled = True

    @property
    def requested(self) -> bool:
        """Whether anyone asked for a stop."""
        return self._signalled or self._request.exists()

    def check(self) -> None:
        """Raises StopRequested when anyone asked for a stop."""
        if self.requested:
            raise StopRequested
