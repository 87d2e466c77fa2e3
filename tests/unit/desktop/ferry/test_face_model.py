"""The face detector: loaded once, and only when asked for."""

import shutil
from pathlib import Path

import pytest

from loraferry.cancellation import CancelToken
from loraferry.ferry.face_model import FaceModel, face_model
from loraferry.library.faces import FaceDetector
from loraferry_core.problems import ProblemError, fail
from tests.fakes.portraits import SHARED_MODEL


def test_nothing_is_downloaded_where_it_could_not_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise fail("faces_runtime_missing")

    monkeypatch.setattr(FaceDetector, "check_runtime", staticmethod(missing))
    model = FaceModel(tmp_path / "models")
    assert not model.here
    with pytest.raises(ProblemError) as caught:
        model.detector(CancelToken())
    assert caught.value.problem.code == "faces_runtime_missing"
    assert not (tmp_path / "models").exists()


def test_one_folder_has_one_model(tmp_path: Path) -> None:
    assert face_model(tmp_path) is face_model(tmp_path)
    assert face_model(tmp_path) is not face_model(tmp_path / "other")


@pytest.mark.skipif(not SHARED_MODEL.is_file(), reason="needs the model file of YuNet, which the project has not")
def test_a_file_that_is_there_is_loaded_once(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    model = FaceModel(tmp_path / "models")
    brought = tmp_path / "downloaded.onnx"
    shutil.copy(SHARED_MODEL, brought)
    model.adopt(brought)
    assert model.here
    assert model.detector(CancelToken()) is model.detector(CancelToken())
