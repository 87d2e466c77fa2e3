"""The Hosts page: pasting, adding, connecting, the states of a card."""

import time
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QWidget,
)

from loraferry.remote.hosts import LOCAL, Hosts
from loraferry.remote.liveness import LinkState
from loraferry.remote.secrets import Secrets
from loraferry.runs.store import RunStore
from loraferry.texts.languages import Languages
from loraferry.viewmodels.host_guards import HostGuards
from loraferry.viewmodels.host_load import HostLoads
from loraferry.viewmodels.host_rows import HostDraft
from loraferry.viewmodels.host_storage import HostStorage
from loraferry.viewmodels.host_uninstall import HostUninstall
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.views.hosts.address_form import AddressForm
from loraferry.views.hosts.deadline import DeadlineLine
from loraferry.views.hosts.guards import GuardPanel
from loraferry.views.hosts.load import LoadPanel
from loraferry.views.hosts.page import HostsPage
from loraferry.views.hosts.paste_field import PasteField
from loraferry.views.theme import Theme
from loraferry_core.guards import Countdown, Fired
from loraferry_core.problems import problem
from tests.fakes.door import FakeDoor
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.machine import TIME
from tests.fakes.prompter import FakePrompter

COMMAND = "ssh -p 17445 root@213.173.108.12"


class Scene:
    """The page over a book of its own and a scripted way to hosts."""

    def __init__(self, folder: Path) -> None:
        self.door = FakeDoor(lines=("Collecting torch",))
        self.prompter = FakePrompter()
        tasks, self.store = InlineRunner(), RunStore(folder / "runs.sqlite")
        self.secrets = Secrets(None)
        book = Hosts(folder / "hosts.json")
        self.hosts = HostsViewModel(book, self.door, lambda: self.secrets, tasks, self.prompter)
        self.loads = HostLoads(self.hosts, tasks, self.store.machines)
        self.guards = HostGuards(self.hosts, self.loads, tasks, self.prompter)
        self.storage = HostStorage(self.hosts, tasks, self.store)
        self.uninstall = HostUninstall(self.hosts, self.door, tasks)
        self.page = HostsPage(self.hosts, self.loads, self.guards, self.prompter, self.storage, self.uninstall)

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
    scene.child(PasteField, "pasteAddress").setPlainText(COMMAND)
    assert form.isVisible()
    assert form.findChild(QLineEdit, "hostAddress").text() == "213.173.108.12"
    assert form.findChild(QSpinBox, "hostPort").value() == 17445
    assert form.findChild(QLineEdit, "hostUser").text() == "root"
    form.findChild(QLineEdit, "hostName").setText("A10G")
    scene.prompter.answers = [True]
    qtbot.mouseClick(form.findChild(QPushButton, "primary"), Qt.MouseButton.LeftButton)
    (_, row) = scene.hosts.hosts
    card = scene.page.card(row.id)
    assert card.state_text == "Connected"
    assert "A10G" in card.findChild(LoadPanel).text
    assert "550.54.15" in card.findChild(QWidget, "hostFacts").text
    assert scene.child(PasteField, "pasteAddress").text == ""
    assert not scene.child(QWidget, "rentingAdvice").isVisible()
    assert not scene.page.grab().isNull()


def test_nonsense_is_told_when_it_is_insisted_on(scene: Scene, qtbot) -> None:
    field = scene.child(PasteField, "pasteAddress")
    field.setPlainText("ssh root@")
    assert scene.page.add_error == ""
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert "ssh root@" in scene.page.add_error


def test_a_failure_is_on_the_card_and_can_be_tried_again(scene: Scene, qtbot) -> None:
    scene.door.script.append(problem("connection_refused", host="box", port=22))
    host = scene.hosts.add(HostDraft(host="box"))
    assert host is not None
    scene.prompter.answers = [True]
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


