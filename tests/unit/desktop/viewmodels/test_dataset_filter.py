"""Filter and order of the shown pictures, over the real hub."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from loraferry.library.concepts import Concept
from loraferry.library.edits import Edit, captioned, grouped, judged, starred
from loraferry.library.measures import Measure
from loraferry.library.places import Places
from loraferry.viewmodels import dataset_filter as module
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_filter import DatasetFilter
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.settings import SettingsViewModel
from tests.fakes import pictures
from tests.fakes.inline_runner import InlineRunner

CAPTIONS = ("smile, long hair", "hat, smile", "A woman stands in the rain.", "", "Long_Hair, hat")


class Room:
    """A folder of five pictures, open, with its filter."""

    def __init__(self, folder: Path, qtbot: QtBot) -> None:
        for number, caption in enumerate(CAPTIONS, 1):
            pictures.plain(folder / "set" / f"{number}.png", hue=number * 40, caption=caption or None)
        self.qtbot = qtbot
        self.folder = folder / "set"
        self.tasks = InlineRunner()
        self.settings = SettingsViewModel(folder / "settings.json")
        self.hub = DatasetViewModel(self.tasks, self.settings, Places(folder / "data", folder / "cache"))
        # Sizes and qualities are those that a test gives.
        self.hub.measuring.pause(True)
        self.plan = PlanViewModel(folder / "plan.json")
        self.filter = self.another()

    def another(self) -> DatasetFilter:
        return DatasetFilter(self.hub, self.tasks, self.settings, self.plan)

    def open(self, folder: Path | None = None) -> None:
        self.hub.open_folder(folder or self.folder)
        self.settle()

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.filter.busy, timeout=20_000)

    def ask(self, text: str) -> str:
        self.filter.set_text(text)
        self.settle()
        return self.seen

    @property
    def seen(self) -> str:
        """The numbers of the pictures that the grid shows."""
        return "".join(Path(name).stem for name in self.hub.visible)

    def measure(self, **widths: int) -> None:
        assert self.hub.library is not None
        measures = [Measure(f"{number}.png", width, 100) for number, width in sorted(widths.items())]
        self.hub._tell(self.hub.library.measured(measures))


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path, qtbot)
    made.open()
    yield made
    made.hub.close()


def test_all_is_shown_until_something_is_asked_for(room: Room) -> None:
    assert room.seen == "12345"
    assert not room.filter.filtering
    assert room.ask("hat") == "25"
    assert (room.filter.count, room.filter.total) == (2, 5)
    assert room.ask("hat -smile") == "5"
    assert room.ask("nothing like it") == ""
    assert room.ask("") == "12345"


def test_tags_are_found_however_they_are_written(room: Room) -> None:
    assert room.ask("tag:long_hair") == "15"
    assert room.ask('tag:"LONG HAIR"') == "15"
    assert room.ask("is:prose") == "3"
    assert room.ask("is:uncaptioned") == "4"


def test_a_word_that_is_being_typed_finds_what_begins_so(room: Room) -> None:
    room.filter.set_text("tag:smi", typing=True)
    assert room.seen == "12"
    room.filter.set_text("tag:smi")
    assert room.seen == ""


def test_terms_are_taken_out_one_by_one(room: Room) -> None:
    room.ask("hat -smile")
    room.filter.remove(1)
    assert room.filter.text == "hat"
    assert room.seen == "25"
    room.filter.remove(0)
    assert room.seen == "12345"


def test_a_click_adds_a_term_and_the_next_takes_it_out(room: Room) -> None:
    room.filter.toggle("tag:hat")
    assert room.seen == "25"
    assert room.filter.holds("tag:hat")
    room.filter.toggle("tag:hat")
    assert room.seen == "12345"


def test_what_is_selected_stays_until_somebody_moves_on(room: Room) -> None:
    room.ask("is:open")
    room.hub.select(["2.png"])
    room.hub.apply(judged(["2.png"], "reject"))
    room.settle()
    assert room.seen == "12345"
    room.hub.step(1)
    room.settle()
    assert room.seen == "1345"
    assert room.hub.current is not None
    assert room.hub.current.name == "3.png"
    room.hub.apply(judged(["1.png"], "keep"))
    room.settle()
    assert room.seen == "345"


def test_a_caption_that_changes_is_found_by_its_new_words(room: Room) -> None:
    room.ask("tag:boat")
    assert room.seen == ""
    room.hub.apply(captioned({"4.png": "boat, sea"}))
    room.settle()
    assert room.seen == "4"
    room.hub.undo()
    room.settle()
    room.hub.select([])
    room.settle()
    assert room.seen == ""


def test_pictures_that_come_later_are_found_too(room: Room) -> None:
    room.ask("hat")
    pictures.plain(room.folder / "6.png", caption="hat")
    room.hub.refresh()
    room.settle()
    assert room.seen == "256"


def test_another_folder_starts_without_a_query(room: Room, tmp_path: Path) -> None:
    room.ask("hat")
    room.filter.limit(["2.png"], "one")
    other = pictures.folder_of(tmp_path / "other", 3, "hat")
    room.open(other)
    assert room.filter.text == ""
    assert room.filter.limit_label == ""
    assert room.seen == "123"
    assert room.ask("hat") == "123"


def test_a_preview_limits_what_is_searched(room: Room) -> None:
    room.filter.limit(["4.png", "2.png", "gone.png"], "would be rejected")
    assert room.seen == "24"
    assert room.filter.filtering
    assert room.ask("hat") == "2"
    room.filter.limit(None)
    assert room.filter.limit_label == ""
    assert room.seen == "25"
    room.filter.limit(["1.png"], "x")
    room.filter.clear()
    assert room.seen == "12345"
    assert room.filter.text == ""


def test_filters_are_kept_in_the_project(room: Room) -> None:
    told = []
    room.filter.saved_changed.connect(lambda: told.append(room.filter.saved))
    room.ask("hat -smile")
    room.filter.save("Hats")
    room.ask("hat")
    room.filter.save("All hats")
    room.ask("smile")
    room.filter.save("Hats")
    assert room.filter.saved == (("All hats", "hat"), ("Hats", "smile"))
    assert told[-1] == room.filter.saved
    room.filter.forget("All hats")
    assert room.filter.saved == (("Hats", "smile"),)
    room.hub.undo()
    assert room.filter.saved == (("All hats", "hat"), ("Hats", "smile"))


def test_concepts_are_found_by_their_title(room: Room) -> None:
    room.hub.apply(Edit("concepts", project={"concepts": (Concept("c1", "Red Fox"),)}))
    room.hub.apply(grouped(["3.png"], "c1"))
    assert room.ask("concept:fox") == "3"
    assert room.ask('concept:""') == "1245"


def test_sorted_by_stars_and_remembered(room: Room) -> None:
    room.hub.apply(starred(["3.png", "5.png"], 4))
    room.filter.set_order("stars")
    assert room.seen == "12435"
    room.filter.set_descending(True)
    assert room.seen == "35124"
    assert room.ask("hat") == "52"
    assert room.settings.value.dataset_order == "stars"
    assert room.another().order == room.filter.order


def test_an_edit_moves_no_picture_until_it_is_sorted_again(room: Room) -> None:
    room.filter.set_order("stars")
    room.filter.set_descending(True)
    room.hub.apply(starred(["5.png"], 5))
    room.settle()
    assert room.seen == "12345"
    room.filter.sort_again()
    assert room.seen == "51234"


def test_what_becomes_known_is_sorted_in(room: Room) -> None:
    room.filter._resort.setInterval(0)
    room.filter.set_order("pixels")
    room.measure(**{"1": 300, "2": 100, "3": 200})
    room.qtbot.waitUntil(lambda: room.seen == "23145", timeout=20_000)
    # Measured again it is known already: no reason to move.
    room.measure(**{"1": 50})
    assert not room.filter._resort.isActive()


def test_tokens_are_counted_when_they_are_asked_for(room: Room) -> None:
    assert room.filter.tokens.counts.known(CAPTIONS[0]) is None
    assert room.ask("tokens>5") == "3"
    assert room.filter.tokens.counts.known(CAPTIONS[0]) == 4
    room.hub.apply(captioned({"4.png": "one two three four five six seven"}))
    room.settle()
    assert room.seen == "34"


def test_sorted_by_tokens(room: Room) -> None:
    room.filter.set_order("tokens")
    room.settle()
    assert room.seen == "42153"


def test_shuffled_each_time_another_way(room: Room) -> None:
    room.filter.shuffle()
    first = room.filter.order
    room.filter.shuffle()
    assert first.key == "random"
    assert room.filter.order.seed != first.seed
    assert sorted(room.seen) == list("12345")


def test_a_bucket_is_that_of_the_plan(room: Room) -> None:
    config = room.plan.config
    for resolution, found in ((128, "12"), (64, "")):
        room.plan.set_config(config.replace(dataset=config.dataset.replace(resolution=resolution)))
        assert room.filter.training.resolution == resolution
        room.measure(**{"1": 400, "2": 400, "3": 100})
        assert room.ask("bucket:128x64") == found
        room.ask("")
    assert room.ask("bucket:64x64") == "123"


def test_in_a_large_set_a_pause_in_typing_is_waited_for(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MANY", 3)
    room.filter.set_text("hat", typing=True)
    assert room.seen == "12345"
    assert room.filter.text == "hat"
    room.settle()
    assert room.seen == "25"


def test_completions_know_the_tags(room: Room) -> None:
    inserted = [found.insert for found in room.filter.complete("-smi", 4)]
    assert inserted == ["tag:smile "]


def test_without_a_folder_nothing_is_found(qtbot: QtBot, tmp_path: Path) -> None:
    room = Room(tmp_path, qtbot)
    room.filter.set_text("hat")
    room.filter.limit(["1.png"], "x")
    room.filter.set_order("stars")
    assert (room.filter.count, room.filter.total) == (0, 0)
    room.hub.close()
