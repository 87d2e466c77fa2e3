"""Draws one picture of the grid: the thumbnail, rings for choice and keyboard, and small signs for what was decided."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QLinearGradient, QPainter, QPen, QPixmap

from loraferry.library.concepts import Concept
from loraferry.library.items import Item
from loraferry.views.icons import pixmap
from loraferry.views.theme import load_tokens, tokens_now

RING = 3
"""Of a chosen picture, in the gap around it."""
FOOTER_PAD = 4
_BADGE = 20
_PILL = 18
_INSET = 6
_FADED = 0.35
_NARROW = 96
"""Below so many pixels of width only the verdict is shown on a picture."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine


@dataclass(frozen=True, slots=True)
class State:
    """How a picture stands in the grid."""

    chosen: bool = False
    current: bool = False
    """It is the one in front, and the grid has the keyboard."""
    hovered: bool = False
    target: bool = False
    """Something is held over it that it would take."""


@dataclass(frozen=True)
class Words:
    """What is written on pictures, in the language of now."""

    no_caption: str = ""
    broken: str = ""
    new: str = ""


class TilePainter:
    """Colours and type of the theme are taken once, not at each picture. Signs on pictures are light on dark in both
    themes: what lies below them is the picture, not the window."""

    def __init__(self) -> None:
        self._words = Words()
        self.dress()

    def dress(self) -> None:
        """Take colours and type of the theme."""
        self._tokens = tokens_now()
        self._signs = load_tokens("dark")
        self._font = QFont()
        self._font.setPointSizeF(self._font.pointSizeF() * 0.9)
        self._small = QFont(self._font)
        self._small.setPointSizeF(self._font.pointSizeF() * 0.92)
        self._small.setWeight(QFont.Weight.DemiBold)
        self._metrics = QFontMetrics(self._font)
        self._small_metrics = QFontMetrics(self._small)
        self._shade = QColor(self._signs.rail)
        self._shade.setAlpha(200)
        self._accent, self._text = QColor(self._tokens.accent), QColor(self._tokens.text)
        self._empty, self._window = QColor(self._tokens.hover), QColor(self._tokens.window)

    def set_words(self, words: Words) -> None:
        """The words for what has no sign."""
        self._words = words

    @property
    def footer(self) -> int:
        """Height of the two lines below a picture, where they are shown."""
        return 2 * self._metrics.height() + FOOTER_PAD + 2

    def paint(
        self,
        painter: QPainter,
        box: QRect,
        item: Item,
        small: QPixmap | None,
        state: State,
        concept: Concept | None,
        *,
        signs: bool = True,
    ) -> None:
        """One picture in `box`, in the painter's own pixels; the rings reach RING pixels beyond. Without `signs`, of
        all that was decided only the verdict is shown."""
        scale = painter.device().devicePixelRatioF()
        if small is None:
            self._paint_missing(painter, box, item)
        else:
            painter.setOpacity(_FADED if item.rejected else 1.0)
            draw_picture(painter, box, small, scale)
            painter.setOpacity(1.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state.hovered and box.width() >= _NARROW:
            self._paint_name(painter, box, item)
        if item.verdict:
            self._paint_verdict(painter, QPointF(box.right() - _BADGE - 5, box.top() + 6), item.verdict)
        if signs and box.width() >= _NARROW:
            self._paint_signs(painter, box, item, concept, lifted=state.hovered)
        self._paint_rings(painter, box, state)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def paint_footer(self, painter: QPainter, box: QRect, item: Item) -> None:
        """Name and caption below the picture."""
        line = QRect(box.left() + 1, box.bottom() + 1 + FOOTER_PAD, box.width() - 2, self._metrics.height())
        painter.setFont(self._font)
        painter.setPen(self._text)
        middle, right = Qt.TextElideMode.ElideMiddle, Qt.TextElideMode.ElideRight
        painter.drawText(line, _LEFT, self._metrics.elidedText(shown_name(item), middle, line.width()))
        line.translate(0, self._metrics.height())
        if item.caption:
            painter.setPen(QColor(self._tokens.muted))
            # Only what can be seen is measured: a caption may be pages long.
            start = item.caption[:160].replace("\n", " ")
            painter.drawText(line, _LEFT, self._metrics.elidedText(start, right, line.width()))
        elif item.caption == "":
            painter.setPen(QColor(self._tokens.warning))
            painter.drawText(line, _LEFT, self._metrics.elidedText(self._words.no_caption, right, line.width()))

    def _paint_missing(self, painter: QPainter, box: QRect, item: Item) -> None:
        painter.fillRect(box, self._empty)
        if item.image_problem is None:
            return
        sign = pixmap("warning", 28, self._tokens.warning, painter.device().devicePixelRatioF())
        painter.drawPixmap(QPointF(box.center().x() - 13, box.center().y() - 30), sign)
        painter.setPen(self._text)
        painter.setFont(self._font)
        words = QRect(box.left() + 6, box.center().y() + 4, box.width() - 12, box.height() // 2 - 6)
        painter.drawText(words, Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, self._words.broken)

    def _paint_name(self, painter: QPainter, box: QRect, item: Item) -> None:
        """The name over the lower edge of the picture."""
        height = self._metrics.height() + 20
        stripe = QRect(box.left(), box.bottom() + 1 - height, box.width(), height)
        fade = QLinearGradient(stripe.topLeft(), stripe.bottomLeft())
        clear, dark = QColor(self._shade), QColor(self._shade)
        clear.setAlpha(0)
        dark.setAlpha(220)
        fade.setColorAt(0.0, clear)
        fade.setColorAt(1.0, dark)
        painter.fillRect(stripe, fade)
        painter.setFont(self._font)
        painter.setPen(QColor(self._signs.text))
        line = stripe.adjusted(8, height - self._metrics.height() - 4, -8, -4)
        name = self._metrics.elidedText(shown_name(item), Qt.TextElideMode.ElideMiddle, line.width())
        painter.drawText(line, _LEFT, name)

    def _paint_signs(self, painter: QPainter, box: QRect, item: Item, concept: Concept | None, *, lifted: bool) -> None:
        if item.new:
            self._pill(painter, QPointF(box.left() + _INSET, box.top() + _INSET), self._words.new)
        lower = box.bottom() + 1 - _INSET - _PILL - (self._metrics.height() + 4 if lifted else 0)
        left = float(box.left() + _INSET)
        if item.stars:
            left += 4 + self._pill(painter, QPointF(left, lower), str(item.stars), "star", self._signs.warning)
        if concept is not None:
            colour = self._signs.concepts[concept.colour % len(self._signs.concepts)]
            room = max(24, box.width() // 2 - 24)
            title = self._small_metrics.elidedText(concept.title, Qt.TextElideMode.ElideRight, room)
            self._pill(painter, QPointF(left, lower), title, dot=colour)
        right = float(box.right() + 1 - _INSET)
        for sign, shown in (("crop", bool(item.crops)), ("mask", bool(item.mask))):
            if shown:
                count = str(len(item.crops)) if sign == "crop" and len(item.crops) > 1 else ""
                right -= self._pill_width(count, sign) + 4
                self._pill(painter, QPointF(right + 4, lower), count, sign, self._signs.text)

    def _paint_verdict(self, painter: QPainter, at: QPointF, verdict: str) -> None:
        signs = self._signs
        sign, colour = {
            "keep": ("check", signs.good),
            "reject": ("close", signs.error),
            "unsure": ("unsure", signs.warning),
        }[verdict]
        painter.setPen(QPen(self._shade, 2))
        painter.setBrush(QColor(colour))
        painter.drawEllipse(QRectF(at, QSizeF(_BADGE, _BADGE)))
        inner = pixmap(sign, 14, signs.rail, painter.device().devicePixelRatioF())
        painter.drawPixmap(at + QPointF(3, 3), inner)

    def _pill_width(self, text: str, sign: str = "", dot: str = "") -> float:
        words = self._small_metrics.horizontalAdvance(text) if text else 0
        return (18.0 if sign or dot else 8.0) + words + (6 if text else 0)

    def _pill(
        self, painter: QPainter, at: QPointF, text: str, sign: str = "", colour: str = "", dot: str = ""
    ) -> float:
        """A dark label on the picture; its width."""
        width = self._pill_width(text, sign, dot)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._shade)
        painter.drawRoundedRect(QRectF(at.x(), at.y(), width, _PILL), 4, 4)
        start = at.x() + 4
        if sign:
            painter.drawPixmap(
                QPointF(start - 1, at.y() + 3), pixmap(sign, 12, colour, painter.device().devicePixelRatioF())
            )
            start += 13
        elif dot:
            painter.setBrush(QColor(dot))
            painter.drawEllipse(QRectF(start + 1, at.y() + 5, 8, 8))
            start += 13
        if text:
            painter.setFont(self._small)
            painter.setPen(QColor(self._signs.text))
            painter.drawText(QRectF(start, at.y(), width, _PILL), _LEFT, text)
        return width

    def _paint_rings(self, painter: QPainter, box: QRect, state: State) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        outer = QRectF(box)
        if state.chosen or state.target:
            half = RING / 2
            painter.setPen(QPen(self._accent, RING, Qt.PenStyle.DashLine if state.target else Qt.PenStyle.SolidLine))
            painter.drawRoundedRect(outer.adjusted(-half, -half, half, half), 3, 3)
            # A line in the window's colour parts the ring from a picture of the same colour.
            painter.setPen(QPen(self._window, 1))
            painter.drawRect(outer.adjusted(0.5, 0.5, -0.5, -0.5))
        if state.current:
            painter.setPen(QPen(self._text, 2, Qt.PenStyle.SolidLine))
            painter.drawRoundedRect(outer.adjusted(2, 2, -2, -2), 2, 2)
            painter.setPen(QPen(self._window, 1))
            painter.drawRoundedRect(outer.adjusted(3.5, 3.5, -3.5, -3.5), 2, 2)


def draw_picture(painter: QPainter, box: QRect, small: QPixmap, scale: float) -> None:
    """A thumbnail of device pixels in the middle of `box`: unscaled, and so sharp, where it was made for the box."""
    width, height = small.width() / scale, small.height() / scale
    longer = max(box.width(), box.height())
    if abs(max(width, height) - longer) * scale <= 1.5:
        # Whole device pixels: a thumbnail between two pixels would look soft.
        left = round((box.left() + max(0.0, (box.width() - width) / 2)) * scale) / scale
        top = round((box.top() + max(0.0, (box.height() - height) / 2)) * scale) / scale
        seen = QRectF(0, 0, min(small.width(), box.width() * scale), min(small.height(), box.height() * scale))
        painter.drawPixmap(QRectF(left, top, seen.width() / scale, seen.height() / scale), small, seen)
        return
    times = min(box.width() / width, box.height() / height)
    width, height = width * times, height * times
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    target = QRectF(box.left() + (box.width() - width) / 2, box.top() + (box.height() - height) / 2, width, height)
    painter.drawPixmap(target, small, QRectF(small.rect()))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)


def shown_name(item: Item) -> str:
    """The name without its folder, on one line."""
    return item.name.rpartition("/")[2].replace("\n", " ")
