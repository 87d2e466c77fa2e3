"""Captions by machine on the Dataset page: who is asked about which pictures, and what becomes of the answers."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from loraferry.cancellation import CancelToken
from loraferry.library.places import Places
from loraferry.remote.client import AgentClient
from loraferry.remote.hosts import LOCAL
from loraferry.remote.secrets import token_name
from loraferry.viewmodels.captioning_choices import SERVER
from loraferry.viewmodels.captioning_results import PROPOSAL, CaptioningResults
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_captioners import DatasetCaptioners
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry.viewmodels.tasks import TaskRunner
from loraferry_core.captioning import CaptioningState, Described, Tag
from loraferry_core.dataset.manifest import decode
from loraferry_core.problems import problem
from loraferry_core.protocol import messages as m
from tests.fakes import pictures
from tests.fakes.caption_server import Asked, CaptionServer, running_caption_server, says
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.loopback_agent import LoopbackAgent
from tests.unit.desktop.viewmodels.conftest import Rented

WAIT_MS = 60_000


class FakeTagger:
    """This computer's tagger, in memory: each picture is a cat, and surely a tail."""

    def __init__(self) -> None:
        self.agent = LoopbackAgent()
        self.agent.captioning = self.answer
        self.clients: list[AgentClient] = []
        self.orders: list[m.Caption] = []
        self.closed = 0

    def client(self, progress: Callable[..., None], token: CancelToken) -> AgentClient:
        if not self.clients or self.clients[-1].ended is not None:
            progress("environment", 3, 4, "Collecting onnxruntime")
            self.clients.append(AgentClient(self.agent.connect(), "here"))
            self.clients[-1].hello()
        return self.clients[-1]

    def close(self) -> None:
        self.closed += 1
        for client in self.clients:
            client.close()

    def answer(self, message: m.Message) -> m.Answer:
        if isinstance(message, m.Caption):
            self.orders.append(message)
        order = self.orders[-1].order
        entries = decode(self.agent.blobs[order.manifest]).entries
        state = CaptioningState(id=order.id, state="done", stage="describe", done=len(entries), total=len(entries))
        if not isinstance(message, m.Captions):
            return m.CaptioningIs(state=state)
        tags = (Tag(name="long_tail", category="general", score=0.9), Tag(name="cat", category="general", score=0.5))
        found = tuple(Described(picture=entry.sha256, tags=tags) for entry in entries[message.place :])
        return m.CaptionsAre(state=state, captions=found, place=len(entries))


class Desk:
    """A folder of four pictures, of which the last two have no caption, and everything around it."""

    def __init__(self, folder: Path, rented: Rented, tasks: Any = None) -> None:
        self.tasks = tasks or InlineRunner()
        self.settings = SettingsViewModel(folder / "settings.json")
        self.hub = DatasetViewModel(self.tasks, self.settings, Places(folder / "data", folder / "cache"))
        pictures.folder_of(folder / "图片", 4)
        for name in ("3.txt", "4.txt"):
            (folder / "图片" / name).unlink()
        self.rented, self.tagger = rented, FakeTagger()
        self.model = DatasetCaptioners(
            self.hub, rented.hosts, self.tasks, self.settings, lambda: rented.secrets, self.tagger  # type: ignore[arg-type]
        )  # fmt: skip
        self.hub.open_folder(folder / "图片")

    def captions(self) -> list[str]:
        assert self.hub.library is not None
        return [item.caption or "" for item in self.hub.library.items]

    def use(self, server: CaptionServer, **more: Any) -> None:
        self.model.choose(place=SERVER, address=server.address, model="llava", **more)


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, rented: Rented) -> Iterator[Desk]:
    made = Desk(tmp_path, rented)
    yield made
    made.model.stop()
    made.tagger.close()
    made.hub.close()


@pytest.fixture
def server() -> Iterator[CaptionServer]:
    with running_caption_server(CaptionServer()) as running:
        yield running


