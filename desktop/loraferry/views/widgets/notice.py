"""A line about a problem: sign, what happened, what to do next."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from loraferry.texts.problems import render
from loraferry.views.icons import icon, pixmap
from loraferry.views.theme import tokens_now
from loraferry_core.problems import Problem


class Notice(QFrame):
    """Shows one problem in the language of now, with a sign beside the colour."""

    closed = Signal()
    wanted = Signal()
    """What is offered beside it."""

    def __init__(self, problem: Problem, *, closable: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.problem = problem
        self._offer = QPushButton()
        self._offer.setObjectName("noticeOffer")
        self._offer.clicked.connect(self.wanted)
        self._offer.hide()
        self._words: Callable[[], str] | None = None
        self.setObjectName("notice")
        self.setProperty("severity", problem.severity)
        self._sign = QLabel()
        self._sign.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._what = _wrapping()
        self._next = _wrapping()
        self._next.setObjectName("muted")
        self._close = QToolButton()
        self._close.setObjectName("plain")
        self._close.setVisible(closable)
        self._close.clicked.connect(self.closed)
        self.texts = texts = QVBoxLayout()
        texts.setSpacing(4)
        texts.addWidget(self._what)
        texts.addWidget(self._next)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(10)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(texts, 1)
        layout.addWidget(self._offer, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._dress()
        self.retranslate()

    @property
    def text(self) -> str:
        """What it says now."""
        return f"{self._what.text()} {self._next.text()}"

    def offer(self, words: Callable[[], str]) -> None:
        """Offer a step that helps, named in the language of now; `wanted` says that it was taken."""
        self._words = words
        self._offer.show()
        self.retranslate()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        words = render(self.problem)
        self._offer.setText(self._words() if self._words is not None else "")
        self._what.setText(words.what)
        self._next.setText(words.next_step)
        self._close.setToolTip(self.tr("Close"))
        self._close.setAccessibleName(self.tr("Close"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        tokens = tokens_now()
        error = self.problem.severity == "error"
        sign, colour = ("error", tokens.error) if error else ("warning", tokens.warning)
        self._sign.setPixmap(pixmap(sign, 20, colour, self.devicePixelRatioF()))
        self._close.setIcon(icon("close", 16))


class NoticeBar(QWidget):
    """The last few problems of the whole window, above the page; each stays until it is closed."""

    MOST = 3

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(24, 16, 24, 0)
        self._layout.setSpacing(8)
        self._notices: list[Notice] = []
        self.hide()

    def show_problem(self, problem: Problem) -> None:
        """Add a problem; one that is already there is not repeated, and the oldest makes room."""
        if not any(notice.problem == problem for notice in self._notices):
            self._add(problem)

    def show_lasting(self, about: str, problem: Problem) -> Notice:
        """Show how it stands with one thing, in place of what was said about it before."""
        self.withdraw(about)
        notice = self._add(problem)
        notice.setProperty("about", about)
        return notice

    def withdraw(self, about: str) -> None:
        """What was said about one thing is so no longer."""
        for notice in [each for each in self._notices if each.property("about") == about]:
            self._remove(notice)

    def _add(self, problem: Problem) -> Notice:
        if len(self._notices) == self.MOST:
            self._remove(self._notices[0])
        notice = Notice(problem, closable=True)
        notice.closed.connect(self._close_sender)
        self._notices.append(notice)
        self._layout.addWidget(notice)
        self.show()
        return notice

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is shown now."""
        return tuple(notice.problem for notice in self._notices)

    def _close_sender(self) -> None:
        notice = self.sender()
        assert isinstance(notice, Notice)
        self._remove(notice)

    def _remove(self, notice: Notice) -> None:
        self._notices.remove(notice)
        notice.hide()
        notice.deleteLater()
        self.setVisible(bool(self._notices))


def _wrapping() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return label
