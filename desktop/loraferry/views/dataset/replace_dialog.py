"""Find and replace over captions, with every change to be seen before it is made."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QLabel, QLineEdit

from loraferry.viewmodels.dataset_replace import DatasetReplace
from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.changes_dialog import ChangesDialog


def build(studio: Studio) -> QDialog:
    """The dialog over the open folder."""
    return ReplaceDialog(DatasetReplace(studio.dataset, studio.tasks))


class ReplaceDialog(ChangesDialog):
    """Searches while somebody types; one step of the history for all that is replaced."""

    def __init__(self, model: DatasetReplace) -> None:
        super().__init__(model.preview)
        self._model = model
        model.setParent(self)
        self._find_name, self._put_name = QLabel(), QLabel()
        self._find, self._put = QLineEdit(), QLineEdit()
        self._regex, self._case, self._words = QCheckBox(), QCheckBox(), QCheckBox()
        self.form.addRow(self._find_name, self._find)
        self.form.addRow(self._put_name, self._put)
        self.add_scope()
        boxes = QHBoxLayout()
        for box in (self._regex, self._case, self._words):
            boxes.addWidget(box)
            box.toggled.connect(self._want)
        boxes.addStretch()
        self.middle.addLayout(boxes)
        for field in (self._find, self._put):
            field.textChanged.connect(self._want)
        self.retranslate()

    def _want(self) -> None:
        self._model.want(
            find=self._find.text(),
            replace=self._put.text(),
            regex=self._regex.isChecked(),
            case=self._case.isChecked(),
            words=self._words.isChecked(),
        )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._find.setFocus()
        self._model.look()

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("Find and replace"))
        self._find_name.setText(self.tr("Find"))
        self._find.setAccessibleName(self._find_name.text())
        self._put_name.setText(self.tr("Replace with"))
        self._put.setAccessibleName(self._put_name.text())
        self._regex.setText(self.tr("Regular expression"))
        self._case.setText(self.tr("Capitals matter"))
        self._words.setText(self.tr("Whole words"))
        self.apply.setText(self.tr("Replace"))
