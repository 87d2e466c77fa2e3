"""The bar over the grid: the query with its terms as chips, saved filters, sorting, and how many pictures are shown."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from loraferry.texts.queries import error_text, term_text
from loraferry.viewmodels.dataset_filter import DatasetFilter
from loraferry.viewmodels.prompts import Prompter
from loraferry.views.dataset.query_field import QueryField
from loraferry.views.dataset.query_menus import OrderButton, SavedButton
from loraferry.views.icons import icon
from loraferry.views.theme import tabular, tokens_now
from loraferry.views.widgets.flow import FlowLayout, discard
from loraferry.views.widgets.tooltips import set_plain_tooltip

_LONGEST_CHIP = 36


class QueryBar(QWidget):
    """Shows and changes a DatasetFilter."""

    def __init__(self, model: DatasetFilter, prompter: Prompter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queryBar")
        self._model = model
        self.field = QueryField(model.complete)
        self.saved = SavedButton(model, prompter)
        self.order = OrderButton(model)
        self.count = QLabel()
        self.count.setObjectName("muted")
        self.count.setFont(tabular(self.count.font()))
        self.error = QLabel()
        self.error.setObjectName("error")
        self.error.setWordWrap(True)
        self.nothing = QLabel()
        self.nothing.setObjectName("muted")
        self.nothing.setWordWrap(True)
        self._said: list[str] | None = None
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips)
        self._lay_out()
        self.field.textEdited.connect(self._type)
        self.field.finished.connect(self._finish)
        model.changed.connect(self.refresh)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(self._seek)
        self.retranslate()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.field, 1)
        line.addWidget(self.saved)
        line.addWidget(self.order)
        line.addSpacing(6)
        line.addWidget(self.count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 8)
        layout.setSpacing(6)
        layout.addLayout(line)
        layout.addWidget(self.error)
        layout.addWidget(self._chips)
        layout.addWidget(self.nothing)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.field.retranslate()
        self.nothing.setText(self.tr("No picture is like that. Take terms out, or press Esc in the field to see all."))
        self._said = None
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self.field.dress()
            self._said = None
            self.refresh()
        super().changeEvent(event)

    def refresh(self) -> None:
        """Show the query and what it finds."""
        model = self._model
        if self.field.text() != model.text:
            self.field.setText(model.text)
        wrong = [error for error in model.parsed.errors if not (model.parsed.typing and error.unfinished)]
        self.field.mark(wrong)
        self.error.setText(error_text(wrong[0]) if wrong else "")
        self.error.setVisible(bool(wrong))
        template = self.tr("{count} of {total} shown") if model.filtering else self.tr("{total} pictures")
        self.count.setText(template.format(count=f"{model.count:,}", total=f"{model.total:,}"))
        self.nothing.setVisible(model.filtering and not model.count and model.total > 0)
        self._show_chips()

    def _show_chips(self) -> None:
        model = self._model
        texts = [model.limit_label] if model.limit_label else []
        texts += [term_text(term.node) for term in model.parsed.terms]
        if texts == self._said:
            return
        self._said = texts
        while (item := self._flow.takeAt(0)) is not None:
            discard(item)
        limits = len(texts) - len(model.parsed.terms)
        for number, text in enumerate(texts):
            self._add_chip(text, self._end_limit if number < limits else partial(model.remove, number - limits))
        self._chips.setVisible(bool(texts))

    def _add_chip(self, text: str, remove: Callable[[], None]) -> None:
        chip = QToolButton()
        chip.setObjectName("chip")
        chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        chip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        chip.setIcon(icon("close", 12, colour=tokens_now().muted))
        chip.setIconSize(QSize(12, 12))
        chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        short = text if len(text) <= _LONGEST_CHIP else f"{text[: _LONGEST_CHIP - 1]}…"
        chip.setText(short.replace("&", "&&"))
        said = self.tr("Take out: {term}").format(term=text)
        set_plain_tooltip(chip, said)
        chip.setAccessibleName(said)
        chip.clicked.connect(remove)
        self._flow.addWidget(chip)
        chip.show()

    def _type(self, text: str) -> None:
        self._model.set_text(text, typing=True)

    def _finish(self) -> None:
        self._model.set_text(self.field.text())

    def _end_limit(self) -> None:
        self._model.limit(None)

    def _seek(self) -> None:
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
