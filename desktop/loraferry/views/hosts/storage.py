"""What a machine keeps of yours: item by item, freed by choice, or wiped with proof, down to the last trace."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from loraferry.texts.problems import render
from loraferry.texts.quantities import bytes_text
from loraferry.texts.storage import kind_text, summary_lines
from loraferry.viewmodels.host_storage import HostStorage, Stored, projects_of
from loraferry.viewmodels.host_uninstall import HostUninstall, Uninstall
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.prompts import Prompter
from loraferry.views.icons import icon, pixmap
from loraferry.views.theme import tokens_now
from loraferry.views.widgets.wrapping import wrapping_label
from loraferry_core.storage import StorageItem, StorageKey

SIZE = (760, 560)
KEY = Qt.ItemDataRole.UserRole
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class StorageDialog(QDialog):
    """Looks when it is opened; nothing is removed without a question."""

    def __init__(
        self,
        host: str,
        hosts: HostsViewModel,
        storage: HostStorage,
        uninstall: HostUninstall,
        prompter: Prompter,
        parent: QWidget | None = None,
        *,
        propose: bool = False,
    ) -> None:
        """`propose`: room is wanted, so what can go first is marked when it is known."""
        super().__init__(parent)
        self.setObjectName("storageDialog")
        self._proposes, self._proposed = propose, False
        self._host, self._name = host, hosts.host(host).name
        self._local = hosts.host(host).local
        self._storage, self._uninstall, self._prompter = storage, uninstall, prompter
        self._shown: tuple[StorageItem, ...] | None = None
        self._head, self._about = QLabel(), wrapping_label("muted")
        self._head.setObjectName("heading")
        self._tree = QTreeWidget()
        self._tree.setObjectName("storageItems")
        self._tree.setUniformRowHeights(True)
        self._tree.setIndentation(18)
        self._tree.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self._tree.itemChanged.connect(self._mark)
        self._outcome = QFrame()
        self._outcome.setObjectName("storageOutcome")
        self._sign, self._said = QLabel(), wrapping_label()
        self._free = self._button("freeSelected", self._free_selected)
        self._leftovers = self._button("freeLeftovers", self._free_leftovers)
        self._wipe = self._button("wipeHost", self._wipe_all)
        self._remove = self._button("uninstallHost", self._uninstall_all)
        self._close = self._button("closeStorage", self.accept)
        self._lay_out()
        self.resize(*SIZE)
        storage.changed.connect(self._refresh)
        uninstall.changed.connect(self._refresh)
        self.retranslate()
        storage.look(host)

    def _button(self, name: str, act: object) -> QPushButton:
        button = QPushButton()
        button.setObjectName(name)
        button.clicked.connect(act)
        return button

    def _lay_out(self) -> None:
        inside = QHBoxLayout(self._outcome)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        inside.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        inside.addWidget(self._said, 1)
        first, second = QHBoxLayout(), QHBoxLayout()
        for line, buttons in ((first, (self._free, self._leftovers)), (second, (self._wipe, self._remove))):
            line.setSpacing(8)
            for button in buttons:
                line.addWidget(button)
            line.addStretch()
        second.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(self._head)
        layout.addWidget(self._about)
        layout.addWidget(self._tree, 1)
        layout.addWidget(self._outcome)
        layout.addLayout(first)
        layout.addLayout(second)

    def retranslate(self) -> None:
        """Show everything in the language of now."""
        self.setWindowTitle(self.tr("Disks of {host}").format(host=self._name))
        self._tree.setHeaderLabels([self.tr("What is kept"), self.tr("Size"), self.tr("Files"), ""])
        self._tree.setAccessibleName(self.tr("What is kept"))
        header = self._tree.header()
        header.setStretchLastSection(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2, 3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self._leftovers.setText(self.tr("Free all leftovers"))
        self._leftovers.setToolTip(
            self.tr("What interrupted transfers left, and caches, which are computed again when they are needed")
        )
        self._wipe.setText(self.tr("Wipe my pictures, models and tokens …"))
        self._remove.setText(self.tr("Uninstall …"))
        self._close.setText(self.tr("Close"))
        for button, name in ((self._wipe, "delete"), (self._remove, "delete")):
            button.setIcon(icon(name, 16))
        self._shown = None
        self._refresh(self._host)

    def changeEvent(self, event: QEvent) -> None:
        """Follow language and theme."""
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    @property
    def outcome(self) -> str:
        """What is said about the last thing that was done, for tests."""
        return "" if self._outcome.isHidden() else self._said.text()

    def _refresh(self, host: str) -> None:
        if host != self._host:
            return
        stored, uninstall = self._storage.of(host), self._uninstall.of(host)
        total = bytes_text(stored.bytes)
        self._head.setText(self.tr("{size} of yours").format(size=total) if stored.known else self.tr("Looking …"))
        if stored.items != self._shown:
            self._fill(stored.items)
        self._about.setText(self._about_text())
        idle = stored.known and not stored.busy and uninstall.state not in ("under_way", "done")
        self._leftovers.setEnabled(idle and bool(stored.leftovers))
        self._wipe.setEnabled(idle and bool(stored.items))
        self._remove.setEnabled(idle and not stored.in_use)
        self._tree.setEnabled(not stored.busy)
        self._count()
        self._say(stored, uninstall)

    def _about_text(self) -> str:
        if not self._proposed:
            text = self.tr("Counted on {host} by what it was kept for. What a run still needs cannot be freed.")
            return text.format(host=self._name)
        if self._storage.proposal(self._host):
            return self.tr(
                "Marked is what can go without loss: checkpoints of finished runs, caches, and what transfers left."
            )
        return self.tr("Nothing can go without loss any more. Mark what you can do without.")

    def _fill(self, items: tuple[StorageItem, ...]) -> None:
        self._shown = items
        kept = self._chosen()
        if self._proposes and not self._proposed and items:
            kept, self._proposed = set(self._storage.proposal(self._host)), True
        self._tree.blockSignals(True)
        self._tree.clear()
        for project in projects_of(items):
            top = QTreeWidgetItem([project.name or self.tr("Shared"), bytes_text(project.bytes)])
            top.setTextAlignment(1, RIGHT)
            if any(not item.in_use for item in project.items):
                top.setFlags(top.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                top.setCheckState(0, Qt.CheckState.Unchecked)
            self._tree.addTopLevelItem(top)
            for item in project.items:
                top.addChild(self._row(item, item.key in kept))
            top.setExpanded(True)
        self._tree.blockSignals(False)

    def _row(self, item: StorageItem, chosen: bool) -> QTreeWidgetItem:
        label = f"{kind_text(item.key.kind)}: {item.label}" if item.label else kind_text(item.key.kind)
        state = self.tr("in use") if item.in_use else ""
        row = QTreeWidgetItem([label, bytes_text(item.bytes), str(item.files), state])
        for column in (1, 2):
            row.setTextAlignment(column, RIGHT)
        row.setData(0, KEY, item.key)
        if item.in_use:
            row.setFlags(Qt.ItemFlag.ItemIsEnabled)
        else:
            row.setFlags(row.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            row.setCheckState(0, Qt.CheckState.Checked if chosen else Qt.CheckState.Unchecked)
        return row

    def _rows(self) -> list[QTreeWidgetItem]:
        tops = [self._tree.topLevelItem(number) for number in range(self._tree.topLevelItemCount())]
        below = [top.child(number) for top in tops if top is not None for number in range(top.childCount())]
        return [row for row in below if row is not None]

    def _chosen(self) -> set[StorageKey]:
        checked = [row for row in self._rows() if row.checkState(0) == Qt.CheckState.Checked]
        return {row.data(0, KEY) for row in checked}

    def _mark(self, row: QTreeWidgetItem, column: int) -> None:
        """Marking a project marks what is kept for it, but for what is in use."""
        if row.parent() is None:
            self._tree.blockSignals(True)
            for child in (row.child(number) for number in range(row.childCount())):
                if child is not None and child.flags() & Qt.ItemFlag.ItemIsUserCheckable:
                    child.setCheckState(0, row.checkState(0))
            self._tree.blockSignals(False)
        self._count()

    def _count(self) -> None:
        keys = self._chosen()
        size = sum(item.bytes for item in self._shown or () if item.key in keys)
        self._free.setText(self.tr("Free what is marked ({size})").format(size=bytes_text(size)))
        self._free.setEnabled(bool(keys) and not self._storage.of(self._host).busy)

    def _say(self, stored: Stored, uninstall: Uninstall) -> None:
        tokens = tokens_now()
        sign, colour, text = "", tokens.muted, ""
        found = uninstall.problem or stored.problem
        if found is not None:
            sign, colour, text = "error", tokens.error, str(render(found))
        elif uninstall.state == "done":
            sign, colour = "check", tokens.good
            text = self.tr("Uninstalled. LoRA Ferry has left nothing on the machine.")
            if uninstall.left:
                text = self.tr("Uninstalled. These places hold files of somebody else and were left: {places}")
                text = text.format(places=", ".join(uninstall.left))
        elif uninstall.state == "under_way":
            sign, text = "refresh", self.tr("Uninstalling …")
        elif stored.wipe == "under_way":
            sign, text = "refresh", self.tr("Wiping, then looking again …")
        elif stored.busy and stored.known:
            sign, text = "refresh", self.tr("Working …")
        elif stored.wipe == "clean":
            sign, colour = "check", tokens.good
            text = self.tr("Nothing is left: the machine was searched again after the wipe.")
        elif stored.wipe == "left":
            sign, colour = "warning", tokens.warning
            text = self.tr("Still there after the wipe: {items}. Stop the runs that use it, then wipe again.")
            text = text.format(items=", ".join(summary_lines(stored.items)))
        self._outcome.setVisible(bool(text))
        self._said.setText(text)
        if sign:
            self._sign.setPixmap(pixmap(sign, 18, colour, self.devicePixelRatioF()))

    def _free_selected(self) -> None:
        keys = self._chosen()
        size = sum(item.bytes for item in self._shown or () if item.key in keys)
        lines = summary_lines([item for item in self._shown or () if item.key in keys])
        agreed = self._prompter.confirm(
            self.tr("Free disk space"),
            self.tr("Remove {size} from {host}?").format(size=bytes_text(size), host=self._name),
            accept=self.tr("Remove"),
            detail="\n".join(lines),
        )
        if agreed:
            self._storage.free(self._host, keys)

    def _free_leftovers(self) -> None:
        self._storage.free(self._host, [item.key for item in self._storage.of(self._host).leftovers])

    def _wipe_all(self) -> None:
        stored = self._storage.of(self._host)
        agreed = self._prompter.confirm(
            self.tr("Wipe everything of yours"),
            self.tr("Remove all of this from {host}?").format(host=self._name)
            + "\n"
            + "\n".join(f"•  {line}" for line in summary_lines(stored.items)),
            accept=self.tr("Wipe"),
            detail=self.tr(
                "What was not brought home is lost: look at your models first. The machine is searched again afterwards, "
                "and you are told what is left."
            ),
        )
        if agreed:
            self._storage.wipe(self._host)

    def _uninstall_all(self) -> None:
        agreed = self._prompter.confirm(
            self.tr("Uninstall"),
            self.tr("Remove LoRA Ferry and everything it keeps from {host}?").format(host=self._name),
            accept=self.tr("Uninstall"),
            detail=self.tr(
                "Programs, environments, runs, pictures, models and tokens go, and nothing of them stays. The machine "
                "itself goes on running, and costing, until you stop it at your provider."
            ),
        )
        if agreed:
            self._uninstall.start(self._host)
