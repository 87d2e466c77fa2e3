"""The fields of a host: name, address, user, key; for a new one and for one that is changed."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QSpinBox, QVBoxLayout, QWidget

from loraferry.viewmodels.host_rows import HostDraft
from loraferry.views.icons import icon

LABEL_WIDTH = 120
FIELD_WIDTH = 360


class AddressForm(QWidget):
    """Edits one `HostDraft`."""

    accepted = Signal()
    cancelled = Signal()
    key_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("addressForm")
        self._new = True
        self._name, self._host, self._user = _line("hostName"), _line("hostAddress"), _line("hostUser")
        self._key, self._jump = _line("hostKey"), _line("hostJump")
        self._port = QSpinBox()
        self._port.setObjectName("hostPort")
        self._port.setRange(0, 65535)
        self._port.setFixedWidth(110)
        self._browse = QPushButton()
        self._browse.setObjectName("chooseKey")
        self._browse.clicked.connect(self.key_wanted)
        self._accept = QPushButton()
        self._accept.setObjectName("primary")
        self._accept.clicked.connect(self.accepted)
        self._cancel = QPushButton()
        self._cancel.setObjectName("cancelAddress")
        self._cancel.clicked.connect(self.cancelled)
        self._labels: list[QLabel] = []
        self._hint = QLabel()
        self._hint.setObjectName("help")
        self._lay_out()
        for field in (self._name, self._host, self._user, self._key, self._jump):
            field.returnPressed.connect(self.accepted)
        self.retranslate()

    def _lay_out(self) -> None:
        key = QHBoxLayout()
        key.setSpacing(8)
        key.addWidget(self._key, 1)
        key.addWidget(self._browse)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        grid.setColumnStretch(2, 1)
        for row, field in enumerate((self._name, self._host, self._port, self._user, self._key, self._jump)):
            label = QLabel()
            label.setBuddy(field)
            self._labels.append(label)
            grid.addWidget(label, row, 0)
            if field is self._key:
                grid.addLayout(key, row, 1, 1, 2)
            else:
                grid.addWidget(field, row, 1, Qt.AlignmentFlag.AlignLeft)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._accept)
        buttons.addWidget(self._cancel)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(grid)
        layout.addWidget(self._hint)
        layout.addLayout(buttons)

    def show_draft(self, draft: HostDraft, *, new: bool) -> None:
        """Fill in the fields."""
        self._new = new
        self._name.setText(draft.name)
        self._host.setText(draft.host)
        self._port.setValue(draft.port)
        self._user.setText(draft.user)
        self._key.setText(draft.key_path)
        self._jump.setText(draft.jump)
        self.retranslate()

    def show_key(self, path: str) -> None:
        """Fill in the key file that was chosen."""
        self._key.setText(path)

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
        )

    def retranslate(self) -> None:
        """Show everything in the language of now."""
        names = (
            self.tr("Name"),
            self.tr("Address"),
            self.tr("Port"),
            self.tr("User"),
            self.tr("Key file"),
            self.tr("Through"),
        )
        fields = (self._name, self._host, self._port, self._user, self._key, self._jump)
        for label, name, field in zip(self._labels, names, fields, strict=True):
            label.setText(name)
            field.setAccessibleName(name)
        self._name.setPlaceholderText(self.tr("As you like to call it"))
        self._host.setPlaceholderText("213.173.108.12")
        self._port.setSpecialValueText(self.tr("Usual"))
        self._user.setPlaceholderText("root")
        self._key.setPlaceholderText(self.tr("Your usual keys, or a password that is asked for"))
        self._jump.setPlaceholderText(self.tr("A jump host, rarely needed"))
        self._browse.setText(self.tr("Choose …"))
        self._browse.setIcon(icon("folder", 16))
        self._accept.setText(self.tr("Add and connect") if self._new else self.tr("Save"))
        self._cancel.setText(self.tr("Cancel"))
        self._hint.setText(self.tr("Empty fields follow your own SSH settings."))

    def changeEvent(self, event: QEvent) -> None:
        """Follow language and theme."""
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)


def _line(name: str) -> QLineEdit:
    field = QLineEdit()
    field.setObjectName(name)
    field.setMinimumWidth(FIELD_WIDTH)
    return field
