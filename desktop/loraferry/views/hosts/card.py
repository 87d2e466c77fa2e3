"""One host: who it is, how it stands, what it has, what can be done with it."""

from PySide6.QtCore import QEvent, Qt, Signal, SignalInstance
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from loraferry.ferry.meter import meter_of
from loraferry.remote.vendors import GENERIC
from loraferry.texts.quantities import duration_text
from loraferry.texts.translation import lookup
from loraferry.viewmodels.guard_terms import stop_news
from loraferry.viewmodels.host_load import Standing
from loraferry.viewmodels.host_rows import HostDraft, HostRow, HostState
from loraferry.views.hosts.address_form import AddressForm
from loraferry.views.hosts.deadline import DeadlineLine
from loraferry.views.hosts.facts import fact_rows
from loraferry.views.hosts.guards import GuardPanel
from loraferry.views.hosts.load import LoadPanel
from loraferry.views.hosts.setup import SetupPanel
from loraferry.views.hosts.state import look_of, sign_of
from loraferry.views.icons import icon, pixmap
from loraferry.views.theme import tokens_now
from loraferry.views.widgets.notice import Notice
from loraferry.views.widgets.wrapping import wrapping_label


class HostCard(QFrame):
    """Shows a `HostRow`; keeps itself while the row changes, so that an open log stays open."""

    connect_wanted = Signal(str)
    disconnect_wanted = Signal(str)
    retry_wanted = Signal(str)
    change_wanted = Signal(str, object)
    remove_wanted = Signal(str)
    forget_wanted = Signal(str)
    """The key by which the host is known is to be forgotten."""
    key_wanted = Signal(object)
    """The `AddressForm` that wants a key file."""
    move_wanted = Signal(str, str)
    """A text was pasted or dropped onto the card: the host's new address."""
    storage_wanted = Signal(str)
    snooze_wanted = Signal(str)
    call_off_wanted = Signal(str, str, bool)
    """Host, kind of guard, and whether its countdown is to end or to go on."""
    arm_wanted = Signal(str, bool)
    guards_wanted = Signal(str)

    def __init__(self, row: HostRow) -> None:
        super().__init__()
        self.setObjectName("card")
        self._row = row
        if not row.local:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setAcceptDrops(True)
        self._notice: Notice | None = None
        self._icon = QLabel()
        self._name = QLabel()
        self._name.setObjectName("heading")
        self._address = QLabel()
        self._address.setObjectName("muted")
        self._badge = QLabel()
        self._badge.setObjectName("badge")
        self._sign = QLabel()
        self._state = QLabel()
        self._heard = QLabel()
        self._heard.setObjectName("help")
        self._heard.hide()
        for label in (self._name, self._address):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._problem_place = QVBoxLayout()
        self._setup = SetupPanel()
        self._load = LoadPanel()
        self._guards = GuardPanel()
        self._guards.snooze_wanted.connect(lambda: self.snooze_wanted.emit(self._row.id))
        self._guards.call_off_wanted.connect(lambda kind, off: self.call_off_wanted.emit(self._row.id, kind, off))
        self._guards.disarm_wanted.connect(lambda: self.arm_wanted.emit(self._row.id, False))
        self._guards.arm_wanted.connect(lambda: self.arm_wanted.emit(self._row.id, True))
        self._guards.edit_wanted.connect(lambda: self.guards_wanted.emit(self._row.id))
        self._deadline = DeadlineLine()
        self._facts = FactGrid()
        self._connect = self._button("connectHost", self.connect_wanted)
        self._disconnect = self._button("disconnectHost", self.disconnect_wanted)
        self._retry = self._button("retryHost", self.retry_wanted)
        self._remove = self._button("removeHost", self.remove_wanted)
        self._forget = self._button("forgetKey", self.forget_wanted)
        self._storage = self._button("hostStorage", self.storage_wanted)
        self._edit = QPushButton()
        self._edit.setObjectName("editHost")
        self._edit.clicked.connect(self._open_form)
        self._form = AddressForm()
        self._form.hide()
        self._form.accepted.connect(self._take_form)
        self._form.cancelled.connect(self._close_form)
        self._form.key_wanted.connect(self._ask_key)
        self._standing = Standing()
        self._lay_out()
        self.show_row(row, "")

    def _button(self, name: str, wish: SignalInstance) -> QPushButton:
        button = QPushButton()
        button.setObjectName(name)
        button.clicked.connect(lambda: wish.emit(self._row.id))
        return button

    def _lay_out(self) -> None:
        title = QHBoxLayout()
        title.setSpacing(8)
        title.addWidget(self._name)
        title.addWidget(self._badge)
        title.addStretch()
        names = QVBoxLayout()
        names.setSpacing(1)
        names.addLayout(title)
        names.addWidget(self._address)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(names, 1)
        head.addWidget(self._sign)
        states = QVBoxLayout()
        states.setSpacing(1)
        states.addWidget(self._state, 0, Qt.AlignmentFlag.AlignRight)
        states.addWidget(self._heard, 0, Qt.AlignmentFlag.AlignRight)
        head.addLayout(states)
        head.addWidget(self._retry)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self._connect, self._disconnect, self._storage, self._edit, self._forget, self._remove):
            buttons.addWidget(button)
        buttons.addStretch()
        buttons.addWidget(self._setup.toggle)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addLayout(self._problem_place)
        layout.addWidget(self._setup)
        layout.addWidget(self._guards)
        layout.addWidget(self._deadline)
        layout.addWidget(self._load)
        layout.addWidget(self._facts)
        layout.addWidget(self._form)
        layout.addLayout(buttons)

    @property
    def row(self) -> HostRow:
        """What is shown."""
        return self._row

    @property
    def state_text(self) -> str:
        """The words about the link."""
        return self._state.text()

    @property
    def problem_text(self) -> str:
        """The words about the problem, if there is one."""
        return self._notice.text if self._notice else ""

    def show_row(self, row: HostRow, log: str) -> None:
        """Show how things are now."""
        changed = row.problem != (self._notice.problem if self._notice else None)
        self._row = row
        if changed:
            self._show_problem()
        self._setup.show_setup(row.setup, log)
        self.retranslate()

    def show_standing(self, standing: Standing) -> None:
        """Show what the machine is doing now, or was doing when it was heard last."""
        self._standing = standing
        row, reading = self._row, standing.reading
        live = row.state in (HostState.ONLINE, HostState.SUSPECT)
        load = reading.load if reading is not None and live else None
        self._show_load(standing, live=live)
        guards = load.guards if load is not None else standing.remembered
        news = stop_news(guards, row.state) if guards is not None else None
        console = row.vendor.console if row.vendor else ""
        self._guards.show_guards(
            None if row.local else guards, news, standing.machine_time, console, live=load is not None
        )
        self._deadline.show_deadline(
            row.vendor if row.state is HostState.OFFLINE else None, standing.seen, standing.now
        )
        self._show_facts()

    def show_heard(self, silence: float | None) -> None:
        """Show how long ago the machine was heard; None where its state says so, or nobody listens."""
        self._heard.setVisible(silence is not None)
        if silence is not None:
            self._heard.setText(self.tr("last heard {time} ago").format(time=duration_text(silence)))

    @property
    def counting(self) -> bool:
        """Whether the card shows seconds that run."""
        reading = self._standing.reading
        stale = self._row.state in (HostState.LOST, HostState.OFFLINE)
        return reading is not None and (stale or bool(reading.load.guards.countdowns))

    def _show_load(self, standing: Standing, *, live: bool) -> None:
        reading, row = standing.reading, self._row
        if reading is None:
            self._load.show_load(None, None)
            return
        age = None if live else max(0.0, standing.machine_time - reading.load.time)
        self._load.show_load(reading.load, meter_of(reading.load, row.price, row.currency), age)

    def retranslate(self) -> None:
        """Show everything in the language of now."""
        row, look = self._row, look_of(self._row)
        self._icon.setPixmap(pixmap("hosts", 24, tokens_now().muted, self.devicePixelRatioF()))
        self._name.setText(self.tr("This computer") if row.local else row.name or row.address)
        self._address.setText(self.tr("Needs no connection; good for trying things out") if row.local else row.address)
        self._address.setVisible(row.local or bool(row.name))
        self._sign.setPixmap(sign_of(look, self.devicePixelRatioF()))
        self._state.setText(look.words)
        self.setAccessibleName(f"{self._name.text()}: {look.words}")
        label = lookup("Vendor", row.vendor.label) if row.vendor and row.vendor.id != GENERIC else ""
        self._badge.setText(label)
        self._badge.setVisible(bool(label))
        self._badge.setToolTip(lookup("Vendor", row.vendor.stop_keeps) if row.vendor else "")
        if not row.local:
            self.setToolTip(self.tr("Paste a new SSH command here (Ctrl+V) when the machine has another address."))
        self._show_facts()
        self._label_buttons()

    def _show_facts(self) -> None:
        """What is shown live is left out."""
        facts = self._row.facts
        self._facts.show_rows(fact_rows(facts, live=not self._load.isHidden()) if facts else [])

    def _label_buttons(self) -> None:
        row = self._row
        idle, busy = row.state is HostState.OFFLINE, row.state is HostState.CONNECTING
        self._storage.setText(self.tr("Disks …"))
        self._storage.setToolTip(self.tr("See what is kept there, free it, or wipe everything of yours"))
        self._storage.setVisible(row.state is HostState.ONLINE)
        start = self.tr("Set up and start") if row.local else self.tr("Connect")
        self._connect.setText(self.tr("Try again") if row.problem else start)
        self._connect.setVisible(idle)
        self._retry.setText(self.tr("Try now"))
        self._retry.setVisible(row.waits is not None)
        end = self.tr("Cancel") if busy else self.tr("Disconnect")
        self._disconnect.setText(end)
        self._disconnect.setToolTip(
            "" if busy else self.tr("A training that is under way goes on without this window.")
        )
        self._disconnect.setVisible(not idle)
        self._edit.setText(self.tr("Change …"))
        self._edit.setVisible(idle and not row.local and self._form.isHidden())
        # Not beside the warning about a changed key: forgetting it must be a step that somebody goes and takes.
        self._forget.setText(self.tr("Forget its key …"))
        self._forget.setVisible(idle and not row.local and not self._form.isHidden())
        self._remove.setText(self.tr("Remove …"))
        self._remove.setIcon(icon("delete", 16))
        self._remove.setVisible(idle and not row.local)

    def changeEvent(self, event: QEvent) -> None:
        """Follow language and theme."""
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A new address is pasted onto the card."""
        if event.matches(QKeySequence.StandardKey.Paste) and not self._row.local:
            self.move_wanted.emit(self._row.id, QGuiApplication.clipboard().text())
            return
        super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasText() and not event.mimeData().hasUrls():
            event.acceptProposedAction()
            self._mark_target(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._mark_target(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._mark_target(False)
        event.acceptProposedAction()
        self.move_wanted.emit(self._row.id, event.mimeData().text())

    def _mark_target(self, on: bool) -> None:
        self.setProperty("target", on)
        self.style().unpolish(self)
        self.style().polish(self)

    def _show_problem(self) -> None:
        if self._notice is not None:
            self._notice.hide()
            self._notice.deleteLater()
            self._notice = None
        if self._row.problem is not None:
            self._notice = Notice(self._row.problem)
            self._problem_place.addWidget(self._notice)

    def _open_form(self) -> None:
        if self._row.draft is not None:
            self._form.show_draft(self._row.draft, new=False)
        self._form.show()
        self._label_buttons()

    def _close_form(self) -> None:
        self._form.hide()
        self._label_buttons()

    def _take_form(self) -> None:
        draft: HostDraft = self._form.draft
        self._close_form()
        self.change_wanted.emit(self._row.id, draft)

    def _ask_key(self) -> None:
        self.key_wanted.emit(self._form)


class FactGrid(QWidget):
    """Facts in two columns of label and value; labels are kept while their words change."""

    COLUMNS = 2

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("hostFacts")
        self._cells: list[tuple[QLabel, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        for column in range(self.COLUMNS):
            self._grid.setColumnMinimumWidth(2 * column, 128)
            self._grid.setColumnStretch(2 * column + 1, 1)

    def show_rows(self, rows: list[tuple[str, str]]) -> None:
        """Replace all facts; without any, the grid hides."""
        for number in range(len(self._cells), len(rows)):
            name, value = QLabel(), wrapping_label()
            name.setObjectName("muted")
            name.setTextFormat(Qt.TextFormat.PlainText)
            row, column = divmod(number, self.COLUMNS)
            self._grid.addWidget(name, row, 2 * column, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, row, 2 * column + 1, Qt.AlignmentFlag.AlignTop)
            self._cells.append((name, value))
        for number, cells in enumerate(self._cells):
            for label, text in zip(cells, rows[number] if number < len(rows) else ("", ""), strict=True):
                label.setText(text)
                label.setVisible(number < len(rows))
        self.setVisible(bool(rows))

    @property
    def text(self) -> str:
        """All facts as lines, for tests."""
        return "\n".join(f"{name.text()}: {value.text()}" for name, value in self._cells if name.text())
