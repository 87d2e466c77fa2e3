"""The face detector of this computer, fetched and loaded when somebody asks for faces first."""

import threading
from functools import cache
from pathlib import Path

from loraferry.cancellation import CancelToken
from loraferry.ferry.local_models import LocalModel, adopt, fetch, kept, local_models
from loraferry.library.faces import FaceDetector


class FaceModel:
    """One for the whole program. Usable from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._detector: FaceDetector | None = None

    @property
    def model(self) -> LocalModel:
        """What is fetched."""
        return local_models()["yunet"]

    @property
    def here(self) -> bool:
        """Whether nothing need be downloaded."""
        return self._detector is not None or kept(self.model, self._folder) is not None

    def detector(self, cancel: CancelToken) -> FaceDetector:
        """The detector; `cancel` hears of (bytes that are here, bytes in all) while its file is downloaded.

        Raises ProblemError: `faces_runtime_missing`, and what `local_models.fetch` and `FaceDetector` raise; Cancelled.
        """
        with self._lock:
            if self._detector is None:
                FaceDetector.check_runtime()
                self._detector = FaceDetector(fetch(self.model, self._folder, cancel))
            return self._detector

    def adopt(self, file: Path) -> None:
        """Take the file that a person has downloaded elsewhere. Raises as `local_models.adopt` does."""
        adopt(self.model, file, self._folder)


@cache
def face_model(data: Path) -> FaceModel:
    """The one whose file lies in this program's folder of data."""
    return FaceModel(data / "local models")
