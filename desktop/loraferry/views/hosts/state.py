"""How a host stands, as words, a sign and a colour."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from loraferry.texts.quantities import duration_text
from loraferry.viewmodels.host_rows import HostRow, HostState
from loraferry.views.icons import pixmap
from loraferry.views.theme import tokens_now

SIZE = 18


@dataclass(frozen=True)
class Look:
    """Words, sign and colour of a state; never the colour alone."""

    words: str
    sign: str
    """Name of an icon; empty for a hollow dot."""
    colour: str


def look_of(row: HostRow) -> Look:
    """What a host's card says about its link."""
    tokens = tokens_now()
    translate = QCoreApplication.translate
    heard = duration_text(row.silence or 0)
    looks = {
        HostState.OFFLINE: Look(
            translate("HostState", "Not started") if row.local else translate("HostState", "Not connected"),
            "",
            tokens.muted,
        ),
        HostState.CONNECTING: Look(
            translate("HostState", "Starting") if row.local else translate("HostState", "Connecting"),
            "refresh",
            tokens.accent,
        ),
        HostState.ONLINE: Look(
            translate("HostState", "Ready") if row.local else translate("HostState", "Connected"), "check", tokens.good
        ),
        HostState.SUSPECT: Look(
            translate("HostState", "No answer, last heard {time} ago").format(time=heard), "warning", tokens.warning
        ),
        HostState.LOST: Look(_lost_words(row, heard), "refresh", tokens.warning),
    }
    return looks[row.state]


def _lost_words(row: HostRow, heard: str) -> str:
    translate = QCoreApplication.translate
    lost = translate("HostState", "Connection lost, last heard {time} ago.").format(time=heard)
    if row.waits is None:
        return f"{lost} {translate('HostState', 'Trying again …')}"
    again = translate("HostState", "Trying again in {time}.").format(time=duration_text(row.waits))
    return f"{lost} {again}"


def sign_of(look: Look, scale: float) -> QPixmap:
    """The sign of a state as a picture."""
    if look.sign:
        return pixmap(look.sign, SIZE, look.colour, scale)
    dot = QPixmap(round(SIZE * scale), round(SIZE * scale))
    dot.fill(Qt.GlobalColor.transparent)
    dot.setDevicePixelRatio(scale)
    painter = QPainter(dot)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(look.colour), 1.7))
    painter.drawEllipse(QPointF(SIZE / 2, SIZE / 2), 4.5, 4.5)
    painter.end()
    return dot
