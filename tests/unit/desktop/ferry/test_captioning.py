"""Journeys of pictures to a captioner and of captions back: cut lines, ends half way, servers that refuse."""

import hashlib
import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.ferry import captioning
from loraferry.ferry.captioners import captioners
from loraferry.ferry.captioning import (
    CaptioningProgress,
    Harvest,
    Told,
    describe_by_server,
    describe_there,
    prompt_for,
    told_of,
)
from loraferry.library.items import Item
from loraferry.library.model_views import ModelViews
from loraferry.remote.client import AgentClient
from loraferry.remote.openai_captions import Endpoint
from loraferry_core.captioning import CaptioningState, CaptionOrder, Described
from loraferry_core.dataset.manifest import ManifestEntry, manifest_of
from loraferry_core.problems import Problem, ProblemError, fail, problem
from loraferry_core.protocol import messages as m
from tests.fakes.caption_server import CaptionServer, running_caption_server, says
from tests.fakes.loopback_agent import LoopbackAgent

Dial = Callable[[LoopbackAgent], AgentClient]
WD, FLORENCE = captioners()[0], next(entry for entry in captioners() if entry.kind == "florence")
COLOURS = {"a.png": (250, 0, 0), "b.png": (0, 250, 0), "c.png": (0, 0, 250)}


@pytest.fixture
def views(tmp_path: Path) -> ModelViews:
    """Three pictures, the first of which there is twice."""
    entries, sources, names = [], {}, {}
    for name, colour in COLOURS.items():
        buffer = io.BytesIO()
        Image.new("RGB", (8, 8), colour).save(buffer, "PNG")
        data = buffer.getvalue()
        sha256 = hashlib.sha256(data).hexdigest()
        path = tmp_path / f"{sha256}.png"
        path.write_bytes(data)
        entries.append(ManifestEntry(name=path.name, size=len(data), sha256=sha256, caption=""))
        sources[path.name], names[sha256] = path, (name,)
    names[entries[0].sha256] = ("a.png", "again.png")
    return ModelViews(manifest_of(entries), sources, names, {})


class FakeCaptioner:
    """Answers as the agent does. It has described as many pictures as `ready` says."""

    def __init__(self, agent: LoopbackAgent, views: ModelViews) -> None:
        self.orders: list[CaptionOrder] = []
        self.beside: list[bool] = []
        self.cancelled = False
        self.ready = 3
        self.failure: Problem | None = None
        self.places: list[int] = []
        self.found = [Described(picture=sha256, words=names[0]) for sha256, names in views.names.items()]
        agent.captioning = self.answer

    def answer(self, message: m.Message) -> m.Answer:
        if isinstance(message, m.Caption):
            self.orders.append(message.order)
            self.beside.append(message.beside_training)
            return m.CaptioningIs(state=self.state())
        if isinstance(message, m.CancelCaptioning):
            self.cancelled = True
            return m.CaptioningIs(state=self.state())
        assert isinstance(message, m.Captions)
        self.places.append(message.place)
        new = self.found[: self.ready][message.place : message.place + 1]  # one by one
        return m.CaptionsAre(state=self.state(), captions=tuple(new), place=message.place + len(new))

    def state(self) -> CaptioningState:
        ended = "done" if self.ready == 3 else "running"
        state = "failed" if self.failure else ended
        order = self.orders[-1].id
        return CaptioningState.model_validate(
            {"id": order, "state": state, "stage": "describe", "done": self.ready, "total": 3, "problem": self.failure}
        )


def words(harvest: Harvest) -> dict[str, str]:
    return {name: found.words for name, found in harvest.take_new()}


def test_pictures_go_there_and_captions_come_back(agent: LoopbackAgent, dial: Dial, views: ModelViews) -> None:
    there, harvest, client = FakeCaptioner(agent, views), Harvest(), dial(agent)
    told: list[CaptioningProgress] = []
    describe_there(lambda: client, WD, "", views, harvest, CancelToken(told.append), beside_training=True)
    assert words(harvest) == {"a.png": "a.png", "again.png": "a.png", "b.png": "b.png", "c.png": "c.png"}
    assert harvest.take_new() == []
    (order,) = there.orders
    assert order.model.purpose == "tagger"
    assert order.model.sources[0].place == "SmilingWolf/wd-vit-tagger-v3"
    assert there.beside == [True]
    assert set(agent.committed) == {order.manifest} == {key.id for key in agent.freed}
    assert all(entry.sha256 in agent.blobs for entry in views.manifest.entries)
    assert told[-1] == CaptioningProgress("describe", 3, 3)
    assert "send" in {progress.stage for progress in told}


