"""A machine's folders, web servers on loopback, and weights that are what they say."""

import json
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from loraferry_agent.layout import Layout
from tests.fakes.model_server import ModelServer, running_model_server


def weights(size: int = 1_000_000, mark: int = 0) -> bytes:
    """A whole .safetensors file with one tensor of `size` bytes."""
    header = json.dumps({"a": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    pattern = bytes((7 * i + mark) % 251 for i in range(4096))
    return struct.pack("<Q", len(header)) + header + (pattern * (size // 4096 + 1))[:size]


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "home").mkdir()
    return Layout(tmp_path / "home", tmp_path / "work")


@pytest.fixture
def serve() -> Iterator[Callable[[], ModelServer]]:
    """Makes servers, each at an address of its own."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(running_model_server(ModelServer()))


@pytest.fixture
def server(serve: Callable[[], ModelServer]) -> ModelServer:
    return serve()
