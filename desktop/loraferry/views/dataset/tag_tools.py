"""What is done to the tags of many captions at once, and the lists that help while tags are typed: one menu."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from loraferry.library import tagging
from loraferry.library.tagging import tags_of
from loraferry.viewmodels.prompts import Prompter
from loraferry.viewmodels.tag_edits import Scope, TagEdits
from loraferry.viewmodels.tag_suggestions import TagSuggestions
from loraferry.views.icons import icon


class TagTools(QToolButton):
    """Acts on the pictures that `scope` names."""

    def __init__(
        self,
        tags: TagEdits,
        suggestions: TagSuggestions,
        prompter: Prompter,
        scope: Callable[[], Scope],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self.setIconSize(QSize(18, 18))
        self.setMinimumSize(32, 32)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._tags, self._suggestions, self._prompter, self._scope = tags, suggestions, prompter, scope
        menu = QMenu(self)
        self.by_frequency, self.by_alphabet, self.by_category, self.by_list, self.tidy = (
            menu.addAction("") for _ in range(5)
        )
        menu.addSeparator()
        self.importing: QAction = menu.addAction("")
        self.setMenu(menu)
        self.by_frequency.triggered.connect(self._sort_by_frequency)
        self.by_alphabet.triggered.connect(self._sort_by_alphabet)
        self.by_category.triggered.connect(self._sort_by_category)
        self.by_list.triggered.connect(self._sort_by_list)
        self.tidy.triggered.connect(self._tidy)
        self.importing.triggered.connect(self._import)
        self._dress()
        self.retranslate()

    def _sort_by_frequency(self) -> None:
        self._tags.reorder("frequency", self._scope())

    def _sort_by_alphabet(self) -> None:
        self._tags.reorder("alphabet", self._scope())

    def _sort_by_category(self) -> None:
        self._tags.sort(self._suggestions.by_category, self._scope())

    def _sort_by_list(self) -> None:
        wanted = self._prompter.ask_text(
            self.tr("Sort tags"), self.tr("These tags come first, in this order, with commas between them:")
        )
        if wanted:
            self._tags.sort(tagging.by_list(tags_of(wanted)), self._scope())

    def _tidy(self) -> None:
        self._tags.tidy(self._scope())

    def _import(self) -> None:
        chosen = self._prompter.choose_file(
            self.tr("Import a list of tags"), None, self.tr("Lists of tags (*.csv *.txt)")
        )
        if chosen is not None:
            self._suggestions.import_list(chosen)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        for action, text in (
            (self.by_frequency, self.tr("Sort tags: the most common first")),
            (self.by_alphabet, self.tr("Sort tags by the alphabet")),
            (self.by_category, self.tr("Sort tags by what they speak of")),
            (self.by_list, self.tr("Sort tags as in a list…")),
            (self.tidy, self.tr("Remove tags that are there twice")),
            (self.importing, self.tr("Import a list of tags…")),
        ):
            action.setText(text)
        self.setToolTip(self.tr("Sort tags, or import a list of tags"))
        self.setAccessibleName(self.toolTip())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        self.setIcon(icon("sort", 18))
