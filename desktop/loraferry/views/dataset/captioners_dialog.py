"""Captions by machine: choose, watch them come, adjust what becomes of them, take them over in one step."""

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from loraferry.ferry.captioning import Stage
from loraferry.texts.quantities import bytes_text
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_captioners import DatasetCaptioners
from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.caption_rules import CaptionRules
from loraferry.views.dataset.captioner_choices import CaptionerChoices
from loraferry.views.dataset.captioner_results import CaptionerResults
from loraferry.views.theme import tabular
from loraferry.views.widgets.notice import Notice
from loraferry.views.widgets.wrapping import wrapping_label
from loraferry_core.problems import Problem

WIDTH, HEIGHT = 1040, 700
SIDE = 340
_IN_BYTES = ("send", "fetch")


def build(studio: Studio) -> QWidget:
    """The dialog over the open folder."""
    model = DatasetCaptioners(studio.dataset, studio.hosts, studio.tasks, studio.settings, studio.open_secrets)
    dialog = CaptionersDialog(model, studio.dataset)
    model.setParent(dialog)
    return dialog


class CaptionersDialog(QDialog):
    """The view of a `DatasetCaptioners`. Closing it ends nothing: what goes on goes on, and what has come stays."""

    def __init__(self, model: DatasetCaptioners, hub: DatasetViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("captionersDialog")
        self._model = model
        self._choices, self._rules = CaptionerChoices(model), CaptionRules(model)
        self._results = CaptionerResults(model, hub)
        self._go, self._stop, self._apply, self._drop = (QPushButton() for _ in range(4))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(6)
        self._status = wrapping_label("muted")
        self._status.setFont(tabular(self._status.font()))
        self._notice: Notice | None = None
        self._notices = QVBoxLayout()
        self._count = QLabel()
        self._hint = wrapping_label("muted")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._recount = QTimer(self)
        self._recount.setSingleShot(True)
        self._recount.setInterval(100)
        self._lay_out()
        self._connect(hub)
        self.resize(WIDTH, HEIGHT)
        self.retranslate()

    # ---- building ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(24)
        layout.addWidget(self._left())
        layout.addLayout(self._right(), 1)

    def _left(self) -> QWidget:
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFrameShape(QFrame.Shape.NoFrame)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 12, 0)
        column.addWidget(self._choices)
        column.addStretch(1)
        area.setWidget(inner)
        for button, name in (
            (self._go, "primary"),
            (self._stop, "captionerStop"),
            (self._apply, "primary"),
            (self._drop, "captionerDrop"),
        ):
            button.setObjectName(name)
            button.setAutoDefault(False)
        side = QWidget()
        side.setFixedWidth(SIDE)
        layout = QVBoxLayout(side)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(area, 1)
        layout.addWidget(self._bar)
        layout.addWidget(self._status)
        layout.addWidget(self._go)
        layout.addWidget(self._stop)
        return side

    def _right(self) -> QVBoxLayout:
        empty = QWidget()
        middle = QVBoxLayout(empty)
        middle.setContentsMargins(48, 0, 48, 0)
        middle.addStretch(1)
        middle.addWidget(self._hint)
        middle.addStretch(1)
        self._stack.addWidget(empty)
        self._stack.addWidget(self._results)
        self._stack.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(self._count, 1)
        line.addWidget(self._drop)
        line.addWidget(self._apply)
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addWidget(self._rules)
        column.addLayout(self._notices)
        column.addWidget(self._stack, 1)
        column.addLayout(line)
        return column

    def _connect(self, hub: DatasetViewModel) -> None:
        model = self._model
        self._go.clicked.connect(self._start)
        self._stop.clicked.connect(model.stop)
        self._apply.clicked.connect(model.apply)
        self._drop.clicked.connect(model.drop)
        self._recount.timeout.connect(self._count_again)
        model.changed.connect(self.refresh)
        model.arrived.connect(self.refresh)
        for signal in (hub.changed, hub.selection_changed, hub.visible_changed):
            signal.connect(self._count_soon)

    # ---- showing ----------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        self._model.start()

    def _count_soon(self) -> None:
        """Many pictures may change one after the other; nobody counts while the dialog is closed."""
        if self.isVisible() and not self._recount.isActive():
            self._recount.start()

    def _count_again(self) -> None:
        self._choices.count()
        self.refresh()

    def refresh(self) -> None:
        """Show how it stands."""
        model = self._model
        self._choices.show_choices()
        self._rules.show_choices()
        self._show_problem(model.problem)
        self._go.setVisible(not model.running)
        self._go.setEnabled(self._choices.counts[model.choices.scope] > 0)
        self._stop.setVisible(model.running)
        come = len(model.names)
        self._stack.setCurrentIndex(1 if come else 0)
        self._count.setText(self.tr("Described: {count}").format(count=come) if come else "")
        self._apply.setEnabled(come > 0)
        self._drop.setEnabled(come > 0)
        self._show_progress()

    def _show_progress(self) -> None:
        progress = self._model.progress
        self._bar.setVisible(progress is not None)
        if progress is None:
            self._status.setText(self._rest())
            self._status.setVisible(bool(self._status.text()))
            return
        self._bar.setRange(0, 1000 if progress.total else 0)
        if progress.total:
            self._bar.setValue(min(1000, round(1000 * progress.done / progress.total)))
        text = self._stages()[progress.stage]
        if progress.total:
            in_bytes = progress.stage in _IN_BYTES
            shown = [bytes_text(n) if in_bytes else str(n) for n in (progress.done, progress.total)]
            text = f"{text} {' / '.join(shown)}"
        self._status.setText(text)
        self._status.show()

    def _rest(self) -> str:
        """What is to be said while nothing goes on."""
        done = self._model.applied
        if done:
            return self.tr("Captions changed: {count}. Undo takes all of them back.").format(count=done)
        return "" if self._go.isEnabled() else self.tr("There are no such pictures now. Choose others.")

    def _stages(self) -> dict[Stage, str]:
        return {
            "render": self.tr("Preparing pictures …"),
            "setup": self.tr("Setting up the machine; this takes a while the first time …"),
            "send": self.tr("Sending pictures …"),
            "fetch": self.tr("The model is being fetched …"),
            "load": self.tr("The model is being loaded …"),
            "describe": self.tr("Describing …"),
            "lost": self.tr("The line is lost; the machine goes on, and this computer tries to reach it …"),
        }

    def _show_problem(self, found: Problem | None) -> None:
        if self._notice is not None:
            if self._notice.problem == found:
                return
            self._notices.removeWidget(self._notice)
            self._notice.hide()
            self._notice.deleteLater()
            self._notice = None
        if found is None:
            return
        self._notice = Notice(found)
        if found.code == "captioner_busy":
            self._notice.offer(lambda: self.tr("Caption beside it"))
            self._notice.wanted.connect(self._start_beside)
        self._notices.addWidget(self._notice)
        self._notice.show()

    def _start_beside(self) -> None:
        self._model.start(beside_training=True)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.setWindowTitle(self.tr("Captions by machine"))
        self._drop.setText(self.tr("Throw away"))
        self._go.setText(self.tr("Describe the pictures"))
        self._stop.setText(self.tr("Stop"))
        self._apply.setText(self.tr("Take over"))
        self._hint.setText(
            self.tr(
                "Captions appear here as they come. Nothing is changed before you take them over, and then one undo takes "
                "all of them back."
            )
        )
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._count_again()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
