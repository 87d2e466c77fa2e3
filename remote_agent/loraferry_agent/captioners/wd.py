"""Taggers of the WD v3 layout: an ONNX file that scores a square picture, and the list of what its scores are of.

As the authors use them (huggingface.co/spaces/SmilingWolf/wd-tagger, app.py): padded with white to a square in the
middle, scaled bicubically to the model's side, BGR, values 0 to 255 as they are, NHWC. The scores are probabilities.
"""

import csv
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from loraferry_agent.captioners.describing import Describe, Unfit
from loraferry_core.captioning import CaptionOrder, Tag, TagCategory
from loraferry_core.model_files import TAGGER, TAGS

CATEGORIES: dict[str, TagCategory] = {"0": "general", "4": "character", "9": "rating"}
"""As selected_tags.csv numbers them, which is how Danbooru does, but for the ratings. Others are passed over."""
MAX_NAME = 300


def load(model: Path, order: CaptionOrder) -> Describe:
    """A function that tags one picture. Raises Unfit where the files are not of this layout, OSError."""
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

    options = onnxruntime.SessionOptions()
    # One core is left to whoever works on this machine, and none is kept busy with waiting.
    options.intra_op_num_threads = max(1, (os.cpu_count() or 2) - 1)
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(str(model / TAGGER), options, providers=["CPUExecutionProvider"])
    except (ort_errors.Fail, ort_errors.InvalidProtobuf, ort_errors.InvalidGraph, ort_errors.NoSuchFile) as error:
        raise Unfit(str(error)) from error
    source, target = session.get_inputs()[0], session.get_outputs()[0]
    side = side_of(source.shape)
    labels = read_labels(model / TAGS)
    if target.shape[-1] != len(labels):
        raise Unfit(f"{target.shape[-1]} scores for {len(labels)} tags")

    def describe(picture: Image.Image) -> tuple[Tag, ...]:
        scores = session.run([target.name], {source.name: pixels_of(picture, side)})[0][0]
        return best(scores, labels, order.floor, order.most)

    return describe


def side_of(shape: list[object]) -> int:
    """The side of the square that a model takes, by the shape of its input. Raises Unfit."""
    if len(shape) != 4 or shape[3] != 3 or shape[1] != shape[2] or not isinstance(shape[1], int):
        raise Unfit(f"takes {shape} where (pictures, side, side, 3) was expected")
    return shape[1]


def read_labels(path: Path) -> list[tuple[str, TagCategory | None]]:
    """Name and category of each score, in order. Raises Unfit, OSError."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if not {"name", "category"} <= set(rows.fieldnames or ()):
            raise Unfit(f"{path.name} has no columns name and category")
        return [(row["name"][:MAX_NAME], CATEGORIES.get(row["category"])) for row in rows]


def pixels_of(picture: Image.Image, side: int) -> NDArray[np.float32]:
    """An RGB picture as the model takes it: 1 × side × side × BGR, 0 to 255."""
    longest = max(picture.size)
    square = Image.new("RGB", (longest, longest), "white")
    square.paste(picture, ((longest - picture.width) // 2, (longest - picture.height) // 2))
    if longest != side:
        square = square.resize((side, side), Image.Resampling.BICUBIC)
    return np.ascontiguousarray(np.asarray(square, dtype=np.float32)[None, :, :, ::-1])


def best(
    scores: NDArray[np.float32], labels: list[tuple[str, TagCategory | None]], floor: float, most: int
) -> tuple[Tag, ...]:
    """The `most` surest tags with at least `floor`, the surest first."""
    order = np.argsort(-scores, kind="stable")
    found: list[Tag] = []
    for index in order:
        name, category = labels[index]
        if scores[index] < floor or len(found) == most:
            break
        if category is not None:
            found.append(Tag(name=name, category=category, score=min(float(scores[index]), 1.0)))
    return tuple(found)
