"""The Hosts page: one card a machine, and a field that takes what a vendor shows."""

from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from loraferry.viewmodels.host_guards import HostGuards
from loraferry.viewmodels.host_load import HostLoads, short_of
from loraferry.viewmodels.host_storage import HostStorage
from loraferry.viewmodels.host_uninstall import HostUninstall
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.prompts import Prompter
from loraferry.viewmodels.services import Services
from loraferry.views.commands.registry import Binding
from loraferry.views.hosts.add_panel import AddPanel
from loraferry.views.hosts.address_form import AddressForm
from loraferry.views.hosts.card import HostCard
from loraferry.views.hosts.load import useful
from loraferry.views.hosts.storage import StorageDialog
from loraferry.views.widgets.page_header import PageHeader
from loraferry.views.widgets.wrapping import wrapping_label

CARD_WIDTH = 860
TICK_MS = 1000


class HostsPage(QWidget):
    """Keeps a card for each host of `HostsViewModel`."""

    def __init__(
        self,
        hosts: HostsViewModel,
        loads: HostLoads,
        guards: HostGuards,
        prompter: Prompter,
        storage: HostStorage,
        uninstall: HostUninstall,
    ) -> None:
        super().__init__()
        self.setObjectName("hostsPage")
        self._hosts, self._loads, self._guards = hosts, loads, guards
        self._storage, self._uninstall = storage, uninstall
        self._prompter = prompter
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._count_down)
        self._cards: dict[str, HostCard] = {}
        self._header = PageHeader()
        self._add = AddPanel(hosts)
        self._add.key_wanted.connect(self._choose_key)
        self._advice = RentingAdvice()
        self._column = QVBoxLayout()
        self._column.setSpacing(12)
        body = QWidget()
        body.setMaximumWidth(CARD_WIDTH)
        inside = QVBoxLayout(body)
        inside.setContentsMargins(24, 4, 24, 24)
        inside.setSpacing(12)
        inside.addWidget(self._add)
        inside.addLayout(self._column)
        inside.addWidget(self._advice)
        inside.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setAlignment(Qt.AlignmentFlag.AlignLeft)
        scroll.setWidget(body)
        body.setAutoFillBackground(False)
        scroll.viewport().setAutoFillBackground(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._header)
        layout.addWidget(scroll, 1)
        hosts.changed.connect(self._show_hosts)
        hosts.host_changed.connect(self._show_host)
        loads.changed.connect(self._show_standing)
        # Not within the news of a connection, which others are still to hear.
        storage.room_wanted.connect(self._make_room, Qt.ConnectionType.QueuedConnection)
        self.retranslate()
        self._show_hosts()

    def card(self, host: str) -> HostCard:
        """The card of a host. Raises KeyError."""
        return self._cards[host]

    def showEvent(self, event: QShowEvent) -> None:
        """Machines are asked what they do only while somebody looks."""
        super().showEvent(event)
        self._loads.look(True)
        self._tick.start()
        for host in self._cards:
            self._show_standing(host)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._loads.look(False)
        self._tick.stop()

    def commands(self) -> dict[str, Binding]:
        """What the page's actions do."""
        return {"hosts.add": Binding(self._add.begin)}

    @property
    def add_error(self) -> str:
        """What is said to be wrong with the pasted text."""
        return self._add.error

    def retranslate(self) -> None:
        """Show everything in the language of now."""
        self._header.set_texts(
            self.tr("Hosts"), self.tr("The machines that can train for you. Yours needs no graphics card.")
        )

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _show_hosts(self) -> None:
        rows = {row.id: row for row in self._hosts.hosts}
        for gone in self._cards.keys() - rows.keys():
            card = self._cards.pop(gone)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        for place, row in enumerate(rows.values()):
            if row.id not in self._cards:
                self._column.insertWidget(place, self._make_card(row.id))
            self._show_host(row.id)
        self._advice.setVisible(all(row.local for row in rows.values()))

    def _make_card(self, host: str) -> HostCard:
        card = HostCard(self._hosts.host(host))
        card.connect_wanted.connect(self._hosts.connect_host)
        card.disconnect_wanted.connect(self._hosts.disconnect_host)
        card.retry_wanted.connect(self._hosts.retry)
        card.change_wanted.connect(self._hosts.change)
        card.remove_wanted.connect(self._hosts.remove)
        card.forget_wanted.connect(self._hosts.forget_key)
        card.key_wanted.connect(self._choose_key)
        card.move_wanted.connect(self._hosts.move)
        card.snooze_wanted.connect(self._guards.snooze)
        card.call_off_wanted.connect(self._guards.call_off)
        card.arm_wanted.connect(self._guards.arm)
        card.guards_wanted.connect(self._guards.edit)
        card.storage_wanted.connect(self._open_storage)
        self._cards[host] = card
        return card

    def _show_host(self, host: str) -> None:
        if host in self._cards:
            self._cards[host].show_row(self._hosts.host(host), self._hosts.log_of(host))
            self._cards[host].show_heard(self._hosts.heard_ago(host))
            self._show_standing(host)

    def _show_standing(self, host: str) -> None:
        if host in self._cards:
            self._cards[host].show_standing(self._loads.standing(host))

    def _count_down(self) -> None:
        for host, card in self._cards.items():
            card.show_heard(self._hosts.heard_ago(host))
            if card.counting:
                self._show_standing(host)

    def _open_storage(self, host: str) -> None:
        reading = self._loads.reading(host)
        short = reading is not None and any(short_of(disk) == "space" for disk in useful(reading.load.disks))
        self._show_storage(host, propose=short)

    def _make_room(self, host: str) -> None:
        self._show_storage(host, propose=True)

    def _show_storage(self, host: str, *, propose: bool) -> None:
        parts = (self._hosts, self._storage, self._uninstall, self._prompter)
        dialog = StorageDialog(host, *parts, self, propose=propose)
        dialog.exec()
        dialog.deleteLater()

    def _choose_key(self, form: AddressForm) -> None:
        folder = Path.home() / ".ssh"
        chosen = self._prompter.choose_file(
            self.tr("Choose your private key"), folder if folder.is_dir() else Path.home()
        )
        if chosen is not None:
            form.show_key(str(chosen))


class RentingAdvice(QFrame):
    """What to rent and what to paste, as long as there is no rented machine."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rentingAdvice")
        self._title = QLabel()
        self._title.setObjectName("heading")
        self._lines = [wrapping_label() for _ in range(4)]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self._title)
        for line in self._lines:
            layout.addWidget(line)
        self.retranslate()

    def retranslate(self) -> None:
        """Show everything in the language of now."""
        self._title.setText(self.tr("No rented machine yet"))
        texts = (
            self.tr("1. Rent a machine by the hour: an NVIDIA card with 12 GB or more, and 50 GB of disk."),
            self.tr("2. Choose an image with PyTorch. A trainer in it is not needed: LoRA Ferry brings its own."),
            self.tr("3. When it runs, copy its SSH command, the one over a public IP address (direct TCP)."),
            self.tr("4. Paste it above. Everything else is set up from here, and nothing on the machine is opened up."),
        )
        for line, text in zip(self._lines, texts, strict=True):
            line.setText(text)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def build(services: Services) -> HostsPage:
    """The page for the main window."""
    return HostsPage(
        services.hosts, services.loads, services.guards, services.prompter, services.storage, services.uninstall
    )
