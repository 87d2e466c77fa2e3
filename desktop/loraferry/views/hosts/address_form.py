"""The fields of a host: name, address, user, password, key, and folded away whatever else can be said of it."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from loraferry.forms.number_spin import inset
from loraferry.forms.rows import small_label
from loraferry.forms.wheel import WheelGuard
from loraferry.remote.vendors import vendors
from loraferry.texts.problems import render
from loraferry.texts.translation import lookup
from loraferry.viewmodels.host_drafts import Fault, faults_of
from loraferry.viewmodels.host_rows import HostDraft
from loraferry.views.icons import icon
from loraferry.views.widgets.fold import Fold
from loraferry_core.problems import Problem

LABEL_WIDTH = 120
FIELD_WIDTH = 360
CURRENCIES = ("USD", "CNY", "EUR")
TRANSPORTS = ("", "paramiko", "openssh")


class AddressForm(QWidget):
    """Edits one `HostDraft`, and says at each field what is wrong with it."""

    accepted = Signal()
    """The fields hold nothing that is wrong."""
    cancelled = Signal()
    key_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("addressForm")
        self._new = True
        self._labels: dict[str, QLabel] = {}
        self._errors: dict[str, QLabel] = {}
        self._name, self._host, self._user = _line("hostName"), _line("hostAddress"), _line("hostUser")
        self._password, self._key, self._jump = _line("hostPassword"), _line("hostKey"), _line("hostJump")
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        self._work, self._caches, self._python = _line("hostWork"), _line("hostCaches"), _line("hostPython")
        self._port = QSpinBox()
        self._port.setObjectName("hostPort")
        self._port.setRange(0, 65535)
        self._port.setFixedWidth(110)
        self._transport, self._vendor, self._currency = (
            _combo("hostTransport"), _combo("hostVendor"), _combo("hostCurrency", CURRENCIES)
        )  # fmt: skip
        self._currency.setMinimumWidth(80)
        self._price = QDoubleSpinBox()
        self._price.setObjectName("hostPrice")
        self._price.setRange(0, 9999)
        self._price.setDecimals(2)
        self._price.setSingleStep(0.1)
        self._price.setFixedWidth(110)
        for spin in (self._price, self._port):
            WheelGuard(spin)
            inset(spin)
        self._browse = QPushButton()
        self._browse.setObjectName("chooseKey")
        self._browse.clicked.connect(self.key_wanted)
        self._accept = QPushButton()
        self._accept.setObjectName("primary")
        self._accept.clicked.connect(self._try_to_accept)
        self._cancel = QPushButton()
        self._cancel.setObjectName("cancelAddress")
        self._cancel.clicked.connect(self.cancelled)
        self._hint = small_label("help")
        self._lay_out()
        for field in self.findChildren(QLineEdit):
            if not isinstance(field.parent(), QSpinBox | QDoubleSpinBox):
                field.returnPressed.connect(self._try_to_accept)
                field.textEdited.connect(self._clear_errors)
        self.retranslate()

    def _lay_out(self) -> None:
        main = self._grid(
            {
                "name": [self._name],
                "host": [self._host],
                "port": [self._port],
                "user": [self._user],
                "password": [self._password],
                "key_path": [self._key, self._browse],
            }
        )
        details = QWidget()
        details.setLayout(
            self._grid(
                {
                    "vendor": [self._vendor],
                    "price": [self._price, self._currency],
                    "jump": [self._jump],
                    "transport": [self._transport],
                    "work": [self._work],
                    "caches": [self._caches],
                    "python": [self._python],
                }
            )
        )
        self._details = Fold(details)
        self._details.setObjectName("hostDetails")
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._accept)
        buttons.addWidget(self._cancel)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(main)
        layout.addWidget(self._details)
        layout.addWidget(self._hint)
        layout.addLayout(buttons)

    def _grid(self, rows: dict[str, list[QWidget]]) -> QGridLayout:
        """Label, fields, and below them the place for what is wrong."""
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        grid.setColumnStretch(1, 1)
        for row, (name, fields) in enumerate(rows.items()):
            label, error = QLabel(), small_label("error")
            label.setBuddy(fields[0])
            error.hide()
            line = QHBoxLayout()
            line.setSpacing(8)
            for field in fields:
                line.addWidget(field)
            line.addStretch()
            grid.addWidget(label, 2 * row, 0)
            grid.addLayout(line, 2 * row, 1)
            grid.addWidget(error, 2 * row + 1, 1)
            self._labels[name], self._errors[name] = label, error
        return grid

    def show_draft(self, draft: HostDraft, *, new: bool) -> None:
        """Fill in the fields."""
        self._new = new
        self.retranslate()
        texts = (
            (self._name, draft.name),
            (self._host, draft.host),
            (self._user, draft.user),
            (self._password, draft.password),
            (self._key, draft.key_path),
            (self._jump, draft.jump),
            (self._work, draft.work),
            (self._caches, draft.caches),
            (self._python, draft.python),
        )
        for field, text in texts:
            field.setText(text)
        self._port.setValue(draft.port)
        self._price.setValue(draft.price)
        if self._currency.findText(draft.currency) < 0:
            self._currency.addItem(draft.currency)
        self._currency.setCurrentText(draft.currency)
        self._vendor.setCurrentIndex(max(0, self._vendor.findData(draft.vendor)))
        self._transport.setCurrentIndex(TRANSPORTS.index(draft.transport))
        self._details.open(False)
        self._clear_errors()

    def show_key(self, path: str) -> None:
        """Fill in the key file that was chosen."""
        self._key.setText(path)
        self._clear_errors()

    @property
    def draft(self) -> HostDraft:
        """The fields as they are now."""
        return HostDraft(
            name=self._name.text().strip(),
            host=self._host.text().strip(),
            port=self._port.value(),
            user=self._user.text().strip(),
            key_path=self._key.text().strip(),
            jump=self._jump.text().strip(),
            password=self._password.text(),
            transport=TRANSPORTS[self._transport.currentIndex()],  # type: ignore[arg-type]
            vendor=self._vendor.currentData() or "",
            work=self._work.text().strip(),
            caches=self._caches.text().strip(),
            python=self._python.text().strip(),
            price=self._price.value(),
            currency=self._currency.currentText(),
        )

    def error(self, name: str) -> str:
        """What is said to be wrong with a field."""
        return "" if self._errors[name].isHidden() else self._errors[name].text()

    def retranslate(self) -> None:
        """Show everything in the language of now."""
        names = {
            "name": self.tr("Name"),
            "host": self.tr("Address"),
            "port": self.tr("Port"),
            "user": self.tr("User"),
            "password": self.tr("Password"),
            "key_path": self.tr("Key file"),
            "jump": self.tr("Through"),
            "transport": self.tr("Connection by"),
            "vendor": self.tr("Provider"),
            "price": self.tr("Price an hour"),
            "work": self.tr("Work folder"),
            "caches": self.tr("Cache folder"),
            "python": self.tr("Python"),
        }
        for name, label in self._labels.items():
            label.setText(names[name])
            label.buddy().setAccessibleName(names[name])
        self._currency.setAccessibleName(self.tr("Currency"))
        self._name.setPlaceholderText(self.tr("As you like to call it"))
        self._host.setPlaceholderText("213.173.108.12")
        self._port.setSpecialValueText(self.tr("Usual"))
        self._user.setPlaceholderText("root")
        self._password.setPlaceholderText(
            self.tr("Only where the machine takes no key") if self._new else self.tr("Unchanged")
        )
        self._key.setPlaceholderText(self.tr("Your usual keys, or a password that is asked for"))
        self._jump.setPlaceholderText(self.tr("A jump host, rarely needed"))
        self._price.setSpecialValueText(self.tr("Not known"))
        for field in (self._work, self._caches, self._python):
            field.setPlaceholderText(self.tr("As the provider's profile says"))
        self._fill_choices()
        self._details.set_text(self.tr("Details"))
        self._browse.setText(self.tr("Choose …"))
        self._browse.setIcon(icon("folder", 16))
        self._accept.setText(self.tr("Add and connect") if self._new else self.tr("Save"))
        self._cancel.setText(self.tr("Cancel"))
        self._hint.setText(
            self.tr(
                "Empty fields follow your own SSH settings. A password is kept in this computer's keyring, or only until "
                "LoRA Ferry is closed."
            )
        )

    def changeEvent(self, event: QEvent) -> None:
        """Follow language and theme."""
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def _fill_choices(self) -> None:
        profiles = [("", self.tr("Detected"))]
        profiles += [(vendor.id, lookup("Vendor", vendor.label)) for vendor in vendors()]
        ways = (self.tr("Automatic"), self.tr("The built-in SSH"), self.tr("OpenSSH of this computer"))
        for combo, choices in ((self._vendor, profiles), (self._transport, list(zip(TRANSPORTS, ways, strict=True)))):
            chosen = max(0, combo.currentIndex())
            combo.clear()
            for data, text in choices:
                combo.addItem(text, data)
            combo.setCurrentIndex(chosen)

    def _try_to_accept(self) -> None:
        """Go on where nothing is wrong, else say it at the field and go there."""
        self._clear_errors()
        faults = faults_of(self.draft)
        for name, fault in faults.items():
            self._errors[name].setText(str(render(fault)) if isinstance(fault, Problem) else self._words(fault))
            self._errors[name].show()
        if not faults:
            self.accepted.emit()
            return
        first = self._labels[next(iter(faults))].buddy()
        if not first.isVisible():
            self._details.open(True)
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _clear_errors(self) -> None:
        for error in self._errors.values():
            error.hide()

    def _words(self, fault: Fault) -> str:
        texts: dict[Fault, str] = {
            "missing_file": self.tr("There is no such file on this computer. Choose your key, or leave this empty."),
            "public_key": self.tr("This is the public half. Choose the file of the same name without .pub."),
            "not_absolute": self.tr("A place on the machine: it begins with / or ~"),
            "bad_user": self.tr("A user's name holds no blanks."),
        }
        return texts[fault]


def _line(name: str) -> QLineEdit:
    field = QLineEdit()
    field.setObjectName(name)
    field.setMinimumWidth(FIELD_WIDTH)
    return field


def _combo(name: str, choices: tuple[str, ...] = ()) -> QComboBox:
    combo = QComboBox()
    combo.setObjectName(name)
    combo.addItems(list(choices))
    combo.setMinimumWidth(200)
    WheelGuard(combo)
    return combo
