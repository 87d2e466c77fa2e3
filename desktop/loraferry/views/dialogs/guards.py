"""The one question about the guards of a rented machine: what they may do, in plain words, and what stopping means."""

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from loraferry.forms.number_spin import inset
from loraferry.forms.wheel import WheelGuard
from loraferry.texts.quantities import money_text
from loraferry.texts.translation import lookup
from loraferry.viewmodels.guard_terms import GuardTerms
from loraferry.views.dialogs.fitting import FittingDialog
from loraferry.views.widgets.wrapping import wrapping_label
from loraferry_core.guards import GuardKind, GuardSettings

WIDTH = 600
CURRENCIES = ("USD", "CNY", "EUR")


class GuardsDialog(FittingDialog):
    """Edits a `GuardSettings`; `settings` is what was decided, once the dialog was accepted."""

    def __init__(self, terms: GuardTerms, settings: GuardSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("guardsDialog")
        self._terms, self._start = terms, settings
        self.settings: GuardSettings = settings
        self.setWindowTitle(self.tr("Guards of the meter"))
        self.setMinimumWidth(WIDTH)
        self.resize(WIDTH, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(16)
        layout.addLayout(self._head())
        layout.addWidget(self._rules())
        layout.addWidget(self._meaning())
        layout.addLayout(self._price_line())
        layout.addLayout(self._buttons())
        self._accept.setFocus()
        self._price.valueChanged.connect(self._price_changed)
        self._price_changed()

    def _head(self) -> QVBoxLayout:
        title, about = wrapping_label("heading"), wrapping_label("muted")
        if self._terms.can_stop:
            title.setText(self.tr("May {host} stop itself?").format(host=self._terms.host))
        else:
            title.setText(self.tr("When may {host} raise an alarm?").format(host=self._terms.host))
        about.setText(
            self.tr(
                "You pay for this machine as long as it runs. These guards watch the meter on the machine itself, so they "
                "work while this computer sleeps. Every one of them counts down first, can be called off, and never "
                "deletes anything."
            )
        )
        head = QVBoxLayout()
        head.setSpacing(6)
        head.addWidget(title)
        head.addWidget(about)
        return head

    def _rules(self) -> QFrame:
        start = self._start
        self._finished = _number("guardFinished", 0, 24 * 60, round(start.finished_s / 60), self.tr("min"))
        self._idle = _number("guardIdle", 1, 48 * 60, round(start.idle_s / 60), self.tr("min"))
        self._hours = QDoubleSpinBox()
        self._hours.setObjectName("guardHours")
        self._hours.setRange(0, 9000)
        self._hours.setDecimals(1)
        self._hours.setSuffix(f" {self.tr('h')}")
        self._hours.setSpecialValueText(self.tr("no limit"))
        self._hours.setValue(start.ceiling_s / 3600)
        self._money = QDoubleSpinBox()
        self._money.setObjectName("guardMoney")
        self._money.setRange(0, 99_999)
        self._money.setDecimals(2)
        self._money.setSpecialValueText(self.tr("no limit"))
        self._money.setValue(start.ceiling_cost)
        finished, idle, hours, money = self._sentences()
        card = QFrame()
        card.setObjectName("card")
        grid = QGridLayout(card)
        grid.setContentsMargins(16, 12, 16, 12)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        self._finished_on = _switch("guardFinishedOn", "finished" not in start.off, self._finished)
        self._idle_on = _switch("guardIdleOn", "idle" not in start.off, self._idle)
        rows = (
            (finished, self._finished, self._finished_on),
            (idle, self._idle, self._idle_on),
            (hours, self._hours, None),
            (money, self._money, None),
        )
        for row, (text, field, switch) in enumerate(rows):
            label = wrapping_label()
            label.setText(text)
            label.setBuddy(field)
            if switch is not None:
                switch.setAccessibleName(text)
                switch.setToolTip(self.tr("This guard can be switched off by itself."))
                grid.addWidget(switch, row, 0, Qt.AlignmentFlag.AlignVCenter)
            field.setAccessibleName(text)
            field.setFixedWidth(132)
            WheelGuard(field)
            inset(field)
            grid.addWidget(label, row, 1, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(field, row, 2)
        return card

    def _sentences(self) -> tuple[str, str, str, str]:
        """What the guards do, one after the other, where the machine can stop itself and where it cannot."""
        if self._terms.can_stop:
            return (
                self.tr("When everything is done and a verified copy is safe, stop the machine after"),
                self.tr("When nothing goes on (no run, no transfer, no load), stop it after"),
                self.tr("In all it may run for. Then the run is saved and the machine stops"),
                self.tr("In all it may cost. Then the run is saved and the machine stops"),
            )
        return (
            self.tr("When everything is done, raise the alarm after"),
            self.tr("When nothing goes on (no run, no transfer, no load), raise the alarm after"),
            self.tr("Raise the alarm when it has run for"),
            self.tr("Raise the alarm when it has cost"),
        )

    def _meaning(self) -> QWidget:
        """What stopping keeps and costs there, or why it cannot be done from inside."""
        box = QWidget()
        layout = QVBoxLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        if self._terms.can_stop:
            first = self.tr("What stopping means at {vendor}").format(vendor=lookup("Vendor", self._terms.vendor))
        else:
            first = self.tr("This machine cannot be stopped from inside, so there is only an alarm")
        title = wrapping_label("strong")
        title.setText(first)
        layout.addWidget(title)
        for sentence in filter(None, (self._terms.keeps, self._terms.costs)):
            label = wrapping_label("muted")
            label.setText(lookup("Vendor", sentence))
            layout.addWidget(label)
        if self._terms.can_stop:
            label = wrapping_label("muted")
            label.setText(self.tr("Where a stop would lose the only copy of a result, there is an alarm instead."))
            layout.addWidget(label)
        if self._terms.console:
            link = QPushButton(self.tr("Open the console"))
            link.setObjectName("openConsole")
            link.clicked.connect(self._open_console)
            layout.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
        return box

    def _price_line(self) -> QVBoxLayout:
        self._price = QDoubleSpinBox()
        self._price.setObjectName("guardPrice")
        self._price.setRange(0, 9999)
        self._price.setDecimals(2)
        self._price.setSingleStep(0.1)
        self._price.setFixedWidth(132)
        self._price.setSpecialValueText(self.tr("not known"))
        self._price.setValue(self._start.price_per_hour)
        self._price.setAccessibleName(self.tr("Price an hour (optional)"))
        WheelGuard(self._price)
        inset(self._price)
        self._currency = QComboBox()
        self._currency.setObjectName("guardCurrency")
        self._currency.setAccessibleName(self.tr("Currency"))
        usual = self._terms.usual
        currencies = dict.fromkeys((*CURRENCIES, self._start.currency, *(price.currency for price in usual)))
        self._currency.addItems(list(currencies))
        suggested = usual[0].currency if usual and not self._start.price_per_hour else self._start.currency
        self._currency.setCurrentText(suggested)
        WheelGuard(self._currency)
        line = QHBoxLayout()
        line.setSpacing(8)
        label = QLabel(self.tr("Price an hour (optional)"))
        label.setBuddy(self._price)
        for widget in (label, self._price, self._currency):
            line.addWidget(widget)
        line.addStretch()
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addLayout(line)
        note = wrapping_label("help")
        note.setText(self._usual_text())
        column.addWidget(note)
        return column

    def _usual_text(self) -> str:
        usual = self._terms.usual
        if not usual:
            return self.tr("Without a price hours are counted, and the limit in money does nothing.")
        low, high = usual[0], usual[-1]
        amounts = money_text(low.per_hour, low.currency)
        if high.per_hour != low.per_hour:
            amounts = f"{low.per_hour:.2f} – {money_text(high.per_hour, high.currency)}"
        text = self.tr("Such a card usually costs {amounts} an hour there (list of {date}).")
        return text.format(amounts=amounts, date=low.date)

    def _buttons(self) -> QHBoxLayout:
        self._accept = QPushButton(self.tr("Switch the guards on"))
        self._accept.setObjectName("primary")
        self._accept.setDefault(True)
        self._accept.clicked.connect(lambda: self._decide(armed=True))
        off = QPushButton(self.tr("No guards"))
        off.setObjectName("noGuards")
        off.setToolTip(self.tr("The machine goes on costing until you stop it yourself."))
        off.clicked.connect(lambda: self._decide(armed=False))
        later = QPushButton(self.tr("Decide later"))
        later.setObjectName("guardsLater")
        later.clicked.connect(self.reject)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._accept)
        line.addWidget(off)
        line.addStretch()
        line.addWidget(later)
        return line

    def _price_changed(self) -> None:
        """A limit in money means nothing without a price."""
        self._money.setEnabled(self._price.value() > 0)

    def _decide(self, *, armed: bool) -> None:
        switches: tuple[tuple[GuardKind, QCheckBox], ...] = (("finished", self._finished_on), ("idle", self._idle_on))
        self.settings = self._start.replace(
            armed=armed,
            off=tuple(kind for kind, switch in switches if not switch.isChecked()),
            finished_s=self._finished.value() * 60.0,
            idle_s=self._idle.value() * 60.0,
            ceiling_s=self._hours.value() * 3600.0,
            ceiling_cost=self._money.value(),
            price_per_hour=self._price.value(),
            currency=self._currency.currentText(),
        )
        self.accept()

    def _open_console(self) -> None:
        QDesktopServices.openUrl(QUrl(self._terms.console))


def _switch(name: str, on: bool, field: QWidget) -> QCheckBox:
    """Whether a guard counts at all; its time can be set while it does."""
    switch = QCheckBox()
    switch.setObjectName(name)
    switch.toggled.connect(field.setEnabled)
    switch.setChecked(on)
    field.setEnabled(on)
    return switch


def _number(name: str, low: int, high: int, value: int, unit: str) -> QSpinBox:
    field = QSpinBox()
    field.setObjectName(name)
    field.setRange(low, high)
    field.setValue(value)
    field.setSuffix(f" {unit}")
    return field
