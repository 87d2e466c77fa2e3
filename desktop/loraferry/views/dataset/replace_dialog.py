"""Find and replace over captions, with every change to be seen before it is made."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QDialog, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout

from loraferry.texts.problems import render
from loraferry.viewmodels.dataset_replace import DatasetReplace
from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.change_list import ChangeList
from loraferry.views.dataset.scope_box import ScopeBox


def build(studio: Studio) -> QDialog:
    """The dialog over the open folder."""
    return ReplaceDialog(DatasetReplace(studio.dataset, studio.tasks))


class ReplaceDialog(QDialog):
    """Searches while somebody types; one step of the history for all that is replaced."""

    def __init__(self, model: DatasetReplace) -> None:
        super().__init__()
        self._model, self._changes = model, model.preview
        model.setParent(self)
        self._find_name, self._put_name, self._scope_name = QLabel(), QLabel(), QLabel()
        self._find, self._put = QLineEdit(), QLineEdit()
        self._scope = ScopeBox("all")
        self._regex, self._case, self._words = QCheckBox(), QCheckBox(), QCheckBox()
        self._list = ChangeList()
        self._count = QLabel()
        self._count.setWordWrap(True)
        self._apply, self._close = QPushButton(), QPushButton()
        self._apply.setObjectName("primary")
        self.resize(640, 560)
        self._lay_out()
        for field in (self._find, self._put):
            field.textChanged.connect(self._want)
        for box in (self._regex, self._case, self._words):
            box.toggled.connect(self._want)
        self._scope.currentIndexChanged.connect(self._choose_scope)
        self._apply.clicked.connect(self._replace)
        self._close.clicked.connect(self.close)
        self._changes.changed.connect(self._show)
        self.retranslate()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(self._find_name, self._find)
        form.addRow(self._put_name, self._put)
        form.addRow(self._scope_name, self._scope)
        boxes = QHBoxLayout()
        for box in (self._regex, self._case, self._words):
            boxes.addWidget(box)
        boxes.addStretch()
        foot = QHBoxLayout()
        foot.addWidget(self._count, 1)
        foot.addWidget(self._close)
        foot.addWidget(self._apply)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(12)
        layout.addLayout(form)
        layout.addLayout(boxes)
        layout.addWidget(self._list, 1)
        layout.addLayout(foot)

    def _want(self) -> None:
        self._model.want(
            find=self._find.text(),
            replace=self._put.text(),
            regex=self._regex.isChecked(),
            case=self._case.isChecked(),
            words=self._words.isChecked(),
        )

    def _choose_scope(self) -> None:
        self._changes.set_scope(self._scope.scope)

    def _show(self) -> None:
        """What would change; while newer changes are worked out, the last ones stay."""
        found = self._changes
        self._apply.setEnabled(bool(found.changes) and not found.busy)
        if found.busy:
            return
        if found.problem is not None:
            self._count.setText(str(render(found.problem)))
        else:
            self._count.setText(self.tr("Captions that change: {count}").format(count=len(found.changes)))
        self._list.show_changes(found.changes)

    def _replace(self) -> None:
        self._changes.apply()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._find.setFocus()
        self._model.look()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._changes.close()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.setWindowTitle(self.tr("Find and replace"))
        self._find_name.setText(self.tr("Find"))
        self._find.setAccessibleName(self._find_name.text())
        self._put_name.setText(self.tr("Replace with"))
        self._put.setAccessibleName(self._put_name.text())
        self._scope_name.setText(self.tr("In"))
        self._regex.setText(self.tr("Regular expression"))
        self._case.setText(self.tr("Capitals matter"))
        self._words.setText(self.tr("Whole words"))
        self._list.setAccessibleName(self.tr("What changes"))
        self._apply.setText(self.tr("Replace"))
        self._close.setText(self.tr("Close"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
            self._show()
        super().changeEvent(event)
