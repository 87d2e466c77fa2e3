"""Numbers of the open set: counted while somebody looks, and clicks that filter."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from loraferry.library.edits import captioned, judged
from loraferry.viewmodels.dataset_statistics import DatasetStatistics
from tests.unit.desktop.viewmodels.test_dataset_filter import Room


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path, qtbot)
    made.open()
    yield made
    made.hub.close()


@pytest.fixture
def numbers(room: Room) -> DatasetStatistics:
    return DatasetStatistics(room.filter, room.tasks)


def settle(room: Room, numbers: DatasetStatistics) -> None:
    room.qtbot.waitUntil(lambda: not (numbers.busy or room.filter.busy), timeout=20_000)


def test_nothing_is_counted_until_somebody_looks(room: Room, numbers: DatasetStatistics) -> None:
    room.ask("hat")
    assert numbers.value.total == 0
    numbers.watch(True)
    settle(room, numbers)
    assert numbers.value.total == 5
    assert dict(numbers.value.tags) == {"smile": 2, "hat": 2, "long hair": 2}
    assert numbers.value.longest == 7
    numbers.watch(False)
    room.hub.apply(judged(["1.png"], "reject"))
    settle(room, numbers)
    assert numbers.value.total == 5


def test_edits_are_followed(room: Room, numbers: DatasetStatistics) -> None:
    numbers.watch(True)
    room.hub.apply(judged(["1.png"], "reject"))
    room.hub.apply(captioned({"4.png": "boat"}))
    settle(room, numbers)
    assert numbers.value.total == 4
    assert dict(numbers.value.tags)["boat"] == 1
    assert dict(numbers.value.tags)["smile"] == 1


def test_what_is_shown_may_be_counted_instead(room: Room, numbers: DatasetStatistics) -> None:
    numbers.watch(True)
    room.ask("hat")
    settle(room, numbers)
    assert numbers.value.total == 5
    numbers.set_scope("shown")
    assert numbers.value.total == 2


def test_the_company_of_a_tag(room: Room, numbers: DatasetStatistics) -> None:
    told = []
    numbers.changed.connect(lambda: told.append(numbers.tag))
    numbers.watch(True)
    numbers.look_at("hat")
    settle(room, numbers)
    assert numbers.together == (("long hair", 1), ("smile", 1))
    numbers.look_at("")
    assert numbers.together == ()
    assert told[-1] == ""


def test_a_new_resolution_makes_new_buckets(room: Room, numbers: DatasetStatistics) -> None:
    numbers.watch(True)
    room.measure(**{"1": 400})
    settle(room, numbers)
    before = numbers.value.buckets
    config = room.plan.config
    room.plan.set_config(config.replace(dataset=config.dataset.replace(resolution=128)))
    settle(room, numbers)
    assert [bar.size for bar in numbers.value.buckets] != [bar.size for bar in before]
