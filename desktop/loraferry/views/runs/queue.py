"""What waits for a machine, in its order: dragged, or moved with the keyboard."""

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from loraferry.runs.store import Run
from loraferry.texts.jobs import state_text
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.runs import RunsViewModel
from loraferry.views.icons import icon
from loraferry_core.jobs import JobState

ROW = 32
MOST_ROWS = 5
JOB = Qt.ItemDataRole.UserRole


class Queues(QWidget):
    """A queue for each machine where something waits; hidden where nothing does."""

    def __init__(self, model: RunsViewModel, hosts: HostsViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queues")
        self._model, self._hosts = model, hosts
        self._panels: dict[str, QueuePanel] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 8)
        self._layout.setSpacing(8)
        model.changed.connect(self.refresh)
        hosts.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the queues as they are now."""
        queues = self._model.queues
        for gone in self._panels.keys() - queues.keys():
            panel = self._panels.pop(gone)
            panel.hide()
            panel.deleteLater()
        for host, runs in queues.items():
            if host not in self._panels:
                self._panels[host] = QueuePanel(self._model)
                self._layout.addWidget(self._panels[host])
            self._panels[host].show_queue(self._name(host), runs, attached=self._model.is_attached(runs[0]))
        self.setVisible(bool(queues))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.refresh()
        super().changeEvent(event)

    def _name(self, agent: str) -> str:
        for row in self._hosts.hosts:
            if self._hosts.agent_of(row.id) == agent:
                return self.tr("This computer") if row.local else row.name
        return ""


class QueuePanel(QFrame):
    """One queue: the next run on top."""

    def __init__(self, model: RunsViewModel) -> None:
        super().__init__()
        self.setObjectName("card")
        self._model = model
        self._name = ""
        self._runs: list[Run] = []
        self._attached = False
        self._title = QLabel()
        self._title.setObjectName("strong")
        self._list = QueueList()
        # Not within the drop itself: the rows are replaced, which Qt is still looking at.
        self._list.dropped.connect(self._drop, Qt.ConnectionType.QueuedConnection)
        self._list.currentRowChanged.connect(self._enable)
        self._list.itemActivated.connect(self._open)
        self._up, self._down = self._tool("queueUp", self._move_up), self._tool("queueDown", self._move_down)
        self._hold, self._cancel = self._tool("queueHold", self._toggle_hold), self._tool("queueCancel", self._take_off)
        for keys, act in (("Alt+Up", self._move_up), ("Alt+Down", self._move_down)):
            shortcut = QShortcut(QKeySequence(keys), self._list)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(act)
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self._title, 1)
        for button in (self._up, self._down, self._hold, self._cancel):
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 6, 8)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self._list)
        self.retranslate()

    def _tool(self, name: str, act: object) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setProperty("look", "plain")
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(act)
        return button

    def show_queue(self, name: str, runs: list[Run], *, attached: bool) -> None:
        """Show these runs; the one that was chosen stays chosen."""
        self._name, self._runs, self._attached = name, runs, attached
        self._list.show_runs(runs)
        self.retranslate()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._title.setText(self.tr("Waiting for {host}").format(host=self._name) if self._name else self.tr("Waiting"))
        self._list.setAccessibleName(self._title.text())
        self._list.show_runs(self._runs)
        self._enable()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    @property
    def _chosen(self) -> Run | None:
        row = self._list.currentRow()
        return self._runs[row] if 0 <= row < len(self._runs) else None

    def _enable(self) -> None:
        row, run = self._list.currentRow(), self._chosen
        held = run is not None and run.status.state is JobState.HELD
        able = self._model.actions(run) if run is not None else frozenset()
        self._list.setDragEnabled(self._attached)
        self._up.setEnabled("reorder" in able and row > 0)
        self._down.setEnabled("reorder" in able and row < len(self._runs) - 1)
        self._hold.setEnabled(("release" if held else "hold") in able)
        self._cancel.setEnabled("cancel" in able)
        words = (
            (self._up, "up", self.tr("Start earlier (Alt+Up)")),
            (self._down, "down", self.tr("Start later (Alt+Down)")),
            (self._hold, "train" if held else "pause", self.tr("Let it start") if held else self.tr("Hold it back")),
            (self._cancel, "close", self.tr("Take off the queue")),
        )
        for button, sign, text in words:
            button.setIcon(icon(sign, 16))
            button.setToolTip(text)
            button.setAccessibleName(text)

    def _move_up(self) -> None:
        self._move(-1)

    def _move_down(self) -> None:
        self._move(1)

    def _move(self, by: int) -> None:
        if self._chosen is not None:
            self._model.move(self._chosen.spec.job, self._list.currentRow() + by)

    def _drop(self, job: str, place: int) -> None:
        self._model.move(job, place)
        self._list.show_runs(self._runs)

    def _toggle_hold(self) -> None:
        run = self._chosen
        if run is not None:
            self._model.order(run.spec.job, "release" if run.status.state is JobState.HELD else "hold")

    def _take_off(self) -> None:
        if self._chosen is not None:
            self._model.stop(self._chosen.spec.job)

    def _open(self) -> None:
        if self._chosen is not None:
            self._model.select(self._chosen.spec.job)


class QueueList(QListWidget):
    """Rows that can be dragged among each other; tells where one was dropped and leaves the moving to the owner."""

    dropped = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("queueList")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.model().rowsMoved.connect(self._tell)
        self._filling = False

    def show_runs(self, runs: list[Run]) -> None:
        """Replace the rows where they differ."""
        texts = [_row_text(number, run) for number, run in enumerate(runs, start=1)]
        jobs = [run.spec.job for run in runs]
        if texts == [self.item(row).text() for row in range(self.count())] and jobs == self.jobs:
            return
        current = self.currentItem().data(JOB) if self.currentItem() else None
        self._filling = True
        self.clear()
        for job, text in zip(jobs, texts, strict=True):
            item = QListWidgetItem(text)
            item.setData(JOB, job)
            item.setSizeHint(QSize(0, ROW))
            self.addItem(item)
        self._filling = False
        if jobs:
            self.setCurrentRow(jobs.index(current) if current in jobs else 0)
        self.setFixedHeight(ROW * min(len(runs), MOST_ROWS) + 2)

    @property
    def jobs(self) -> list[str]:
        """The jobs in the order of the rows."""
        return [self.item(row).data(JOB) for row in range(self.count())]

    def _tell(self, parent: QModelIndex, first: int, last: int, target: QModelIndex, row: int) -> None:
        """The view has moved a row; whether it stays there is for the machine to say."""
        if not self._filling:
            place = row if row < first else row - 1
            self.dropped.emit(self.item(place).data(JOB), place)


def _row_text(number: int, run: Run) -> str:
    held = f"  ·  {state_text(run.status.state)}" if run.status.state is JobState.HELD else ""
    return f"{number}.  {run.spec.name}{held}"
