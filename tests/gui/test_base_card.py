"""The question for the base model: what lies on the machine, what is fetched there, and the token it takes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QProgressBar, QPushButton, QToolButton

from loraferry.remote.hosts import Hosts
from loraferry.remote.secrets import Secrets, token_name
from loraferry.texts.languages import Languages
from loraferry.viewmodels.base_models import BaseModels
from loraferry.viewmodels.host_rows import HostDraft
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.plan import HostChoice, PlanViewModel
from loraferry.views.plan.base_card import BaseCard
from loraferry.views.theme import Theme
from loraferry_core.models import FetchState
from loraferry_core.problems import problem
from tests.fakes.door import FakeDoor
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.machine import MODELS
from tests.fakes.prompter import FakePrompter


class Scene:
    def __init__(self, folder: Path) -> None:
        tasks, self.door, self.secrets = InlineRunner(), FakeDoor(), Secrets(None)
        book = Hosts(folder / "hosts.json")
        self.hosts = HostsViewModel(book, self.door, lambda: self.secrets, tasks, FakePrompter())
        self.host = self.hosts.add(HostDraft(name="A10G", host="box")) or ""
        self.plan = PlanViewModel(folder / "plan.json")
        self.plan.hosts = [HostChoice(self.host, "A10G")]
        self.bases = BaseModels(self.hosts, self.plan, lambda: self.secrets, tasks)
        self.card = BaseCard(self.plan, self.bases)

    @property
    def combo(self) -> QComboBox:
        return self.card.findChild(QComboBox, "base")

    @property
    def words(self) -> str:
        return "\n".join(label.text() for label in self.card.findChildren(QLabel) if not label.isHidden())

    def choose(self, words: str) -> None:
        (row,) = [row for row in range(self.combo.count()) if words in self.combo.itemText(row)]
        self.combo.setCurrentIndex(row)
        self.combo.activated.emit(row)

    def type_own(self, qtbot, text: str) -> None:
        self.choose("Another model")
        field = self.card.findChild(QLineEdit, "ownBase")
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, Qt.Key.Key_Return)


@pytest.fixture
def scene(qtbot, tmp_path: Path, english: Languages, dressed: Theme) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    qtbot.addWidget(scene.card)
    scene.card.show()
    yield scene
    scene.bases._timer.stop()
    scene.plan.shutdown()
    scene.hosts.shutdown()


def test_what_lies_on_the_machine_comes_first(scene: Scene) -> None:
    before = scene.combo.count()
    scene.card.findChild(QToolButton, "lookForBases").click()
    assert scene.combo.count() == before + len(MODELS) + 1
    assert scene.combo.itemText(0) == "On the machine: Stable Diffusion 1.5 (Stable Diffusion 1.x, 4.3 GB)"
    assert "unknown family" in scene.combo.itemText(2)
    scene.choose("meinamix")
    assert scene.plan.config.base.source == MODELS[1].path
    assert MODELS[1].path in scene.words
    assert scene.card.findChild(QPushButton, "fetchBase").isHidden()
    assert scene.combo.currentText().startswith("On the machine: meinamix")


def test_any_other_model_is_fetched_on_the_machine(scene: Scene, qtbot) -> None:
    scene.hosts.connect_host(scene.host)
    client = scene.door.kept[0].client
    scene.type_own(qtbot, "owner/name")
    assert scene.plan.config.base.source == "owner/name"
    assert "downloaded there when the run begins" in scene.words
    scene.card.findChild(QPushButton, "fetchBase").click()
    assert client.wanted[-1][0] == "fetch"  # type: ignore[index]
    state = client.states[0]
    client.states = (state.replace(done=5_000_000_000, total=10_000_000_000),)
    scene.bases._poll()
    assert "5.0 GB / 10 GB" in scene.words
    assert scene.card.findChild(QProgressBar).value() == 500
    assert not scene.card.findChild(QPushButton, "cancelFetch").isHidden()
    client.states = (FetchState(id=state.id, name=state.name, state="done", done=1, total=1),)
    scene.bases._poll()
    assert "It is on the machine." in scene.words
    assert scene.card.findChild(QPushButton, "fetchBase").isHidden()


def test_a_download_that_failed_says_why_and_can_be_tried_again(scene: Scene, qtbot) -> None:
    scene.hosts.connect_host(scene.host)
    client = scene.door.kept[0].client
    scene.type_own(qtbot, "owner/name")
    scene.card.findChild(QPushButton, "fetchBase").click()
    found = problem("disk_full", path="/", needed_mb=9, free_mb=1)
    client.states = (client.states[0].replace(state="failed", problem=found),)
    scene.bases._poll()
    assert "is full" in scene.words
    assert not scene.card.findChild(QPushButton, "fetchBase").isHidden()


def test_a_token_is_hidden_kept_and_gone_from_the_field(scene: Scene, qtbot) -> None:
    scene.type_own(qtbot, "owner/name")
    field = scene.card.findChild(QLineEdit, "baseToken")
    assert field.isVisible()
    assert field.echoMode() == QLineEdit.EchoMode.Password
    keep = scene.card.findChild(QPushButton, "keepToken")
    assert keep.isHidden()
    qtbot.keyClicks(field, "hf_abc")
    keep.click()
    assert scene.secrets.get(token_name("huggingface")) == "hf_abc"
    assert field.text() == ""
    scene.choose("Toy")
    assert not field.isVisible()


def test_the_words_follow_the_language(scene: Scene, english: Languages) -> None:
    scene.bases.look()
    english.switch("zh_CN")
    QApplication.processEvents()
    assert not scene.combo.itemText(0).startswith("On the machine")
    english.switch("en")
