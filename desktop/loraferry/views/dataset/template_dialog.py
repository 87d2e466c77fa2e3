"""Captions from a template, with every change to be seen before it is made."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit

from loraferry.library.templates import FIELDS
from loraferry.viewmodels.dataset_template import DatasetTemplate
from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.changes_dialog import ChangesDialog

WORDS = " ".join(f"{{{field}}}" for field in FIELDS)


def build(studio: Studio) -> QDialog:
    """The dialog over the open folder."""
    return TemplateDialog(DatasetTemplate(studio.dataset, studio.tasks))


class TemplateDialog(ChangesDialog):
    """Shows what a template makes while somebody types it."""

    def __init__(self, model: DatasetTemplate) -> None:
        super().__init__(model.preview)
        self._model = model
        model.setParent(self)
        self._name = QLabel()
        self._template = QLineEdit(model.template)
        self._hint = QLabel()
        self._hint.setObjectName("help")
        self._hint.setWordWrap(True)
        self.form.addRow(self._name, self._template)
        self.add_scope()
        self.middle.addWidget(self._hint)
        self._template.textChanged.connect(model.set_template)
        self.retranslate()

    def objection(self) -> str:
        unknown = self._model.unknown
        if not unknown:
            return super().objection()
        word = self._template.text()[unknown[0].start : unknown[0].stop]
        return self.tr("{word} means nothing here.").format(word=word)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._template.setFocus()
        self._model.look()

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("Captions from a template"))
        self._name.setText(self.tr("Template"))
        self._template.setAccessibleName(self._name.text())
        self._hint.setText(self.tr("These stand for what is known of a picture: {fields}").replace("{fields}", WORDS))
        self.apply.setText(self.tr("Take over"))
