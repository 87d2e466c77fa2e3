"""The captions of a run: with the trigger, in several orders where they are mixed, encoded once."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from loraferry_agent.data.captions import ORDERS, captions_of, encoded
from loraferry_agent.data.tensor_cache import TensorCache, key_of
from loraferry_agent.families.protocol import Conditioning
from loraferry_core.config.dataset import DatasetConfig
from loraferry_core.dataset.manifest import ManifestEntry


def entry(caption: str) -> ManifestEntry:
    return ManifestEntry(name="a.png", size=1, sha256="a" * 64, caption=caption)


def test_one_caption_unless_tags_are_mixed() -> None:
    config = DatasetConfig(trigger="zorb", class_word="cat")
    assert captions_of(entry("red, round"), config, 0).variants == ("zorb, red, round",)
    assert captions_of(entry(""), config, 0).variants == ("zorb cat",)


def test_mixed_tags_keep_the_trigger_in_front() -> None:
    config = DatasetConfig(trigger="zorb", shuffle_tags=True)
    variants = captions_of(entry("a, b, c, d, e"), config, 0).variants
    assert 1 < len(variants) <= ORDERS
    assert all(variant.startswith("zorb, ") for variant in variants)
    assert {tuple(sorted(variant.split(", "))) for variant in variants} == {("a", "b", "c", "d", "e", "zorb")}
    assert variants == captions_of(entry("a, b, c, d, e"), config, 0).variants
    assert variants != captions_of(entry("a, b, c, d, e"), config, 1).variants
    assert len(captions_of(entry("a, b"), config, 0).variants) == 2


def test_sentences_are_never_mixed_unless_they_are_called_tags() -> None:
    prose = entry("A red ball lies on the grass. Nobody is there, it is quiet.")
    assert len(captions_of(prose, DatasetConfig(shuffle_tags=True), 0).variants) == 1
    assert len(captions_of(prose, DatasetConfig(shuffle_tags=True, caption_style="tags"), 0).variants) == 2


class Coder:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def encode(self, text: str, chunks: int) -> Conditioning:
        self.texts.append(text)
        return {"states": torch.full((2 * chunks,), float(len(text)))}


@pytest.fixture
def encode(tmp_path: Path) -> Callable[..., tuple[dict[str, Conditioning], list[str]]]:
    def run(
        texts: list[str], identity: str = "e", dtype: str = "fp32", chunks: int = 1
    ) -> tuple[dict[str, Conditioning], list[str]]:
        coder = Coder()
        found = encoded(texts, TensorCache(tmp_path), identity, dtype, chunks, lambda: coder, lambda done, total: None)
        return found, coder.texts

    return run


def test_each_text_is_encoded_once_ever(encode: Callable[..., tuple[dict[str, Conditioning], list[str]]]) -> None:
    found, made = encode(["b", "aa", "b", ""])
    assert made == ["", "aa", "b"]
    assert {text: tensors["states"][0].item() for text, tensors in found.items()} == {"": 0.0, "aa": 2.0, "b": 1.0}
    again, made = encode(["aa", "ccc"])
    assert made == ["ccc"] and again.keys() == {"aa", "ccc"}
    assert encode(["aa"], identity="other")[1] == encode(["aa"], dtype="bf16")[1] == ["aa"]
    assert encode(["aa"], chunks=2)[1] == ["aa"]


def test_a_broken_cache_file_is_made_again(tmp_path: Path) -> None:
    cache, key = TensorCache(tmp_path), key_of(a=1)
    assert cache.read(key) is None
    cache.write(key, {"x": torch.ones(3)})
    assert torch.equal((cache.read(key) or {})["x"], torch.ones(3))
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    file.write_bytes(file.read_bytes()[:20])
    assert cache.read(key) is None
