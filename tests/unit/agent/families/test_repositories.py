"""What is fetched of a repository on the Hub is all that training needs of a model of each family, and no more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save

from loraferry_agent.families import FAMILIES
from loraferry_agent.families.protocol import Base
from loraferry_agent.layout import Layout, layout_of
from loraferry_agent.models.fetch import ensure
from loraferry_agent.storage.secrets import set_secret
from loraferry_core.model_links import HUB_SECRET, order_of
from tests.fakes import tiny_base
from tests.fakes.model_server import ModelServer, running_model_server

TOKEN = "hf_canary0123456789"
LEFT = (
    "README.md", "sd_xl_base_1.0.safetensors", "unet/model.onnx", "unet/model.onnx_data", "unet/openvino_model.xml",
    "text_encoder/flax_model.msgpack", "text_encoder_2/model.onnx", "vae_1_0/diffusion_pytorch_model.safetensors",
    "vae_decoder/model.onnx", "unet/diffusion_pytorch_model.bin", "safety_checker/model.safetensors",
)  # fmt: skip


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return layout_of(tmp_path / "work")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    model = ModelServer()
    with running_model_server(model):
        monkeypatch.setenv("HF_ENDPOINT", model.url)
        yield model


def repository(folder: Path) -> dict[str, bytes]:
    """As the large ones are: each part in single and in half precision, and forms for other programs."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for name in [name for name in files if name.endswith(".safetensors")]:
        halves = {key: tensor.half() for key, tensor in load_file(folder / name).items()}
        files[name.replace(".safetensors", ".fp16.safetensors")] = save(halves, {"format": "pt"})
    return files | dict.fromkeys(LEFT, b"left")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_repository_is_fetched_and_loaded(tmp_path: Path, layout: Layout, server: ModelServer, family: str) -> None:
    files = repository(tiny_base.make(tmp_path / "base", family, levels=2))
    server.repository("org/tiny", files)
    server.needs_token = dict.fromkeys(server.files, f"Bearer {TOKEN}")
    set_secret(layout, HUB_SECRET, TOKEN)
    folder = ensure(order_of("org/tiny"), layout, lambda done, total: None, lambda: False)
    got = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    whole = {name for name in files if name.endswith(".safetensors") and ".fp16." not in name}
    assert got == files.keys() - whole - set(LEFT)
    base, known, cpu = Base("org/tiny", folder), FAMILIES[family], torch.device("cpu")
    known.check(base)
    conditioning = known.load_text(base, cpu, torch.float32).encode("a dot", 1)
    assert all(tensor.isfinite().all() for tensor in conditioning.values())
    assert ("pooled" in conditioning) == (family == "sdxl")
    known.load_image(base, cpu, torch.float32)
    known.load_denoiser(base, cpu, torch.float32)
