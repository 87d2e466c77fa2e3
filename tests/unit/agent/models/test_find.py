"""Models of other programs are found by what is in them, within bounds, whatever the folders look like."""

import json
import os
import struct
from collections.abc import Iterable
from pathlib import Path

import pytest

from loraferry_agent.layout import Layout
from loraferry_agent.models import find, places
from loraferry_agent.models.find import Bounds, search
from loraferry_agent.models.folder import model_folder
from loraferry_agent.models.places import roots
from loraferry_core.model_links import order
from loraferry_core.models import FetchSource, FoundModel

GIB = 2**30
WIDE = Bounds()
SD1 = {
    "model.diffusion_model.input_blocks.0.0.weight": [320, 4, 3, 3],
    "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": [320, 768],
    "model.diffusion_model.out.2.weight": [4, 320, 3, 3],
    "first_stage_model.decoder.conv_in.weight": [512, 4, 3, 3],
    "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight": [49408, 768],
}
FLUX = {"double_blocks.0.img_attn.qkv.weight": [9216, 3072], "vector_in.in_layer.weight": [3072, 768]}
LORA = {"lora_unet_mid_block.lora_down.weight": [4, 320]}


def write(path: Path, shapes: dict[str, list[int]], size: int = GIB) -> Path:
    """A .safetensors file of `size` bytes that takes no room: its tensors are holes. The last one fills it up."""
    table, place = {}, 0
    for name, shape in {**shapes, "rest": [0]}.items():
        count = 2
        for side in shape:
            count *= side
        if name == "rest":
            count = size - place
            shape = [count]
        dtype = "U8" if name == "rest" else "F16"
        table[name] = {"dtype": dtype, "shape": shape, "data_offsets": [place, place + count]}
        place += count
    header = json.dumps(table).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + size)
    return path


def pipeline(folder: Path, *, context: int = 768, weights: Iterable[str] = ("unet", "vae", "text_encoder")) -> Path:
    folder.mkdir(parents=True)
    (folder / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}', encoding="utf-8")
    (folder / "unet").mkdir()
    (folder / "unet" / "config.json").write_text(json.dumps({"cross_attention_dim": context}), encoding="utf-8")
    for part in weights:
        write(folder / part / "model.safetensors", {}, 1000)
    return folder


def found(*tops: Path, bounds: Bounds = WIDE, without: Iterable[Path] = ()) -> list[tuple[str, str, str]]:
    return [(model.form, model.family, model.title) for model in search(tops, without, bounds)]


def test_files_of_comfyui_and_webui(tmp_path: Path) -> None:
    write(tmp_path / "ComfyUI/models/checkpoints/anime/龙 v1.safetensors", SD1)
    write(tmp_path / "ComfyUI/models/loras/a.safetensors", LORA)
    write(tmp_path / "ComfyUI/models/unet/flux dev.safetensors", FLUX)
    write(tmp_path / "stable-diffusion-webui/models/Stable-diffusion/any name.safetensors", SD1)
    write(tmp_path / "stable-diffusion-webui/models/VAE/vae.safetensors", {"decoder.conv_in.weight": [512, 4, 3, 3]})
    write(tmp_path / "small.safetensors", SD1, size=SMALL)
    (tmp_path / "broken.safetensors").touch()
    os.truncate(tmp_path / "broken.safetensors", GIB)
    assert sorted(found(tmp_path)) == [
        ("single_file", "flux", "flux dev"),
        ("single_file", "sd1", "any name"),
        ("single_file", "sd1", "龙 v1"),
    ]


SMALL = 200 * 2**20


def test_what_is_told_of_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.safetensors", SD1)
    (model,) = search([tmp_path], [], Bounds())
    assert model == FoundModel(path=str(path), form="single_file", family="sd1", title="a", size=path.stat().st_size)


def test_folders_of_diffusers_are_one_model(tmp_path: Path) -> None:
    pipeline(tmp_path / "my sd")
    pipeline(tmp_path / "sd two", context=1024)
    pipeline(tmp_path / "half", weights=("unet", "vae"))
    pipeline(tmp_path / "unknown", context=5)
    write(tmp_path / "my sd" / "unet" / "big.safetensors", SD1)
    assert sorted(found(tmp_path)) == [("diffusers", "sd1", "my sd"), ("diffusers", "sd2", "sd two")]


