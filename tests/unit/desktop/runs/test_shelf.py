import json
import struct
from pathlib import Path

import pytest

from loraferry.runs.shelf import Shelf
from loraferry_core.problems import ProblemError


def lora(path: Path, value: float = 1.0, metadata: dict[str, str] | None = None) -> Path:
    """A LoRA of one module and rank 1."""
    tensors = {"lora_unet_a.alpha": [], "lora_unet_a.lora_down.weight": [1, 2], "lora_unet_a.lora_up.weight": [2, 1]}
    header: dict[str, object] = {"__metadata__": metadata or {}}
    data = b""
    for name, shape in tensors.items():
        count = 2 if shape else 1
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * count]}
        data += struct.pack(f"<{count}f", *[value] * count)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def test_a_sound_file_goes_on_the_shelf_with_its_preview(tmp_path: Path) -> None:
    preview = tmp_path / "p.png"
    preview.write_bytes(b"png")
    pulled = lora(tmp_path / "pulled", metadata={"modelspec.title": "Cat", "ss_network_dim": "1"})
    shelf = Shelf(tmp_path / "模型")
    assert shelf.models() == []
    model = shelf.add(pulled, "cat.safetensors", preview)
    assert model.path.name == "cat.safetensors"
    assert model.facts is not None
    assert (model.facts.title, model.facts.rank) == ("Cat", 1)
    assert model.preview is not None
    assert shelf.models() == [model]


def test_nothing_on_the_shelf_is_ever_replaced(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "models")
    pulled = lora(tmp_path / "pulled")
    names = [shelf.add(pulled, "cat").path.name for _ in range(3)]
    assert names == ["cat.safetensors", "cat-2.safetensors", "cat-3.safetensors"]


@pytest.mark.parametrize(("value", "code"), [(0.0, "lora_zero"), (float("nan"), "lora_not_finite")])
def test_a_broken_file_is_refused(tmp_path: Path, value: float, code: str) -> None:
    shelf = Shelf(tmp_path / "models")
    with pytest.raises(ProblemError) as caught:
        shelf.add(lora(tmp_path / "pulled", value), "cat")
    assert caught.value.problem.code == code
    assert shelf.models() == []


def test_a_file_that_is_no_lora_is_shown_with_its_problem(tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(b"not really")
    (model,) = Shelf(tmp_path).models()
    assert model.facts is None
    assert [found.code for found in model.problems] == ["lora_not_safetensors"]
