"""From Qt's drags and clipboard to what the library understands; the Dataset page hands its events on to here."""

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, Qt, QUrl
from PySide6.QtGui import QClipboard, QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QImageWriter

from loraferry.library.arrivals import Dropped
from loraferry.viewmodels.dataset_arrivals import Arrivals
from loraferry.views.dataset.drop_veil import DropVeil

OWN = "application/x-loraferry-"
"""How the types of drags within the window begin: those are none of the page's."""


def is_welcome(data: QMimeData) -> bool:
    """Whether a drag may hold pictures. Looks at the kinds of data only, so that dragging stays fluent."""
    if any(kind.startswith(OWN) for kind in data.formats()):
        return False
    return data.hasUrls() or data.hasImage()


def is_local(data: QMimeData) -> bool:
    """Whether it holds files or folders of this computer."""
    return any(url.isLocalFile() for url in data.urls())


def dropped_of(data: QMimeData) -> Dropped:
    """The content of a drag or of the clipboard; empty where it is of another kind."""
    if any(kind.startswith(OWN) for kind in data.formats()):
        return Dropped()
    urls = data.urls() or _urls_in(data.text() if data.hasText() else "")
    paths = tuple(Path(url.toLocalFile()) for url in urls if url.isLocalFile())
    if paths:
        return Dropped(paths=paths)
    addresses = tuple(url.toString(QUrl.ComponentFormattingOption.FullyEncoded) for url in urls)
    html = data.html() if data.hasHtml() and (addresses or data.hasImage()) else ""
    return Dropped(addresses=addresses, html=html, image=_png(data.imageData()) if data.hasImage() else b"")


def _urls_in(text: str) -> list[QUrl]:
    """Paths and addresses that were copied as text, one a line; none where any line is something else."""
    found = []
    for line in filter(None, (line.strip().strip('"') for line in text[:100_000].splitlines())):
        url = QUrl(line)
        if url.scheme() in ("http", "https", "file") and url.isValid():
            found.append(url)
        elif Path(line).is_absolute() and "\n" not in line:
            found.append(QUrl.fromLocalFile(line))
        else:
            return []
    return found


def _png(image: object) -> bytes:
    """A picture of the clipboard, losslessly."""
    if not isinstance(image, QImage) or image.isNull():
        return b""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


def enter(event: QDragEnterEvent, veil: DropVeil) -> None:
    """Something is dragged over the page: say what dropping it would do."""
    data = event.mimeData()
    if is_welcome(data):
        # Never "move": what is dropped belongs where it is.
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        veil.cover(saving=not is_local(data))


def drop(event: QDropEvent, veil: DropVeil, arrivals: Arrivals) -> None:
    """It was dropped."""
    veil.hide()
    dropped = dropped_of(event.mimeData())
    if dropped:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        arrivals.take(dropped)


def paste(arrivals: Arrivals) -> bool:
    """Take what the clipboard holds; False where it holds no picture, path or address."""
    data = QGuiApplication.clipboard().mimeData(QClipboard.Mode.Clipboard)
    dropped = dropped_of(data) if data is not None else Dropped()
    if dropped:
        arrivals.take(dropped)
    return bool(dropped)
