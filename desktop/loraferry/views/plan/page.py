"""The Plan page: Simple or Expert at the left, the run's arithmetic and the Train button at the right."""

from functools import partial

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from loraferry.viewmodels.base_models import BaseModels
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.services import Services
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry.views.commands.registry import Binding
from loraferry.views.plan.expert import ExpertPlan
from loraferry.views.plan.simple import SimplePlan
from loraferry.views.plan.summary import Summary
from loraferry.views.widgets.page_header import PageHeader
from loraferry.views.widgets.segments import Segments


def build(services: Services) -> QWidget:
    """Make the page."""
    return PlanPage(services.plan, services.settings, services.bases)


class PlanPage(QWidget):
    """Two views of one plan; Expert is built when it is first asked for."""

    def __init__(self, plan: PlanViewModel, settings: SettingsViewModel, bases: BaseModels) -> None:
        super().__init__()
        self._plan = plan
        self._settings = settings
        self._header = PageHeader()
        self._mode = Segments(("simple", "expert"))
        self._mode.chosen.connect(self._choose_mode)
        self._header.add_action(self._mode)
        self._stack = QStackedWidget()
        self._stack.addWidget(_scrolling(SimplePlan(plan, bases)))
        self._expert: ExpertPlan | None = None
        body = QHBoxLayout()
        body.setContentsMargins(24, 4, 24, 24)
        body.setSpacing(24)
        body.addWidget(self._stack, 1)
        body.addWidget(Summary(plan))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._header)
        layout.addLayout(body, 1)
        self.show_mode(settings.value.expert)
        self.retranslate()

    def show_mode(self, expert: bool) -> None:
        """Show Simple or Expert."""
        if expert and self._expert is None:
            self._expert = ExpertPlan(self._plan)
            self._stack.addWidget(self._expert)
        self._stack.setCurrentIndex(1 if expert else 0)
        self._mode.show_choice("expert" if expert else "simple")

    def commands(self) -> dict[str, Binding]:
        """What the page's actions do."""
        return {
            "plan.train": Binding(self._plan.request_training, enabled=lambda: self._plan.can_train),
            "plan.simple": Binding(partial(self._choose_mode, "simple")),
            "plan.expert": Binding(partial(self._choose_mode, "expert")),
        }

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._header.set_texts(self.tr("Plan"), self.tr("What to teach, and how."))
        self._mode.set_texts((self.tr("Simple"), self.tr("Expert")))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _choose_mode(self, mode: str) -> None:
        self.show_mode(mode == "expert")
        self._settings.update(expert=mode == "expert")


def _scrolling(widget: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidget(widget)
    return area
