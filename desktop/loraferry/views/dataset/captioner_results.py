"""The captions that have come, each with its picture: what it is now and what it would become."""

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from loraferry.texts.problems import render
from loraferry.viewmodels.captioning_results import PROPOSAL, CaptioningResults
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_captioners import DatasetCaptioners, Proposal
from loraferry.views.icons import pixmap
from loraferry.views.theme import tokens_now

ROW = 92
PICTURE = 76
_PAD = 8
_LINES = 3
Index = QModelIndex | QPersistentModelIndex


class CaptionerResults(QListView):
    """Rows of one height, so that a hundred thousand cost no more than ten. Follows what comes while it is at the end."""

    def __init__(self, model: DatasetCaptioners, hub: DatasetViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("captionerResults")
        self._rows = CaptioningResults(model, self)
        self.setModel(self._rows)
        self._delegate = _Delegate(hub, self)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self._at_end = True
        self._rows.rowsAboutToBeInserted.connect(self._look)
        self._rows.rowsInserted.connect(self._follow)
        hub.thumbnails.arrived.connect(self._repaint)
        hub.changed.connect(self._repaint)
        self._paint = QTimer(self)
        self._paint.setSingleShot(True)
        self._paint.setInterval(0)
        self._paint.timeout.connect(self.viewport().update)

    def _look(self) -> None:
        bar = self.verticalScrollBar()
        self._at_end = bar.value() >= bar.maximum() - ROW

    def _follow(self) -> None:
        if self._at_end:
            self.scrollToBottom()

    def _repaint(self) -> None:
        """Once, however much has changed: only what is seen is put together."""
        self._paint.start()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self._delegate.dress()
            self._repaint()
        super().changeEvent(event)


class _Delegate(QStyledItemDelegate):
    """Draws a row: the picture, its name, what it has now in muted words, and what it would get."""

    def __init__(self, hub: DatasetViewModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._hub = hub
        self.dress()

    def dress(self) -> None:
        """Take colours, type and words of now."""
        self._tokens = tokens_now()
        self._small = QFont()
        self._small.setPointSizeF(self._small.pointSizeF() * 0.92)
        self._strong = QFont()
        self._strong.setWeight(QFont.Weight.DemiBold)
        self._unchanged = self.tr("Stays as it is")
        self._empty = self.tr("No caption")

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        proposal = index.data(PROPOSAL)
        if not isinstance(proposal, Proposal):
            return
        painter.save()
        state, rect = option.state, QRect(option.rect)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(self._tokens.accent_soft))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(self._tokens.hover))
        inner = rect.adjusted(_PAD, _PAD, -_PAD, -_PAD)
        self._draw_picture(painter, QRect(inner.left(), inner.top(), PICTURE, PICTURE), proposal)
        self._draw_words(painter, inner.adjusted(PICTURE + 12, 0, 0, 0), proposal)
        painter.setPen(QColor(self._tokens.border))
        painter.drawLine(inner.left(), rect.bottom(), inner.right(), rect.bottom())
        painter.restore()

    def _draw_picture(self, painter: QPainter, rect: QRect, proposal: Proposal) -> None:
        found = self._hub.thumbnails.pixmap(proposal.name)
        if found is None:
            painter.fillRect(rect, QColor(self._tokens.hover))
            return
        size = found.deviceIndependentSize().toSize().scaled(rect.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(QPoint(0, 0), size)
        place.moveCenter(rect.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(place, found)

    def _draw_words(self, painter: QPainter, rect: QRect, proposal: Proposal) -> None:
        painter.setFont(self._small)
        line = QFontMetrics(self._small).height()
        top = QRect(rect.left(), rect.top(), rect.width(), line)
        before = proposal.before or self._empty
        changed = proposal.after != proposal.before
        head = f"{proposal.name}  ·  {before}" if changed or proposal.problem else proposal.name
        painter.setPen(QColor(self._tokens.muted))
        painter.drawText(top, Qt.TextFlag.TextSingleLine, _elided(head, self._small, rect.width()))
        rest = rect.adjusted(0, line + 3, 0, 0)
        if proposal.problem is not None:
            sign = pixmap("warning", 16, self._tokens.warning, painter.device().devicePixelRatioF())
            painter.drawPixmap(rest.topLeft(), sign)
            painter.setPen(QColor(self._tokens.text))
            painter.drawText(rest.adjusted(22, 0, 0, 0), Qt.TextFlag.TextWordWrap, render(proposal.problem).what)
            return
        painter.setFont(painter.font() if not changed else QFont())
        painter.setPen(QColor(self._tokens.text if changed else self._tokens.muted))
        text = proposal.after if changed else f"{self._unchanged}: {before}"
        _draw_wrapped(painter, rest, text)


def _elided(text: str, font: QFont, width: int) -> str:
    plain = " ".join(text[:2000].split())
    return QFontMetrics(font).elidedText(plain, Qt.TextElideMode.ElideRight, width)


def _draw_wrapped(painter: QPainter, rect: QRect, text: str) -> None:
    """As many lines as there is room for; what is left over is shown by an ellipsis in the last one."""
    metrics = painter.fontMetrics()
    lines = min(_LINES, max(1, rect.height() // metrics.lineSpacing()))
    left = " ".join(text[:4000].split())
    for number in range(lines):
        place = QRect(rect.left(), rect.top() + number * metrics.lineSpacing(), rect.width(), metrics.height())
        if number == lines - 1:
            shown = metrics.elidedText(left, Qt.TextElideMode.ElideRight, rect.width())
            painter.drawText(place, Qt.TextFlag.TextSingleLine, shown)
            return
        length = _fitting(metrics, left, rect.width())
        painter.drawText(place, Qt.TextFlag.TextSingleLine, left[:length].rstrip())
        left = left[length:].lstrip()
        if not left:
            return


def _fitting(metrics: QFontMetrics, text: str, width: int) -> int:
    """How many characters fit into a line, to the end of a word where there is one."""
    if metrics.horizontalAdvance(text) <= width:
        return len(text)
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if metrics.horizontalAdvance(text[:middle]) <= width else (low, middle - 1)
    space = text.rfind(" ", 0, low + 1)
    return space + 1 if space > 0 else low
