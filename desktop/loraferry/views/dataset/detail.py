"""The panel at the right: the current picture large, its verdict, caption, size, and what is wrong with it."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from loraferry.library.items import Changes, Item
from loraferry.texts.quantities import bytes_text
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.caption_panel import CaptionPanel
from loraferry.views.dataset.preview import PreviewView
from loraferry.views.icons import icon
from loraferry.views.theme import tabular, tokens_now
from loraferry.views.widgets.notice import Notice
from loraferry_core.problems import Problem


def build(studio: Studio) -> QWidget:
    """The panel of the current picture."""
    return DetailPanel(studio.dataset, CaptionPanel(studio.dataset, studio.tag_edits, studio.suggestions))


class DetailPanel(QFrame):
    """Shows what the view-model says of the current picture."""

    def __init__(self, model: DatasetViewModel, caption: CaptionPanel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._model = model
        self._name = QLabel()
        self._name.setObjectName("heading")
        self._facts = QLabel()
        self._facts.setObjectName("muted")
        self._facts.setFont(tabular(self._facts.font()))
        self.keep, self.reject = _verdict_button(), _verdict_button()
        self.caption = caption
        self.editor = caption.editor
        self._notices = QVBoxLayout()
        self._notices.setSpacing(8)
        self._shown: tuple[Problem, ...] = ()
        self._shown_notices: list[Notice] = []
        self._lay_out()
        self._connect()
        self._dress()
        self.retranslate()

    def _lay_out(self) -> None:
        # Names have no natural width: they must not widen the panel.
        self._name.setMinimumWidth(1)
        verdicts = QHBoxLayout()
        verdicts.setSpacing(8)
        verdicts.addWidget(self.keep)
        verdicts.addWidget(self.reject)
        verdicts.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        layout.addWidget(PreviewView(self._model), 3)
        layout.addWidget(self._name)
        layout.addWidget(self._facts)
        layout.addLayout(verdicts)
        layout.addSpacing(4)
        layout.addWidget(self.caption, 2)
        layout.addLayout(self._notices)

    def _connect(self) -> None:
        self.keep.clicked.connect(self._toggle_keep)
        self.reject.clicked.connect(self._toggle_reject)
        self._model.current_changed.connect(self.show_current)
        self._model.selection_changed.connect(self._show_facts)
        self._model.changed.connect(self._follow)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.keep.setText(self.tr("Keep (K)"))
        self.keep.setToolTip(self.tr("Mark this picture as good. Press again to take the mark back."))
        self.reject.setText(self.tr("Reject (X)"))
        self.reject.setToolTip(self.tr("Do not train this picture. The file stays where it is."))
        self.show_current()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        tokens = tokens_now()
        self.keep.setIcon(icon("check", 18, colour=tokens.good, checked_colour=tokens.good))
        self.reject.setIcon(icon("close", 18, colour=tokens.error, checked_colour=tokens.error))

    def show_current(self) -> None:
        """Show the current picture, or that there is none."""
        item = self._model.current
        self.setEnabled(item is not None)
        self._show_name(item)
        self.keep.setChecked(item is not None and item.verdict == "keep")
        self.reject.setChecked(item is not None and item.verdict == "reject")
        self._show_problems(item.problems if item is not None else ())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_name(self._model.current)

    def _show_name(self, item: Item | None) -> None:
        name = item.name.replace("\n", " ") if item is not None else ""
        room = self.width() - 40
        self._name.setText(self._name.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, max(80, room)))
        self._name.setToolTip(item.path if item is not None else "")
        self._facts.setText(self._facts_of(item))

    def _show_facts(self) -> None:
        self._facts.setText(self._facts_of(self._model.current))

    def _facts_of(self, item: Item | None) -> str:
        if item is None:
            return ""
        size = bytes_text(item.size) if item.size >= 0 else ""
        if len(self._model.selected) > 1:
            return self.tr("{count} pictures are selected.").format(count=len(self._model.selected))
        if item.width:
            return self.tr("{width} × {height} pixels, {size}").format(width=item.width, height=item.height, size=size)
        return size

    def _show_problems(self, problems: tuple[Problem, ...]) -> None:
        if problems == self._shown:
            return
        self._shown = problems
        for notice in self._shown_notices:
            self._notices.removeWidget(notice)
            notice.hide()
            notice.deleteLater()
        self._shown_notices = [Notice(found) for found in problems]
        for notice in self._shown_notices:
            self._notices.addWidget(notice)

    def _follow(self, changes: Changes) -> None:
        item = self._model.current
        if item is None or item.name in changes.names:
            self.show_current()

    def _toggle_keep(self) -> None:
        self._model.toggle("keep")
        self.show_current()

    def _toggle_reject(self) -> None:
        self._model.toggle("reject")
        self.show_current()


def _verdict_button() -> QToolButton:
    button = QToolButton()
    button.setObjectName("segment")
    button.setCheckable(True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setIconSize(QSize(18, 18))
    button.setMinimumHeight(32)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
