"""The set in numbers: what to think about, resolutions, buckets, caption lengths and tags; a click on a bar filters."""

from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from loraferry.library import statistics
from loraferry.library.coverage import Hint
from loraferry.library.query import quoted
from loraferry.texts.coverage import hint_text
from loraferry.viewmodels.dataset_statistics import SCOPES, DatasetStatistics
from loraferry.viewmodels.studio import Studio
from loraferry.views.icons import icon, pixmap
from loraferry.views.theme import tabular, tokens_now
from loraferry.views.widgets.bars import Bar, BarColumns, BarRows, Bars
from loraferry.views.widgets.flow import discard
from loraferry.views.widgets.segments import Segments
from loraferry.views.widgets.wrapping import wrapping_label

MOST_TAGS = 40
MOST_BUCKETS = 10
MOST_BESIDE = 12


def build(studio: Studio) -> QWidget:
    """The panel, from what the studio has."""
    return StatisticsPanel(studio.statistics)


class StatisticsPanel(QFrame):
    """Shows a DatasetStatistics while it is visible; clicks go to the filter."""

    def __init__(self, model: DatasetStatistics, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._model = model
        self._hints: tuple[Hint, ...] | None = None
        self.scope = Segments(SCOPES)
        self.summary = wrapping_label("muted")
        self.summary.setFont(tabular(self.summary.font()))
        self.hints = QWidget()
        self.sides, self.lengths = BarColumns(), BarColumns()
        self.buckets, self.tags, self.beside = BarRows(), BarRows(), BarRows()
        self._titles = {name: _heading() for name in ("hints", "sides", "buckets", "lengths", "tags", "beside")}
        self._notes = {name: wrapping_label("help") for name in ("sides", "buckets", "lengths", "tags")}
        self._lay_out()
        self.scope.chosen.connect(self._choose_scope)
        for bars in (self.sides, self.buckets, self.lengths):
            bars.chosen.connect(model.filter.toggle)
        self.tags.chosen.connect(self._choose_tag)
        self.beside.chosen.connect(self._choose_beside)
        model.changed.connect(self.refresh)
        model.filter.changed.connect(self._light)
        self.retranslate()

    def _lay_out(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(6)
        column.addWidget(self.scope, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.summary)
        hints = QVBoxLayout(self.hints)
        hints.setContentsMargins(0, 0, 0, 0)
        hints.setSpacing(10)
        for name, widget in (
            ("hints", self.hints),
            ("sides", self.sides),
            ("buckets", self.buckets),
            ("lengths", self.lengths),
            ("beside", self.beside),
            ("tags", self.tags),
        ):
            column.addSpacing(10)
            column.addWidget(self._titles[name])
            column.addWidget(widget)
            if name in self._notes:
                column.addWidget(self._notes[name])
        column.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        area.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.scope.set_texts([self.tr("To be trained"), self.tr("Shown")])
        self.scope.show_choice(self._model.scope)
        for name, text in (
            ("hints", self.tr("To think about")),
            ("sides", self.tr("Shorter side in pixels")),
            ("buckets", self.tr("Buckets, as they will be trained")),
            ("lengths", self.tr("Tokens of the captions")),
            ("tags", self.tr("Tags")),
        ):
            self._titles[name].setText(text)
        for bars, text in (
            (self.sides, self.tr("Pictures by their shorter side")),
            (self.buckets, self.tr("Pictures by bucket")),
            (self.lengths, self.tr("Captions by their tokens")),
            (self.tags, self.tr("Pictures by tag")),
            (self.beside, self.tr("Tags in the same captions")),
        ):
            bars.setAccessibleName(text)
        self._hints = None
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._hints = None
            self._show_hints()
        super().changeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._model.watch(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._model.watch(False)

    # --- numbers

    def refresh(self) -> None:
        """Show the numbers of now."""
        value = self._model.value
        cropped = value.trained != value.total - value.unknown
        summary = self.tr("{count} pictures, {trained} with all crops") if cropped else self.tr("{count} pictures")
        self.summary.setText(summary.format(count=f"{value.total:,}", trained=f"{value.trained:,}"))
        self._show_hints()
        self._note("sides", value.unknown, self.tr("The size of {count} pictures is not known yet."))
        self._note("lengths", value.uncounted, self.tr("{count} captions are still being counted."))
        more = len(value.buckets) - MOST_BUCKETS
        self._note("buckets", max(0, more), self.tr("{count} rarer buckets are not listed."))
        self._note("tags", max(0, len(value.tags) - MOST_TAGS), self.tr("{count} rarer tags are not listed."))
        self._light()

    def _note(self, name: str, count: int, text: str) -> None:
        self._notes[name].setText(text.format(count=f"{count:,}"))
        self._notes[name].setVisible(count > 0)

    def _light(self) -> None:
        """Draw the bars; those that are filtered by stand out."""
        if not self.isVisible():
            return
        model, value = self._model, self._model.value
        self._draw(self.sides, [Bar(bar.query, _from(bar), bar.count) for bar in value.sides])
        self._draw(self.lengths, [Bar(bar.query, _from(bar), bar.count) for bar in value.lengths])
        enlarged = self.tr("{count} of them are smaller than that and enlarged.")
        buckets = value.buckets[:MOST_BUCKETS]
        self._draw(
            self.buckets,
            [
                Bar(
                    bar.query,
                    f"{bar.size[0]} × {bar.size[1]}",
                    bar.count,
                    enlarged.format(count=f"{bar.upscaled:,}") if bar.upscaled else "",
                    bar.upscaled > 0,
                )
                for bar in buckets
            ],
        )
        self._draw(self.tags, [Bar(_tag(tag), tag, count) for tag, count in value.tags[:MOST_TAGS]])
        self._draw(self.beside, [Bar(_tag(tag), tag, count) for tag, count in model.together[:MOST_BESIDE]])
        self._titles["beside"].setText(self.tr("Beside “{tag}”").format(tag=model.tag))
        for widget in (self._titles["beside"], self.beside):
            widget.setVisible(bool(model.together))

    def _draw(self, widget: Bars, bars: list[Bar]) -> None:
        # No question for every bar where nothing is asked for.
        lit = [bar.id for bar in bars if self._model.filter.holds(bar.id)] if self._model.filter.text else []
        widget.show_bars(bars, lit)

    def _choose_scope(self, scope: str) -> None:
        self._model.set_scope("shown" if scope == "shown" else "approved")

    def _choose_tag(self, query: str) -> None:
        self._model.filter.toggle(query)
        tag = next(bar.label for bar in self.tags.bars if bar.id == query)
        self._model.look_at(tag if self._model.filter.holds(query) else "")

    def _choose_beside(self, query: str) -> None:
        self._model.filter.toggle(query)

    # --- hints

    def _show_hints(self) -> None:
        hints = self._model.value.hints
        if hints == self._hints:
            return
        self._hints = hints
        layout = self.hints.layout()
        assert layout is not None
        while (item := layout.takeAt(0)) is not None:
            discard(item)
        for hint in hints:
            layout.addWidget(self._hint(hint))
        for widget in (self._titles["hints"], self.hints):
            widget.setVisible(bool(hints))

    def _hint(self, hint: Hint) -> QWidget:
        words = hint_text(hint)
        made = QWidget()
        sign, what, next_step = QLabel(), wrapping_label("strong"), wrapping_label("muted")
        sign.setPixmap(pixmap("info", 18, tokens_now().warning, self.devicePixelRatioF()))
        what.setText(words.what)
        next_step.setText(words.next_step)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(what)
        texts.addWidget(next_step)
        if hint.query:
            show = QToolButton()
            show.setProperty("look", "plain")
            show.setText(self.tr("Show them"))
            show.setIcon(icon("search", 14, colour=tokens_now().accent))
            show.setIconSize(QSize(14, 14))
            show.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            show.setMinimumSize(QSize(24, 24))
            show.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            show.setAccessibleName(f"{words.what} {show.text()}")
            show.clicked.connect(partial(self._model.filter.toggle, hint.query))
            texts.addWidget(show, 0, Qt.AlignmentFlag.AlignLeft)
        line = QHBoxLayout(made)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(texts, 1)
        return made


def _heading() -> QLabel:
    label = QLabel()
    label.setObjectName("strong")
    return label


def _from(bar: statistics.Bar) -> str:
    """Where a column begins: what is below the first edge, and what is above the last."""
    if bar.high is None:
        return f"{bar.low}+"
    return str(bar.low) if bar.low or bar.high == 1 else f"<{bar.high}"


def _tag(tag: str) -> str:
    return f"tag:{quoted(tag)}"
