"""Space, base models and tokens, asked of the real agent over its stream, while a fetch outlives the connection."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loraferry_agent.layout import layout_of
from loraferry_core.jobs import JobState
from loraferry_core.model_links import order_of
from loraferry_core.models import FetchState
from loraferry_core.protocol import messages as m
from loraferry_core.storage import StorageItem
from tests.fakes.agent_process import DEADLINE, Client, end_all, processes_of
from tests.fakes.model_server import ModelServer, running_model_server
from tests.unit.agent.models.conftest import weights

DATA = weights()
SECRET = "hf_canary0123456789"
ORDER = order_of("https://huggingface.co/org/repo/blob/main/x.safetensors")

Connect = Callable[[], Client]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    model = ModelServer(hold=threading.Event())
    model.repository("org/repo", {"x.safetensors": DATA})
    with running_model_server(model):
        model.needs_token = dict.fromkeys(model.files, f"Bearer {SECRET}")
        monkeypatch.setenv("HF_ENDPOINT", model.url)
        yield model


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "代理 home"
    yield folder
    end_all(folder)
    assert processes_of(folder) == []


@pytest.fixture
def connect(home: Path) -> Iterator[Connect]:
    clients: list[Client] = []

    def new() -> Client:
        client = Client(home)
        clients.append(client)
        assert client.hello().type == "welcome"
        return client

    yield new
    for client in clients:
        client.close()


def fetched(client: Client, accept: Callable[[FetchState], bool]) -> FetchState:
    """The state of the one fetch, when it is as wished."""
    give_up_at = time.monotonic() + DEADLINE
    while True:
        (state,) = client.ask(m.Fetches()).fetches
        if accept(state):
            found: FetchState = state
            return found
        assert time.monotonic() < give_up_at, state
        time.sleep(0.05)


def kinds(items: tuple[StorageItem, ...]) -> set[str]:
    return {item.key.kind for item in items}


def files_with(home: Path, text: bytes) -> list[str]:
    return sorted(p.name for p in home.rglob("*") if p.is_file() and text in p.read_bytes())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are told apart by /proc")
def test_fetch_train_count_and_wipe(connect: Connect, home: Path, server: ModelServer) -> None:
    first = connect()
    assert first.ask(m.SetSecret(name="huggingface", value=SECRET)).type == "done"
    assert first.ask(m.Fetch(order=ORDER)).fetches[0].state == "running"
    fetched(first, lambda state: state.total == len(DATA))
    first.kill()

    client = connect()
    assert fetched(client, lambda state: True).state == "running"
    assert kinds(client.ask(m.Storage()).items) >= {"model", "token"}
    assert server.hold is not None
    server.hold.set()
    assert fetched(client, lambda state: state.state != "running").state == "done"
    assert server.ranges_asked() == [""]
    job = client.submit("a run")
    client.follow(job)
    client.wait_for(JobState.FINISHED)
    items = client.ask(m.Storage()).items
    assert kinds(items) >= {"job", "pictures", "model", "token"}
    assert not any(item.in_use for item in items)
    assert files_with(home, SECRET.encode()) == ["secrets.json"]

    assert client.ask(m.Free(items=tuple(item.key for item in items))).items == ()
    assert client.ask(m.Storage()).items == ()
    assert client.ask(m.Fetches()).fetches == ()
    assert client.ask(m.ListJobs()).jobs == ()
    work = layout_of(home).work
    assert files_with(work, b"one") == []
    assert [p for p in work.rglob("*") if p.suffix in (".safetensors", ".png")] == []
    assert files_with(home, SECRET.encode()) == []
    # The agent goes on as on its first day.
    again = client.submit("another run")
    client.follow(again)
    client.wait_for(JobState.FINISHED)


def test_cancel_and_find(connect: Connect, home: Path, server: ModelServer) -> None:
    client = connect()
    client.ask(m.SetSecret(name="huggingface", value=SECRET))
    client.ask(m.Fetch(order=ORDER))
    fetched(client, lambda state: state.total == len(DATA))
    before = time.monotonic()
    (state,) = client.ask(m.CancelFetch(fetch=ORDER.id)).fetches
    assert time.monotonic() - before < DEADLINE
    assert state.problem is not None
    assert (state.state, state.problem.code) == ("failed", "fetch_cancelled")
    assert client.ask(m.Ping()).type == "pong"
    assert client.ask(m.FindModels()).type == "models_are"
    assert client.ask(m.FindModels(place=str(home))).models == ()
    assert client.ask(m.FindModels(place=str(home / "gone"))).problem.code == "base_not_found"
    assert client.ask(m.SetSecret(name="huggingface", value="")).type == "done"
    assert not layout_of(home).secrets.exists()
