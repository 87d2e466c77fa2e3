"""What is wanted of a run besides its plan: a checkpoint or test pictures now. Files that the supervisor makes."""

from pathlib import Path


class Request:
    """One wish, looked at after each step; whoever has granted it takes it away. While the run prepares, it waits."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def made(self) -> bool:
        """Whether it is wanted."""
        return self._path.exists()

    def granted(self) -> None:
        """It was done."""
        self._path.unlink(missing_ok=True)
