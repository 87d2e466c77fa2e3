"""The dialogs about a host: what its guards may do, and what is kept on its disks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QPushButton,
    QSpinBox,
    QTreeWidget,
)

from loraferry.remote.vendors import Price
from loraferry.texts.languages import Languages
from loraferry.viewmodels.guard_terms import GuardTerms
from loraferry.views.dialogs.guards import GuardsDialog
from loraferry.views.hosts.storage import StorageDialog
from loraferry.views.theme import Theme
from loraferry_core.guards import GuardSettings, StopPlan
from loraferry_core.jobs import JobState
from tests.fakes.machine import ITEMS, LOAD, item
from tests.fakes.stories import add_run
from tests.gui.test_hosts import Scene, rent

STOPPABLE = GuardTerms("A10G", "AutoDL", True, "Stopping keeps all disks of the instance.", "It costs nothing.",
                       "https://www.autodl.com")  # fmt: skip
FIXED = GuardTerms("H100", "Lambda", False, "Nothing is kept.", "Terminate it.", "https://cloud.lambda.ai")


def words(dialog: GuardsDialog | StorageDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel) if not label.isHidden())


def opened(qtbot, dialog):  # type: ignore[no-untyped-def]
    qtbot.addWidget(dialog)
    dialog.show()
    QApplication.processEvents()
    return dialog


@pytest.fixture
def scene(tmp_path: Path, english: Languages, dressed: Theme, qtbot) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    qtbot.addWidget(scene.page)
    yield scene
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_the_guards_are_on_unless_somebody_decides_otherwise(qtbot, english: Languages, dressed: Theme) -> None:
    start = GuardSettings(armed=True, stop=StopPlan(command=("shutdown",)))
    dialog = opened(qtbot, GuardsDialog(STOPPABLE, start))
    assert "May A10G stop itself?" in words(dialog)
    assert "Stopping keeps all disks" in words(dialog)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.result() == GuardsDialog.DialogCode.Accepted
    assert dialog.settings == start


def test_times_and_limits_are_taken_over(qtbot, english: Languages, dressed: Theme) -> None:
    dialog = opened(qtbot, GuardsDialog(STOPPABLE, GuardSettings(armed=True)))
    money = dialog.findChild(QDoubleSpinBox, "guardMoney")
    assert not money.isEnabled()
    dialog.findChild(QDoubleSpinBox, "guardPrice").setValue(1.88)
    assert money.isEnabled()
    money.setValue(20)
    dialog.findChild(QComboBox, "guardCurrency").setCurrentText("CNY")
    dialog.findChild(QSpinBox, "guardFinished").setValue(5)
    dialog.findChild(QSpinBox, "guardIdle").setValue(30)
    dialog.findChild(QDoubleSpinBox, "guardHours").setValue(12)
    dialog.findChild(QPushButton, "primary").click()
    told = dialog.settings
    assert (told.armed, told.finished_s, told.idle_s, told.ceiling_s) == (True, 300, 1800, 43_200)
    assert (told.ceiling_cost, told.price_per_hour, told.currency) == (20, 1.88, "CNY")


def test_no_guards_is_a_decision_and_later_is_none(qtbot, english: Languages, dressed: Theme) -> None:
    dialog = opened(qtbot, GuardsDialog(STOPPABLE, GuardSettings(armed=True)))
    dialog.findChild(QPushButton, "noGuards").click()
    assert dialog.result() == GuardsDialog.DialogCode.Accepted
    assert not dialog.settings.armed
    again = opened(qtbot, GuardsDialog(STOPPABLE, GuardSettings(armed=True)))
    again.findChild(QPushButton, "guardsLater").click()
    assert again.result() == GuardsDialog.DialogCode.Rejected


def test_a_machine_that_cannot_stop_itself_only_raises_an_alarm(qtbot, english: Languages, dressed: Theme) -> None:
    dialog = opened(qtbot, GuardsDialog(FIXED, GuardSettings(armed=True)))
    assert "raise an alarm" in words(dialog)
    assert "cannot be stopped from inside" in words(dialog)
    assert dialog.findChild(QPushButton, "openConsole").isVisible()


def test_the_usual_price_is_shown_with_its_date_and_never_filled_in(qtbot, english: Languages, dressed: Theme) -> None:
    prices = tuple(
        Price(gpu="A10G", per_hour=amount, currency="EUR", date="2026-11-09", source="https://x.example")
        for amount in (1.19, 1.79)
    )
    terms = GuardTerms("A10G", "RunPod", True, usual=prices)
    dialog = opened(qtbot, GuardsDialog(terms, GuardSettings(armed=True)))
    assert "1.19 – 1.79 EUR" in words(dialog)
    assert "2026-11-09" in words(dialog)
    assert dialog.findChild(QDoubleSpinBox, "guardPrice").value() == 0


def test_nothing_of_the_question_is_cut_off(qtbot, english: Languages, dressed: Theme) -> None:
    for language in ("en", "zh_CN"):
        english.switch(language)
        dialog = opened(qtbot, GuardsDialog(FIXED, GuardSettings(armed=True)))
        for label in dialog.findChildren(QLabel):
            assert label.height() >= label.heightForWidth(label.width()), label.text()
    english.switch("en")


def test_the_disks_are_counted_by_what_they_keep(qtbot, scene: Scene) -> None:
    dialog = opened(qtbot, dialog_of(scene))
    assert "5.9 GB of yours" in words(dialog)
    tree = dialog.findChild(QTreeWidget, "storageItems")
    assert [tree.topLevelItem(row).text(0) for row in range(3)] == ["zorblax", "ink", "Shared"]
    assert tree.topLevelItem(0).text(1) == "686 MB"
    free = dialog.findChild(QPushButton, "freeSelected")
    assert not free.isEnabled()
    tree.topLevelItem(0).setCheckState(0, Qt.CheckState.Checked)
    assert "508 MB" in free.text()
    scene.prompter.answers = [False, True]
    free.click()
    assert scene.storage.of(dialog._host).items == ITEMS
    free.click()
    assert [each.key.kind for each in scene.storage.of(dialog._host).items if each.project == "zorblax"] == ["pictures"]


def test_leftovers_are_freed_by_one_click(qtbot, scene: Scene) -> None:
    dialog = opened(qtbot, dialog_of(scene))
    dialog.findChild(QPushButton, "freeLeftovers").click()
    kinds = {each.key.kind for each in scene.storage.of(dialog._host).items}
    assert not kinds & {"leftovers", "cache"}
    assert not dialog.findChild(QPushButton, "freeLeftovers").isEnabled()


def test_a_wipe_lists_what_goes_and_says_what_is_left(qtbot, scene: Scene) -> None:
    dialog = opened(qtbot, dialog_of(scene))
    scene.prompter.answers = [False, True, True]
    wipe = dialog.findChild(QPushButton, "wipeHost")
    wipe.click()
    assert "Checkpoints (617 MB)" in scene.prompter.asked[-1]
    assert scene.storage.of(dialog._host).items == ITEMS
    wipe.click()
    assert "Still there after the wipe: Pictures (178 MB)" in dialog.outcome
    assert not dialog.findChild(QPushButton, "uninstallHost").isEnabled()
    scene.door.kept[0].client.items = (item("model", "sd15", "", "", 4_265),)
    dialog._storage.look(dialog._host)
    wipe.click()
    assert "Nothing is left" in dialog.outcome
    assert not wipe.isEnabled()


def test_uninstalling_is_the_last_step(qtbot, scene: Scene) -> None:
    dialog = opened(qtbot, dialog_of(scene))
    scene.door.kept[0].client.items = ()
    dialog._storage.look(dialog._host)
    scene.prompter.answers = [True]
    dialog.findChild(QPushButton, "uninstallHost").click()
    assert [host.id for host in scene.door.uninstalled] == [dialog._host]
    assert "left nothing" in dialog.outcome


def test_the_disks_speak_the_language_of_now(qtbot, scene: Scene, english: Languages) -> None:
    dialog = opened(qtbot, dialog_of(scene))
    english.switch("zh_CN")
    QApplication.processEvents()
    assert not dialog.windowTitle().isascii()
    english.switch("en")


def dialog_of(scene: Scene) -> StorageDialog:
    host = rent(scene)
    return StorageDialog(host, scene.hosts, scene.storage, scene.uninstall, scene.prompter)


def test_what_can_go_first_is_marked_where_room_is_wanted(qtbot, scene: Scene) -> None:
    host = rent(scene)
    job = add_run(scene.store, JobState.FINISHED)
    scene.door.kept[0].client.items = (*ITEMS, item("checkpoints", job, "old", "zorblax", 300))
    parts = (scene.hosts, scene.storage, scene.uninstall, scene.prompter)
    dialog = opened(qtbot, StorageDialog(host, *parts, propose=True))
    assert "without loss" in words(dialog)
    free = dialog.findChild(QPushButton, "freeSelected")
    assert "1.0 GB" in free.text()  # 640 + 87 + 300 MB
    scene.prompter.answers = [True]
    free.click()
    kept = {(each.key.kind, each.key.id) for each in scene.storage.of(host).items}
    assert kept == {(each.key.kind, each.key.id) for each in ITEMS} - {("cache", "latents"), ("leftovers", "parts")}
    assert "Nothing can go without loss any more" in words(dialog)
    assert not free.isEnabled()


def test_whoever_wants_room_sees_the_proposal_at_once(qtbot, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    host = rent(scene)
    shown: list[bool] = []
    monkeypatch.setattr(StorageDialog, "exec", lambda dialog: shown.append(dialog._proposed))
    scene.storage.want_room(host)
    QApplication.processEvents()
    scene.page.card(host).findChild(QPushButton, "hostStorage").click()
    machine = scene.door.kept[0].client
    machine.load_now = LOAD.replace(disks=LOAD.disks[:1])
    scene.loads.poll()
    scene.page.card(host).findChild(QPushButton, "hostStorage").click()
    assert shown == [True, True, False]


def test_each_guard_can_be_switched_off_by_itself(qtbot, english: Languages, dressed: Theme) -> None:
    dialog = opened(qtbot, GuardsDialog(STOPPABLE, GuardSettings(armed=True, off=("finished",))))
    finished, idle = (dialog.findChild(QCheckBox, name) for name in ("guardFinishedOn", "guardIdleOn"))
    assert (finished.isChecked(), idle.isChecked()) == (False, True)
    assert not dialog.findChild(QSpinBox, "guardFinished").isEnabled()
    finished.click()
    idle.click()
    assert not dialog.findChild(QSpinBox, "guardIdle").isEnabled()
    dialog.findChild(QPushButton, "primary").click()
    assert (dialog.settings.armed, dialog.settings.off) == (True, ("idle",))
