"""What a machine is doing now: its cards, its disks, how long it has run and what that cost."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from loraferry.ferry.meter import Meter
from loraferry.texts.machines import disk_text, inodes_text, meter_text
from loraferry.texts.quantities import bytes_text, duration_text
from loraferry.viewmodels.host_load import short_of
from loraferry.views.theme import tabular
from loraferry.views.widgets.level_bar import LevelBar
from loraferry.views.widgets.tooltips import set_plain_tooltip
from loraferry.views.widgets.wrapping import wrapping_label
from loraferry_core.host import Disk, GpuLoad, HostLoad

MOST_CARDS = 8
MOST_DISKS = 4
HOT_C = 87
"""From here on cards slow themselves down."""


class LoadPanel(QWidget):
    """A row a card and a row a disk; the widgets stay while the numbers change."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("hostLoad")
        self._load: HostLoad | None = None
        self._meter: Meter | None = None
        self._age: float | None = None
        self._stale = wrapping_label("help")
        self._cards: list[_Row] = []
        self._disks: list[_Row] = []
        self._running = QLabel()
        self._running.setObjectName("meter")
        self._running.setFont(tabular(self._running.font()))
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(7, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self._stale)
        layout.addLayout(self._grid)
        layout.addWidget(self._running)
        self.hide()

    def show_load(self, load: HostLoad | None, meter: Meter | None, age: float | None = None) -> None:
        """Show how things are now, or were `age` seconds ago, when the machine was heard last; without a load the panel
        hides."""
        self._load, self._meter, self._age = load, meter, age
        self.retranslate()

    def retranslate(self) -> None:
        """Show everything in the language of now."""
        self.setVisible(self._load is not None)
        if self._load is None:
            return
        self._stale.setVisible(self._age is not None)
        if self._age is not None:
            text = self.tr("As it was {time} ago, when this machine was heard last:")
            self._stale.setText(text.format(time=duration_text(self._age)))
        cards = self._load.gpus[:MOST_CARDS]
        disks = useful(self._load.disks)
        while len(self._cards) < len(cards):
            self._cards.append(_Row(self._grid, len(self._cards), bars=2))
        while len(self._disks) < len(disks):
            self._disks.append(_Row(self._grid, MOST_CARDS + len(self._disks), bars=1))
        for number, row in enumerate(self._cards):
            row.setVisible(number < len(cards))
            if number < len(cards):
                self._show_card(row, cards[number], number if len(cards) > 1 else None)
        for number, row in enumerate(self._disks):
            row.setVisible(number < len(disks))
            if number < len(disks):
                self._show_disk(row, disks[number])
        self._running.setVisible(self._meter is not None)
        if self._meter is not None:
            self._running.setText(meter_text(self._meter.seconds, self._meter.cost, self._meter.currency))

    @property
    def text(self) -> str:
        """All words, for tests."""
        rows = [row.text for row in (*self._cards, *self._disks) if row.visible]
        stale = [] if self._age is None else [self._stale.text()]
        return "\n".join([*stale, *rows, *([self._running.text()] if self._meter else [])])

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _show_card(self, row: "_Row", gpu: GpuLoad, number: int | None) -> None:
        name = gpu.name.removeprefix("NVIDIA ").removeprefix("GeForce ") or self.tr("Graphics card")
        row.name.setText(name if number is None else f"{number + 1} · {name}")
        set_plain_tooltip(row.name, gpu.name)
        row.show_bar(0, gpu.load_percent / 100, f"{gpu.load_percent} %", self.tr("Load"))
        share = gpu.used_mb / gpu.memory_mb if gpu.memory_mb else 0.0
        # The driver counts in units of 2^20.
        used, total = bytes_text(gpu.used_mb * 2**20), bytes_text(gpu.memory_mb * 2**20)
        row.show_bar(1, share, self.tr("{used} of {total}").format(used=used, total=total), self.tr("Memory"))
        hot = gpu.temperature_c >= HOT_C
        row.note.setText(f"{gpu.temperature_c} °C" + (f" · {self.tr('hot')}" if hot else ""))
        row.note.setToolTip(self.tr("Temperature"))

    def _show_disk(self, row: "_Row", disk: Disk) -> None:
        short = short_of(disk)
        row.name.setText(self.tr("Disk {path}").format(path=disk.path))
        row.name.setToolTip(inodes_text(disk) if disk.inodes_free > 0 else "")
        used = 1 - disk.free_mb / disk.total_mb if disk.total_mb else 0.0
        row.show_bar(0, used, disk_text(disk), self.tr("Used"), warn=bool(short))
        notes = {"": "", "space": self.tr("nearly full"), "inodes": inodes_text(disk)}
        row.note.setText(notes[short])


def useful(disks: tuple[Disk, ...]) -> list[Disk]:
    """The writable disks with the most room, and any that is short of something."""
    writable = sorted((disk for disk in disks if disk.writable), key=lambda disk: (not short_of(disk), -disk.free_mb))
    return sorted(writable[:MOST_DISKS], key=lambda disk: -disk.total_mb)


class _Row:
    """Name, one or two bars with words, and a note, in one row of the owner's grid."""

    def __init__(self, grid: QGridLayout, row: int, *, bars: int) -> None:
        self.name, self.note = QLabel(), QLabel()
        self.name.setObjectName("muted")
        self.note.setObjectName("muted")
        for label in (self.name, self.note):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._bars = [LevelBar() for _ in range(bars)]
        self._words = [QLabel() for _ in range(bars)]
        grid.addWidget(self.name, row, 0)
        line = QHBoxLayout()
        line.setSpacing(8)
        for bar, words in zip(self._bars, self._words, strict=True):
            words.setFont(tabular(words.font()))
            line.addWidget(bar)
            line.addWidget(words)
            line.addSpacing(12)
        line.addWidget(self.note)
        line.addStretch()
        grid.addLayout(line, row, 1, 1, 7)
        self.note.setFont(tabular(self.note.font()))
        self.visible = True

    def show_bar(self, number: int, share: float, text: str, what: str, *, warn: bool = False) -> None:
        """Fill a bar and say the number beside it; `what` is said by tool tip and screen reader."""
        self._bars[number].show_share(share, warn=warn)
        self._bars[number].setToolTip(what)
        self._words[number].setText(text)
        self._words[number].setToolTip(what)
        self._words[number].setAccessibleName(f"{self.name.text()}, {what}: {text}")

    def setVisible(self, visible: bool) -> None:
        """Show or hide the whole row."""
        self.visible = visible
        for widget in (self.name, self.note, *self._bars, *self._words):
            widget.setVisible(visible)

    @property
    def text(self) -> str:
        """Its words."""
        return " ".join(part for part in (self.name.text(), *(w.text() for w in self._words), self.note.text()) if part)