def test_the_hubs_cache_with_its_links(tmp_path: Path) -> None:
    repository = tmp_path / "hub" / "models--org--my-model"
    stored = pipeline(repository / "stored")
    snapshot = repository / "snapshots" / "0123"
    for path in [path for path in stored.rglob("*") if path.is_file()]:
        link = snapshot / path.relative_to(stored)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(path)
    (stored / "model_index.json").rename(stored / "index")
    (snapshot / "model_index.json").unlink()
    (snapshot / "model_index.json").symlink_to(stored / "index")
    assert found(tmp_path / "hub") == [("diffusers", "sd1", "org/my-model")]


def test_links_lead_nowhere_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_PSEUDO", ("/proc",))
    write(tmp_path / "disk" / "a.safetensors", SD1)
    (tmp_path / "disk" / "loop").symlink_to(tmp_path)
    (tmp_path / "comfy").mkdir()
    (tmp_path / "comfy" / "models").symlink_to(tmp_path / "disk")
    (tmp_path / "comfy" / "again.safetensors").symlink_to(tmp_path / "disk" / "a.safetensors")
    (tmp_path / "comfy" / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "comfy" / "dangling.safetensors").symlink_to(tmp_path / "nothing")
    (tmp_path / "comfy" / "system").symlink_to("/proc")
    assert len(found(tmp_path / "comfy", tmp_path)) == 1


def test_links_in_circles_use_up_no_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_PSEUDO", ("/proc",))
    for name in ("a", "b", "c"):
        (tmp_path / name).symlink_to(tmp_path)
    write(tmp_path / "z" / "z" / "z" / "x.safetensors", SD1)
    assert len(found(tmp_path, bounds=Bounds(entries=20))) == 1


def test_bounds(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*"abcdefgh")
    write(deep / "x.safetensors", SD1)
    assert found(tmp_path, bounds=Bounds(depth=7)) == []
    assert len(found(tmp_path, bounds=Bounds(depth=8))) == 1
    assert found(tmp_path, bounds=Bounds(depth=8, entries=3)) == []
    ticks = iter(range(1000))
    assert search([tmp_path], [], Bounds(seconds=3, depth=8), clock=lambda: next(ticks)) == ()


def test_places_that_are_left_out(tmp_path: Path) -> None:
    write(tmp_path / "own" / "x.safetensors", SD1)
    write(tmp_path / "node_modules" / "x.safetensors", SD1)
    write(tmp_path / ".hidden" / "x.safetensors", SD1)
    assert found(tmp_path, without=[tmp_path / "own"]) == []


def test_a_folder_that_may_not_be_read(tmp_path: Path) -> None:
    assert found(tmp_path / "nothing") == []
    pipeline(tmp_path / "a")
    (tmp_path / "a" / "model_index.json").write_text("[" * 100_000)
    assert found(tmp_path) == []


def test_fetched_models_are_called_as_they_were_ordered(layout: Layout) -> None:
    wanted = order([FetchSource(kind="hub", place="org/repo")], name="My model")
    folder = model_folder(layout, wanted.id)
    folder.write_order(wanted)
    pipeline(folder.files)
    assert found(layout.models) == [("diffusers", "sd1", "My model")]


def test_where_it_is_looked(layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "user"
    for folder in ("hub cache", "user/.cache/huggingface/hub", "user/ComfyUI/models", "work/models", "disk"):
        (tmp_path / folder).mkdir(parents=True)
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/x {tmp_path}/disk ext4 rw 0 0\nproc /proc proc rw 0 0\n/dev/y / ext4 rw 0 0\n\n")
    monkeypatch.setattr(places, "_MOUNTS", mounts)
    monkeypatch.setattr(places, "_COMMON", ())
    monkeypatch.setattr(places, "_PSEUDO", ("/proc",))
    environment = {"HF_HUB_CACHE": str(tmp_path / "hub cache"), "HF_HOME": str(tmp_path / "nothing")}
    looked = [path for path in roots(layout, environment, home) if path.is_relative_to(tmp_path)]
    assert looked == [
        tmp_path / "work/models",
        tmp_path / "hub cache",
        home / ".cache/huggingface/hub",
        home / "ComfyUI/models",
        home,
        tmp_path / "disk",
    ]
    monkeypatch.setattr(places, "_MOUNTS", tmp_path / "no mounts")
    assert places.mounts() == []


def test_the_whole_search_writes_nothing(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "roots", lambda *_: (layout.models,))
    assert find.find_models(layout) == ()
    assert not layout.models.exists()
