"""A single file becomes the folder it could have been made from: the same weights, settings and words."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from loraferry_agent.families import FAMILIES, sd1_file
from loraferry_agent.families.protocol import Base
from loraferry_agent.families.sd1_file import SETTINGS, unpack, vocabulary_of
from loraferry_core.families.recognise import kind_of_folder
from loraferry_core.lora_file.keys import SD1_UNET, unet_modules
from tests.fakes import tiny_base
from tests.fakes.single_file import pack


def settings_of(folder: Path) -> dict[str, dict[str, Any]]:
    return {name: json.loads((folder / name).read_text(encoding="utf-8")) for name in SETTINGS}


@pytest.mark.parametrize("levels", [2, 4])
def test_there_and_back(tmp_path: Path, levels: int) -> None:
    original = tiny_base.make(tmp_path / "original", levels=levels)
    file = pack(original, tmp_path / "model.safetensors")
    made = tmp_path / "made"
    unpack(file, original / "tokenizer" / "merges.txt", made, settings_of(original))
    for name in ("unet/diffusion_pytorch_model", "vae/diffusion_pytorch_model"):
        before, after = (load_file(folder / f"{name}.safetensors") for folder in (original, made))
        assert before.keys() == after.keys()
        assert all(torch.equal(before[key], after[key]) for key in before)
    # The tiny model counts its letters in another order than CLIP does.
    shutil.rmtree(original / "tokenizer")
    shutil.copytree(made / "tokenizer", original / "tokenizer")
    family, device = FAMILIES["sd1"], torch.device("cpu")
    states = [
        family.load_text(Base("x", f), device, torch.float32).encode("a red dot", 1)["states"] for f in (original, made)
    ]
    assert torch.equal(*states)
    family.load_denoiser(Base("x", made), device, torch.float32)


def test_the_settings_are_those_of_the_family() -> None:
    from diffusers import UNet2DConditionModel

    assert kind_of_folder(SETTINGS["model_index.json"], SETTINGS["unet/config.json"]) == "sd1"
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(SETTINGS["unet/config.json"])
    assert {name for name, _ in unet.named_modules()} >= set(unet_modules(SD1_UNET))
    # Of the published model (CompVis/stable-diffusion, README).
    assert sum(parameter.numel() for parameter in unet.parameters()) == 859_520_964


def test_the_vocabulary_follows_from_the_merges() -> None:
    words = vocabulary_of("#version: 0.2\ni n\nt h\na n</w>\n\n")
    assert len(words) == 512 + 3 + 2
    assert (words["!"], words["!</w>"], words["in"], words["an</w>"]) == (0, 256, 512, 514)
    assert (words["<|startoftext|>"], words["<|endoftext|>"]) == (515, 516)


def test_what_is_fetched_for_it_is_known_by_hash() -> None:
    assert sd1_file.MERGES.sha256
    assert sd1_file.MERGES.size
    assert FAMILIES["sd1"].lacking is sd1_file.MERGES