def test_changing_and_removing(scene: Scene, qtbot, tmp_path: Path) -> None:
    key = tmp_path / "id"
    key.write_text("x", encoding="utf-8")
    host = scene.hosts.add(HostDraft(name="box", host="box"))
    assert host is not None
    card = scene.page.card(host)
    qtbot.mouseClick(card.findChild(QPushButton, "editHost"), Qt.MouseButton.LeftButton)
    scene.prompter.answers.append(key)
    card.findChild(QPushButton, "chooseKey").click()
    card.findChild(QLineEdit, "hostAddress").setText("root@1.2.3.4:99")
    card.findChild(QPushButton, "primary").click()
    row = scene.hosts.host(host)
    assert row.address == "root@1.2.3.4:99"
    assert row.draft is not None
    assert row.draft.key_path == str(key)
    assert not card.findChild(QPushButton, "forgetKey").isVisible()
    card.findChild(QPushButton, "editHost").click()
    scene.prompter.answers += [True, True]
    card.findChild(QPushButton, "forgetKey").click()
    assert [each.id for each in scene.door.forgotten] == [host]
    card.findChild(QPushButton, "removeHost").click()
    assert [each.id for each in scene.hosts.hosts] == [LOCAL]
    with pytest.raises(KeyError):
        scene.page.card(host)


def rent(scene: Scene, **changes: object) -> str:
    """A rented host that is connected, its guards on."""
    draft = HostDraft("A10G", "connect.westb.seetacloud.com", 17445, "root", price=1.88, currency="CNY")
    host = scene.hosts.add(draft.replace(**changes))
    assert host is not None
    scene.prompter.answers = [True]
    scene.hosts.connect_host(host)
    scene.loads.poll()
    QApplication.processEvents()  # a card that is added to a visible page is shown by an event
    return host


def test_a_password_that_was_pasted_along_is_hidden_at_once(scene: Scene) -> None:
    field = scene.child(PasteField, "pasteAddress")
    field.setPlainText("登录指令: ssh -p 33426 root@connect.nmb2.seetacloud.com\n密码: aB3/xY9")
    form = scene.child(QWidget, "addressForm")
    password = form.findChild(QLineEdit, "hostPassword")
    assert password.text() == "aB3/xY9"
    assert password.echoMode() == QLineEdit.EchoMode.Password
    assert "aB3" not in field.text
    assert "33426" in field.text


def test_what_is_wrong_is_said_at_its_field_and_found_in_the_fold(scene: Scene, qtbot) -> None:
    scene.child(PasteField, "pasteAddress").setPlainText(COMMAND)
    form = scene.child(AddressForm, "addressForm")
    form.findChild(QLineEdit, "hostKey").setText("/nowhere/id")
    accept = form.findChild(QPushButton, "primary")
    qtbot.mouseClick(accept, Qt.MouseButton.LeftButton)
    assert "no such file" in form.error("key_path")
    assert len(scene.hosts.hosts) == 1
    form.findChild(QLineEdit, "hostKey").clear()
    form.findChild(QLineEdit, "hostWork").setText("data")
    assert not form.findChild(QLineEdit, "hostWork").isVisible()
    qtbot.mouseClick(accept, Qt.MouseButton.LeftButton)
    assert form.error("key_path") == ""
    assert form.error("work")
    assert form.findChild(QLineEdit, "hostWork").isVisible()


def test_the_details_of_a_host_are_kept(scene: Scene) -> None:
    host = scene.hosts.add(HostDraft(name="box", host="box"))
    assert host is not None
    card = scene.page.card(host)
    card.findChild(QPushButton, "editHost").click()
    form = card.findChild(AddressForm)
    vendor = form.findChild(QComboBox, "hostVendor")
    vendor.setCurrentIndex(vendor.findData("autodl"))
    form.findChild(QComboBox, "hostTransport").setCurrentIndex(2)
    form.findChild(QDoubleSpinBox, "hostPrice").setValue(1.88)
    form.findChild(QComboBox, "hostCurrency").setCurrentText("CNY")
    form.findChild(QPushButton, "primary").click()
    draft = scene.hosts.host(host).draft
    assert draft is not None
    assert (draft.vendor, draft.transport, draft.price, draft.currency) == ("autodl", "openssh", 1.88, "CNY")


