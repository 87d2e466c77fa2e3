"""What a picture shows, as far as crops and masks need it: its faces, and what stands out."""

from pathlib import Path

from PIL import Image

from loraferry.library.autocrop import Subject
from loraferry.library.colour import layers
from loraferry.library.faces import Face, FaceDetector
from loraferry.library.geometry import to_upright, turned_size
from loraferry.library.pictures import opened, orientation_of, turned
from loraferry.library.saliency import saliency, subject_box
from loraferry.library.shapes import UNTURNED, Turn
from loraferry.library.thumbnails import preview
from loraferry_core.problems import ProblemError

EDGE = 640
"""Longer side at which pictures are looked at."""


def look(path: Path, name: str, turn: Turn, detector: FaceDetector | None) -> Subject:
    """What the picture at `path` shows after `turn`, in pixels of the turned picture; no faces without a detector.

    Raises ProblemError as `library.pictures.opened` does, and `faces_model_unusable`.
    """
    small, upright = decoded_small(path, name)
    image = turned_copy(small, turn)
    size = turned_size(upright, turn)
    factor = size[0] / image.width
    faces = tuple(face.scaled(factor) for face in detector.faces(image)) if detector is not None else ()
    return Subject(size, faces, subject_box(saliency(image), size))


def faces_in(path: Path, name: str, detector: FaceDetector) -> tuple[Face, ...]:
    """The faces of the upright picture, in its pixels. Raises as `look` does."""
    small, upright = decoded_small(path, name)
    return tuple(face.scaled(upright[0] / small.width) for face in detector.faces(small))


def alpha_of(path: Path, name: str) -> Image.Image | None:
    """How opaque each pixel of the upright picture is, as grey; None where all of it is. Raises as
    `library.pictures.opened` does."""
    with opened(path, name) as image:
        orientation = orientation_of(image)
        image.load()
        _, alpha = layers(image)
    return None if alpha is None else turned(alpha, orientation)


def decoded_small(path: Path, name: str, edge: int = EDGE) -> tuple[Image.Image, tuple[int, int]]:
    """The upright picture in RGB, within `edge`, and its full size. Raises as `library.pictures.opened` does."""
    found = preview(name, str(path), edge)
    if found.problem is not None:
        raise ProblemError(found.problem)
    return Image.frombytes("RGB", found.size, found.rgb), found.source_size


def turned_copy(image: Image.Image, turn: Turn) -> Image.Image:
    """The upright picture after `turn`, by the same geometry as the renderer's."""
    if turn == UNTURNED:
        return image
    size = turned_size(image.size, turn)
    # Pillow asks where each pixel of the result comes from.
    zero, right, down = (to_upright(point, image.size, turn) for point in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)))
    data = (right[0] - zero[0], down[0] - zero[0], zero[0], right[1] - zero[1], down[1] - zero[1], zero[1])
    return image.transform(size, Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)