def test_a_lost_line_doubles_nothing_and_loses_nothing(
    agent: LoopbackAgent, dial: Dial, views: ModelViews, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, harvest = FakeCaptioner(agent, views), Harvest()
    there.ready = 1
    clients = [dial(agent)]
    lost = iter([True, True, False])
    told: list[CaptioningProgress] = []

    def report(progress: CaptioningProgress) -> None:
        told.append(progress)
        if there.places == [0] and clients[-1].ended is None:
            clients[-1].close()
        there.ready = 3 if len(there.places) > 2 else there.ready

    def now() -> AgentClient:
        if clients[-1].ended is not None:
            if next(lost):
                raise fail("link_lost", host="there")
            clients.append(dial(agent))
        return clients[-1]

    monkeypatch.setattr(captioning, "RETRY_S", 0.01)
    describe_there(now, FLORENCE, "<CAPTION>", views, harvest, CancelToken(report))
    assert words(harvest) == {"a.png": "a.png", "again.png": "a.png", "b.png": "b.png", "c.png": "c.png"}
    assert len(there.orders) == 1
    assert there.places[:2] == [0, 1]
    assert CaptioningProgress("lost") in told
    assert there.orders[0].prompt == "<CAPTION>"


def test_what_has_come_is_kept_when_it_is_called_off(agent: LoopbackAgent, dial: Dial, views: ModelViews) -> None:
    there, harvest, client = FakeCaptioner(agent, views), Harvest(), dial(agent)
    there.ready = 2

    def report(progress: CaptioningProgress) -> None:
        if progress.stage == "describe" and len(there.places) == 2:
            token.cancel()

    token = CancelToken(report)
    with pytest.raises(Cancelled):
        describe_there(lambda: client, WD, "", views, harvest, token)
    assert there.cancelled
    assert words(harvest) == {"a.png": "a.png", "again.png": "a.png", "b.png": "b.png"}
    assert agent.freed == []


def test_what_goes_wrong_there_is_told_and_what_came_is_kept(
    agent: LoopbackAgent, dial: Dial, views: ModelViews
) -> None:
    there, harvest, client = FakeCaptioner(agent, views), Harvest(), dial(agent)
    there.ready, there.failure = 1, problem("captioner_failed", name="WD", detail="no memory")
    with pytest.raises(ProblemError) as caught:
        describe_there(lambda: client, WD, "", views, harvest, CancelToken())
    assert caught.value.problem == there.failure
    assert set(words(harvest)) == {"a.png", "again.png"}
    assert not there.cancelled


def test_problems_get_the_names_of_here_and_strangers_are_passed_over(
    agent: LoopbackAgent, dial: Dial, views: ModelViews
) -> None:
    there, harvest, client = FakeCaptioner(agent, views), Harvest(), dial(agent)
    first = there.found[0].picture
    there.found[0] = Described(picture=first, problem=problem("image_unreadable", name=f"{first}.png", detail="x"))
    there.found[1] = Described(picture="ab" * 32, words="nobody asked")
    describe_there(lambda: client, WD, "", views, harvest, CancelToken())
    found = dict(harvest.take_new())
    assert set(found) == {"a.png", "again.png", "c.png"}
    wrong = found["again.png"].problem
    assert wrong is not None
    assert wrong.params["name"] == "again.png"


def test_every_captioner_can_be_ordered() -> None:
    assert len({entry.id for entry in captioners()}) == len(captioners())
    for entry in captioners():
        order = entry.order("ab" * 32, "nonsense")
        assert order.kind == entry.kind
        assert order.prompt == ("nonsense" if entry.kind == "blip" else (entry.prompts or ("",))[0])
        assert entry.licence
        assert entry.is_light == entry.tags == (entry.kind == "wd")
    assert captioners()[0].is_light


# ---- by a server ----------------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[CaptionServer]:
    with running_caption_server(CaptionServer()) as running:
        yield running


def by_server(
    server: CaptionServer, views: ModelViews, token: CancelToken | None = None, template: str = "?"
) -> tuple[Harvest, Problem | None]:
    harvest = Harvest()
    endpoint = Endpoint(server.address, "llava", timeout=20)
    told = {name: Told(caption="mine", name=name) for name in COLOURS}
    try:
        describe_by_server(endpoint, template, told, views, harvest, token or CancelToken())
    except ProblemError as error:
        return harvest, error.problem
    return harvest, None


def test_each_picture_is_asked_about_with_its_own_prompt(server: CaptionServer, views: ModelViews) -> None:
    server.usual = lambda asked: says(asked.prompt)
    told: list[CaptioningProgress] = []
    harvest, _ = by_server(server, views, CancelToken(told.append), "{name}: {caption}{x}")
    found = {name: one.words for name, one in harvest.take_new()}
    assert found == {name: f"{'a.png' if name == 'again.png' else name}: mine{{x}}" for name in [*COLOURS, "again.png"]}
    assert [progress.done for progress in told] == [0, 1, 2, 3]


def test_a_refused_picture_is_passed_over_and_several_end_it(server: CaptionServer, views: ModelViews) -> None:
    server.answers = [(400, {"error": {"message": "too red"}}, {})]
    harvest, wrong = by_server(server, views)
    assert wrong is None
    found = dict(harvest.take_new())
    refused = found["a.png"].problem
    assert refused is not None
    assert refused.params["detail"] == "HTTP 400 too red"
    assert found["b.png"].words
    server.answers = [(400, {}, {})] * 3
    _, wrong = by_server(server, views)
    assert wrong is not None
    assert wrong.code == "endpoint_failed"


def test_a_wrong_key_ends_it_and_what_came_is_kept(server: CaptionServer, views: ModelViews) -> None:
    server.answers = [says("first"), (401, {}, {})]
    harvest, wrong = by_server(server, views)
    assert wrong is not None
    assert wrong.code == "endpoint_forbidden"
    assert set(dict(harvest.take_new())) == {"a.png", "again.png"}
    assert len(server.asked) == 2


def test_calling_it_off_waits_for_no_answer(server: CaptionServer, views: ModelViews) -> None:
    server.hold = threading.Event()

    def report(progress: CaptioningProgress) -> None:
        token.cancel()

    token = CancelToken(report)
    with pytest.raises(Cancelled):
        by_server(server, views, token)


def test_what_a_prompt_tells() -> None:
    item = Item(name="cats/10_mia/one.two.png", path="/x", caption="a  cat\n")
    told = told_of(item, "mia", "cat")
    assert prompt_for("{trigger} {class} {folder} {name} {caption} {other}", told) == (
        "mia cat 10_mia one.two a cat {other}"
    )
    assert prompt_for("{caption}", Told(caption="{trigger}", trigger="x")) == "{trigger}"
