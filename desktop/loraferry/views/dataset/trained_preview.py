"""What is trained of a crop: small, in the shape of its bucket, with its true pixels in words."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from loraferry.library.geometry import TrainedAs
from loraferry.library.shapes import Crop
from loraferry.viewmodels.crop_desk import CropDesk
from loraferry.views.dataset.turned_picture import Copies, small_copy
from loraferry.views.theme import tabular, tokens_now
from loraferry.views.widgets.wrapping import wrapping_label
from loraferry_core.dataset.buckets import bucket_for, buckets

HEIGHT = 168
"""Logical pixels for the picture."""
MUCH = 1.05
"""Spare pixels below which they are not worth a word."""


class TrainedPreview(QWidget):
    """Follows the chosen crop of a desk, or the whole picture where there is none."""

    def __init__(self, desk: CropDesk, parent: QWidget | None = None, *, pictured: bool = True) -> None:
        """Without `pictured` in words alone."""
        super().__init__(parent)
        self._desk = desk
        self._picture = _Picture(desk)
        self._picture.setVisible(pictured)
        self._bucket = QLabel()
        self._bucket.setObjectName("strong")
        self._bucket.setFont(tabular(self._bucket.font()))
        self._about = wrapping_label("help")
        self._about.setMinimumHeight(2 * self._about.fontMetrics().lineSpacing() + 4)
        self._about.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._picture)
        layout.addWidget(self._bucket)
        layout.addWidget(self._about)
        desk.changed.connect(self.refresh)
        self.refresh()

    def show_image(self, image: QImage) -> None:
        """The upright picture in any resolution."""
        self._picture.show_image(image)

    @property
    def words(self) -> str:
        """What it says now."""
        return f"{self._bucket.text()} {self._about.text()}"

    def refresh(self) -> None:
        """Show what the desk holds now, in the language of now."""
        trained = self._desk.trained()
        if trained is None:
            self._bucket.clear()
            self._about.clear()
            return
        width, height = trained.bucket
        self._bucket.setText(self.tr("Trained as {width} × {height}").format(width=width, height=height))
        small = trained.small or trained.upscaled
        self._about.setText(self._judgement(trained))
        self._about.setStyleSheet(f"color: {tokens_now().warning};" if small else "")

    def _judgement(self, trained: TrainedAs) -> str:
        desk = self._desk
        crop = desk.crop
        size = desk.size if crop is None else (crop.width, crop.height)
        sign = "⚠ "
        if trained.upscaled:
            factor = f"{1 / trained.spare:.1f}"
            return sign + self.tr("Too few pixels: enlarged {factor} ×, which teaches blur.").format(factor=factor)
        if trained.small:
            full = bucket_for(size, buckets(desk.target.resolution, desk.target.step))
            return sign + self.tr("Too small for {width} × {height}, so it is trained smaller.").format(
                width=full[0], height=full[1]
            )
        parts = []
        if trained.spare >= MUCH:
            parts.append(self.tr("It has {factor} × more pixels than needed.").format(factor=f"{trained.spare:.1f}"))
        lost = _lost(trained, size)
        if lost:
            parts.append(self.tr("Pixels cut off at its sides: {count}").format(count=lost))
        return " ".join(parts) or self.tr("It has just the pixels needed.")

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.refresh()
        super().changeEvent(event)


def _lost(trained: TrainedAs, size: tuple[int, int]) -> int:
    """Whole pixels of the longer cut that the trainer makes."""
    left, top, right, bottom = trained.kept
    return int(max(size[0] - (right - left), size[1] - (bottom - top)) + 1e-6)


class _Picture(QWidget):
    def __init__(self, desk: CropDesk) -> None:
        super().__init__()
        self._desk = desk
        self._copies = Copies(QImage())
        self._copy = QPixmap()
        self._copy_for: tuple[object, ...] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        desk.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT)

    def show_image(self, image: QImage) -> None:
        self._copies = Copies(image)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        desk, trained = self._desk, self._desk.trained()
        painter = QPainter(self)
        if trained is None or self._copies.empty:
            return
        density = self.devicePixelRatioF()
        room = QSize(round(self.width() * density), round(self.height() * density))
        fitted = QSize(*trained.bucket).scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        crop = desk.crop or Crop(0, 0, *desk.size)
        left, top, right, bottom = trained.kept
        part = (crop.left + left, crop.top + top, crop.left + right, crop.top + bottom)
        size = (max(1, fitted.width()), max(1, fitted.height()))
        key = (self._copies.key, desk.upright, desk.turn, part, size)
        if self._copy_for != key:
            self._copy = QPixmap.fromImage(small_copy(self._copies, desk.upright, desk.turn, part, size))
            self._copy_for = key
        wide, high = size[0] / density, size[1] / density
        place = QRectF((self.width() - wide) / 2, (self.height() - high) / 2, wide, high)
        painter.drawPixmap(place, self._copy, QRectF(self._copy.rect()))
