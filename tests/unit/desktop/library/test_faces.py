"""YuNet: what goes in, how its answer is read, and real finds where the model is at hand."""

import builtins
import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from loraferry.library.faces import STRIDES, Face, FaceDetector, decoded, distinct, model_input, shared
from loraferry_core.problems import ProblemError
from tests.fakes.portraits import SHARED_MODEL, portrait

needs_model = pytest.mark.skipif(
    not SHARED_MODEL.is_file() or importlib.util.find_spec("onnxruntime") is None,
    reason="needs onnxruntime and the model file of YuNet, which the project does not contain",
)


def answer(width: int, height: int) -> dict[str, Any]:
    """What the model says of a picture without faces."""
    cells = {stride: (width // stride) * (height // stride) for stride in STRIDES}
    sizes = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
    return {
        f"{kind}_{stride}": np.zeros((1, cells[stride], size), dtype=np.float32)
        for kind, size in sizes.items()
        for stride in STRIDES
    }


def test_the_input_is_bgr_and_padded_below_and_at_the_right() -> None:
    image = Image.new("RGB", (40, 33), (10, 20, 30))
    pixels = model_input(image)
    assert pixels.shape == (1, 3, 64, 64)
    assert pixels[0, :, 0, 0].tolist() == [30, 20, 10]
    assert pixels[0, :, 32, 39].tolist() == [30, 20, 10]
    assert not pixels[0, :, 33:, :].any() and not pixels[0, :, :, 40:].any()
    assert model_input(Image.new("L", (32, 32), 7)).shape == (1, 3, 32, 32)


def test_a_cell_says_centre_size_and_landmarks() -> None:
    outputs = answer(320, 160)
    cell = 3 * (320 // 16) + 5
    outputs["cls_16"][0, cell], outputs["obj_16"][0, cell] = 0.81, 1.0
    outputs["bbox_16"][0, cell] = [0.25, 0.5, np.log(2), np.log(4)]
    outputs["kps_16"][0, cell] = [0, 0, 1, 0, 0.5, 0.5, 0, 1, 1, 1]
    (face,) = decoded(outputs, 320)
    assert face.score == pytest.approx(0.9)
    assert (face.width, face.height) == pytest.approx((32, 64))
    assert (face.left, face.top) == pytest.approx((5.25 * 16 - 16, 3.5 * 16 - 32))
    assert face.landmarks[0] == pytest.approx((80, 48))
    assert face.landmarks[4] == pytest.approx((96, 64))


def test_doubtful_cells_and_repeats_are_left_out() -> None:
    outputs = answer(160, 160)
    for cell, score in ((0, 0.9), (1, 0.95), (12, 0.3), (399, 0.8)):
        outputs["cls_8"][0, cell] = outputs["obj_8"][0, cell] = score
        outputs["bbox_8"][0, cell, 2:] = np.log(6)
    found = decoded(outputs, 160)
    assert [round(face.score, 2) for face in found] == [0.95, 0.8]


def test_values_that_are_out_of_range_do_no_harm() -> None:
    outputs = answer(64, 64)
    outputs["cls_32"][0, 0] = outputs["obj_32"][0, 0] = 7.0
    outputs["bbox_32"][0, 0] = 1e6
    (face,) = decoded(outputs, 64)
    assert face.score == 1.0
    assert np.isfinite([face.left, face.top, face.width, face.height]).all()


def test_overlap_is_intersection_over_union() -> None:
    one, half, beside = Face(0, 0, 10, 10, 0.9), Face(5, 0, 10, 10, 0.8), Face(10, 0, 10, 10, 0.7)
    assert shared(one, one) == 1
    assert shared(one, half) == pytest.approx(1 / 3)
    assert shared(one, beside) == 0
    assert distinct([beside, half, one]) == (one, beside)


def test_without_the_package_the_problem_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any, **named: Any) -> Any:
        if name.startswith("onnxruntime"):
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.delitem(sys.modules, "onnxruntime", raising=False)
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ProblemError) as caught:
        FaceDetector(tmp_path / "any.onnx")
    assert caught.value.problem.code == "faces_runtime_missing"


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    for data in (b"", b"no model", bytes(1000)):
        path = tmp_path / "模型.onnx"
        path.write_bytes(data)
        with pytest.raises(ProblemError) as caught:
            FaceDetector(path)
        assert caught.value.problem.code == "faces_model_unusable"
    with pytest.raises(ProblemError) as caught:
        FaceDetector(tmp_path / "nowhere.onnx")
    assert caught.value.problem.code == "faces_model_unusable"


@needs_model
@pytest.mark.parametrize("size", [(400, 500), (1600, 2000), (333, 417)])
def test_a_face_is_found_where_it_is(size: tuple[int, int]) -> None:
    factor = size[0] / 400
    image = portrait(size, ((200 * factor, 190 * factor, 120 * factor),))
    (face,) = FaceDetector(SHARED_MODEL).faces(image)
    wanted = Face(140, 112, 120, 156, 1).scaled(factor)
    assert shared(face, wanted) > 0.7
    right_eye, left_eye, nose, right_mouth, left_mouth = face.landmarks
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_eye[1] < nose[1] < right_mouth[1]
    assert right_mouth[0] < left_mouth[0]


@needs_model
def test_all_faces_are_found_each_once_and_nothing_where_there_is_none() -> None:
    detector = FaceDetector(SHARED_MODEL)
    faces = detector.faces(portrait((1200, 600), ((250, 220, 140), (620, 260, 90), (960, 240, 60))))
    assert sorted(round(face.left + face.width / 2, -1) for face in faces) == [250, 620, 960]
    assert detector.faces(Image.effect_noise((500, 300), 80).convert("RGB")) == ()
    assert detector.faces(Image.new("RGB", (1, 1))) == ()


@needs_model
def test_a_face_that_fills_the_picture_is_found_too() -> None:
    image = portrait((1500, 1800), ((750, 850, 1000),))
    (face,) = FaceDetector(SHARED_MODEL).faces(image)
    assert face.width == pytest.approx(1000, rel=0.25)
