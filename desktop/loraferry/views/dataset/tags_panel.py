"""The tags of the set: how often each is there; filter by them, put them on pictures, rename, merge, remove."""

from PySide6.QtCore import QAbstractListModel, QEvent, QMimeData, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QAction, QColor, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from loraferry.viewmodels.dataset_filter import DatasetFilter
from loraferry.viewmodels.prompts import Prompter
from loraferry.viewmodels.studio import Studio
from loraferry.viewmodels.tag_edits import Scope, TagEdits
from loraferry.viewmodels.tag_suggestions import TagSuggestions
from loraferry.views.dataset.drags import TAGS, tags_data
from loraferry.views.dataset.scope_box import ScopeBox
from loraferry.views.dataset.tag_tools import TagTools
from loraferry.views.icons import icon
from loraferry.views.theme import tabular, tokens_now

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_TAG, _COUNT, _MOST = (int(Qt.ItemDataRole.UserRole) + number for number in range(3))
_ROW, _BAR = 30, 64
FIGURE_SPACE = "\u2007"
"""As wide as a digit, so that numbers stand below each other."""


def build(studio: Studio) -> QWidget:
    """The panel, from the studio."""
    return TagsPanel(studio.tag_edits, studio.filter, studio.suggestions, studio.prompter)


class TagList(QAbstractListModel):
    """One row a tag, those that hold some words."""

    def __init__(self) -> None:
        super().__init__()
        self._all: list[tuple[str, int]] = []
        self._rows: list[tuple[str, int]] = []
        self._words = ""

    def show_tags(self, tags: list[tuple[str, int]], words: str) -> None:
        """Show other tags, or others of them."""
        rows = [pair for pair in tags if words.casefold() in pair[0].casefold()] if words else tags
        if rows == self._rows:
            return
        self.beginResetModel()
        self._all, self._rows, self._words = tags, list(rows), words
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        tag, count = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{str(count).rjust(6, FIGURE_SPACE)}  {tag}"
        if role == _MOST:
            return self._all[0][1]
        return {_TAG: tag, _COUNT: count}.get(role)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        return [TAGS]

    def mimeData(self, indexes: list[Index]) -> QMimeData:  # type: ignore[override]
        return tags_data([self._rows[index.row()][0] for index in indexes])


