"""The line of a run that goes on out of sight: how its machine's link stands, and what can be done about it now."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from loraferry.runs.store import Run, is_over
from loraferry.viewmodels.host_rows import HostRow, HostState
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.views.hosts.state import look_of, sign_of
from loraferry.views.widgets.wrapping import wrapping_label
from loraferry_core.jobs import ACTIVE


class LinkLine(QWidget):
    """Hidden while the machine is heard, and where nothing is waited for."""

    def __init__(self, hosts: HostsViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("linkLine")
        self._hosts = hosts
        self._run: Run | None = None
        self._sign, self._words = QLabel(), wrapping_label()
        self._words.setObjectName("linkText")
        self._retry, self._connect = QPushButton(), QPushButton()
        for button, name, act in (
            (self._retry, "retryLink", self._try_now),
            (self._connect, "connectLink", self._dial),
        ):
            button.setObjectName(name)
            button.clicked.connect(act)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self._words, 1)
        layout.addWidget(self._retry)
        layout.addWidget(self._connect)
        hosts.host_changed.connect(self.retranslate)
        self.hide()

    def show_run(self, run: Run) -> None:
        """Show how it stands with the link to the machine of a run."""
        self._run = run
        self.retranslate()

    def retranslate(self) -> None:
        """Show everything in the language of now."""
        row = self._row
        shown = row is not None and row.state is not HostState.ONLINE
        self.setVisible(shown)
        if row is None or not shown:
            return
        look = look_of(row)
        self._sign.setPixmap(sign_of(look, self.devicePixelRatioF()))
        goes_on = self.tr("the run goes on") if self._run is not None and self._run.status.state in ACTIVE else ""
        self._words.setText("  ·  ".join(filter(None, (f"{row.name}: {look.words}", goes_on))))
        self._retry.setText(self.tr("Try now"))
        self._retry.setVisible(row.waits is not None)
        self._connect.setText(self.tr("Connect"))
        self._connect.setVisible(row.state is HostState.OFFLINE)

    def changeEvent(self, event: QEvent) -> None:
        """Follow language and theme."""
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    @property
    def _row(self) -> HostRow | None:
        """The machine on which the run goes on, where it is a rented one that is known here."""
        if self._run is None or is_over(self._run):
            return None
        agent = self._run.host
        return next((row for row in self._hosts.hosts if not row.local and self._hosts.agent_of(row.id) == agent), None)

    def _try_now(self) -> None:
        if (row := self._row) is not None:
            self._hosts.retry(row.id)

    def _dial(self) -> None:
        if (row := self._row) is not None:
            self._hosts.connect_host(row.id)
