"""Captions from a template, with every change to be seen before it is made."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout

from loraferry.library.templates import FIELDS
from loraferry.texts.problems import render
from loraferry.viewmodels.dataset_template import DatasetTemplate
from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.change_list import ChangeList
from loraferry.views.dataset.scope_box import ScopeBox

WORDS = " ".join(f"{{{field}}}" for field in FIELDS)


def build(studio: Studio) -> QDialog:
    """The dialog over the open folder."""
    return TemplateDialog(DatasetTemplate(studio.dataset, studio.tasks))


class TemplateDialog(QDialog):
    """Shows what a template makes while somebody types it."""

    def __init__(self, model: DatasetTemplate) -> None:
        super().__init__()
        self._model, self._changes = model, model.preview
        model.setParent(self)
        self._name, self._scope_name = QLabel(), QLabel()
        self._template = QLineEdit(model.template)
        self._scope = ScopeBox("all")
        self._hint = QLabel()
        self._hint.setObjectName("help")
        self._hint.setWordWrap(True)
        self._list = ChangeList()
        self._count = QLabel()
        self._count.setWordWrap(True)
        self._apply, self._close = QPushButton(), QPushButton()
        self._apply.setObjectName("primary")
        self.resize(640, 540)
        self._lay_out()
        self._template.textChanged.connect(model.set_template)
        self._scope.currentIndexChanged.connect(self._choose_scope)
        self._apply.clicked.connect(self._changes.apply)
        self._close.clicked.connect(self.close)
        self._changes.changed.connect(self._show)
        self.retranslate()

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

    def _choose_scope(self) -> None:
        self._changes.set_scope(self._scope.scope)

    def _show(self) -> None:
        """What would change; while newer changes are worked out, the last ones stay."""
        found, unknown = self._changes, self._model.unknown
        self._apply.setEnabled(bool(found.changes) and not found.busy)
        if found.busy:
            return
        if unknown:
            word = self._template.text()[unknown[0].start : unknown[0].stop]
            self._count.setText(self.tr("{word} means nothing here.").format(word=word))
        elif found.problem is not None:
            self._count.setText(str(render(found.problem)))
        else:
            self._count.setText(self.tr("Captions that change: {count}").format(count=len(found.changes)))
        self._list.show_changes(found.changes)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._template.setFocus()
        self._model.look()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._changes.close()

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
            self._show()
        super().changeEvent(event)
