"""One run: where it stands, its loss, its test pictures, its log, and what can be done."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from loraferry.runs.progress import Progress
from loraferry.runs.watch import Watch
from loraferry.texts.jobs import phase_text, standing_text
from loraferry.texts.quantities import duration_text, rate_text
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.job_actions import ACTIONS
from loraferry.viewmodels.launch import LaunchViewModel
from loraferry.viewmodels.runs import RunsViewModel
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry.views.icons import icon
from loraferry.views.runs.home_bar import HomeBar
from loraferry.views.runs.link_line import LinkLine
from loraferry.views.runs.plots import Plots
from loraferry.views.runs.run_log import RunLog
from loraferry.views.runs.run_tools import RunTools
from loraferry.views.runs.samples import SampleMatrix
from loraferry.views.theme import tabular
from loraferry.views.widgets.notice import Notice
from loraferry.views.widgets.segments import Segments
from loraferry_core.jobs import ACTIVE, ENDED, JobState
from loraferry_core.problems import Problem

SHORT_OF_DISK = ("disk_low", "disk_full", "inodes_full")


class RunPanel(QWidget):
    """Shows the run that the view-model looks at."""

    def __init__(
        self,
        model: RunsViewModel,
        launch: LaunchViewModel,
        hosts: HostsViewModel,
        settings: SettingsViewModel,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model, self._launch, self._hosts = model, launch, hosts
        self._name = QLabel()
        self._name.setObjectName("heading")
        self._where = QLabel()
        self._where.setObjectName("muted")
        self._where.setFont(tabular(self._where.font()))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(6)
        self._stop = QPushButton()
        self._stop.setObjectName("stopRun")
        self._kill = QPushButton()
        self._kill.setObjectName("killRun")
        self._resume = QPushButton()
        self._resume.setObjectName("resumeRun")
        self._restore = QPushButton()
        self._restore.setObjectName("restoreRun")
        self._restore.setMenu(QMenu(self._restore))
        self._tools = RunTools(model)
        self._home = HomeBar(model, launch)
        self._link = LinkLine(hosts)
        self._to_models = QPushButton()
        self._to_models.setObjectName("showModels")
        self._notice: Notice | None = None
        self._plots = Plots(settings)
        self._samples = SampleMatrix()
        self._log = RunLog()
        self._views = {"samples": self._samples, "log": self._log}
        self._choice = Segments(list(self._views))
        self._lay_out()
        self._stop.clicked.connect(self._stop_run)
        self._kill.clicked.connect(self._kill_run)
        self._resume.clicked.connect(self._resume_run)
        self._restore.menu().triggered.connect(self._restore_run)
        self._restore.menu().aboutToShow.connect(self._offer_hosts)
        self._to_models.clicked.connect(model.models_requested)
        model.selected.connect(self._select)
        model.advanced.connect(self.refresh)
        model.changed.connect(self.refresh)
        self._dress()
        self.retranslate()
        self._select()

    def refresh(self) -> None:
        """Show the run as it is now."""
        watch = self._model.watch
        if watch is None:
            return
        self._name.setText(watch.run.spec.name)
        self._link.show_run(watch.run)
        self._where.setText(self._standing(watch))
        self._show_bar(watch.progress, watch.run.status.state)
        self._show_problem(watch.problem if watch.run.status.state in ENDED else watch.disk)
        state, actions = watch.run.status.state, self._model.actions(watch.run)
        possible = ACTIONS[state]
        for button, action in ((self._stop, "stop"), (self._kill, "kill"), (self._resume, "resume")):
            button.setVisible(action in possible)
            button.setEnabled(action in actions)
        self._resume.setText(
            self.tr("Go on") if state is JobState.PAUSED else self.tr("Go on from the last checkpoint")
        )
        astray = self._model.is_astray(watch.run)
        self._restore.setVisible(astray)
        self._restore.setEnabled(not self._launch.busy)
        self._tools.show_run(watch.run, actions)
        self._home.show_run(watch.run)
        self._to_models.setVisible(state is JobState.FINISHED)
        self._plots.show_watch(watch)
        self._samples.show_watch(watch, self._model.files())
        self._log.show_watch(watch)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._stop.setText(self.tr("Stop and save"))
        self._kill.setText(self.tr("End it now"))
        self._kill.setToolTip(self.tr("Ends at once. What was made since the last checkpoint is lost."))
        self._restore.setText(self.tr("Go on elsewhere"))
        self._restore.setToolTip(
            self.tr("From the newest checkpoint that was brought to this computer, on this machine or another one")
        )
        self._to_models.setText(self.tr("Show the LoRA"))
        self._choice.set_texts([self.tr("Test pictures"), self.tr("Log")])
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _lay_out(self) -> None:
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self._name)
        texts.addWidget(self._where)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addLayout(texts, 1)
        for button in (self._stop, self._kill, self._resume, self._restore, self._to_models):
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self._plots)
        split.addWidget(self._lower())
        split.setSizes([420, 260])
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(16, 8, 24, 16)
        self._layout.setSpacing(8)
        self._layout.addLayout(head)
        self._layout.addWidget(self._bar)
        self._layout.addWidget(self._link)
        self._layout.addWidget(self._home)
        self._layout.addWidget(self._tools)
        self._layout.addWidget(split, 1)

    def _lower(self) -> QWidget:
        """Test pictures or log, by the switch above them."""
        row = QHBoxLayout()
        row.addWidget(self._choice)
        row.addStretch()
        lower = QWidget()
        layout = QVBoxLayout(lower)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(row)
        for view in self._views.values():
            layout.addWidget(view, 1)
        self._choice.chosen.connect(self._show_view)
        self._choice.show_choice("samples")
        self._show_view("samples")
        return lower

    def _show_view(self, name: str) -> None:
        for each, view in self._views.items():
            view.setVisible(each == name)

    def _select(self) -> None:
        self._samples.clear()
        self._plots.show_everything()
        self.refresh()

    def _standing(self, watch: Watch) -> str:
        """Such as: Training · step 120 of 300 · loss 0.042 · 4.1 steps/s · 44 s left."""
        state, now = watch.run.status.state, watch.progress
        parts = [standing_text(watch.run)]
        if state in ACTIVE and now.phase and now.phase != "train":
            parts = [phase_text(now.phase) + (f" {now.done} / {now.total}" if now.total else "")]
        if now.total_steps:
            parts.append(self.tr("step {step} of {total}").format(step=now.step, total=now.total_steps))
        if (loss := watch.loss) is not None:
            parts.append(self.tr("loss {loss}").format(loss=f"{loss:.4f}"))
        if state is JobState.RUNNING and now.steps_per_s:
            parts.append(rate_text(now.steps_per_s))
            parts.append(self.tr("{time} left").format(time=duration_text(now.remaining_s or 0)))
        if state in ACTIVE and not self._model.is_attached(watch.run) and self._link.isHidden():
            parts.append(self.tr("not connected, the run goes on"))
        return "  ·  ".join(parts)

    def _show_bar(self, now: Progress, state: JobState) -> None:
        if state is JobState.FINISHED:
            done, total = 1, 1
        elif now.phase in ("", "train") or not now.total:
            done, total = now.step, now.total_steps
        else:
            done, total = now.done, now.total
        self._bar.setRange(0, total or (0 if state in ACTIVE else 1))
        self._bar.setValue(done)

    def _show_problem(self, problem: Problem | None) -> None:
        if self._notice is not None:
            if self._notice.problem == problem:
                return
            self._layout.removeWidget(self._notice)
            self._notice.deleteLater()
            self._notice = None
        if problem is not None:
            self._notice = Notice(problem)
            if problem.code in SHORT_OF_DISK:
                self._notice.offer(lambda: self.tr("Free space …"))
                self._notice.wanted.connect(self._free_space)
            self._layout.insertWidget(2, self._notice)

    def _free_space(self) -> None:
        if self._model.watch is not None:
            self._model.space_requested.emit(self._model.watch.run.host)

    def _stop_run(self) -> None:
        if self._model.watch is not None:
            self._model.stop(self._model.watch.run.spec.job)

    def _kill_run(self) -> None:
        if self._model.watch is not None:
            self._model.stop(self._model.watch.run.spec.job, now=True)

    def _offer_hosts(self) -> None:
        """The machines as they are at this moment."""
        menu = self._restore.menu()
        menu.clear()
        for choice in self._hosts.choices:
            menu.addAction(choice.label).setData(choice.id)

    def _restore_run(self, action: QAction) -> None:
        if self._model.watch is not None:
            self._launch.restore(self._model.watch.run, action.data())

    def _resume_run(self) -> None:
        if self._model.watch is not None:
            self._model.resume(self._model.watch.run.spec.job)

    def _dress(self) -> None:
        self._stop.setIcon(icon("stop", 18))
        self._restore.setIcon(icon("train", 18))
        self._resume.setIcon(icon("train", 18))
        self._to_models.setIcon(icon("models", 18))
