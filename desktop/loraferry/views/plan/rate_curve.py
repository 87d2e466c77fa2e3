"""The learning rate over the run, drawn from the very functions that the trainer uses."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from loraferry.ferry.outlook import rate_curve
from loraferry.texts.quantities import number_text
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.views.theme import tabular, tokens_now

HEIGHT = 92


class RateCurve(QWidget):
    """A line from the first step to the last; height in proportion to the highest rate."""

    def __init__(self) -> None:
        super().__init__()
        self._points: tuple[tuple[int, float], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        font = tabular(self.font())
        font.setPointSizeF(font.pointSizeF() * 0.85)
        self.setFont(font)

    @property
    def points(self) -> tuple[tuple[int, float], ...]:
        """(step, rate) as they are drawn."""
        return self._points

    def show_points(self, points: tuple[tuple[int, float], ...]) -> None:
        """Draw another curve."""
        if points != self._points:
            self._points = points
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._points:
            return
        tokens, line = tokens_now(), self.fontMetrics().height()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRectF(0, line + 2, self.width(), self.height() - 2 * line - 6)
        last, highest = self._points[-1][0], max(rate for _, rate in self._points) or 1.0
        painter.setPen(QColor(tokens.border))
        painter.drawLine(place.bottomLeft(), place.bottomRight())
        curve = [
            QPointF(
                place.left() + place.width() * (step - 1) / max(1, last - 1),
                place.bottom() - place.height() * rate / highest,
            )
            for step, rate in self._points
        ]
        soft = QColor(tokens.accent)
        soft.setAlphaF(0.12)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(soft)
        painter.drawPolygon(QPolygonF([place.bottomLeft(), *curve, place.bottomRight()]))
        painter.setPen(QPen(QColor(tokens.accent), 2))
        painter.drawPolyline(QPolygonF(curve))
        painter.setPen(QColor(tokens.muted))
        painter.drawText(QRectF(0, 0, self.width(), line), Qt.AlignmentFlag.AlignLeft, number_text(_short(highest)))
        below = QRectF(0, place.bottom() + 3, self.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "1")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"{last:,}")
        painter.end()


class RateCard(QFrame):
    """The curve with its name; hidden while the run has no length."""

    def __init__(self, plan: PlanViewModel) -> None:
        super().__init__()
        self.setObjectName("card")
        self._plan = plan
        self._title = QLabel()
        self._title.setObjectName("heading")
        self.curve = RateCurve()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(8)
        layout.addWidget(self._title)
        layout.addWidget(self.curve)
        plan.changed.connect(self.refresh)
        self.retranslate()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._title.setText(self.tr("Learning rate"))
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def refresh(self) -> None:
        """Draw it as it would be now."""
        points = rate_curve(self._plan.config, self._plan.arithmetic.steps)
        self.setVisible(bool(points))
        self.curve.show_points(points)
        if points:
            text = self.tr("From {first} at step 1 over {highest} to {last} at step {steps}")
            rates = [rate for _, rate in points]
            described = text.format(
                first=number_text(_short(rates[0])),
                highest=number_text(_short(max(rates))),
                last=number_text(_short(rates[-1])),
                steps=points[-1][0],
            )
            self.curve.setAccessibleName(self._title.text())
            self.curve.setAccessibleDescription(described)
            self.curve.setToolTip(described)


def _short(rate: float) -> float:
    return float(f"{rate:.3g}")
