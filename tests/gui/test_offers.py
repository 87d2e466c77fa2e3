"""What is asked about an opened folder, and what comes of the answers."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from loraferry.library.edits import Edit
from loraferry.library.fields import Project
from loraferry.library.items import Changes, Item
from loraferry.viewmodels.dataset_offers import Offers
from loraferry.views.dataset.offers import OfferBar
from loraferry.views.theme import Theme
from loraferry_core.problems import Problem, problem

SHARED = problem("captions_shared", count=1, names="a.jpg, a.png", file="a.txt")


class FakeLibrary:
    """An open folder."""

    def __init__(self, names: list[str], to_ask: Problem | None) -> None:
        self.items = [Item(name, f"/{name}") for name in names]
        self.project = Project()
        self._to_ask = to_ask

    @property
    def to_ask(self) -> Problem | None:
        return None if self.project.sharing else self._to_ask


class FakeHub(QObject):
    """Applies what concerns the project, as the view-model of the page does."""

    opened = Signal()
    changed = Signal(object)

    def __init__(self, names: list[str], to_ask: Problem | None = None) -> None:
        super().__init__()
        self.library: FakeLibrary | None = FakeLibrary(names, to_ask)
        self.edits: list[Edit] = []
        self.waiting: list[Callable[[], None]] = []
        self.reading = False

    def apply(self, edit: Edit, *, typing: bool = False) -> None:
        assert self.library is not None
        self.edits.append(edit)
        self.library.project = Project(**{**_fields(self.library.project), **edit.project})
        self.changed.emit(Changes(project=True))

    def when_read(self, go: Callable[[], None]) -> None:
        if self.reading:
            self.waiting.append(go)
        else:
            go()


def _fields(project: Project) -> dict:
    return {name: getattr(project, name) for name in Project.__slots__}


@pytest.fixture
def shown(qtbot: QtBot, dressed: Theme) -> Callable[[FakeHub], OfferBar]:
    windows = []

    def show(hub: FakeHub) -> OfferBar:
        window = QWidget()
        windows.append(window)
        qtbot.addWidget(window)
        offers = Offers(hub, window)
        bar = OfferBar(offers, window)
        window.resize(900, 200)
        window.show()
        hub.opened.emit()
        return bar

    return show


def test_where_nothing_is_to_be_asked_nothing_is_shown(shown: Callable[[FakeHub], OfferBar]) -> None:
    assert not shown(FakeHub(["1.png", "pictures/2.png"])).isVisible()


def test_shared_captions_are_asked_about_until_it_is_decided(shown: Callable[[FakeHub], OfferBar]) -> None:
    hub = FakeHub(["a.jpg", "a.png"], SHARED)
    bar = shown(hub)
    assert bar.sharing.isVisible()
    assert not bar.concepts.isVisible()
    assert "a.jpg, a.png" in bar.sharing.labels[0].text()
    bar.sharing.buttons[1].click()
    assert hub.edits == [Edit("project", project={"sharing": "own"})]
    assert not bar.isVisible()
    hub.apply(Edit("project", project={"sharing": ""}))
    assert bar.sharing.isVisible()
    bar.sharing.buttons[0].click()
    assert hub.edits[-1].project == {"sharing": "together"}


def test_folders_are_offered_as_concepts_and_taken_in_one_edit(shown: Callable[[FakeHub], OfferBar]) -> None:
    hub = FakeHub(["10_cat/1.png", "5_dog/1.png"])
    bar = shown(hub)
    assert "cat × 10, dog × 5" in bar.concepts.labels[0].text()
    bar.concepts.buttons[0].click()
    (edit,) = hub.edits
    assert [concept.repeats for concept in edit.project["concepts"]] == [10, 5]
    assert set(edit.pictures["concept"]) == {"10_cat/1.png", "5_dog/1.png"}
    assert not bar.isVisible()


def test_what_was_declined_is_not_offered_again_but_new_folders_are(shown: Callable[[FakeHub], OfferBar]) -> None:
    hub = FakeHub(["10_cat/1.png"])
    bar = shown(hub)
    bar.concepts.buttons[1].click()
    assert not bar.isVisible()
    hub.opened.emit()
    assert not bar.isVisible()
    assert hub.library is not None
    hub.library.items.append(Item("5_dog/1.png", "/5_dog/1.png"))
    hub.changed.emit(Changes(listed=True))
    assert "dog × 5" in bar.concepts.labels[0].text()
    assert "cat" not in bar.concepts.labels[0].text()


def test_what_is_put_off_is_asked_at_the_next_opening(shown: Callable[[FakeHub], OfferBar]) -> None:
    hub = FakeHub(["10_cat/1.png"], SHARED)
    bar = shown(hub)
    bar.sharing.later.click()
    assert not bar.sharing.isVisible()
    assert bar.concepts.isVisible()
    bar.concepts.later.click()
    assert not bar.isVisible()
    hub.opened.emit()
    assert bar.sharing.isVisible()
    assert bar.concepts.isVisible()


def test_nothing_is_asked_while_captions_are_read_or_when_the_folder_is_closed(
    shown: Callable[[FakeHub], OfferBar],
) -> None:
    hub = FakeHub(["a.jpg", "a.png"], SHARED)
    hub.reading = True
    bar = shown(hub)
    assert not bar.isVisible()
    hub.waiting.pop()()
    assert bar.isVisible()
    hub.library, hub.reading = None, False
    hub.opened.emit()
    assert not bar.isVisible()


def test_buttons_are_large_enough(shown: Callable[[FakeHub], OfferBar]) -> None:
    bar = shown(FakeHub(["10_cat/1.png"], SHARED))
    for offer in (bar.sharing, bar.concepts):
        for button in (*offer.buttons, offer.later):
            assert min(button.width(), button.height()) >= 24
