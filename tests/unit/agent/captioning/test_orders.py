"""Orders for captions seen from outside: who may start, what was found since, what is kept."""

import os
from pathlib import Path

import pytest

from loraferry_agent.captioning import orders
from loraferry_agent.captioning.folder import BATCH_BYTES, CaptioningFolder, captioning_folder, captioning_folders
from loraferry_agent.jobs.launch import Settings
from loraferry_agent.layout import Layout
from loraferry_agent.storage.count import count
from loraferry_core.captioning import CaptionOrder, Described, caption_order
from loraferry_core.jobs import JobState
from loraferry_core.model_links import order
from loraferry_core.models import FetchSource
from loraferry_core.problems import ProblemError
from tests.unit.agent.storage.conftest import ORDER as MODEL
from tests.unit.agent.storage.conftest import UsedMachine

SHA = "ab" * 32


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "locks").mkdir()
    return Layout(tmp_path, tmp_path)


def asked(manifest: str = SHA) -> CaptionOrder:
    return caption_order(manifest, "wd", order([FetchSource(kind="hub", place="a/b")], name="Tagger"))


def written(layout: Layout, name: str = "") -> CaptioningFolder:
    wanted = asked()
    folder = captioning_folder(layout, name or wanted.id)
    folder.write_order(wanted.replace(id=name or wanted.id))
    return folder


def tell(folder: CaptioningFolder, *words: str) -> None:
    with folder.found.open("ab") as file:
        for text in words:
            file.write(Described(picture=SHA, words=text).model_dump_json().encode() + b"\n")


def refused(code: str, settings: Settings, wanted: CaptionOrder, beside: bool = False) -> None:
    with pytest.raises(ProblemError) as caught:
        orders.start(settings, wanted, beside)
    assert caught.value.problem.code == code


def test_pictures_must_be_there_and_no_training_must_run(layout: Layout) -> None:
    settings, machine = Settings(layout.home), UsedMachine(layout)
    refused("manifest_unknown", settings, asked())
    pictures = machine.manifest(b"picture")
    job = machine.job(pictures, JobState.RUNNING)
    refused("captioner_busy", settings, asked(pictures))
    assert not layout.captionings.exists()
    assert job.path.exists()


def test_an_order_that_is_done_is_not_begun_again(layout: Layout) -> None:
    folder = written(layout)
    folder.record("done", "describe", 3, 3)
    state = orders.start(Settings(layout.home), asked(), False)
    assert (state.state, state.done) == ("done", 3)


def test_what_was_found_since_a_place(layout: Layout) -> None:
    folder = written(layout)
    folder.record("running", "describe", 0, 3)
    assert orders.found_after(layout, folder.id, 0, 0)[1:] == ((), 0)
    tell(folder, "one", "two")
    _, found, place = orders.found_after(layout, folder.id, 0, 5)
    assert [one.words for one in found] == ["one", "two"]
    with folder.found.open("ab") as file:
        file.write(b'{"damaged"}\n')
    tell(folder, "three")
    with folder.found.open("ab") as file:
        file.write(b'{"picture":')
    _, found, last = orders.found_after(layout, folder.id, place, 5)
    assert [one.words for one in found] == ["three"]
    assert orders.found_after(layout, folder.id, last, 0)[1:] == ((), last)
    again, _ = folder.found_after(last + 10**6)
    assert [one.words for one in again] == ["one", "two", "three"]


def test_no_more_is_told_at_once_than_a_message_has_room_for(layout: Layout) -> None:
    folder = written(layout)
    tell(folder, *["x" * 10_000] * 60)
    place, parts = 0, []
    while found := folder.found_after(place)[0]:
        place = folder.found_after(place)[1]
        parts.append(len(found))
        assert len(found) * 10_000 <= BATCH_BYTES + 10_000
    assert sum(parts) == 60
    assert len(parts) > 1


def test_an_end_is_told_at_once(layout: Layout) -> None:
    folder = written(layout)
    folder.record("done", "describe", 0, 0)
    state, found, _ = orders.found_after(layout, folder.id, 0, 10**6)
    assert (state.state, found) == ("done", ())


def test_a_process_that_died_is_noticed(layout: Layout) -> None:
    folder = written(layout)
    folder.record("running", "describe", 1, 3)
    record = folder.progress.read_text(encoding="utf-8").replace(str(os.getpid()), "999999999")
    folder.progress.write_text(record, encoding="utf-8")
    folder.log.write_text("Traceback\nRuntimeError: no memory\n", encoding="utf-8")
    state = orders.state_of(layout, folder.id)
    assert state.state == "failed"
    assert state.problem is not None
    assert state.problem.params == {"name": "Tagger", "detail": "RuntimeError: no memory"}
    folder.cancel_request.touch()
    state = orders.cancel(layout, folder.id)
    assert state.problem is not None
    assert state.problem.code == "captioning_cancelled"


def test_what_nobody_ordered_is_unknown(layout: Layout) -> None:
    for question in (orders.state_of, orders.cancel):
        with pytest.raises(ProblemError) as caught:
            question(layout, "other")
        assert caught.value.problem.code == "captioning_unknown"


def test_the_answers_to_the_newest_orders_are_kept(layout: Layout) -> None:
    for number in range(orders.KEPT + 5):
        folder = written(layout, f"order-{number:02}")
        folder.record("done", "describe", 1, 1)
        os.utime(folder.progress, (number, number))
    running = written(layout, "running")
    running.record("running", "describe", 1, 2)
    os.utime(running.progress, (0, 0))
    orders.forget_oldest(layout)
    left = [folder.id for folder in captioning_folders(layout)]
    assert left == ["running", *(f"order-{number:02}" for number in range(5, orders.KEPT + 5))]


def test_what_is_used_cannot_be_freed(layout: Layout) -> None:
    machine = UsedMachine(layout)
    machine.model()
    pictures = machine.manifest(b"one", b"two")
    folder = captioning_folder(layout, "mine")
    folder.write_order(caption_order(pictures, "wd", MODEL).replace(id="mine"))
    folder.record("done", "describe", 2, 2)

    def in_use() -> set[str]:
        return {item.key.kind for item in count(layout) if item.in_use}

    assert in_use() == set()
    folder.record("running", "describe", 1, 2)
    assert in_use() == {"pictures", "model"}
