"""What can be done with a run while it goes on, in one line: hold, pause, save, test pictures, what is brought home."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from loraferry.runs.store import Run, is_over
from loraferry.runs.wants import Wants
from loraferry.viewmodels.job_actions import ACTIONS, Action
from loraferry.viewmodels.runs import RunsViewModel
from loraferry.views.icons import icon

ICONS: dict[Action, str] = {
    "release": "train",
    "hold": "pause",
    "pause": "pause",
    "save": "save",
    "sample": "dataset",
    "cancel": "close",
}
WANTS = ("none", "loras", "all")


class RunTools(QWidget):
    """Shows the buttons that the state of the run allows at all; those that need the machine wait for it."""

    def __init__(self, model: RunsViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runTools")
        self._model = model
        self._run: Run | None = None
        self._buttons: dict[Action, QToolButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for action in ICONS:
            button = _tool(f"{action}Run")
            button.setProperty("action", action)
            button.clicked.connect(self._do)
            layout.addWidget(button)
            self._buttons[action] = button
        layout.addStretch()
        self._home = _tool("bringHome")
        self._home.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._wants: dict[str, QAction] = {}
        menu, group = QMenu(self._home), QActionGroup(self)
        for choice in WANTS:
            entry = menu.addAction("")
            entry.setCheckable(True)
            entry.setData(choice)
            group.addAction(entry)
            self._wants[choice] = entry
        menu.triggered.connect(self._choose_wants)
        self._home.setMenu(menu)
        layout.addWidget(self._home)
        self.retranslate()

    def show_run(self, run: Run, actions: frozenset[Action]) -> None:
        """Show what can be done with a run."""
        self._run = run
        possible = ACTIONS[run.status.state]
        for action, button in self._buttons.items():
            button.setVisible(action in possible and not run.unsent)
            button.setEnabled(action in actions)
        wants = run.wants or self._model.wants
        self._wants[wants.checkpoints].setChecked(True)
        self._home.setVisible(not is_over(run))
        self.setVisible(not is_over(run))

    def retranslate(self) -> None:
        """Show words in the language of now."""
        texts: dict[Action, str] = {
            "release": self.tr("Let it start"),
            "hold": self.tr("Hold"),
            "pause": self.tr("Pause"),
            "save": self.tr("Save now"),
            "sample": self.tr("Test pictures now"),
            "cancel": self.tr("Take off the queue"),
        }
        hints: dict[Action, str] = {
            "hold": self.tr("Keeps it from starting until you let it"),
            "pause": self.tr("Writes a checkpoint and gives the graphics card free, until you let it go on"),
            "save": self.tr("Writes a checkpoint after this step"),
            "sample": self.tr("Makes the test pictures after this step"),
        }
        for action, button in self._buttons.items():
            button.setText(texts[action])
            button.setAccessibleName(texts[action])
            button.setToolTip(hints.get(action, ""))
            button.setIcon(icon(ICONS[action], 16))
        self._home.setText(self.tr("Bring home"))
        self._home.setIcon(icon("download", 16))
        self._home.setToolTip(self.tr("What comes to this computer while the run goes on"))
        choices = {
            "none": self.tr("The results and test pictures"),
            "loras": self.tr("Also the LoRA of each checkpoint"),
            "all": self.tr("Also all that another machine needs to go on from there"),
        }
        for choice, entry in self._wants.items():
            entry.setText(choices[choice])

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def _do(self) -> None:
        if self._run is None:
            return
        action, job = self.sender().property("action"), self._run.spec.job
        if action == "cancel":
            self._model.stop(job)
        else:
            self._model.order(job, action)

    def _choose_wants(self, entry: QAction) -> None:
        if self._run is not None:
            self._model.set_wants(self._run.spec.job, Wants(checkpoints=entry.data()))


def _tool(name: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setProperty("look", "plain")
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
