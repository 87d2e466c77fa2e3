"""Drags and the clipboard as browsers and file managers fill them."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from loraferry.library.arrivals import Dropped
from loraferry.views.dataset import drops
from loraferry.views.dataset.drop_veil import DropVeil


class Taken:
    """Stands for the view-model and keeps what it is given."""

    def __init__(self) -> None:
        self.all: list[Dropped] = []

    def take(self, dropped: Dropped) -> None:
        self.all.append(dropped)


def data_of(*urls: str, html: str = "", text: str = "", image: bool = False) -> QMimeData:
    data = QMimeData()
    if urls:
        data.setUrls([QUrl(url) for url in urls])
    if html:
        data.setHtml(html)
    if text:
        data.setText(text)
    if image:
        picture = QImage(4, 3, QImage.Format.Format_ARGB32)
        picture.fill(Qt.GlobalColor.red)
        data.setImageData(picture)
    return data


def test_files_count_before_all_else(qapp: QApplication) -> None:
    data = data_of("file:///a/b.png", "http://a.example/b.png", html="<img src=x>", image=True)
    assert drops.dropped_of(data) == Dropped(paths=(Path("/a/b.png"),))


def test_a_picture_of_a_browser_comes_as_address_page_and_pixels(qapp: QApplication) -> None:
    found = drops.dropped_of(
        data_of("http://a.example/狐 1.png", html="<img src='http://a.example/1.png'>", image=True)
    )
    assert found.addresses == ("http://a.example/%E7%8B%90%201.png",)
    assert "<img" in found.html
    assert found.image.startswith(b"\x89PNG")


def test_plain_text_and_pages_of_words_are_nothing(qapp: QApplication) -> None:
    assert not drops.dropped_of(data_of(text="red fox, snow"))
    assert not drops.dropped_of(data_of(html="<p>words <img src='http://a.example/1.png'></p>", text="words"))
    assert not drops.dropped_of(QMimeData())
    assert not drops.is_welcome(data_of(text="red fox, snow"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("http://a.example/1.png", Dropped(addresses=("http://a.example/1.png",))),
        ("file:///a/1.png\nfile:///a/2.png", Dropped(paths=(Path("/a/1.png"), Path("/a/2.png")))),
        ("see http://a.example/1.png", Dropped()),
        ("http://a.example/1.png\nand more", Dropped()),
    ],
)
def test_copied_addresses_and_paths_are_understood(qapp: QApplication, text: str, found: Dropped) -> None:
    assert drops.dropped_of(data_of(text=text)) == found


def test_a_copied_path_is_understood(qapp: QApplication, tmp_path: Path) -> None:
    assert drops.dropped_of(data_of(text=f'"{tmp_path / "my 图.png"}"')) == Dropped(paths=(tmp_path / "my 图.png",))


def test_drags_within_the_window_are_not_the_pages(qapp: QApplication) -> None:
    data = data_of("file:///a/b.png")
    data.setData("application/x-loraferry-pictures", b"[]")
    assert not drops.is_welcome(data)
    assert not drops.dropped_of(data)


def test_the_veil_says_what_dropping_does_and_the_drop_arrives(qtbot: QtBot, dressed: object) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    page.resize(300, 200)
    page.show()
    veil, taken = DropVeil(page), Taken()
    action, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    data = data_of("http://a.example/1.png")
    entering = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.MoveAction | action, data, left, none)
    drops.enter(entering, veil)
    assert entering.isAccepted()
    assert veil.isVisible()
    first = veil.grab().toImage()
    veil.cover(saving=False)
    assert veil.grab().toImage() != first
    dropping = QDropEvent(QPointF(9, 9), action, data, left, none)
    drops.drop(dropping, veil, taken)  # type: ignore[arg-type]
    assert taken.all == [Dropped(addresses=("http://a.example/1.png",))]
    assert not veil.isVisible()


def test_pasting_takes_pictures_and_leaves_words(qapp: QApplication) -> None:
    taken = Taken()
    clipboard = QGuiApplication.clipboard()
    clipboard.setMimeData(data_of(image=True))
    assert drops.paste(taken)  # type: ignore[arg-type]
    assert taken.all[0].image.startswith(b"\x89PNG")
    clipboard.setText("red fox")
    assert not drops.paste(taken)  # type: ignore[arg-type]
    assert len(taken.all) == 1
    clipboard.clear()
