"""The captions of a run: with the trigger, in several orders where they are mixed, encoded once."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from loraferry_agent.data.captions import READ_AHEAD, READ_ANEW, captions_of, encoded, without_chance
from loraferry_agent.data.tensor_cache import TensorCache, key_of
from loraferry_agent.families.protocol import Conditioning
from loraferry_core.config.dataset import DatasetConfig
from loraferry_core.dataset.manifest import ManifestEntry


def entry(caption: str) -> ManifestEntry:
    return ManifestEntry(name="a.png", size=1, sha256="a" * 64, caption=caption)


def drawn(caption: str, config: DatasetConfig, seed: int = 0, several: int = 16) -> tuple[str, ...]:
    return captions_of(entry(caption), config, seed, several).variants


def test_one_caption_unless_chance_has_a_part_in_it() -> None:
    config = DatasetConfig(trigger="zorb", class_word="cat")
    assert drawn("red, round", config) == ("zorb, red, round",)
    assert drawn("", config) == ("zorb cat",)
    assert drawn("a {tag} | b", config) == ("zorb, a {tag} | b",)


def test_mixed_tags_keep_the_trigger_in_front() -> None:
    config = DatasetConfig(trigger="zorb", shuffle_tags=True)
    variants = drawn("a, b, c, d, e", config)
    assert len(variants) == 16 and len(set(variants)) > 8
    assert all(variant.startswith("zorb, ") for variant in variants)
    assert {tuple(sorted(variant.split(", "))) for variant in variants} == {("a", "b", "c", "d", "e", "zorb")}
    assert variants == drawn("a, b, c, d, e", config)
    assert variants != drawn("a, b, c, d, e", config, seed=1)
    assert set(drawn("a, b", config)) == {"zorb, a, b", "zorb, b, a"}
    kept = drawn("a, b, c, d, e", config.replace(keep_tokens=2))
    assert all(variant.startswith("zorb, a, b, ") for variant in kept) and len(set(kept)) > 1


def test_tags_are_left_out_at_the_share_that_was_asked_for() -> None:
    config = DatasetConfig(trigger="zorb", tag_dropout=0.5, keep_tokens=1)
    variants = drawn("a, b, c, d, e", config, several=1000)
    assert all(variant.startswith("zorb, a") for variant in variants)
    assert 0.45 < sum(variant.count(",") - 1 for variant in variants) / 4000 < 0.55
    assert drawn("a, b", config.replace(tag_dropout=1.0, keep_tokens=0)) == ("zorb",)


def test_wildcards_are_drawn_before_anything_else_is_decided() -> None:
    config = DatasetConfig(trigger="zorb", class_word="cat")
    assert set(drawn("a {red|blue} ball", config)) == {"zorb, a red ball", "zorb, a blue ball"}
    assert set(drawn("a {zorb|ball}", config)) == {"a zorb", "zorb, a ball"}
    assert set(drawn("{red|}", config)) == {"zorb, red", "zorb cat"}
    assert drawn("{red|blue}", config.replace(wildcards=False)) == ("zorb, {red|blue}",)
    mixed = set(drawn("{red, small|blue}", config.replace(shuffle_tags=True)))
    assert mixed == {"zorb, red, small", "zorb, small, red", "zorb, blue"}


def test_sentences_are_never_mixed_nor_thinned_unless_they_are_called_tags() -> None:
    prose, config = "A red ball lies on the grass. Nobody is there, it is quiet.", DatasetConfig(shuffle_tags=True)
    assert len(drawn(prose, config.replace(tag_dropout=0.5))) == 1
    assert len(set(drawn(prose, config.replace(caption_style="tags")))) == 2


def test_the_number_of_variants_is_bounded() -> None:
    assert [READ_AHEAD.of(pictures) for pictures in (0, 1, 256, 512, 100_000)] == [16, 16, 16, 8, 2]
    assert READ_ANEW.of(24) == 256


def test_what_is_only_measured_on_has_one_whole_caption() -> None:
    config = without_chance(DatasetConfig(trigger="zorb", shuffle_tags=True, tag_dropout=0.9))
    assert drawn("a, b, c", config) == ("zorb, a, b, c",)


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
