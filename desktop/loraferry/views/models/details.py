"""Everything about one LoRA: whether it is sound, how it is used, what it was made of."""

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from loraferry.texts.quantities import bytes_text, number_text
from loraferry.viewmodels.shelf import Check, ShelfItem
from loraferry.views.icons import icon, pixmap
from loraferry.views.models.card import date_text
from loraferry.views.models.plan_rows import plan_rows
from loraferry.views.theme import tokens_now
from loraferry.views.widgets.notice import Notice
from loraferry.views.widgets.wrapping import wrapping_label

PICTURE_HEIGHT = 240


class Picture(QWidget):
    """A preview that fills its width, or a sign where there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(PICTURE_HEIGHT)
        self._picture = QPixmap()

    def show_picture(self, picture: QPixmap) -> None:
        """Show another picture; a null one shows the sign."""
        self._picture = picture
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The picture whole, in the middle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), self.palette().midlight())
        if self._picture.isNull():
            drawn = pixmap("models", 48, tokens_now().muted, self.devicePixelRatioF())
            painter.drawPixmap(self.rect().center().x() - 24, self.rect().center().y() - 24, drawn)
            return
        size = self._picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        box = QRect(0, 0, size.width(), size.height())
        box.moveCenter(self.rect().center())
        painter.drawPixmap(box, self._picture)


class Rows(QWidget):
    """Labels on the left, values that can be selected and copied on the right."""

    def __init__(self) -> None:
        super().__init__()
        self._cells: list[tuple[QLabel, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 3)

    def show_rows(self, rows: list[tuple[str, str]]) -> None:
        """Replace all rows. Labels are kept: new ones would appear a moment later than the rest."""
        for row in range(len(self._cells), len(rows)):
            pair = (wrapping_label("muted"), wrapping_label())
            self._cells.append(pair)
            self._grid.addWidget(pair[0], row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(pair[1], row, 1, Qt.AlignmentFlag.AlignTop)
        for row, pair in enumerate(self._cells):
            for label, text in zip(pair, rows[row] if row < len(rows) else ("", ""), strict=True):
                label.setText(text)
                label.setVisible(row < len(rows))

    @property
    def text(self) -> str:
        """All rows as lines, for tests."""
        return "\n".join(f"{name.text()}: {value.text()}" for name, value in self._cells if value.text())


class ModelDetails(QFrame):
    """The panel beside the grid."""

    show_in_folder = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._item: ShelfItem | None = None
        self._check: Check | None = None
        self._usage = ""
        self._picture = Picture()
        self._title = wrapping_label("heading")
        self._sign = QLabel()
        self._sound = wrapping_label()
        self._shown_notices: list[Notice] = []
        self._notices = QVBoxLayout()
        self._notices.setSpacing(8)
        self._use_title = _strong()
        self._prompt = QLineEdit()
        self._prompt.setObjectName("usagePrompt")
        self._prompt.setReadOnly(True)
        self._copy = QPushButton()
        self._copy.setObjectName("copyUsage")
        self._copy.clicked.connect(self._copy_usage)
        self._use_help = wrapping_label("help")
        self._facts = Rows()
        self._facts.setObjectName("modelFacts")
        self._reveal = QPushButton()
        self._reveal.setObjectName("showInFolder")
        self._reveal.clicked.connect(self.show_in_folder)
        self._plan_button = QToolButton()
        self._plan_button.setObjectName("plain")
        self._plan_button.setCheckable(True)
        self._plan_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._plan_button.toggled.connect(self._show_plan)
        self._plan = QWidget()
        self._plan.setObjectName("modelPlan")
        self._groups: list[tuple[QLabel, Rows]] = []
        self._plan_layout = QVBoxLayout(self._plan)
        self._plan_layout.setContentsMargins(0, 0, 0, 0)
        self._plan_layout.setSpacing(8)
        self._plan.hide()
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        check = QHBoxLayout()
        check.setSpacing(8)
        check.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        check.addWidget(self._sound, 1)
        use = QHBoxLayout()
        use.setSpacing(8)
        use.addWidget(self._prompt, 1)
        use.addWidget(self._copy)
        body = QVBoxLayout()
        body.setContentsMargins(16, 12, 16, 16)
        body.setSpacing(8)
        body.addWidget(self._title)
        body.addLayout(check)
        body.addLayout(self._notices)
        body.addSpacing(8)
        body.addWidget(self._use_title)
        body.addLayout(use)
        body.addWidget(self._use_help)
        body.addSpacing(8)
        body.addWidget(self._facts)
        body.addSpacing(8)
        body.addWidget(self._reveal, 0, Qt.AlignmentFlag.AlignLeft)
        body.addWidget(self._plan_button, 0, Qt.AlignmentFlag.AlignLeft)
        body.addWidget(self._plan)
        body.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(self._picture)
        layout.addLayout(body, 1)

    def show_item(self, item: ShelfItem | None, check: Check | None, usage: str) -> None:
        """Show another LoRA, or the result of its check."""
        if item is not self._item:
            self._picture.show_picture(QPixmap.fromImage(item.preview) if item else QPixmap())
        self._item, self._check, self._usage = item, check, usage
        self.retranslate()

    @property
    def verdict(self) -> str:
        """The words about the self-check."""
        return self._sound.text()

    @property
    def problem_text(self) -> str:
        """The words about everything wrong with the file."""
        return "\n".join(notice.text for notice in self._shown_notices)

    @property
    def plan_text(self) -> str:
        """All settings, as far as they are shown."""
        return "\n".join(table.text for _, table in self._groups)

    def retranslate(self) -> None:
        """Show everything in the language of now."""
        self._use_title.setText(self.tr("How to use it"))
        self._copy.setText(self.tr("Copy"))
        self._copy.setIcon(icon("copy", 16))
        self._prompt.setAccessibleName(self.tr("Prompt that uses this LoRA"))
        self._use_help.setText(
            self.tr(
                "Put the file into the folder models/Lora of WebUI or Forge and begin your prompt with this line. In "
                "ComfyUI, put it into models/loras, choose it in the node Load LoRA and use the words behind the brackets."
            )
        )
        self._reveal.setText(self.tr("Show in folder"))
        self._reveal.setIcon(icon("folder", 16))
        self._plan_button.setText(
            self.tr("Hide all settings") if self._plan_button.isChecked() else self.tr("Show all settings")
        )
        self._plan_button.setIcon(icon("plan", 16))
        if self._item is not None:
            self._title.setText(self._item.title)
            self._prompt.setText(self._usage)
            self._prompt.setCursorPosition(0)
            self._facts.show_rows(self._fact_rows(self._item))
            self._tell_check()
            self._fill_plan(self._item)

    def changeEvent(self, event: QEvent) -> None:
        """Follow language and theme."""
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def _fact_rows(self, item: ShelfItem) -> list[tuple[str, str]]:
        model, facts = item.model, item.model.facts
        rows = [(self.tr("File"), model.path.name)]
        if facts is not None:
            config = facts.config
            rows += [
                (self.tr("Model family"), facts.family),
                (self.tr("Base model"), facts.base),
                (self.tr("Trigger word"), facts.trigger or self.tr("None")),
                (self.tr("Rank"), str(facts.rank) if facts.rank else ""),
                (self.tr("Alpha"), number_text(config.network.alpha) if config else ""),
                (self.tr("Steps"), str(facts.steps) if facts.steps else ""),
                (self.tr("Resolution"), facts.resolution.replace("x", " × ")),
            ]
        rows += [(self.tr("Saved"), date_text(model.modified)), (self.tr("Size"), bytes_text(model.size))]
        return [(name, value) for name, value in rows if value]

    def _tell_check(self) -> None:
        for notice in self._shown_notices:
            self._notices.removeWidget(notice)
            notice.hide()
            notice.deleteLater()
        problems = self._check.problems if self._check else None
        tokens = tokens_now()
        if problems is None:
            name, colour, words = "refresh", tokens.muted, self.tr("The file is being checked …")
        elif problems:
            name, colour, words = "error", tokens.error, self.tr("The check has found something wrong with this file.")
        else:
            name, colour, words = (
                "check",
                tokens.good,
                self.tr("Self-check passed: complete, and every part acts."),
            )
        self._sign.setPixmap(pixmap(name, 20, colour, self.devicePixelRatioF()))
        self._sound.setText(words)
        self._shown_notices = [Notice(found) for found in problems or ()]
        for notice in self._shown_notices:
            self._notices.addWidget(notice)

    def _fill_plan(self, item: ShelfItem) -> None:
        config = item.model.facts.config if item.model.facts else None
        self._plan_button.setVisible(config is not None)
        self._plan.setVisible(config is not None and self._plan_button.isChecked())
        for title, table in self._groups:
            title.hide()
            table.hide()
        for number, (group, rows) in enumerate(plan_rows(config) if config is not None else ()):
            if number == len(self._groups):
                self._groups.append((_strong(), Rows()))
                for widget in self._groups[number]:
                    self._plan_layout.addWidget(widget)
            title, table = self._groups[number]
            title.setText(group)
            table.show_rows(rows)
            title.show()
            table.show()

    def _show_plan(self, shown: bool) -> None:
        self._plan.setVisible(shown)
        self._plan_button.setText(self.tr("Hide all settings") if shown else self.tr("Show all settings"))

    def _copy_usage(self) -> None:
        QGuiApplication.clipboard().setText(self._usage)
        self._copy.setText(self.tr("Copied"))
        self._copy.setIcon(icon("check", 16))


def _strong() -> QLabel:
    label = QLabel()
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label
