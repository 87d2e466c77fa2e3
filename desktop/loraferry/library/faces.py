"""Where faces are: YuNet through onnxruntime, which is loaded only when somebody asks for faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from PIL import Image

from loraferry_core.dataset.buckets import Size
from loraferry_core.problems import fail

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.float32]

STRIDES = (8, 16, 32)
"""Pixels of the model's input that one cell of each of its three maps stands for."""
EDGES = (640, 320)
"""Longer sides, in pixels, at which a picture is looked at: YuNet was trained on faces of 10 to 300 pixels, so large
ones are found in the smaller copy."""
MIN_SCORE = 0.7
"""OpenCV's own examples ask for 0.9; drawn and turned faces often reach 0.7 to 0.9, and people look at the result."""
MAX_OVERLAP = 0.3
"""Share of intersection to union from which two finds are one face, as in OpenCV's FaceDetectorYN."""
LANDMARKS = 5
"""Right eye, left eye, tip of the nose, right and left corner of the mouth, as the person has them."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Face:
    """A face in pixels of the picture that was looked at; the box may stand out of the picture."""

    left: float
    top: float
    width: float
    height: float
    score: float
    """0 to 1."""
    landmarks: tuple[Point, ...] = ()

    def scaled(self, factor: float) -> Face:
        """The same face in a picture that is `factor` times as large."""
        points = tuple((x * factor, y * factor) for x, y in self.landmarks)
        return Face(
            self.left * factor, self.top * factor, self.width * factor, self.height * factor, self.score, points
        )


class FaceDetector:
    """The model, loaded once. Usable from several threads."""

    def __init__(self, model: Path) -> None:
        """Raises ProblemError: `faces_runtime_missing`, `faces_model_unusable`."""
        self.check_runtime()
        import onnxruntime

        self._model = model
        self._errors = _errors_of(onnxruntime)
        options = onnxruntime.SessionOptions()
        # The window needs the other cores, and one is enough for a model of 75,000 weights.
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(model), sess_options=options, providers=["CPUExecutionProvider"]
            )
            self._outputs = [output.name for output in self._session.get_outputs()]
            missing = {f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in STRIDES}
            missing -= set(self._outputs)
        except self._errors as error:
            raise fail("faces_model_unusable", path=model, detail=error) from error
        if missing:
            raise fail("faces_model_unusable", path=model, detail=", ".join(sorted(missing)))

    @staticmethod
    def check_runtime() -> None:
        """Raises ProblemError `faces_runtime_missing` where onnxruntime cannot be loaded."""
        try:
            import onnxruntime  # noqa: F401
        except ImportError as error:
            raise fail("faces_runtime_missing") from error

    def faces(self, image: Image.Image) -> tuple[Face, ...]:
        """The faces in an RGB picture, the surest first, in its pixels. Raises ProblemError `faces_model_unusable`."""
        found: list[Face] = []
        for scale in sorted({min(1.0, edge / max(image.size)) for edge in EDGES}):
            small = image if scale == 1 else image.resize(_scaled(image.size, scale), Image.Resampling.BILINEAR)
            found += [face.scaled(1 / scale) for face in self._look(small)]
        return distinct(found)

    def _look(self, image: Image.Image) -> tuple[Face, ...]:
        pixels = model_input(image)
        try:
            values = self._session.run(self._outputs, {self._session.get_inputs()[0].name: pixels})
        except self._errors as error:
            raise fail("faces_model_unusable", path=self._model, detail=error) from error
        columns = pixels.shape[3]
        return decoded(dict(zip(self._outputs, values, strict=True)), columns)


def _errors_of(runtime: Any) -> tuple[type[Exception], ...]:
    """What onnxruntime raises; its exceptions have no ancestor of their own."""
    state = runtime.capi.onnxruntime_pybind11_state
    named = (
        "Fail",
        "InvalidArgument",
        "InvalidGraph",
        "InvalidProtobuf",
        "NoModel",
        "NoSuchFile",
        "NotImplemented",
        "RuntimeException",
    )
    return (*(getattr(state, name) for name in named), ValueError)


def _scaled(size: Size, scale: float) -> Size:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def model_input(image: Image.Image) -> Numbers:
    """An RGB picture as the model takes it: 1 × BGR × height × width, 0 … 255, padded with black at the right and below
    to multiples of the largest stride, as OpenCV's FaceDetectorYN does."""
    import numpy as np

    pixels = np.asarray(image.convert("RGB"), dtype=np.float32)[:, :, ::-1]
    high, wide = (-side % STRIDES[-1] for side in pixels.shape[:2])
    padded = np.pad(pixels, ((0, high), (0, wide), (0, 0)))
    return np.ascontiguousarray(padded.transpose(2, 0, 1)[None])


def decoded(outputs: Mapping[str, Numbers], columns: int, min_score: float = MIN_SCORE) -> tuple[Face, ...]:
    """The faces that the model's answer tells of, in pixels of its input of `columns` pixels width.

    YuNet has no anchor boxes: each cell (row, column) of the map of stride s tells one box, with
    score = √(cls · obj), centre = ((column + b₀) s, (row + b₁) s), size = (exp(b₂) s, exp(b₃) s) and landmarks
    ((column + kₓ) s, (row + k_y) s) (OpenCV, modules/objdetect/src/face_detect.cpp; Wu, Peng and Yu: YuNet: A Tiny
    Millisecond-level Face Detector, 2023).
    """
    import numpy as np

    found: list[Face] = []
    for stride in STRIDES:
        certainty = np.clip(outputs[f"cls_{stride}"].reshape(-1), 0, 1)
        score = np.sqrt(certainty * np.clip(outputs[f"obj_{stride}"].reshape(-1), 0, 1))
        boxes = outputs[f"bbox_{stride}"].reshape(-1, 4)
        points = outputs[f"kps_{stride}"].reshape(-1, LANDMARKS, 2)
        for cell in np.flatnonzero(score >= min_score):
            corner = np.array(divmod(int(cell), columns // stride)[::-1], dtype=np.float32)
            centre = (corner + boxes[cell, :2]) * stride
            size = np.exp(np.minimum(boxes[cell, 2:], 10)) * stride
            left, top = centre - size / 2
            marks = tuple((float(x), float(y)) for x, y in (corner + points[cell]) * stride)
            found.append(Face(float(left), float(top), float(size[0]), float(size[1]), float(score[cell]), marks))
    return distinct(found)


def distinct(faces: Sequence[Face], overlap: float = MAX_OVERLAP) -> tuple[Face, ...]:
    """Each face once, the surest first: greedy suppression of boxes that share more than `overlap` with a surer one."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if all(shared(face, other) <= overlap for other in kept):
            kept.append(face)
    return tuple(kept)


def shared(one: Face, other: Face) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    wide = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    high = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    common = max(0.0, wide) * max(0.0, high)
    return common / (one.width * one.height + other.width * other.height - common) if common else 0.0
