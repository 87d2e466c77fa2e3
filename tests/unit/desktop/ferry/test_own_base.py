"""A base model of one's own is recognised, or refused with the reason, and sent with the files that training needs."""

import json
from math import prod
from pathlib import Path

import pytest

from loraferry.ferry.cargo import base_cargo
from loraferry.ferry.catalogue import trouble_with
from loraferry.ferry.own_base import address_of, found_here, in_place, look_at, name_of, path_of
from loraferry.remote.hashes import hash_file
from loraferry_core.config.pretrained import Pretrained
from loraferry_core.model_files import INDEX
from loraferry_core.problems import ProblemError
from tests.unit.core.lora_file.files import raw, table

SD1 = {
    "model.diffusion_model.input_blocks.0.0.weight": [1, 4, 1, 1],
    "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": [1, 768],
    "model.diffusion_model.out.2.weight": [1],
    "first_stage_model.decoder.conv_in.weight": [1],
    "cond_stage_model.transformer.text_model.final_layer_norm.weight": [1],
}
INPAINTING = {**SD1, "model.diffusion_model.input_blocks.0.0.weight": [1, 9, 1, 1]}
NEEDED = {
    "model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors",
    "vae/diffusion_pytorch_model.safetensors", "text_encoder/model.fp16.safetensors", "tokenizer/merges.txt",
}  # fmt: skip


def single(path: Path, shapes: dict[str, list[int]] = SD1) -> Path:
    tensors = {name: ("U8", shape, bytes(prod(shape))) for name, shape in shapes.items()}
    path.write_bytes(raw(table(tensors), b"".join(data for _, _, data in tensors.values())))
    return path


def pipeline(folder: Path) -> Path:
    for name in (*NEEDED - {INDEX, "unet/config.json"}, "text_encoder/model.safetensors",
                 "safety_checker/model.safetensors", "unet/diffusion_pytorch_model.bin"):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        single(folder / name, {name: [len(name)]})
    (folder / "README.md").touch()
    (folder / "unet" / "config.json").write_text(json.dumps({"cross_attention_dim": 768}), encoding="utf-8")
    (folder / INDEX).write_text('{"_class_name": "StableDiffusionPipeline"}', encoding="utf-8")
    return folder


def refusal(path: Path) -> str:
    with pytest.raises(ProblemError) as caught:
        base_cargo(address_of(path))
    assert str(path) in str(caught.value.problem.params)
    return caught.value.problem.code


def test_a_single_file(tmp_path: Path) -> None:
    file = single(tmp_path / "龙 v1.safetensors")
    own = look_at(file)
    assert (own.path, own.family, own.size) == (file, "sd1", file.stat().st_size)
    cargo = base_cargo(address_of(file))
    assert cargo is not None
    (entry,) = cargo.manifest.entries
    assert (entry.name, entry.size, entry.sha256) == (file.name, file.stat().st_size, hash_file(file))
    assert cargo.sources == {file.name: file}


def test_a_folder_of_diffusers(tmp_path: Path) -> None:
    folder = pipeline(tmp_path / "my model")
    assert look_at(folder).family == "sd1"
    cargo = base_cargo(address_of(folder))
    assert cargo is not None
    assert {entry.name for entry in cargo.manifest.entries} == NEEDED
    assert all(cargo.sources[entry.name] == folder / entry.name for entry in cargo.manifest.entries)
    assert look_at(folder).size == cargo.manifest.total_bytes


@pytest.mark.skipif(Path("C:\\").is_absolute(), reason="no such names on Windows")
def test_a_name_that_no_system_shares_is_replaced(tmp_path: Path) -> None:
    file = single(tmp_path / "a: what?.safetensors")
    assert list(look_at(file).files) == ["model.safetensors"]
    assert name_of(Path("/x/\udcff")) == "\\udcff"


