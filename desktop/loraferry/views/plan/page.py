"""The Plan page: Simple or Expert at the left, what a plan means and the Train button at the right."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from loraferry.ferry.plan_files import SUFFIXES, ReadPlan
from loraferry.viewmodels.services import Services
from loraferry.views.commands.registry import Binding
from loraferry.views.plan.compare_dialog import CompareDialog
from loraferry.views.plan.expert import ExpertPlan
from loraferry.views.plan.import_dialog import ImportDialog
from loraferry.views.plan.preset_bar import PresetBar
from loraferry.views.plan.simple import SimplePlan
from loraferry.views.plan.summary import Summary
from loraferry.views.widgets.page_header import PageHeader
from loraferry.views.widgets.segments import Segments


def build(services: Services) -> QWidget:
    """Make the page."""
    return PlanPage(services)


class PlanPage(QWidget):
    """Two views of one plan; Expert is built when it is first asked for. Files with plans in them may be dropped."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._plan, self._settings, self._bases = services.plan, services.settings, services.bases
        self._presets = services.plan_desk.presets
        self._header = PageHeader()
        self._mode = Segments(("simple", "expert"))
        self._mode.chosen.connect(self._choose_mode)
        self._header.add_action(self._mode)
        self.bar = PresetBar(services.plan, self._presets)
        self.bar.compare_wanted.connect(self.compare)
        simple = SimplePlan(services.plan, services.bases)
        simple.everything.expert_wanted.connect(self._choose_expert)
        self._stack = QStackedWidget()
        self._stack.addWidget(_scrolling(simple))
        self._expert: ExpertPlan | None = None
        left = QVBoxLayout()
        left.setSpacing(12)
        left.addWidget(self.bar)
        left.addWidget(self._stack, 1)
        body = QHBoxLayout()
        body.setContentsMargins(24, 4, 24, 24)
        body.setSpacing(16)
        body.addLayout(left, 1)
        body.addWidget(Summary(services))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._header)
        layout.addLayout(body, 1)
        self.setAcceptDrops(True)
        self._presets.plan_read.connect(self._decide)
        self.show_mode(services.settings.value.expert)
        self.retranslate()

    def show_mode(self, expert: bool) -> None:
        """Show Simple or Expert."""
        if expert and self._expert is None:
            self._expert = ExpertPlan(self._plan, self._bases)
            self._stack.addWidget(self._expert)
        self._stack.setCurrentIndex(1 if expert else 0)
        self._mode.show_choice("expert" if expert else "simple")

    def commands(self) -> dict[str, Binding]:
        """What the page's actions do."""
        return {
            "plan.train": Binding(self._plan.request_training, enabled=lambda: self._plan.can_train),
            "plan.simple": Binding(partial(self._choose_mode, "simple")),
            "plan.expert": Binding(partial(self._choose_mode, "expert")),
            "plan.undo": Binding(self._plan.undo, enabled=lambda: self._plan.can_undo),
            "plan.redo": Binding(self._plan.redo, enabled=lambda: self._plan.can_redo),
            "plan.save": Binding(self._presets.save),
            "plan.import": Binding(self._presets.choose_file),
            "plan.export": Binding(self._presets.export_preset),
            "plan.export_kohya": Binding(self._presets.export_kohya),
            "plan.compare": Binding(self.compare),
        }

    def compare(self) -> None:
        """Show in what plans differ."""
        dialog = CompareDialog(self._presets, self)
        dialog.exec()
        dialog.deleteLater()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _plan_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _plan_file(event)
        if path is not None:
            event.acceptProposedAction()
            self._presets.read(path)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._header.set_texts(self.tr("Plan"), self.tr("What to teach, and how."))
        self._mode.set_texts((self.tr("Simple"), self.tr("Expert")))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _decide(self, found: ReadPlan) -> None:
        """A plan was read from a file: ask what becomes of it."""
        dialog = ImportDialog(found, self._plan.config, self)
        dialog.exec()
        decision = dialog.decision
        dialog.deleteLater()
        if decision == "take":
            self._presets.take(found)
        elif decision == "keep":
            self._presets.keep(found)

    def _choose_expert(self) -> None:
        self._choose_mode("expert")

    def _choose_mode(self, mode: str) -> None:
        self.show_mode(mode == "expert")
        self._settings.update(expert=mode == "expert")


def _plan_file(event: QDropEvent) -> Path | None:
    """The one file that is dragged, where it may have a plan in it."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return paths[0] if len(paths) == 1 and paths[0].suffix.lower() in SUFFIXES else None


def _scrolling(widget: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidget(widget)
    return area
