"""The toy base as it is committed: complete, small, and loadable by the libraries it is made for."""

import json
from pathlib import Path

import pytest

from loraferry_resources import toy_base_path

WORDS = ["a", "small", "red", "circle", "on", "a", "white", "background"]


def _parts() -> list[Path]:
    folders = ["unet", "vae", "text_encoder", "tokenizer", "scheduler"]
    return [toy_base_path() / folder for folder in folders]


def test_is_complete_and_small() -> None:
    assert (toy_base_path() / "model_index.json").is_file()
    assert all(part.is_dir() for part in _parts())
    assert (toy_base_path() / "tokenizer" / "vocab.json").is_file()
    assert (toy_base_path() / "tokenizer" / "merges.txt").is_file()
    files = [path for path in toy_base_path().rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 12_000_000
    assert not [path for path in files if path.suffix in (".bin", ".pt", ".ckpt")]


def test_is_a_stable_diffusion_1_pipeline() -> None:
    index = json.loads((toy_base_path() / "model_index.json").read_text(encoding="utf-8"))
    assert index["_class_name"] == "StableDiffusionPipeline"
    assert index["unet"] == ["diffusers", "UNet2DConditionModel"]
    assert index["text_encoder"] == ["transformers", "CLIPTextModel"]
    scheduler = json.loads((toy_base_path() / "scheduler" / "scheduler_config.json").read_text(encoding="utf-8"))
    assert scheduler["prediction_type"] == "epsilon"


def test_tokenizer_has_a_token_for_each_known_word_and_takes_any_text() -> None:
    transformers = pytest.importorskip("transformers")
    tokenizer = transformers.CLIPTokenizer.from_pretrained(toy_base_path() / "tokenizer", local_files_only=True)
    assert tokenizer.model_max_length == 77
    assert len(tokenizer(" ".join(WORDS)).input_ids) == len(WORDS) + 2
    ids = tokenizer("zorblax 世界 🎉", padding="max_length", truncation=True, max_length=77).input_ids
    assert len(ids) == 77
    assert tokenizer.decode(ids, skip_special_tokens=True) == "zorblax 世界 🎉"
    assert len(tokenizer("zorblax").input_ids) > 3
