"""Where a plan could run: a bar for the memory of each card, how long it takes there, what it costs."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from loraferry.ferry.outlook import Outlook, planned_mb
from loraferry.forms.rows import small_label
from loraferry.texts.plan import fit_text, length_text, memory_text, place_text
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.plan_machines import PlanMachines
from loraferry.views.theme import tabular
from loraferry.views.widgets.level_bar import LevelBar

MOST = 4
"""Machines that are shown; the chosen one is always among them."""


class MachineRow(QWidget):
    """One machine, or one card that could be rented."""

    def __init__(self) -> None:
        super().__init__()
        self._name, self._fit = QLabel(), QLabel()
        self._bar = LevelBar(80)
        self._about, self._length = small_label("help"), small_label("help")
        self._length.setFont(tabular(self._length.font()))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(0, 1)
        grid.addWidget(self._name, 0, 0)
        grid.addWidget(self._fit, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self._bar, 1, 0, 1, 2)
        grid.addWidget(self._about, 2, 0, 1, 2)
        grid.addWidget(self._length, 3, 0, 1, 2)

    def show_outlook(self, outlook: Outlook, name: str, *, chosen: bool) -> None:
        """Show a plan on a machine; the chosen one stands out."""
        place = outlook.place
        self._name.setText(name)
        _call(self._name, "strong" if chosen else "")
        self._fit.setText(fit_text(outlook.fit))
        _call(self._fit, {"small": "error", "fits": "good"}.get(outlook.fit, "help"))
        has_bar = bool(outlook.needed_mb and place.free_mb)
        self._bar.setVisible(has_bar)
        if has_bar and place.free_mb:
            self._bar.show_share(outlook.needed_mb / place.free_mb, warn=outlook.fit == "small")
        own = not place.id and place.card == place.label
        about = place_text(outlook)
        self._about.setText(about.removeprefix(f"{place.label} · ") if own else about)
        length = length_text(outlook)
        self._length.setText(length)
        self._length.setVisible(bool(length))

    @property
    def text(self) -> str:
        """All words."""
        parts = (self._name, self._fit, self._about, self._length)
        return "\n".join(part.text() for part in parts if not part.isHidden() and part.text())


class MachinesCard(QFrame):
    """The known machines; where none of them has a card, the smallest cards that would do."""

    def __init__(self, plan: PlanViewModel, machines: PlanMachines) -> None:
        super().__init__()
        self.setObjectName("card")
        self._plan, self._machines = plan, machines
        self._title, self._need = QLabel(), small_label("help")
        self._title.setObjectName("heading")
        self._rent = small_label("help")
        self.rows: list[MachineRow] = []
        self._rows = QVBoxLayout()
        self._rows.setSpacing(12)
        head = QVBoxLayout()
        head.setSpacing(2)
        head.addWidget(self._title)
        head.addWidget(self._need)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addLayout(self._rows)
        layout.addWidget(self._rent)
        machines.changed.connect(self.refresh)
        self.retranslate()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._title.setText(self.tr("Where it runs"))
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def refresh(self) -> None:
        """Show everything as it is known now."""
        needed = planned_mb(self._plan.config)
        text = self.tr("As planned it needs {memory} of graphics memory.")
        self._need.setText(text.format(memory=memory_text(needed)) if needed else "")
        self._need.setVisible(needed is not None)
        shown = self._shown()
        has_card = any(outlook.place.card for outlook in self._machines.outlooks)
        cards = () if has_card else self._machines.cards
        names = {choice.id: choice.label for choice in self._plan.hosts}
        while len(self.rows) < len(shown) + len(cards):
            self.rows.append(MachineRow())
            self._rows.addWidget(self.rows[-1])
        for row, outlook in zip(self.rows, (*shown, *cards), strict=False):
            place = outlook.place
            name = names.get(place.id, place.label)
            row.show_outlook(outlook, name, chosen=bool(place.id) and place.id == self._plan.host)
        for index, row in enumerate(self.rows):
            row.setVisible(index < len(shown) + len(cards))
        self._rent.setText(
            self.tr("These are the smallest cards that would do. Rent one and add it on the Hosts page.")
        )
        self._rent.setVisible(bool(cards))

    def _shown(self) -> list[Outlook]:
        """Those worth a row, the chosen one first."""
        found = self._machines.outlooks
        chosen = [outlook for outlook in found if outlook.place.id == self._plan.host]
        others = [outlook for outlook in found if outlook.place.id != self._plan.host and outlook.place.card]
        return [*chosen, *others][:MOST]


def _call(label: QLabel, name: str) -> None:
    """Have a label look otherwise."""
    if label.objectName() != name:
        label.setObjectName(name)
        label.style().unpolish(label)
        label.style().polish(label)