def test_files_that_are_no_base(tmp_path: Path) -> None:
    whole = single(tmp_path / "whole.safetensors")
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(whole.read_bytes()[:-1])
    text = tmp_path / "page.safetensors"
    text.write_text("<html>" * 100, encoding="utf-8")
    pickled = tmp_path / "model.CKPT"
    pickled.write_bytes(b"PK\x03\x04")
    assert refusal(cut) == "base_cut_short"
    assert refusal(text) == "base_unreadable"
    assert refusal(pickled) == "base_pickled"
    assert refusal(tmp_path / "gone.safetensors") == "base_not_here"
    assert refusal(single(tmp_path / "lora.safetensors", {"lora_unet_mid.lora_down.weight": [4]})) == "base_unknown"
    with pytest.raises(ProblemError) as caught:
        look_at(single(tmp_path / "inpainting.safetensors", INPAINTING))
    assert caught.value.problem.code == "base_untrainable"
    assert caught.value.problem.params["kind"] == "Stable Diffusion 1.x Inpainting"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "base_unknown"),
        ("[]", "base_unreadable"),
        ("no json", "base_unreadable"),
        ('{"_class_name": "Other"}', "base_unknown"),
    ],
)
def test_folders_that_are_no_base(tmp_path: Path, content: str | None, code: str) -> None:
    folder = pipeline(tmp_path / "folder")
    if content is None:
        (folder / INDEX).unlink()
    else:
        (folder / INDEX).write_text(content, encoding="utf-8")
    assert refusal(folder) == code


def test_folders_that_are_not_whole(tmp_path: Path) -> None:
    folder = pipeline(tmp_path / "folder")
    vae, unet = (folder / part / "diffusion_pytorch_model.safetensors" for part in ("vae", "unet"))
    vae.write_bytes(vae.read_bytes()[:-1])
    with pytest.raises(ProblemError) as caught:
        look_at(folder)
    assert (caught.value.problem.code, caught.value.problem.params) == ("base_cut_short", {"source": str(vae)})
    vae.unlink()
    assert refusal(folder) == "base_unknown"
    pipeline(folder)
    unet.unlink()
    assert refusal(folder) == "base_pickled"


def test_addresses(tmp_path: Path) -> None:
    for name in ("a b", "龙 #1%.safetensors", "50%25?"):
        assert path_of(address_of(tmp_path / name)) == tmp_path / name
    assert path_of("file://localhost/x") == path_of("file:///x")
    for source in ("toy", "org/repo", "/root/x", "https://example.org/x.safetensors", "C:\\x", "https://[bad"):
        assert path_of(source) is None
        assert in_place(source) == source
    assert in_place(address_of(tmp_path / "a b")) == str(tmp_path / "a b")
    assert trouble_with(address_of(tmp_path / "gone")) is None
    assert trouble_with("toy") is None


def test_what_was_typed_is_found_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    file = single(tmp_path / "龙.safetensors")
    for text in (str(file), f' "{file}" ', "~/龙.safetensors", address_of(file)):
        assert found_here(text) == file
    for text in ("", "toy", "org/repo", str(tmp_path / "gone"), "~nobody-of-this-name/x", "/" + "x" * 5000, "/\0"):
        assert found_here(text) is None, text


@pytest.mark.parametrize("form", ["file", "folder"])
def test_a_plan_that_says_otherwise_than_the_model_is_told(tmp_path: Path, form: str) -> None:
    if form == "file":
        own = look_at(single(tmp_path / "v.safetensors", {**SD1, "v_pred": [0]}))
    else:
        folder = pipeline(tmp_path / "model")
        assert look_at(folder).prediction is None
        (folder / "scheduler").mkdir()
        settings = json.dumps({"prediction_type": "v_prediction"})
        (folder / "scheduler" / "scheduler_config.json").write_text(settings, encoding="utf-8")
        own = look_at(folder)
    assert own.prediction == "v_prediction"
    assert own.trouble_with(Pretrained(prediction="auto")) is None
    assert own.trouble_with(Pretrained(prediction="v_prediction")) is None
    trouble = own.trouble_with(Pretrained(prediction="epsilon"))
    assert trouble is not None and trouble.code == "base_other_prediction"
