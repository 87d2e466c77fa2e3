"""The caption of one picture or of many: tags as chips or text, whichever it reads as, with its length in tokens."""

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from loraferry.library.items import Changes
from loraferry.library.tag_book import Suggestion
from loraferry.library.tagging import tags_of
from loraferry.texts.tag_categories import category_text
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.tag_edits import TagEdits
from loraferry.viewmodels.tag_suggestions import TagSuggestions
from loraferry.views.dataset.caption_editor import CaptionEditor
from loraferry.views.dataset.tag_chips import Chip, TagChips
from loraferry.views.icons import pixmap
from loraferry.views.theme import tabular, tokens_now
from loraferry.views.widgets.segments import Segments
from loraferry_core.dataset.caption import CHUNK, Style, has_trigger, style_of
from loraferry_core.dataset.tokens import count_tokens, cut

STYLES: tuple[Style, ...] = ("tags", "prose")
MOST_CHIPS = 300
"""Of many pictures; the panel of all tags has the others."""


class CaptionPanel(QWidget):
    """Shows chips for tags and a field for prose, until a person says otherwise; that lasts as long as the folder is
    open. An empty caption is shown as the one before it."""

    edited = Signal()
    """Something was typed that is not saved yet."""

    def __init__(
        self, model: DatasetViewModel, tags: TagEdits, suggestions: TagSuggestions, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model, self._tags, self._suggestions = model, tags, suggestions
        self._style: Style | None = None
        """What a person chose; None: what the caption reads as."""
        self._name = ""
        """Of the picture whose caption is shown."""
        self._beyond = -1
        """From which character on the caption is not in the first part; −1: none."""
        self._title = QLabel()
        self._title.setObjectName("strong")
        self.styles = Segments(STYLES)
        self._sign, self._length = QLabel(), QLabel()
        self._length.setFont(tabular(self._length.font()))
        self.editor = CaptionEditor()
        self.chips = TagChips(self._suggest)
        self._area = QScrollArea()
        self._stack = QStackedWidget()
        self._hint = QLabel()
        self._hint.setObjectName("help")
        self._hint.setWordWrap(True)
        # One look for all signals that come of one edit.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.refresh)
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._title)
        head.addStretch()
        head.addWidget(self._sign)
        head.addWidget(self._length)
        head.addSpacing(6)
        head.addWidget(self.styles)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 2, 4, 2)
        column.addWidget(self.chips)
        column.addStretch()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(content)
        self._area.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        self._area.setMinimumHeight(96)
        self._stack.addWidget(self._area)
        self._stack.addWidget(self.editor)
        self._stack.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._hint)

    def _connect(self) -> None:
        model, chips = self._model, self.chips
        self.editor.typed.connect(model.type_caption)
        self.editor.typed.connect(self._follow_typing)
        self.editor.left.connect(model.save_caption)
        self.styles.chosen.connect(self.choose_style)
        chips.added.connect(self._add)
        chips.removed.connect(self._remove)
        chips.rewritten.connect(self._rewrite)
        chips.moved.connect(self._tags.move)
        chips.spread.connect(self._spread)
        model.opened.connect(self._forget_choice)
        model.current_changed.connect(self.refresh)
        model.selection_changed.connect(self._soon.start)
        model.changed.connect(self._follow)
        self._tags.changed.connect(self._follow_index)
        self._suggestions.changed.connect(self._soon.start)

    # --- what is shown

    @property
    def style_shown(self) -> Style:
        """Whether chips or text is shown."""
        return STYLES[self._stack.currentIndex()]

    def start(self) -> None:
        """Begin to write: a tag, or text."""
        if self.style_shown == "tags":
            self.chips.start()
            self._area.ensureWidgetVisible(self.chips.field)
        else:
            self.editor.setFocus()

    def refresh(self) -> None:
        """Show the caption of now."""
        self._soon.stop()
        caption = self._model.caption
        style = self._style or self._style_of(caption)
        if self.editor.hasFocus() and self._name == self._current_name() and len(self._model.selected) <= 1:
            # It reads otherwise than a moment ago: nobody may be interrupted by that.
            style = self.style_shown
        self._name = self._current_name()
        focused = QApplication.focusWidget()
        follows = style != self.style_shown and focused is not None and self.isAncestorOf(focused)
        self._stack.setCurrentIndex(STYLES.index(style))
        self.styles.show_choice(style)
        self.setEnabled(self._model.current is not None)
        self.editor.show_caption(caption)
        self._show_length(caption)
        self._show_chips()
        self._show_words()
        if follows:
            self.start()

    def _current_name(self) -> str:
        item = self._model.current
        return "" if item is None else item.name

    def _style_of(self, caption: str) -> Style:
        if len(self._model.selected) > 1:
            return "tags"
        return style_of(caption) if caption.strip() else self.style_shown

    def _show_length(self, caption: str) -> None:
        """Tokens of the caption as it is trained, with the trigger in front where it is missing."""
        trigger = self._model.project.trigger
        front = f"{trigger}, " if trigger and caption.strip() and not has_trigger(caption, trigger) else ""
        count = count_tokens(front + caption)
        self._beyond = max(0, cut(front + caption) - len(front)) if count > CHUNK else -1
        self.editor.show_cut(self._beyond)
        over = count > CHUNK
        self._length.setText(f"{count} / {CHUNK}")
        tokens = tokens_now()
        palette = self._length.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(tokens.warning if over else tokens.muted))
        self._length.setPalette(palette)
        if over:
            self._sign.setPixmap(pixmap("warning", 16, tokens.warning, self.devicePixelRatioF()))
        self._length.setToolTip(
            self.tr(
                "Tokens of the text encoder. After 75 a new part begins: it is trained too, but counts apart from the first."
            )
        )
        self._length.setVisible(len(self._model.selected) <= 1)
        self._sign.setVisible(over and len(self._model.selected) <= 1)

    def _show_chips(self) -> None:
        if self.style_shown != "tags":
            return
        found, total = self._tags.of_selection()
        several = total > 1
        caption = self._model.caption
        if not several and style_of(caption) == "prose":
            # A person asked for the pieces of a text as chips.
            found = [(tag, 1) for tag in tags_of(caption)]
        self.chips.may_move = not several
        chips, at = [], 0
        for tag, count in found[:MOST_CHIPS]:
            mixed = several and count < total
            note = self.tr("{count} of {total}").format(count=count, total=total) if mixed else ""
            if not several:
                at = caption.find(tag, at) + len(tag)
            unread = not several and 0 <= self._beyond < at
            chips.append(Chip(tag, note, mixed, unread, self._hint_of(tag, mixed, unread)))
        self.chips.show_chips(chips)

    def _hint_of(self, tag: str, mixed: bool, unread: bool) -> str:
        entry = self._suggestions.entry(tag)
        lines = [] if entry is None else [f"{entry.translation}  {category_text(entry.category)}".strip()]
        if mixed:
            lines.append(self.tr("Click to give it to all selected pictures."))
        if unread:
            lines.append(self.tr("Beyond the first 75 tokens."))
        return "\n".join(filter(None, lines))

    def _show_words(self) -> None:
        count = len(self._model.selected)
        if count > 1 and self.style_shown == "tags":
            self._title.setText(self.tr("Tags of {count} pictures").format(count=count))
            self._hint.setText(
                self.tr("What is added or taken out here goes into all selected captions, as one step to undo.")
            )
            return
        self._title.setText(self.tr("Caption"))
        if count > 1:
            self._hint.setText(self.tr("This is the caption of the current picture alone."))
        elif self.style_shown == "tags":
            self._hint.setText(
                self.tr(
                    "Enter adds a tag, Ctrl+Enter the first that is offered. Drag tags to move them, double-click to rewrite. Ctrl+↑ and Ctrl+↓ go on."
                )
            )
        else:
            self._hint.setText(
                self.tr("Saved while you type. Ctrl+↑ and Ctrl+↓ go to the previous and the next picture.")
            )

    # --- what happens

    def _suggest(self, typed: str) -> list[Suggestion]:
        present = () if len(self._model.selected) > 1 else tags_of(self._model.caption)
        return self._suggestions.suggest(typed, barred=present)

    def _add(self, tags: list[str]) -> None:
        self._tags.add(tags)

    def _remove(self, tags: list[str]) -> None:
        self._tags.remove(tags)

    def _rewrite(self, place: int, text: str) -> None:
        if len(self._model.selected) > 1:
            self._tags.rename([self.chips.chips[place].text], text, "selected")
        else:
            self._tags.rewrite(place, text)

    def _spread(self, tag: str) -> None:
        self._tags.add([tag])

    def choose_style(self, style: Style) -> None:
        """Show captions as chips or as text, whatever they read as; the one that fits this caption: each as it reads."""
        self._model.save_caption()
        self._style = None if style == self._style_of(self._model.caption) else style
        self._stack.setCurrentIndex(STYLES.index(style))
        self.refresh()
        self.start()

    def _forget_choice(self) -> None:
        self._style = None

    def _follow_typing(self, text: str) -> None:
        self._show_length(text)
        self.edited.emit()

    def _follow(self, changes: Changes) -> None:
        if changes.project or changes.names.intersection(self._model.selected):
            self._soon.start()

    def _follow_index(self) -> None:
        if len(self._model.selected) > 1 and self.isVisible():
            self._soon.start()

    def sizeHint(self) -> QSize:
        return QSize(320, 200)

    # --- words and looks

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.styles.set_texts([self.tr("Tags"), self.tr("Prose")])
        self.styles.setToolTip(self.tr("How to edit this caption"))
        self.chips.setAccessibleName(self.tr("Tags of the caption"))
        self.chips.field.setPlaceholderText(self.tr("Add a tag"))
        self.chips.field.setAccessibleName(self.tr("Add a tag"))
        self.editor.setAccessibleName(self.tr("Caption"))
        self.editor.setPlaceholderText(
            self.tr("Say what can be seen, as tags with commas between them or as a sentence.")
        )
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self.editor.dress()
            self._soon.start()
        super().changeEvent(event)
