"""The question for the base model: what lies on the machine, what is fetched there, and the token it takes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QProgressBar, QPushButton, QToolButton

from loraferry.remote.hosts import Hosts
from loraferry.remote.secrets import Secrets, token_name
from loraferry.texts.languages import Languages
from loraferry.texts.quantities import bytes_text
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
from tests.unit.desktop.ferry.test_own_base import INPAINTING, pipeline, single


class Scene:
    def __init__(self, folder: Path) -> None:
        tasks, self.door, self.secrets = InlineRunner(), FakeDoor(), Secrets(None)
        self.prompter = FakePrompter()
        book = Hosts(folder / "hosts.json")
        self.hosts = HostsViewModel(book, self.door, lambda: self.secrets, tasks, self.prompter)
        self.host = self.hosts.add(HostDraft(name="A10G", host="box")) or ""
        self.plan = PlanViewModel(folder / "plan.json")
        self.plan.hosts = [HostChoice(self.host, "A10G")]
        self.bases = BaseModels(self.hosts, self.plan, lambda: self.secrets, tasks, self.prompter)
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


def test_a_file_of_this_computer_shows_name_size_and_family(scene: Scene, tmp_path: Path) -> None:
    file = single(tmp_path / "龙 v1.safetensors")
    scene.prompter.answers = [file]
    scene.choose("Choose a file on this computer")
    assert scene.combo.currentText() == f"On this computer: 龙 v1.safetensors (Stable Diffusion 1.x, {size(file)})"
    assert scene.combo.itemData(scene.combo.currentIndex(), Qt.ItemDataRole.ToolTipRole) == str(file)
    assert "sent to the machine before the pictures" in scene.words
    for name in ("fetchBase", "cancelFetch", "keepToken"):
        assert scene.card.findChild(QPushButton, name).isHidden()
    assert scene.card.findChild(QLineEdit, "ownBase").isHidden()
    scene.choose("Toy")
    assert not [row for row in range(scene.combo.count()) if "On this computer:" in scene.combo.itemText(row)]


def test_a_folder_of_this_computer_and_a_changed_mind(scene: Scene, tmp_path: Path) -> None:
    scene.prompter.answers = [pipeline(tmp_path / "my model"), None]
    scene.choose("Choose a folder on this computer")
    assert scene.combo.currentText().startswith("On this computer: my model (Stable Diffusion 1.x")
    scene.choose("Choose a file on this computer")
    assert scene.combo.currentText().startswith("On this computer: my model (Stable Diffusion 1.x")


def test_what_is_no_base_says_so_on_the_card(scene: Scene, tmp_path: Path) -> None:
    scene.prompter.answers = [single(tmp_path / "inpainting.safetensors", INPAINTING)]
    scene.choose("Choose a file on this computer")
    assert "is a model of the kind Stable Diffusion 1.x Inpainting, which cannot be trained yet." in scene.words
    assert scene.combo.currentText() == "On this computer: inpainting.safetensors"
    assert "sent to the machine" not in scene.words
    scene.choose("Toy")
    assert "cannot be trained yet" not in scene.words


def test_a_file_that_vanished_is_noticed_when_the_card_is_seen_again(scene: Scene, tmp_path: Path) -> None:
    file = single(tmp_path / "a.safetensors")
    scene.prompter.answers = [file]
    scene.choose("Choose a file on this computer")
    scene.card.hide()
    file.unlink()
    scene.card.show()
    assert "is not on this computer." in scene.words


def test_junk_in_the_field_says_so_at_once(scene: Scene, qtbot) -> None:
    scene.type_own(qtbot, "https://example.org/gallery")
    assert "leads to no base model." in scene.words
    assert "The machine downloads it" not in scene.words
    assert scene.card.findChild(QPushButton, "fetchBase").isHidden()
    scene.type_own(qtbot, "owner/name")
    assert "leads to no base model." not in scene.words


def test_a_path_in_the_field(scene: Scene, qtbot, tmp_path: Path) -> None:
    scene.type_own(qtbot, "/root/models/x.safetensors")
    assert "It must lie on the machine already." in scene.words
    scene.type_own(qtbot, str(single(tmp_path / "a.safetensors")))
    assert scene.combo.currentText().startswith("On this computer: a.safetensors (")
    assert scene.card.findChild(QLineEdit, "ownBase").isHidden()


def size(path: Path) -> str:
    return bytes_text(path.stat().st_size)


def test_the_words_follow_the_language(scene: Scene, english: Languages) -> None:
    scene.bases.look()
    english.switch("zh_CN")
    QApplication.processEvents()
    assert not scene.combo.itemText(0).startswith("On the machine")
    english.switch("en")
