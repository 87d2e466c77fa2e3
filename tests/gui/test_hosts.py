"""The Hosts page: pasting, adding, connecting, the states of a card."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QProgressBar, QPushButton, QSpinBox, QWidget

from loraferry.remote.hosts import LOCAL, Hosts
from loraferry.remote.liveness import LinkState
from loraferry.texts.languages import Languages
from loraferry.viewmodels.host_rows import HostDraft
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.views.hosts.page import HostsPage
from loraferry.views.theme import Theme
from loraferry_core.problems import problem
from tests.fakes.door import FakeDoor, no_secrets
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.prompter import FakePrompter

COMMAND = "ssh -p 17445 root@213.173.108.12 -i ~/.ssh/id_ed25519"


class Scene:
    """The page over a book of its own and a scripted way to hosts."""

    def __init__(self, folder: Path) -> None:
        self.door = FakeDoor(lines=("Collecting torch",))
        self.prompter = FakePrompter()
        self.hosts = HostsViewModel(Hosts(folder / "hosts.json"), self.door, no_secrets, InlineRunner(), self.prompter)
        self.page = HostsPage(self.hosts, self.prompter)

    def child(self, kind: type, name: str):  # type: ignore[no-untyped-def]
        return self.page.findChild(kind, name)


@pytest.fixture
def scene(qtbot, tmp_path: Path, english: Languages, dressed: Theme) -> Scene:
    """With this computer alone, shown."""
    scene = Scene(tmp_path)
    qtbot.addWidget(scene.page)
    # A window whose least size follows its content would make the offscreen platform warn.
    scene.page.setMinimumSize(900, 600)
    scene.page.resize(1000, 800)
    scene.page.show()
    return scene


def test_without_a_rented_machine_the_page_says_what_to_rent(scene: Scene) -> None:
    assert scene.child(QWidget, "rentingAdvice").isVisible()
    assert scene.page.card(LOCAL).state_text == "Not started"
    assert not scene.page.card(LOCAL).findChild(QPushButton, "removeHost").isVisible()


def test_a_pasted_command_is_shown_added_and_connected(scene: Scene, qtbot) -> None:
    form = scene.child(QWidget, "addressForm")
    assert not form.isVisible()
    scene.child(QLineEdit, "pasteAddress").setText(COMMAND)
    assert form.isVisible()
    assert form.findChild(QLineEdit, "hostAddress").text() == "213.173.108.12"
    assert form.findChild(QSpinBox, "hostPort").value() == 17445
    assert form.findChild(QLineEdit, "hostKey").text() == "~/.ssh/id_ed25519"
    form.findChild(QLineEdit, "hostName").setText("A10G")
    qtbot.mouseClick(form.findChild(QPushButton, "primary"), Qt.MouseButton.LeftButton)
    (_, row) = scene.hosts.hosts
    card = scene.page.card(row.id)
    assert card.state_text == "Connected"
    assert "NVIDIA A10G" in card.findChild(QWidget, "hostFacts").text
    assert scene.child(QLineEdit, "pasteAddress").text() == ""
    assert not scene.child(QWidget, "rentingAdvice").isVisible()
    assert not scene.page.grab().isNull()


def test_nonsense_is_told_when_it_is_insisted_on(scene: Scene, qtbot) -> None:
    field = scene.child(QLineEdit, "pasteAddress")
    field.setText("ssh root@")
    assert scene.page.add_error == ""
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert "ssh root@" in scene.page.add_error


def test_a_failure_is_on_the_card_and_can_be_tried_again(scene: Scene, qtbot) -> None:
    scene.door.script.append(problem("connection_refused", host="box", port=22))
    host = scene.hosts.add(HostDraft(host="box"))
    assert host is not None
    button = scene.page.card(host).findChild(QPushButton, "connectHost")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert "refuses" in scene.page.card(host).problem_text
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert scene.page.card(host).problem_text == ""
    assert not button.isVisible()


def test_the_log_of_the_setting_up_can_be_read(scene: Scene) -> None:
    scene.hosts.connect_host(LOCAL)
    card = scene.page.card(LOCAL)
    log = card.findChild(QPlainTextEdit, "setupLog")
    assert not log.isVisible()
    card.findChild(QWidget, "plain").click()
    assert log.isVisible()
    assert log.toPlainText() == "Collecting torch"
    assert not card.findChild(QProgressBar, "setupBar").isVisible()


def test_a_silent_link_is_told_with_the_time(scene: Scene) -> None:
    scene.hosts.connect_host(LOCAL)
    scene.door.kept[0].on_link(LinkState.SUSPECT)
    assert scene.page.card(LOCAL).state_text == "No answer, last heard 16 s ago"
    scene.door.kept[0].on_link(LinkState.OFFLINE)
    assert "Trying again" in scene.page.card(LOCAL).state_text
    scene.hosts.shutdown()


def test_changing_and_removing(scene: Scene, qtbot) -> None:
    host = scene.hosts.add(HostDraft(name="box", host="box"))
    assert host is not None
    card = scene.page.card(host)
    qtbot.mouseClick(card.findChild(QPushButton, "editHost"), Qt.MouseButton.LeftButton)
    scene.prompter.answers.append(Path("/keys/id"))
    card.findChild(QPushButton, "chooseKey").click()
    card.findChild(QLineEdit, "hostAddress").setText("root@1.2.3.4:99")
    card.findChild(QPushButton, "primary").click()
    row = scene.hosts.host(host)
    assert row.address == "root@1.2.3.4:99"
    assert row.draft is not None
    assert row.draft.key_path == str(Path("/keys/id"))
    assert not card.findChild(QPushButton, "forgetKey").isVisible()
    card.findChild(QPushButton, "editHost").click()
    scene.prompter.answers += [True, True]
    card.findChild(QPushButton, "forgetKey").click()
    assert [each.id for each in scene.door.forgotten] == [host]
    card.findChild(QPushButton, "removeHost").click()
    assert [each.id for each in scene.hosts.hosts] == [LOCAL]
    with pytest.raises(KeyError):
        scene.page.card(host)


def test_words_follow_the_language_live(scene: Scene, english: Languages) -> None:
    scene.hosts.connect_host(LOCAL)
    english.switch("zh_CN")
    QApplication.processEvents()
    assert not scene.page.card(LOCAL).state_text.isascii()
    english.switch("en")
    QApplication.processEvents()
    assert scene.page.card(LOCAL).state_text == "Ready"