def test_a_connected_machine_shows_what_it_does_and_costs(scene: Scene) -> None:
    host = rent(scene)
    load = scene.page.card(host).findChild(LoadPanel)
    assert load.isVisible()
    for words in ("87 %", "18 GB of 24 GB", "71 °C", "room for 812 more files", "nearly full", "6.02 CNY so far"):
        assert words in load.text
    assert "NVIDIA A10G" not in scene.page.card(host).findChild(QWidget, "hostFacts").text
    cheap = rent(scene, host="other.seetacloud.com", price=0.0)
    assert "so far" not in scene.page.card(cheap).findChild(LoadPanel).text
    assert "Running for 3 h 12 min" in scene.page.card(cheap).findChild(LoadPanel).text


def test_machines_are_asked_only_while_the_page_is_seen(scene: Scene) -> None:
    rent(scene)
    client = scene.door.kept[0].client
    scene.page.hide()
    asked = len(client.wanted)
    scene.loads._timer.timeout.emit()
    assert not scene.loads._timer.isActive()
    scene.page.show()
    assert scene.loads._timer.isActive()
    assert len(client.wanted) > asked


def test_a_countdown_can_be_put_off_and_called_off(scene: Scene, qtbot) -> None:
    host = rent(scene)
    panel = scene.page.card(host).findChild(GuardPanel)
    assert "Stops 15 min after the last run" in panel.text
    scene.door.kept[0].client.count_down(Countdown(kind="finished", fires_at=TIME + 724))
    scene.loads.poll()
    assert "stops itself in 12 min 0" in panel.text
    panel.findChild(QPushButton, "snoozeGuards").click()
    assert "nothing is stopped for 1 h 00 min" in panel.text or "nothing is stopped for 59 min" in panel.text
    assert not panel.findChild(QPushButton, "snoozeGuards").isVisible()
    panel.findChild(QPushButton, "disarmGuards").click()
    assert "The guards are off" in panel.text
    panel.findChild(QPushButton, "armGuards").click()
    assert "The guards are off" not in panel.text


def test_what_would_be_lost_is_named(scene: Scene) -> None:
    host = rent(scene)
    countdown = Countdown(kind="idle", fires_at=TIME + 9, alarm=True, unsafe=("zorblax",))
    scene.door.kept[0].client.count_down(countdown)
    scene.loads.poll()
    panel = scene.page.card(host).findChild(GuardPanel)
    assert "the only copy of zorblax" in panel.text
    assert panel.findChild(QPushButton, "openConsole").isVisible()


def test_a_stop_that_went_silent_is_never_called_stopped(scene: Scene) -> None:
    host = rent(scene)
    client = scene.door.kept[0].client
    fired = Fired(kind="finished", time=TIME, word="ordered")
    client.load_now = client.load_now.replace(guards=client.load_now.guards.replace(fired=fired))
    scene.loads.poll()
    panel = scene.page.card(host).findChild(GuardPanel)
    assert "Stop ordered" in panel.text
    assert "still answers" in panel.text
    scene.door.kept[0].on_link(LinkState.OFFLINE)
    assert "went silent" in panel.text
    assert panel.findChild(QPushButton, "openConsole").isVisible()
    scene.hosts.disconnect_host(host)
    assert "went silent" in panel.text


def test_the_danger_clock_of_a_machine_that_was_not_heard_for_days(scene: Scene) -> None:
    host = rent(scene)
    scene.hosts.disconnect_host(host)
    scene.loads._now = lambda: time.time() + 12 * 86_400
    scene.loads.changed.emit(host)
    words = scene.page.card(host).findChild(DeadlineLine).text
    assert "Last heard 12 d" in words
    assert "15 days" in words
    assert "that is on 20" in words


