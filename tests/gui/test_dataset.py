"""The Dataset page as a person uses it: open, drop, look, type, reject, undo."""

import base64
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from loraferry.viewmodels import dataset as dataset_module
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.tasks import TaskRunner
from loraferry.views.commands.catalogue import COMMANDS
from loraferry.views.commands.registry import Commands
from loraferry.views.dataset.drop_veil import DropVeil
from loraferry.views.dataset.page import DatasetPage
from tests.fakes import pictures
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.prompter import FakePrompter
from tests.fakes.studio import make_studio

Page = tuple[DatasetPage, DatasetViewModel, FakePrompter]


@pytest.fixture
def make(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[[], Page]]:
    models: list[DatasetViewModel] = []

    def build(tasks: TaskRunner | InlineRunner | None = None) -> Page:
        studio = make_studio(tmp_path, tasks or InlineRunner())
        model, prompter = studio.dataset, studio.prompter
        assert isinstance(prompter, FakePrompter)
        models.append(model)
        page = DatasetPage(studio)
        # As the window does.
        Commands(page, COMMANDS, studio.settings).bind_page("dataset", page)
        qtbot.addWidget(page)
        page.resize(1000, 760)
        page.show()
        qtbot.waitExposed(page)
        return page, model, prompter

    yield build
    for model in models:
        model.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return pictures.folder_of(tmp_path / "my 图片", 6)


@pytest.fixture
def page(make: Callable[[], Page], folder: Path) -> Page:
    made = make()
    made[1].open_folder(folder)
    return made


def texts(widget: QWidget) -> list[str]:
    """Every word that can be seen."""
    labels = [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]
    buttons = [button.text() for button in widget.findChildren(QPushButton) if button.isVisible()]
    return [*labels, *buttons, *(button.text() for button in widget.findChildren(QToolButton) if button.isVisible())]