def test_pictures_without_caption_are_tagged_here_and_it_is_one_step_back(desk: Desk) -> None:
    model, arrived = desk.model, []
    model.arrived.connect(arrived.append)
    assert [model.count(scope) for scope in ("bare", "shown", "selected")] == [2, 4, 1]
    assert model.place == LOCAL
    assert all(entry.tags for entry in model.offered)
    model.start()
    assert not model.running
    assert model.problem is None
    assert sum(arrived) == 2
    assert sorted(model.names) == ["3.png", "4.png"]
    assert model.proposal("3.png").after == "long tail, cat"
    before = desk.captions()
    model.apply()
    assert desk.captions() == ["a picture 1", "a picture 2", "long tail, cat", "long tail, cat"]
    assert (model.applied, model.names) == (2, [])
    desk.hub.undo()
    assert desk.captions() == before
    assert desk.tagger.closed


def test_choices_act_on_what_has_come(desk: Desk, qtmodeltester: ModelTester) -> None:
    model, rows = desk.model, CaptioningResults(desk.model)
    qtmodeltester.check(rows)
    model.choose(scope="shown")
    model.start()
    assert rows.rowCount() == 4
    changes: list[None] = []
    rows.dataChanged.connect(lambda *_: changes.append(None))

    def after(name: str) -> str:
        found = rows.index(model.names.index(name)).data(PROPOSAL)
        assert found == model.proposal(name)
        return str(found.after)

    assert after("1.png") == "a picture 1"
    model.choose(how="append", blacklist="*tail")
    assert after("1.png") == "a picture 1, cat"
    model.choose(general=0.6, blacklist="")
    assert after("1.png") == "a picture 1, long tail"
    model.choose(how="replace", spaces=False)
    assert after("1.png") == "long_tail"
    assert len(changes) == 3
    model.choose(scope="bare")
    assert len(changes) == 3
    assert len(desk.tagger.orders) == 1
    model.choose(place=SERVER)
    assert model.tags  # what has come
    model.choose(place=LOCAL)
    model.apply()
    assert desk.captions() == ["long_tail"] * 4
    assert rows.rowCount() == 0
    qtmodeltester.check(rows)


def test_what_is_chosen_is_remembered(desk: Desk, tmp_path: Path) -> None:
    desk.model.choose(general=0.5, captioner="wd-swinv2-v3", place=desk.rented.id)
    assert desk.model.captioner is not None
    assert desk.model.captioner.id == "wd-swinv2-v3"
    desk.model.save()
    again = SettingsViewModel(tmp_path / "settings.json").value.captioning
    assert (again.general, again.captioner, again.place) == (0.5, "wd-swinv2-v3", desk.rented.id)
    desk.model.choose(place="gone")
    assert desk.model.place == LOCAL


def test_rejected_pictures_are_described_only_where_they_are_chosen_themselves(desk: Desk) -> None:
    desk.hub.select(["3.png"])
    desk.hub.toggle("reject")
    assert [desk.model.count(scope) for scope in ("bare", "shown", "selected")] == [1, 3, 1]


def test_pictures_that_were_described_the_same_way_are_not_asked_about_again(desk: Desk, server: CaptionServer) -> None:
    server.answers = [says("one"), (401, {}, {})]
    desk.use(server, prompt="{caption}")
    desk.model.start()
    assert desk.model.problem is not None
    assert desk.model.problem.code == "endpoint_forbidden"
    assert len(desk.model.names) == 1
    desk.model.start()
    assert desk.model.problem is None
    assert (len(desk.model.names), len(server.asked)) == (2, 3)
    desk.model.choose(prompt="something else")
    desk.model.start()
    assert (len(desk.model.names), len(server.asked)) == (2, 5)


def test_a_prompt_knows_the_picture_and_the_project(desk: Desk, server: CaptionServer) -> None:
    desk.use(server, scope="selected", prompt="{name} {caption}", how="replace")
    server.usual = lambda asked: says(asked.prompt)
    desk.model.start()
    desk.model.apply()
    assert desk.captions()[0] == "1 a picture 1"


