"""Stable Diffusion 1 is told from its relatives, and a folder that lacks something says what."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from loraferry_agent.families import FAMILIES
from loraferry_agent.families.protocol import Base
from loraferry_core.lora_file.keys import SD1_UNET, unet_modules
from loraferry_core.problems import ProblemError
from tests.fakes import tiny_base

CPU = torch.device("cpu")
SD1 = FAMILIES["sd1"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base.make(tmp_path_factory.mktemp("base"))


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Base:
    return Base("my model", Path(shutil.copytree(tiny, tmp_path / "copy")))


def change(base: Base, name: str, **values: object) -> None:
    path = base.folder / name
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **values}), encoding="utf-8")


def test_the_layers_are_the_canonical_ones(tiny: Path) -> None:
    denoiser = SD1.load_denoiser(Base("tiny", tiny), CPU, torch.float32)
    assert denoiser.modules == unet_modules(SD1_UNET) and len(denoiser.modules) == 278
    assert not any(parameter.requires_grad for parameter in denoiser.model.parameters())


def test_other_depths_have_other_layers(tmp_path: Path) -> None:
    denoiser = SD1.load_denoiser(Base("small", tiny_base.make(tmp_path, levels=2)), CPU, torch.float32)
    assert sum("attentions" in module for module in denoiser.modules) == 4 * 12


def test_facts_are_read_from_the_settings(tiny: Path) -> None:
    base = Base("tiny", tiny)
    SD1.check(base)
    assert (SD1.pixels_per_latent(base), SD1.latent_channels(base)) == (4, 4)
    assert SD1.noise_settings(base)["prediction_type"] == "epsilon"


@pytest.mark.parametrize(
    ("file", "values"),
    [
        ("unet/config.json", {"_class_name": "FluxTransformer2DModel"}),
        ("unet/config.json", {"cross_attention_dim": 2048}),
        ("unet/config.json", {"in_channels": 9}),
        ("unet/config.json", {"addition_embed_type": "text_time"}),
        ("unet/config.json", {"use_linear_projection": True}),
        ("unet/config.json", {"transformer_layers_per_block": [1, 2, 10]}),
    ],
)
def test_relatives_are_refused_by_name(copy: Base, file: str, values: dict[str, object]) -> None:
    change(copy, file, **values)
    with pytest.raises(ProblemError) as caught:
        SD1.check(copy)
    assert caught.value.problem.code == "base_wrong_family"
    assert caught.value.problem.params == {"source": "my model", "family": "Stable Diffusion 1.x"}


@pytest.mark.parametrize("folder", ["transformer", "text_encoder_2"])
def test_folders_of_relatives(copy: Base, folder: str) -> None:
    (copy.folder / folder).mkdir()
    with pytest.raises(ProblemError, match="base_wrong_family"):
        SD1.check(copy)


@pytest.mark.parametrize("name", ["unet", "vae", "text_encoder", "scheduler"])
def test_a_missing_part_is_named(copy: Base, name: str) -> None:
    shutil.rmtree(copy.folder / name)
    with pytest.raises(ProblemError) as caught:
        SD1.check(copy)
    assert caught.value.problem.code == "base_unreadable"
    assert str(caught.value.problem.params["detail"]).startswith(f"{name}/")


@pytest.mark.parametrize("damage", ["cut", "gone", "pickled"])
@pytest.mark.parametrize("name", ["unet", "vae", "text_encoder"])
def test_damaged_weights_are_named(copy: Base, name: str, damage: str) -> None:
    (weights,) = (copy.folder / name).glob("*.safetensors")
    if damage == "cut":
        weights.write_bytes(weights.read_bytes()[:1000])
    elif damage == "pickled":
        weights.rename(weights.with_suffix(".bin"))
    else:
        weights.unlink()
    load = {"unet": SD1.load_denoiser, "vae": SD1.load_image, "text_encoder": SD1.load_text}[name]
    with pytest.raises(ProblemError) as caught:
        load(copy, CPU, torch.float32)
    assert caught.value.problem.code == "base_unreadable"
    assert str(caught.value.problem.params["detail"]).startswith(f"{name}: ")


def test_a_missing_tokenizer_is_named(copy: Base) -> None:
    shutil.rmtree(copy.folder / "tokenizer")
    with pytest.raises(ProblemError) as caught:
        SD1.load_text(copy, CPU, torch.float32)
    assert str(caught.value.problem.params["detail"]).startswith("tokenizer: ")


def test_half_precision_weights_alone_are_enough(copy: Base) -> None:
    for weights in (copy.folder / "unet").glob("*.safetensors"):
        weights.rename(weights.with_suffix(".fp16.safetensors"))
    SD1.load_denoiser(copy, CPU, torch.float32)


def test_the_identity_follows_the_files(copy: Base) -> None:
    before = SD1.identity(copy, "image"), SD1.identity(copy, "text")
    change(copy, "vae/config.json", scaling_factor=0.5)
    assert SD1.identity(copy, "image") != before[0] and SD1.identity(copy, "text") == before[1]


def test_pictures_survive_the_way_there_and_back(tiny: Path) -> None:
    coder = SD1.load_image(Base("tiny", tiny), CPU, torch.float32)
    mean, std = coder.encode(torch.zeros(1, 3, 32, 48))
    assert mean.shape == std.shape == (1, 4, 8, 12)
    assert coder.decode(mean).shape == (1, 3, 32, 48)


def test_captions_of_any_length_and_script(tiny: Path) -> None:
    coder = SD1.load_text(Base("tiny", tiny), CPU, torch.float32)
    texts = ["", "a", "猫 🙂", "long " * 200]
    for chunks in (1, 3):
        assert {tuple(coder.encode(text, chunks)["states"].shape) for text in texts} == {(20 * chunks, 16)}
    assert SD1.chunks(Base("tiny", tiny), ["", "a"]) == [1, 1]
    assert max(SD1.chunks(Base("tiny", tiny), texts)) == -(-200 * 4 // 18)


def test_a_long_caption_is_read_chunk_by_chunk(tiny: Path) -> None:
    coder = SD1.load_text(Base("tiny", tiny), CPU, torch.float32)
    long = coder.encode("a" * 18 + " b", 2)["states"]
    torch.testing.assert_close(long[:20], coder.encode("a" * 18, 1)["states"])
    torch.testing.assert_close(long[20:], coder.encode("b", 1)["states"])
