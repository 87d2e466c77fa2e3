"""The page of runs: what is going on, and everything that ever was."""

from PySide6.QtCore import QEvent, QModelIndex, Qt
from PySide6.QtWidgets import QLabel, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.launch import LaunchViewModel
from loraferry.viewmodels.runs import RunsViewModel
from loraferry.viewmodels.services import Services
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry.views.runs.queue import Queues
from loraferry.views.runs.run_list import RunList, RunListModel
from loraferry.views.runs.run_panel import RunPanel
from loraferry.views.widgets.page_header import PageHeader


def build(services: Services) -> QWidget:
    """The page, from what the composition root put together."""
    return RunsPage(services.runs, services.launch, services.hosts, services.settings)


class RunsPage(QWidget):
    """A list at the left, the chosen run at the right."""

    def __init__(
        self,
        model: RunsViewModel,
        launch: LaunchViewModel,
        hosts: HostsViewModel,
        settings: SettingsViewModel,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("runsPage")
        self._model = model
        self._header = PageHeader()
        self._list = RunList()
        self._panel = RunPanel(model, launch, hosts, settings)
        self._queues = Queues(model, hosts)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._queues)
        column.addWidget(self._list, 1)
        self._empty = QLabel()
        self._empty.setObjectName("empty")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        split = QSplitter()
        split.setContentsMargins(20, 0, 0, 0)
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(self._panel)
        split.setSizes([280, 800])
        split.setStretchFactor(1, 1)
        body = QWidget()
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(split)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._header)
        layout.addWidget(body, 1)
        self._list.selectionModel().currentChanged.connect(self._choose)
        model.changed.connect(self._show_runs)
        model.selected.connect(self._show_selection)
        self.retranslate()
        self._show_runs()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._header.set_texts(
            self.tr("Runs"), self.tr("What is training, and everything that was trained. Kept here, also offline.")
        )
        self._empty.setText(
            self.tr("Nothing was trained yet.\nApprove some pictures, answer the three questions in Plan, press Train.")
        )

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    @property
    def _rows(self) -> RunListModel:
        rows = self._list.model()
        assert isinstance(rows, RunListModel)
        return rows

    def _show_runs(self) -> None:
        runs = self._model.runs
        self._rows.show_runs(runs)
        self._stack.setCurrentIndex(1 if runs else 0)
        if runs and self._model.watch is None:
            self._model.select(runs[0].spec.job)
        self._show_selection()

    def _show_selection(self) -> None:
        watch = self._model.watch
        if watch is not None:
            self._list.setCurrentIndex(self._rows.index_of(watch.run.spec.job))

    def _choose(self, current: QModelIndex) -> None:
        run = self._rows.run_at(current)
        watch = self._model.watch
        if run is not None and (watch is None or watch.run.spec.job != run.spec.job):
            self._model.select(run.spec.job)