def files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drag(target: QWidget, data: QMimeData) -> QDragEnterEvent:
    event = QDragEnterEvent(
        QPoint(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(target, event)
    return event


def drop(target: QWidget, data: QMimeData) -> QDropEvent:
    event = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(target, event)
    return event


def test_an_empty_page_says_what_to_do_next(
    make: Callable[[], Page], folder: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    page, model, _ = make()
    seen = " ".join(texts(page))
    assert "Drop your pictures here" in seen
    assert "Nothing in it is moved or renamed" in seen
    monkeypatch.setattr(dataset_module, "sample_dataset_path", lambda: folder)
    sample = page.findChild(QPushButton, "sampleButton")
    assert sample is not None
    qtbot.mouseClick(sample, Qt.MouseButton.LeftButton)
    assert model.grid.rowCount() == 6
    assert page.grid.isVisible()
    assert not sample.isVisible()


def test_the_button_asks_for_a_folder(make: Callable[[], Page], folder: Path, qtbot: QtBot) -> None:
    page, model, prompter = make()
    prompter.answers = [folder, None]
    opening = page.empty.findChild(QPushButton, "primary")
    assert opening is not None
    qtbot.mouseClick(opening, Qt.MouseButton.LeftButton)
    assert prompter.asked == ["Open a folder of pictures"]
    assert model.folder == folder
    qtbot.mouseClick(page.open_button, Qt.MouseButton.LeftButton)
    assert model.folder == folder


def test_dropping_anywhere_opens_the_folder_and_moves_nothing(make: Callable[[], Page], folder: Path) -> None:
    page, model, _ = make()
    before = sorted(path.name for path in folder.iterdir())
    veil = page.findChild(DropVeil)
    assert veil is not None
    assert drag(page, files(folder)).isAccepted()
    assert veil.isVisible()
    assert veil.size() == page.size()
    page.grab()
    event = drop(page, files(folder))
    assert event.dropAction() == Qt.DropAction.CopyAction
    assert not veil.isVisible()
    assert model.folder == folder
    assert sorted(path.name for path in folder.iterdir()) == before


def test_dropping_files_on_the_editor_opens_them_too(page: Page, folder: Path, tmp_path: Path) -> None:
    view, model, _ = page
    other = pictures.folder_of(tmp_path / "other", 3)
    assert not view.detail.editor.canInsertFromMimeData(files(other))
    drag(view, files(other / "2.png"))
    drop(view, files(other / "2.png"))
    assert model.folder == other
    assert model.selected == ("2.png",)
    assert view.detail.editor.toPlainText() == "a picture 2"


def test_text_dragged_over_the_page_is_not_taken(page: Page) -> None:
    data = QMimeData()
    data.setText("just words")
    assert not drag(page[0], data).isAccepted()
    drag(page[0], files(Path("/")))
    QApplication.sendEvent(page[0], QDragLeaveEvent())
    veil = page[0].findChild(DropVeil)
    assert veil is not None
    assert not veil.isVisible()


def test_what_is_typed_reaches_the_file_when_the_keyboard_leaves(page: Page, folder: Path, qtbot: QtBot) -> None:
    view, model, _ = page
    view.detail.caption.choose_style("prose")
    view.detail.editor.setFocus()
    view.detail.editor.selectAll()
    qtbot.keyClicks(view.detail.editor, "red fox, snow")
    assert model.caption == "red fox, snow"
    view.grid.setFocus()
    assert (folder / "1.txt").read_text(encoding="utf-8") == "red fox, snow"
    assert "4 / 75" in texts(view)


def test_ctrl_down_goes_on_while_typing(page: Page, folder: Path, qtbot: QtBot) -> None:
    view, model, _ = page
    view.activateWindow()
    view.detail.caption.choose_style("prose")
    editor = view.detail.editor
    editor.setFocus()
    qtbot.waitUntil(editor.hasFocus)
    editor.selectAll()
    qtbot.keyClicks(editor, "first")
    qtbot.keyClick(editor, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert model.current is not None
    assert model.current.name == "2.png"
    assert editor.toPlainText() == "a picture 2"
    assert editor.hasFocus()
    assert (folder / "1.txt").read_text(encoding="utf-8") == "first"
    qtbot.keyClick(editor, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert editor.toPlainText() == "first"
    assert view.grid.choice.rows == {0}


def test_keys_reject_and_keep_but_not_while_typing(page: Page, qtbot: QtBot) -> None:
    view, model, _ = page
    qtbot.keyClick(view.grid, Qt.Key.Key_X)
    assert model.current is not None
    assert model.current.rejected
    assert view.detail.reject.isChecked()
    qtbot.keyClick(view.grid, Qt.Key.Key_K)
    assert model.current.verdict == "keep"
    assert not view.detail.reject.isChecked()
    qtbot.keyClick(view.grid, Qt.Key.Key_Delete)
    qtbot.keyClick(view.grid, Qt.Key.Key_Delete)
    assert model.current.verdict == ""
    qtbot.keyClicks(view.detail.editor, "xk")
    assert model.current.verdict == ""


def test_several_are_rejected_at_once_and_undone(page: Page, qtbot: QtBot) -> None:
    view, model, _ = page
    view.grid.select_all()
    assert len(model.selected) == 6
    assert "6 pictures are selected." in texts(view)
    qtbot.keyClick(view.grid, Qt.Key.Key_X)
    assert model.approved_count == 0
    assert "6 rejected" in texts(view)
    view.activateWindow()
    view.grid.setFocus()
    qtbot.waitUntil(view.grid.hasFocus)
    qtbot.keyClick(view.grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert model.approved_count == 6


def test_the_selection_survives_a_picture_that_goes(page: Page, folder: Path) -> None:
    view, model, _ = page
    model.select(["2.png", "3.png", "5.png"], "3.png")
    assert view.grid.choice.rows == {1, 2, 4}
    (folder / "1.png").unlink()
    (folder / "5.png").unlink()
    model.refresh()
    assert model.selected == ("2.png", "3.png")
    assert view.grid.choice.rows == {0, 1}
    assert view.grid.choice.current == 1


def test_buttons_give_verdicts(page: Page, qtbot: QtBot) -> None:
    view, model, _ = page
    qtbot.mouseClick(view.detail.keep, Qt.MouseButton.LeftButton)
    assert model.counts.kept == 1
    qtbot.mouseClick(view.detail.keep, Qt.MouseButton.LeftButton)
    assert model.counts.kept == 0
    assert not view.detail.keep.isChecked()


def test_f2_goes_to_the_caption(page: Page, qtbot: QtBot) -> None:
    view, _, _ = page
    view.activateWindow()
    view.grid.setFocus()
    qtbot.keyClick(view.grid, Qt.Key.Key_F2)
    qtbot.waitUntil(view.detail.caption.chips.field.hasFocus)
    view.detail.caption.choose_style("prose")
    view.grid.setFocus()
    qtbot.keyClick(view.grid, Qt.Key.Key_F2)
    qtbot.waitUntil(view.detail.editor.hasFocus)


def test_a_click_chooses_the_picture(page: Page, qtbot: QtBot) -> None:
    view, model, _ = page
    place = view.grid.cell_rect(2).center()
    qtbot.mouseClick(view.grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert model.current is not None
    assert model.current.name == "3.png"
    assert view.detail.editor.toPlainText() == "a picture 3"


def odd_folder(folder: Path) -> Path:
    """One of every kind that must be named, among sound ones."""
    pictures.zero_bytes(folder / "zero.png")
    pictures.truncated(folder / "half.png")
    pictures.not_an_image(folder / "list.png")
    pictures.very_wide(folder / "wide.png")
    pictures.cmyk(folder / "print.jpg")
    pictures.sixteen_bit(folder / "deep.png")
    pictures.palette_with_hole(folder / "palette.png")
    pictures.turned_by_exif(folder / "phone.jpg")
    pictures.plain(folder / "gbk.png").with_suffix(".txt").write_bytes("红色的狐狸".encode("gbk"))
    return folder


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("zero.png", "“zero.png” is an empty file."),
        ("half.png", "“half.png” ends too early"),
        ("list.png", "“list.png” is not a picture that can be read"),
        ("wide.png", "“wide.png” has 30000 × 12 pixels"),
        ("gbk.png", "The caption of “gbk.png” was not UTF-8; it was read as GB18030."),
    ],
)
def test_each_odd_file_says_what_is_wrong_and_what_to_do(
    page: Page, folder: Path, name: str, words: str, qtbot: QtBot
) -> None:
    view, model, _ = page
    model.open_folder(odd_folder(folder))
    model.select([name])
    model.thumbnails.pixmap(name)
    model.thumbnails.pump()
    qtbot.waitUntil(lambda: words in " ".join(texts(view.detail)))
    view.grab()


def test_odd_but_sound_pictures_are_shown_and_approved(page: Page, folder: Path) -> None:
    view, model, _ = page
    model.open_folder(odd_folder(folder))
    for item in list(model.library or ()):
        model.thumbnails.pixmap(item.name)
        model.thumbnails.pump()
    assert model.counts.broken == 4
    assert model.approved_count == 11
    assert "4 cannot be read" in texts(view)
    model.select(["phone.jpg"])
    assert "64 × 96 pixels" in " ".join(texts(view.detail))


@pytest.mark.skipif(sys.platform == "win32", reason="such names cannot be made there")
def test_odd_names_are_shown_and_captioned(make: Callable[[], Page], tmp_path: Path, qtbot: QtBot) -> None:
    view, model, _ = make()
    folder = tmp_path / "odd"
    for name in pictures.ODD_NAMES:
        pictures.plain(folder / name)
    model.open_folder(folder)
    for name in pictures.ODD_NAMES:
        model.select([name])
        model.type_caption(f"of {name}")
    model.save_caption()
    view.grab()
    for name in pictures.ODD_NAMES:
        assert (folder / name).with_suffix(".txt").read_text(encoding="utf-8") == f"of {name}"


def test_a_problem_of_the_folder_is_shown_above_the_pictures(page: Page, folder: Path) -> None:
    view, model, _ = page
    model.open_folder(folder / "nowhere")
    assert [found.code for found in view.notices.problems] == ["folder_unreadable"]
    assert view.grid.isVisible()


def test_an_empty_folder_shows_the_way_on(make: Callable[[], Page], tmp_path: Path) -> None:
    view, model, _ = make()
    (tmp_path / "empty").mkdir()
    model.open_folder(tmp_path / "empty")
    assert [found.code for found in view.notices.problems] == ["folder_empty"]
    assert view.empty.isVisible()


def test_the_grid_paints_thumbnails_badges_and_missing_captions(page: Page, folder: Path, qtbot: QtBot) -> None:
    view, model, _ = page
    (folder / "2.txt").unlink()
    model.refresh()
    model.select(["3.png"])
    model.toggle("reject")
    qtbot.waitUntil(lambda: all(model.thumbnails.pixmap(f"{n}.png") is not None for n in range(1, 7)))
    view.grid.repaint()
    shown = view.grid.viewport().grab().toImage()
    box = view.grid.cell_rect(0)
    # The green upper right quarter of the first picture.
    colours = {
        shown.pixelColor(x, y).name()
        for x in range(box.left(), box.right(), 3)
        for y in range(box.top(), box.bottom(), 3)
    }
    assert "#1eb41e" in colours
    assert shown.format() != QImage.Format.Format_Invalid


def test_all_words_follow_the_language(page: Page, qtbot: QtBot) -> None:
    view, _, _ = page
    before = texts(view)
    for label in view.findChildren(QLabel):
        if label.objectName() in ("title", "approved"):
            label.clear()
    QApplication.sendEvent(view, QEvent(QEvent.Type.LanguageChange))
    for widget in view.findChildren(QWidget):
        QApplication.sendEvent(widget, QEvent(QEvent.Type.LanguageChange))
    assert texts(view) == before


def test_with_real_threads_everything_arrives(
    make: Callable[..., Page], folder: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    tasks = TaskRunner()
    view, model, _ = make(tasks)
    try:
        model.open_folder(odd_folder(folder))
        qtbot.waitUntil(lambda: model.listed and not tasks.busy, timeout=10_000)
        assert model.current is not None
        assert view.detail.editor.toPlainText() == "a picture 1"
        qtbot.waitUntil(lambda: model.thumbnails.pixmap("1.png") is not None, timeout=10_000)
        qtbot.waitUntil(lambda: not model.preview.image.isNull(), timeout=10_000)
        model.open_folder(pictures.folder_of(tmp_path / "other", 2))
        model.open_folder(folder)
        qtbot.waitUntil(lambda: model.folder == folder and model.listed and not model.opening, timeout=10_000)
        done: list[int] = []
        model.make_approved(64, success=lambda made: done.append(len(made.manifest.entries)), failure=print)
        qtbot.waitUntil(lambda: done == [11], timeout=20_000)
    finally:
        tasks.shutdown()


def test_a_picture_that_is_pasted_is_saved_and_chosen(page: Page, folder: Path, qtbot: QtBot) -> None:
    view, model, _ = page
    picture = QImage(40, 30, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.darkCyan)
    QApplication.clipboard().setImage(picture)
    view.activateWindow()
    view.grid.setFocus()
    qtbot.waitUntil(view.grid.hasFocus)
    qtbot.keyClick(view.grid, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert (folder / "picture.png").exists()
    assert model.selected == ("picture.png",)
    QApplication.clipboard().clear()


def test_a_picture_of_a_browser_is_dropped_into_the_folder(page: Page, folder: Path, qtbot: QtBot) -> None:
    view, model, _ = page
    data = QMimeData()
    data.setHtml(f'<img src="data:image/png;base64,{base64.b64encode((folder / "1.png").read_bytes()).decode()}">')
    picture = QImage(8, 8, QImage.Format.Format_RGB32)
    data.setImageData(picture)
    assert drag(view, data).isAccepted()
    drop(view, data)
    assert (folder / "picture.png").read_bytes() == (folder / "1.png").read_bytes()
    assert model.selected == ("picture.png",)


def test_two_folders_dropped_open_what_holds_them_with_their_pictures_chosen(
    make: Callable[[], Page], tmp_path: Path
) -> None:
    for name in ("10_cat", "5_dog", "else"):
        pictures.folder_of(tmp_path / "set" / name, 1)
    view, model, _ = make()
    both = files(tmp_path / "set" / "10_cat", tmp_path / "set" / "5_dog")
    drag(view, both)
    drop(view, both)
    assert model.folder == tmp_path / "set"
    assert set(model.selected) == {"10_cat/1.png", "5_dog/1.png"}
    assert view.offers.concepts.isVisible()
    view.offers.concepts.buttons[0].click()
    assert [concept.repeats for concept in model.project.concepts] == [5, 10]
    assert not view.offers.isVisible()


def test_two_pictures_with_one_caption_are_asked_about(make: Callable[[], Page], tmp_path: Path) -> None:
    pictures.plain(tmp_path / "twins" / "a.png", caption="both")
    pictures.plain(tmp_path / "twins" / "a.jpg")
    view, model, _ = make()
    model.open_folder(tmp_path / "twins")
    assert view.offers.sharing.isVisible()
    view.offers.sharing.buttons[1].click()
    assert model.project.sharing == "own"
    assert not view.offers.isVisible()
    model.undo()
    assert view.offers.sharing.isVisible()


def test_a_search_that_finds_nothing_does_not_send_one_away(page: Page) -> None:
    shown, model, _ = page
    shown.query.field.textEdited.emit("there is no such picture")
    assert model.visible == ()
    assert shown.query.isVisible()
    assert not shown.empty.isVisible()
