"""How far the setting up of a machine is: phase, bar, and the log for whoever wants to read it."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QProgressBar, QToolButton, QVBoxLayout, QWidget

from loraferry.texts.quantities import bytes_text
from loraferry.viewmodels.host_rows import Setup
from loraferry.views.icons import icon

LOG_LINES = 2000
LOG_HEIGHT = 200
BYTES = frozenset({"code", "uv"})


class SetupPanel(QWidget):
    """A bar with words while the machine is set up; the log stays to be read afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("setupPanel")
        self._setup: Setup | None = None
        self._log_text = ""
        self._phase = QLabel()
        self._count = QLabel()
        self._count.setObjectName("muted")
        self._bar = QProgressBar()
        self._bar.setObjectName("setupBar")
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(6)
        self.toggle = QToolButton()
        """For the owner to place among its buttons."""
        self.toggle.setObjectName("plain")
        self.toggle.setCheckable(True)
        self.toggle.toggled.connect(self._show_log)
        self._log = QPlainTextEdit()
        self._log.setObjectName("setupLog")
        self._log.setReadOnly(True)
        self._log.setMaximumBlockCount(LOG_LINES)
        self._log.setFixedHeight(LOG_HEIGHT)
        self._log.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._log.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._log.hide()
        self._copy = QToolButton()
        self._copy.setObjectName("copySetupLog")
        self._copy.setProperty("look", "plain")
        self._copy.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._copy.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._copy.clicked.connect(self._copy_log)
        self._copy.hide()
        words = QHBoxLayout()
        words.setSpacing(8)
        words.addWidget(self._phase)
        words.addWidget(self._count)
        words.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(words)
        layout.addWidget(self._bar)
        layout.addWidget(self._log)
        layout.addWidget(self._copy, 0, Qt.AlignmentFlag.AlignLeft)
        self.retranslate()

    def show_setup(self, setup: Setup | None, log: str) -> None:
        """Show how far it is; None when nothing is under way."""
        self._setup = setup
        if log != self._log_text:
            self._append(log)
        self.retranslate()

    def retranslate(self) -> None:
        """Show everything in the language of now."""
        setup = self._setup
        self._bar.setVisible(setup is not None)
        self._phase.setVisible(setup is not None)
        self._phase.setText(self._phase_text(setup) if setup else "")
        self._count.setText(_amount(setup) if setup and setup.total > 1 else "")
        if setup is not None:
            self._bar.setRange(0, setup.total)
            self._bar.setValue(setup.done)
        shown = self.toggle.isChecked() and bool(self._log_text)
        self.toggle.setText(self.tr("Hide the log") if shown else self.tr("Show the log"))
        self.toggle.setVisible(bool(self._log_text))
        self._log.setVisible(shown)
        self._copy.setVisible(shown)
        self._copy.setText(self.tr("Copy the log"))
        self._copy.setIcon(icon("copy", 16))
        self.setVisible(setup is not None or shown)
        self._log.setAccessibleName(self.tr("Log of the setting up"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _phase_text(self, setup: Setup) -> str:
        texts = {
            "dial": self.tr("Logging in"),
            "probe": self.tr("Looking at what the machine has"),
            "code": self.tr("Sending the program"),
            "uv": self.tr("Sending an installer, because the machine has none"),
            "environment": self.tr("Installing what training needs; the first time takes some minutes"),
            "wait": self.tr("Waiting: another computer is setting up this machine"),
            "start": self.tr("Starting the program there"),
        }
        return texts[setup.phase]

    def _append(self, log: str) -> None:
        """Only what is new is added, so that somebody who reads further up is not thrown to the end."""
        known, self._log_text = self._log_text, log
        if known and log.startswith(known):
            self._log.appendPlainText(log[len(known) :].lstrip("\n"))
        else:
            self._log.setPlainText(log)
            self._log.verticalScrollBar().setValue(self._log.verticalScrollBar().maximum())

    def _copy_log(self) -> None:
        QGuiApplication.clipboard().setText(self._log_text)
        self._copy.setText(self.tr("Copied"))

    def _show_log(self) -> None:
        self.retranslate()


def _amount(setup: Setup) -> str:
    """Bytes while something is sent, else plain numbers."""
    if setup.phase in BYTES:
        return f"{bytes_text(setup.done)} / {bytes_text(setup.total)}"
    return f"{setup.done} / {setup.total}"
