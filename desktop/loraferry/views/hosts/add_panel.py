"""Adding a rented machine: paste what the vendor shows, look at what was understood, add it."""

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from loraferry.texts.problems import render
from loraferry.viewmodels.host_drafts import address_of
from loraferry.viewmodels.host_rows import HostDraft
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.views.hosts.address_form import AddressForm
from loraferry.views.hosts.paste_field import PasteField
from loraferry.views.widgets.wrapping import wrapping_label

EXAMPLE = "ssh -p 17445 root@213.173.108.12 -i ~/.ssh/id_ed25519"


class AddPanel(QFrame):
    """A field to paste into, and the form that fills itself."""

    key_wanted = Signal(object)

    def __init__(self, hosts: HostsViewModel) -> None:
        super().__init__()
        self.setObjectName("card")
        self._hosts = hosts
        self._title = QLabel()
        self._title.setObjectName("heading")
        self._about = wrapping_label("muted")
        self._paste = PasteField()
        self._paste.textChanged.connect(self._read)
        self._paste.insisted.connect(self._insist)
        self._error = wrapping_label("error")
        self._error.hide()
        self._form = AddressForm()
        self._form.hide()
        self._form.accepted.connect(self._add)
        self._form.cancelled.connect(self._paste.clear)
        self._form.key_wanted.connect(self._ask_key)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(8)
        for widget in (self._title, self._about, self._paste, self._error, self._form):
            layout.addWidget(widget)
        self.retranslate()

    def begin(self) -> None:
        """Let the person paste."""
        self._paste.setFocus()

    @property
    def error(self) -> str:
        """What is said to be wrong with the pasted text."""
        return "" if self._error.isHidden() else self._error.text()

    def retranslate(self) -> None:
        """Show everything in the language of now."""
        self._title.setText(self.tr("Add a rented machine"))
        self._about.setText(
            self.tr("Paste what your provider shows, with its password if there is one, for example {example}").format(
                example=EXAMPLE
            )
        )
        self._paste.setPlaceholderText(self.tr("Paste here"))
        self._paste.setAccessibleName(self.tr("The SSH command of your provider"))
        if not self._error.isHidden():
            self._insist()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _read(self) -> None:
        """Fill the form as soon as the text makes sense; a half-typed one is no error yet."""
        draft = self._hosts.paste(self._paste.text)
        self._error.hide()
        self._form.setVisible(draft is not None)
        if draft is None:
            return
        self._form.show_draft(draft, new=True)
        if draft.password:
            self._hide_password(draft)

    def _hide_password(self, draft: HostDraft) -> None:
        """The password stands in the form now, as dots; here it would stay readable."""
        self._paste.blockSignals(True)
        self._paste.setPlainText(str(address_of(draft)))
        self._paste.blockSignals(False)

    def _insist(self) -> None:
        problem = self._hosts.paste_problem
        self._error.setVisible(problem is not None)
        self._error.setText(str(render(problem)) if problem else "")

    def _add(self) -> None:
        host = self._hosts.add(self._form.draft)
        if host is None:
            self._error.show()
            self._insist()
            return
        self._paste.clear()
        self._hosts.connect_host(host)

    def _ask_key(self) -> None:
        self.key_wanted.emit(self._form)
