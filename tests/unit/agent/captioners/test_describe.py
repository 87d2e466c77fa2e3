"""Carrying out an order: each picture once, whatever interrupts it."""

import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from loraferry_agent.blobs.store import BlobStore
from loraferry_agent.captioners.describe import Describing
from loraferry_agent.captioners.describing import Describe, Unfit
from loraferry_agent.captioning.folder import CaptioningFolder, captioning_folder
from loraferry_agent.layout import Layout
from loraferry_agent.models.folder import model_folder
from loraferry_core.captioning import CaptionOrder, Tag
from loraferry_core.dataset.manifest import ManifestEntry, encode, manifest_of
from loraferry_core.jobs import JobState, JobStatus
from loraferry_core.problems import ProblemError
from tests.unit.agent.captioners.conftest import Make

RED, GREEN, BLUE = ((255, 0, 0), (0, 255, 0), (0, 0, 255))


def png(colour: tuple[int, int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(buffer, "PNG")
    return buffer.getvalue()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "home").mkdir()
    return Layout(tmp_path / "home", tmp_path / "work")


@pytest.fixture
def ordered(layout: Layout, ask: Make) -> Callable[..., CaptioningFolder]:
    """An order of these files, ready to be carried out: pictures and model are there."""

    def make(*files: bytes, kind: str = "wd") -> CaptioningFolder:
        entries = [
            ManifestEntry(name=f"{n}.png", size=len(data), sha256=sha(data), caption="") for n, data in enumerate(files)
        ]
        listed = encode(manifest_of(entries))
        for data in (listed, *files):
            place = BlobStore(layout).place(sha(data))
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        order: CaptionOrder = ask(kind, sha(listed))
        model = model_folder(layout, order.model.id).files
        model.mkdir(parents=True)
        (model / "selected_tags.csv").touch()
        folder = captioning_folder(layout, order.id)
        folder.write_order(order)
        return folder

    return make


class Painter:
    """Says which colour a picture has, and remembers what it was shown."""

    def __init__(self, says: Callable[[int], Any] = lambda seen: None) -> None:
        self.seen: list[Any] = []
        self._says = says

    def load(self, model: Path, order: CaptionOrder) -> Describe:
        return self.describe

    def describe(self, picture: Image.Image) -> tuple[Tag, ...] | str:
        colour = picture.getpixel((0, 0))
        self.seen.append(colour)
        said = self._says(len(self.seen))
        if said is not None:
            assert isinstance(said, str)
            return said
        return (Tag(name=str(colour), category="general", score=1),)


def found_in(folder: CaptioningFolder) -> Iterator[tuple[str, str]]:
    for found in folder.all_found():
        yield found.picture, found.tags[0].name if found.tags else found.words


def test_each_picture_is_described_once_and_told_in_order(
    layout: Layout, ordered: Callable[..., CaptioningFolder]
) -> None:
    folder, painter = ordered(png(RED), png(GREEN), png(RED), png(BLUE)), Painter()
    Describing(layout, folder, False, painter.load).run()
    assert painter.seen == [RED, GREEN, BLUE]
    assert list(found_in(folder)) == [(sha(png(c)), str(c)) for c in (RED, GREEN, BLUE)]
    state = folder.state()
    assert state is not None
    assert (state.state, state.stage, state.done, state.total) == ("done", "describe", 3, 3)
    Describing(layout, folder, False, painter.load).run()
    assert len(painter.seen) == 3
    assert layout.activity.exists()


def test_what_was_ended_goes_on_with_the_others(layout: Layout, ordered: Callable[..., CaptioningFolder]) -> None:
    folder = ordered(png(RED), png(GREEN), png(BLUE))

    def cancel(seen: int) -> None:
        if seen == 2:
            folder.cancel_request.touch()

    painter = Painter(cancel)
    with pytest.raises(ProblemError) as caught:
        Describing(layout, folder, False, painter.load).run()
    assert caught.value.problem.code == "captioning_cancelled"
    state = folder.state()
    assert state is not None
    assert (state.state, state.done, state.problem) == ("failed", 2, caught.value.problem)
    folder.cancel_request.unlink()
    with folder.found.open("ab") as file:
        file.write(b'{"picture": "')  # as a death in the middle of a line leaves it
    Describing(layout, folder, False, painter.load).run()
    assert painter.seen == [RED, GREEN, BLUE]
    assert [colour for _, colour in found_in(folder)] == [str(RED), str(GREEN), str(BLUE)]


def test_a_picture_that_cannot_be_opened_is_told_and_passed_over(
    layout: Layout, ordered: Callable[..., CaptioningFolder]
) -> None:
    folder, painter = ordered(b"no picture", png(GREEN)), Painter()
    Describing(layout, folder, False, painter.load).run()
    first, second = folder.all_found()
    assert first.problem is not None
    assert first.problem.code == "image_unreadable"
    assert first.problem.params["name"] == "0.png"
    assert second.tags


def test_words_are_kept_without_control_characters(layout: Layout, ordered: Callable[..., CaptioningFolder]) -> None:
    folder = ordered(png(RED))
    Describing(layout, folder, False, Painter(lambda _: "a\x1b[31m cat\x00").load).run()
    assert [words for _, words in found_in(folder)] == ["a cat"]


def write_job(layout: Layout, state: JobState) -> None:
    folder = layout.job("01234567-89ab-cdef-0123-456789abcdef")
    folder.path.mkdir(parents=True, exist_ok=True)
    status = JobStatus(job=folder.path.name, name="My star", state=state, spec_hash="0" * 64)
    folder.state.write_text(status.model_dump_json(), encoding="utf-8")


def test_it_gives_way_to_a_training_unless_it_may_go_on_beside(
    layout: Layout, ordered: Callable[..., CaptioningFolder]
) -> None:
    folder, painter = ordered(png(RED), png(GREEN)), Painter()
    write_job(layout, JobState.RUNNING)
    with pytest.raises(ProblemError) as caught:
        Describing(layout, folder, False, painter.load).run()
    assert caught.value.problem.code == "captioner_busy"
    assert caught.value.problem.params == {"name": "My star"}
    assert not painter.seen
    Describing(layout, folder, True, painter.load).run()
    assert len(painter.seen) == 2
    write_job(layout, JobState.FINISHED)
    folder.found.unlink()
    Describing(layout, folder, False, painter.load).run()
    assert len(painter.seen) == 4


def test_a_model_of_another_kind_is_named(layout: Layout, ordered: Callable[..., CaptioningFolder]) -> None:
    folder = ordered(png(RED))

    def load(model: Path, order: CaptionOrder) -> Describe:
        raise Unfit("nothing fits")

    with pytest.raises(ProblemError) as caught:
        Describing(layout, folder, False, load).run()
    assert caught.value.problem.params == {"name": "A wd", "detail": "nothing fits"}
    state = folder.state()
    assert state is not None
    assert state.problem == caught.value.problem


def test_two_orders_wait_for_each_other(layout: Layout, ordered: Callable[..., CaptioningFolder]) -> None:
    """The second sees to it that the first can be ended while it has the models' place."""
    first = ordered(png(RED))
    painter = Painter()

    def nest(seen: int) -> None:
        second = captioning_folder(layout, "second")
        second.write_order(first.order().replace(id="second"))
        second.cancel_request.touch()
        with pytest.raises(ProblemError) as caught:
            Describing(layout, second, False, painter.load).run()
        assert caught.value.problem.code == "captioning_cancelled"

    Describing(layout, first, False, Painter(nest).load).run()
    assert not painter.seen
