"""Captions from a template, with every change to be seen before it is made."""

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout

from loraferry.library.replace import Change
from loraferry.library.templates import FIELDS, unknown_fields
from loraferry.viewmodels.studio import Studio
from loraferry.viewmodels.tag_edits import TagEdits
from loraferry.views.dataset.change_list import ChangeList
from loraferry.views.dataset.scope_box import ScopeBox

PAUSE_MS = 150
EXAMPLE = "{trigger}, {tags}"
WORDS = " ".join(f"{{{field}}}" for field in FIELDS)


def build(studio: Studio) -> QDialog:
    """The dialog over the open folder."""
    return TemplateDialog(studio.tag_edits)


class TemplateDialog(QDialog):
    """Shows what a template makes while somebody types it."""

    def __init__(self, tags: TagEdits) -> None:
        super().__init__()
        self._tags = tags
        self._made: dict[str, str] = {}
        self._name, self._scope_name = QLabel(), QLabel()
        self._template = QLineEdit(EXAMPLE)
        self._scope = ScopeBox("all")
        self._hint = QLabel()
        self._hint.setObjectName("help")
        self._hint.setWordWrap(True)
        self._list = ChangeList()
        self._count = QLabel()
        self._count.setWordWrap(True)
        self._apply, self._close = QPushButton(), QPushButton()
        self._apply.setObjectName("primary")
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._make)
        self.resize(640, 540)
        self._lay_out()
        self._template.textChanged.connect(self._pause.start)
        self._scope.currentIndexChanged.connect(self._make)
        self._apply.clicked.connect(self._take)
        self._close.clicked.connect(self.close)
        tags.changed.connect(self._follow)
        self.retranslate()
        self._make()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(self._name, self._template)
        form.addRow(self._scope_name, self._scope)
        foot = QHBoxLayout()
        foot.addWidget(self._count, 1)
        foot.addWidget(self._close)
        foot.addWidget(self._apply)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(12)
        layout.addLayout(form)
        layout.addWidget(self._hint)
        layout.addWidget(self._list, 1)
        layout.addLayout(foot)

    def _make(self) -> None:
        self._pause.stop()
        unknown = unknown_fields(self._template.text())
        self._made = {} if unknown else self._tags.templated(self._template.text(), self._scope.scope)
        before = self._tags.captions(self._scope.scope)
        self._list.show_changes(
            Change(name, before[name], after, ((0, len(before[name])),), ((0, len(after)),))
            for name, after in self._made.items()
        )
        if unknown:
            word = self._template.text()[unknown[0].start : unknown[0].stop]
            self._count.setText(self.tr("{word} means nothing here.").format(word=word))
        else:
            self._count.setText(self.tr("Captions that change: {count}").format(count=len(self._made)))
        self._apply.setEnabled(bool(self._made))

    def _take(self) -> None:
        self._tags.apply_template(self._made)

    def _follow(self) -> None:
        if self.isVisible():
            self._pause.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._template.setFocus()
        self._make()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.setWindowTitle(self.tr("Captions from a template"))
        self._name.setText(self.tr("Template"))
        self._template.setAccessibleName(self._name.text())
        self._scope_name.setText(self.tr("In"))
        self._hint.setText(self.tr("These stand for what is known of a picture: {fields}").replace("{fields}", WORDS))
        self._list.setAccessibleName(self.tr("What changes"))
        self._apply.setText(self.tr("Take over"))
        self._close.setText(self.tr("Close"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
            self._make()
        super().changeEvent(event)
