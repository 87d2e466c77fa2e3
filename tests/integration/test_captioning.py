"""Captions over the real server: the model is fetched, pictures are described in a process beside, the line may go."""

import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from loraferry_core.captioning import CaptionOrder, caption_order
from loraferry_core.jobs import JobState
from loraferry_core.model_links import order
from loraferry_core.models import FetchSource
from loraferry_core.protocol import messages as m
from tests.fakes.agent_process import Client, end_all
from tests.fakes.captioners import write_tagger
from tests.fakes.model_server import ModelServer, running_model_server

Connect = Callable[[], Client]
PLACE = "org/tagger"
COUNT = 40


def picture(number: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), (255, number, 0)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = write_tagger(tmp_path_factory.mktemp("tagger"))
    return {path.name: path.read_bytes() for path in folder.iterdir()} | {"README.md": b"not needed"}


@pytest.fixture
def hub(tagger: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with running_model_server(ModelServer(weights="model.onnx")) as server:
        server.repository(PLACE, tagger)
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "家 home"
    yield folder
    end_all(folder)


@pytest.fixture
def connect(home: Path) -> Iterator[Callable[[], Client]]:
    """Makes conversations, which are ended after the test."""
    clients: list[Client] = []

    def make() -> Client:
        clients.append(Client(home))
        clients[-1].hello()
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def asked(manifest: str) -> CaptionOrder:
    model = order([FetchSource(kind="hub", place=PLACE)], name="A tagger", purpose="tagger")
    return caption_order(manifest, "wd", model)


def read(client: Client, wanted: CaptionOrder, place: int) -> m.CaptionsAre:
    answer = client.ask(m.Captions(captioning=wanted.id, place=place, wait_s=5))
    assert isinstance(answer, m.CaptionsAre), answer
    return answer


def test_captions_come_one_by_one_and_a_lost_line_doubles_none(connect: Connect, hub: ModelServer) -> None:
    client = connect()
    files = {f"{number}.png": picture(number) for number in range(COUNT)}
    wanted = asked(client.ferry(files))
    begun = client.ask(m.Caption(order=wanted))
    assert isinstance(begun, m.CaptioningIs), begun
    answer = read(client, wanted, 0)
    while not answer.captions:
        assert answer.state.state == "running", answer
        answer = read(client, wanted, answer.place)
    found = list(answer.captions)
    client.process.kill()

    client = connect()
    assert isinstance(client.ask(m.Caption(order=wanted)), m.CaptioningIs)
    while answer.captions or answer.state.state == "running":
        answer = read(client, wanted, answer.place)
        found += answer.captions
    assert answer.state.state == "done", answer
    assert (answer.state.done, answer.state.total) == (COUNT, COUNT)
    assert len({one.picture for one in found}) == len(found) == COUNT
    greens = sorted(round(tag.score * 255) for one in found for tag in one.tags if tag.name == "green_theme")
    assert greens == [number for number in range(COUNT) if number / 255 >= wanted.floor]
    assert {asked.path.rpartition("/")[2] for asked in hub.asked if "resolve" in asked.path} == {
        "model.onnx",
        "selected_tags.csv",
    }


def test_an_order_can_be_ended_while_the_model_is_fetched_and_goes_on_from_there(
    connect: Connect, hub: ModelServer
) -> None:
    hub.hold = threading.Event()
    client = connect()
    wanted = asked(client.ferry({"a.png": picture(1)}))
    client.ask(m.Caption(order=wanted))
    answer = read(client, wanted, 0)
    while not answer.state.total:
        answer = read(client, wanted, 0)
    assert (answer.state.stage, answer.state.state) == ("fetch", "running")
    ended = client.ask(m.CancelCaptioning(captioning=wanted.id))
    assert ended.state.state == "failed"
    assert ended.state.problem.code == "captioning_cancelled"
    hub.hold.set()
    client.ask(m.Caption(order=wanted))
    while answer.state.state != "done":
        answer = read(client, wanted, 0)
        assert answer.state.state != "failed", answer
    assert len(answer.captions) == 1


def test_a_training_goes_first(connect: Connect, hub: ModelServer) -> None:
    client = connect()
    wanted = asked(client.ferry({"a.png": picture(1)}))
    job = client.submit("My star steps=100000")
    client.follow(job)
    client.wait_for(JobState.RUNNING)
    answer = client.ask(m.Caption(order=wanted))
    assert isinstance(answer, m.Refused), answer
    assert answer.problem.code == "captioner_busy"
    assert str(answer.problem.params["name"]).startswith("My star")
    begun = client.ask(m.Caption(order=wanted, beside_training=True))
    assert isinstance(begun, m.CaptioningIs), begun
    found = read(client, wanted, 0)
    while not found.captions:
        assert found.state.state == "running", found
        found = read(client, wanted, 0)


def test_what_is_not_there_is_named(connect: Connect, hub: ModelServer) -> None:
    client = connect()
    answer = client.ask(m.Captions(captioning="nothing"))
    assert answer.problem.code == "captioning_unknown"
    answer = client.ask(m.Caption(order=asked("ab" * 32)))
    assert answer.problem.code == "manifest_unknown"
    hub.files.clear()
    wanted = asked(client.ferry({"a.png": picture(1)}))
    client.ask(m.Caption(order=wanted))
    found = read(client, wanted, 0)
    while found.state.state == "running":
        found = read(client, wanted, 0)
    assert found.state.problem is not None
    assert found.state.problem.code in ("fetch_not_found", "fetch_failed")