class TagRow(QStyledItemDelegate):
    """A tag with its translation at the left; at the right how many have it, over a bar that says it too."""

    def __init__(self, suggestions: TagSuggestions, parent: QListView) -> None:
        super().__init__(parent)
        self._suggestions = suggestions

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens, place, state = tokens_now(), option.rect, option.state
        tag, count, most = str(index.data(_TAG)), int(index.data(_COUNT)), int(index.data(_MOST))
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(place, QColor(tokens.accent_soft))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(place, QColor(tokens.hover))
        inner = place.adjusted(10, 0, -10, 0)
        bar = QRect(inner.right() - _BAR, inner.bottom() - 5, _BAR, 3)
        painter.fillRect(bar, QColor(tokens.border))
        bar.setWidth(max(1, round(_BAR * count / max(most, 1))))
        painter.fillRect(bar, QColor(tokens.accent))
        painter.setPen(QColor(tokens.muted))
        number = QRect(inner.right() - _BAR, inner.top() - 2, _BAR, inner.height())
        painter.drawText(number, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{count:,}")
        entry, metrics, left = self._suggestions.entry(tag), painter.fontMetrics(), inner.left()
        for text, colour in ((tag, tokens.text), ("" if entry is None else entry.translation, tokens.muted)):
            room = inner.right() - _BAR - 10 - left
            if text and room > 12:
                shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
                painter.setPen(QColor(colour))
                middle = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(QRect(left, inner.top(), room, inner.height()), middle, shown)
                left += metrics.horizontalAdvance(shown) + 10
        painter.restore()


class TagsPanel(QFrame):
    """What is done to tags is done in the pictures that the list at the bottom names."""

    def __init__(
        self,
        tags: TagEdits,
        search: DatasetFilter,
        suggestions: TagSuggestions,
        prompter: Prompter,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._tags, self._filter = tags, search
        self._find = QLineEdit()
        self._find.setClearButtonEnabled(True)
        self._sign = QAction(self)
        self._find.addAction(self._sign, QLineEdit.ActionPosition.LeadingPosition)
        self._list = TagList()
        self._view = QListView()
        self._view.setObjectName("tagList")
        self._view.setModel(self._list)
        self._view.setUniformItemSizes(True)
        self._view.setFont(tabular(self._view.font()))
        self._view.setMouseTracking(True)
        self._view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._view.setDragEnabled(True)
        self._hint = QLabel()
        self._hint.setObjectName("help")
        self._hint.setWordWrap(True)
        self._name = QLineEdit()
        self._rename, self._remove, self._add, self._show = (QPushButton() for _ in range(4))
        self._scope_name = QLabel()
        self._scope = ScopeBox("all")
        self.tools = TagTools(tags, suggestions, prompter, lambda: self._scope.scope)
        self._view.setItemDelegate(TagRow(suggestions, self._view))
        suggestions.changed.connect(self._view.viewport().update)
        self._lay_out()
        self._connect()
        self.retranslate()
        self._dress()
        self._refresh()

    def _lay_out(self) -> None:
        use = QHBoxLayout()
        use.addWidget(self._add, 1)
        use.addWidget(self._show, 1)
        name = QHBoxLayout()
        name.addWidget(self._name, 1)
        name.addWidget(self._rename)
        scope = QHBoxLayout()
        scope.addWidget(self._scope_name)
        scope.addWidget(self._scope, 1)
        scope.addWidget(self._remove)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        top = QHBoxLayout()
        top.addWidget(self._find, 1)
        top.addWidget(self.tools)
        layout.addLayout(top)
        layout.addWidget(self._view, 1)
        layout.addWidget(self._hint)
        layout.addLayout(use)
        layout.addLayout(name)
        layout.addLayout(scope)

    def _connect(self) -> None:
        self._find.textChanged.connect(self._refresh)
        self._tags.changed.connect(self._refresh)
        self._view.doubleClicked.connect(self._toggle_filter)
        self._view.selectionModel().selectionChanged.connect(self._offer)
        self._name.textChanged.connect(self._offer)
        self._name.returnPressed.connect(self._rename_chosen)
        self._rename.clicked.connect(self._rename_chosen)
        self._remove.clicked.connect(self._remove_chosen)
        self._add.clicked.connect(self._add_chosen)
        self._show.clicked.connect(self._show_chosen)

    @property
    def chosen(self) -> list[str]:
        """The tags that are selected in the list."""
        return [str(index.data(_TAG)) for index in self._view.selectionModel().selectedIndexes()]

    @property
    def scope(self) -> Scope:
        """In which pictures tags are changed."""
        return self._scope.scope

    def _refresh(self) -> None:
        if self.isVisible() or not self._list.rowCount():
            kept = set(self.chosen)
            self._list.show_tags(self._tags.of_set(), self._find.text().strip())
            if kept:
                self._select(kept)
        self._offer()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    def _select(self, tags: set[str]) -> None:
        selection = self._view.selectionModel()
        for row in range(self._list.rowCount()):
            index = self._list.index(row)
            if index.data(_TAG) in tags:
                selection.select(index, selection.SelectionFlag.Select)

    def _offer(self) -> None:
        any_chosen = bool(self.chosen)
        for button in (self._remove, self._add, self._show):
            button.setEnabled(any_chosen)
        self._rename.setEnabled(any_chosen and bool(self._name.text().strip()))

    def _rename_chosen(self) -> None:
        if self.chosen and self._name.text().strip():
            self._tags.rename(self.chosen, self._name.text(), self.scope)
            self._name.clear()

    def _remove_chosen(self) -> None:
        self._tags.remove(self.chosen, self.scope)

    def _add_chosen(self) -> None:
        self._tags.add(self.chosen)

    def _show_chosen(self) -> None:
        for tag in self.chosen:
            self._filter.toggle(f'tag:"{tag}"')

    def _toggle_filter(self, index: Index) -> None:
        self._filter.toggle(f'tag:"{index.data(_TAG)}"')

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._find.setPlaceholderText(self.tr("Find a tag"))
        self._find.setAccessibleName(self.tr("Find a tag"))
        self._view.setAccessibleName(self.tr("Tags of the set"))
        self._hint.setText(self.tr("Drag tags onto pictures. A double click shows the pictures that have a tag."))
        self._add.setText(self.tr("Add to selected"))
        self._show.setText(self.tr("Show pictures"))
        self._name.setPlaceholderText(self.tr("Another name; several become one"))
        self._name.setAccessibleName(self.tr("Another name; several become one"))
        self._rename.setText(self.tr("Rename"))
        self._remove.setText(self.tr("Remove"))
        self._scope_name.setText(self.tr("In"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        self._sign.setIcon(icon("search", 16, colour=tokens_now().muted))
