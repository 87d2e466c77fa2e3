"""BLIP and Florence-2: the words that transformers' own classes give for the same picture."""

import shutil
from pathlib import Path
from types import ModuleType

import pytest
import torch
from PIL import Image
from transformers import (
    BlipForConditionalGeneration,
    BlipProcessor,
    Florence2ForConditionalGeneration,
    Florence2Processor,
)

from loraferry_agent.captioners import blip, florence
from loraferry_agent.captioners.describing import Unfit
from loraferry_agent.engine.device import Device
from tests.unit.agent.captioners.conftest import Make

RED = Image.new("RGB", (90, 60), (200, 30, 20))


def test_blip_says_what_its_weights_say(models: Path, ask: Make) -> None:
    words = blip.load(models / "blip", ask("blip", max_tokens=8))(RED)
    processor = BlipProcessor.from_pretrained(models / "blip")
    network = BlipForConditionalGeneration.from_pretrained(models / "blip").eval()
    with torch.no_grad():
        tokens = network.generate(**processor(images=RED, return_tensors="pt"), max_new_tokens=8, num_beams=3)
    assert words == processor.decode(tokens[0], skip_special_tokens=True).strip()
    assert isinstance(words, str)
    assert words
    assert "[" not in words


def test_blip_goes_on_from_its_prompt(models: Path, ask: Make) -> None:
    words = blip.load(models / "blip", ask("blip", max_tokens=8, prompt="a photo of"))(RED)
    assert isinstance(words, str)
    assert words.startswith("a photo of ")


@pytest.mark.parametrize("task", ["<CAPTION>", "<MORE_DETAILED_CAPTION>"])
def test_florence_says_what_its_weights_say(models: Path, ask: Make, task: str) -> None:
    words = florence.load(models / "florence", ask("florence", max_tokens=8, prompt=task))(RED)
    processor = Florence2Processor.from_pretrained(models / "florence")
    network = Florence2ForConditionalGeneration.from_pretrained(models / "florence").eval()
    with torch.no_grad():
        inputs = processor(images=RED, text=task, return_tensors="pt")
        tokens = network.generate(**inputs, max_new_tokens=8, num_beams=3)
    assert words == processor.batch_decode(tokens, skip_special_tokens=True)[0].strip()
    assert words
    assert "<" not in words


def test_florence_takes_tasks_that_end_in_words_alone(models: Path, ask: Make) -> None:
    with pytest.raises(Unfit, match="<OD>"):
        florence.load(models / "florence", ask("florence", prompt="<OD>"))


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
@pytest.mark.parametrize("family", [blip, florence])
def test_it_also_speaks_in_half_precision(
    models: Path, ask: Make, monkeypatch: pytest.MonkeyPatch, family: ModuleType, precision: str
) -> None:
    monkeypatch.setattr(family, "choose", lambda wish: Device(torch.device("cpu"), precision))
    kind = family.__name__.rpartition(".")[2]
    assert family.load(models / kind, ask(kind, max_tokens=8))(RED)


@pytest.mark.parametrize("damage", ["config.json", "model.safetensors", "preprocessor_config.json"])
def test_a_damaged_folder_is_named(models: Path, ask: Make, tmp_path: Path, damage: str) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(models / "blip", broken)
    (broken / damage).write_bytes(b"{nothing")
    with pytest.raises(Unfit):
        blip.load(broken, ask("blip"))