def test_a_new_address_is_pasted_onto_the_card(scene: Scene, qtbot) -> None:
    host = rent(scene)
    card = scene.page.card(host)
    QApplication.clipboard().setText("ssh -p 99 root@5.6.7.8")
    scene.prompter.answers = [True]
    qtbot.keyClick(card, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert scene.hosts.host(host).address == "root@5.6.7.8:99"
    assert card.state_text == "Connected"


def test_a_new_address_is_dropped_onto_the_card(scene: Scene) -> None:
    host = rent(scene)
    card = scene.page.card(host)
    data = QMimeData()
    data.setText("root@5.6.7.8:99")
    scene.prompter.answers = [True]
    where, left, none = QPointF(10, 10), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where.toPoint(), Qt.DropAction.CopyAction, data, left, none)
    QApplication.sendEvent(card, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(card, QDropEvent(where, Qt.DropAction.CopyAction, data, left, none))
    assert scene.hosts.host(host).address == "root@5.6.7.8:99"


def test_the_log_can_be_copied(scene: Scene) -> None:
    scene.hosts.connect_host(LOCAL)
    card = scene.page.card(LOCAL)
    card.findChild(QWidget, "plain").click()
    card.findChild(QWidget, "copySetupLog").click()
    assert QApplication.clipboard().text() == "Collecting torch"


def test_words_follow_the_language_live(scene: Scene, english: Languages) -> None:
    scene.hosts.connect_host(LOCAL)
    english.switch("zh_CN")
    QApplication.processEvents()
    assert not scene.page.card(LOCAL).state_text.isascii()
    english.switch("en")
    QApplication.processEvents()
    assert scene.page.card(LOCAL).state_text == "Ready"


def test_a_lost_link_says_when_it_is_tried_and_is_tried_now(scene: Scene, qtbot) -> None:
    host = rent(scene)
    card, kept = scene.page.card(host), scene.door.kept[0]
    retry = card.findChild(QPushButton, "retryHost")
    assert not retry.isVisible()
    kept.client_now, kept.waits_s = None, 12.0
    kept.on_link(LinkState.OFFLINE)
    assert "Trying again in 12 s." in card.state_text
    qtbot.mouseClick(retry, Qt.MouseButton.LeftButton)
    assert kept.retries == 1
    assert card.state_text.endswith("Trying again …")
    assert not retry.isVisible()


def test_each_guard_has_its_countdown_and_is_called_off_by_itself(scene: Scene) -> None:
    host = rent(scene)
    panel, client = scene.page.card(host).findChild(GuardPanel), scene.door.kept[0].client
    countdowns = (Countdown(kind="finished", fires_at=TIME + 724), Countdown(kind="ceiling", fires_at=TIME + 7204))
    client.load_now = client.load_now.replace(guards=client.load_now.guards.replace(countdowns=countdowns))
    scene.loads.poll()
    assert "stops itself in 12 min 0" in panel.text
    assert "In 2 h 00 min the run is saved" in panel.text
    panel.findChild(QPushButton, "callOff_finished").click()
    assert ("call_off_guard", "finished", True) in client.wanted
    assert "after the last run is called off" in panel.text
    assert "In 2 h 00 min the run is saved" in panel.text
    panel.findChild(QPushButton, "countAgain_finished").click()
    assert ("call_off_guard", "finished", False) in client.wanted
    assert "called off" not in panel.text


def test_the_card_says_when_the_machine_was_heard_and_keeps_what_it_told(scene: Scene) -> None:
    host = rent(scene)
    card, kept = scene.page.card(host), scene.door.kept[0]
    load = card.findChild(LoadPanel)
    heard = next(label for label in card.findChildren(QLabel, "help") if "last heard" in label.text())
    assert heard.text() == "last heard 16 s ago"
    kept.client.silence = 3.0
    scene.page._count_down()
    assert heard.text() == "last heard 3 s ago"
    assert "As it was" not in load.text
    at = scene.loads._clock()
    scene.loads._clock = lambda: at + 125
    kept.on_link(LinkState.OFFLINE)
    assert heard.isHidden()
    assert "As it was 2 min 0" in load.text
    for part in ("87 %", "18 GB of 24 GB", "71 °C", "room for 812 more files", "6.02 CNY so far"):
        assert part in load.text
    assert card.counting
