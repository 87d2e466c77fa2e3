"""The current picture, as large as there is room, sharp on any screen."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from loraferry.viewmodels.dataset import DatasetViewModel


class PreviewView(QWidget):
    """Shows the thumbnail until the picture is decoded. Scaled once for each size, not at each paint."""

    def __init__(self, model: DatasetViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preview")
        self._model = model
        self._scaled = QPixmap()
        self._scaled_for: tuple[int, QSize] | None = None
        self.setMinimumHeight(180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        model.preview.changed.connect(self._renew)

    def sizeHint(self) -> QSize:
        return QSize(340, 320)

    def _renew(self) -> None:
        self._scaled_for = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        picture = self._fitting()
        if picture is None:
            return
        scale = self.devicePixelRatioF()
        width, height = picture.width() / scale, picture.height() / scale
        painter = QPainter(self)
        target = QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)
        painter.drawPixmap(target, picture, QRectF(picture.rect()))

    def _fitting(self) -> QPixmap | None:
        """The picture in device pixels for the room there is; small pictures are at most doubled."""
        room = QSize(round(self.width() * self.devicePixelRatioF()), round(self.height() * self.devicePixelRatioF()))
        image = self._model.preview.image
        if image.isNull():
            item = self._model.current
            small = None if item is None or item.image_problem else self._model.thumbnails.pixmap(item.name)
            if small is None:
                return None
            size = small.size().scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
            return small.scaled(size, mode=Qt.TransformationMode.SmoothTransformation)
        key = (image.cacheKey(), room)
        if self._scaled_for != key:
            room = room.boundedTo(image.size() * max(2.0, 2 * self.devicePixelRatioF()))
            size = image.size().scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
            smooth = Qt.TransformationMode.SmoothTransformation
            self._scaled = QPixmap.fromImage(image.scaled(size, mode=smooth))
            self._scaled_for = key
        return self._scaled