def test_the_key_goes_to_its_server_alone(desk: Desk, server: CaptionServer) -> None:
    desk.use(server)
    desk.model.put_key("sk-one")
    desk.model.start()
    assert {asked.authorization for asked in server.asked} == {"Bearer sk-one"}
    with running_caption_server(CaptionServer()) as other:
        desk.use(other)
        desk.model.start()
        assert {asked.authorization for asked in other.asked} == {""}
    desk.use(server)
    desk.model.put_key("")
    assert desk.rented.secrets.get(token_name(f"captions {server.address[7:-3]}")) is None


@pytest.mark.parametrize(
    ("choice", "code"), [({"address": "nonsense"}, "endpoint_invalid"), ({"model": " "}, "endpoint_unknown")]
)
def test_what_is_missing_is_told_before_anything_is_sent(
    desk: Desk, server: CaptionServer, choice: dict[str, str], code: str
) -> None:
    desk.use(server)
    desk.model.choose(**choice)
    desk.model.start()
    assert not desk.model.running
    assert desk.model.problem is not None
    assert desk.model.problem.code == code
    assert not server.asked


def test_a_host_that_cannot_be_reached_ends_it(desk: Desk) -> None:
    lost = problem("connection_refused", host="h", port=22)
    desk.rented.door.script = [lost]
    desk.model.choose(place=desk.rented.id)
    desk.model.start()
    assert not desk.model.running
    assert desk.model.problem == lost


def test_every_captioner_is_offered_on_a_host(desk: Desk) -> None:
    desk.model.choose(place=desk.rented.id, captioner="blip-base")
    assert {entry.kind for entry in desk.model.offered} == {"wd", "blip", "florence"}
    assert not desk.model.tags
    desk.model.choose(place=LOCAL)
    assert desk.model.tags
    desk.model.choose(place=SERVER)
    assert (desk.model.offered, desk.model.captioner) == ((), None)


def test_pictures_that_cannot_be_rendered_are_told(desk: Desk, server: CaptionServer, tmp_path: Path) -> None:
    (tmp_path / "图片" / "3.png").write_bytes(b"nothing")
    desk.use(server)
    desk.model.start()
    wrong = desk.model.proposal("3.png")
    assert wrong.problem is not None
    assert wrong.after == wrong.before == ""
    assert desk.model.proposal("4.png").after
    desk.model.apply()
    assert desk.model.applied == 1


def test_another_folder_forgets_what_had_come(desk: Desk, tmp_path: Path) -> None:
    desk.model.start()
    assert desk.model.names
    desk.hub.open_folder(pictures.folder_of(tmp_path / "other", 1))
    assert not desk.model.names


def test_ending_it_keeps_what_has_arrived(qtbot: QtBot, tmp_path: Path, rented: Rented, server: CaptionServer) -> None:
    """With real threads: the server holds back its second answer."""
    tasks = TaskRunner()
    desk = Desk(tmp_path, rented, tasks)
    try:
        qtbot.waitUntil(lambda: desk.hub.listed, timeout=WAIT_MS)

        def first_only(asked: Asked) -> Any:
            server.hold = server.hold or threading.Event()
            return says("a cat")

        server.usual = first_only
        desk.use(server)
        desk.model.start()
        qtbot.waitUntil(lambda: len(desk.model.names) == 1, timeout=WAIT_MS)
        assert desk.model.running
        desk.model.stop()
        assert not desk.model.running
        assert len(desk.model.names) == 1
        desk.model.apply()
        qtbot.waitUntil(lambda: desk.model.applied == 1, timeout=WAIT_MS)
        assert sorted(desk.captions()) == ["", "a cat", "a picture 1", "a picture 2"]
        desk.hub.undo()
        assert desk.captions() == ["a picture 1", "a picture 2", "", ""]
    finally:
        desk.model.stop()
        assert server.hold is not None
        server.hold.set()
        tasks.shutdown()
        desk.hub.close()
