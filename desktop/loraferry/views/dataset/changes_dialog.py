"""What dialogs have in common that change many captions: in which pictures, what would change, do it."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from loraferry.texts.problems import render
from loraferry.viewmodels.caption_changes import CaptionChanges
from loraferry.views.dataset.change_list import ChangeList
from loraferry.views.dataset.scope_box import ScopeBox


class ChangesDialog(QDialog):
    """Shows a `CaptionChanges`. A dialog of its kind puts its fields into `form` and `middle`, and its words into
    `retranslate`; then it calls `retranslate` once."""

    def __init__(self, changes: CaptionChanges) -> None:
        super().__init__()
        self.changes = changes
        self.form, self.middle = QFormLayout(), QVBoxLayout()
        self.scope = ScopeBox("all")
        self._scope_name = QLabel()
        self._list = ChangeList()
        self._count = QLabel()
        self._count.setWordWrap(True)
        self.apply, self._close = QPushButton(), QPushButton()
        self.apply.setObjectName("primary")
        self.resize(640, 560)
        foot = QHBoxLayout()
        foot.addWidget(self._count, 1)
        foot.addWidget(self._close)
        foot.addWidget(self.apply)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(12)
        layout.addLayout(self.form)
        layout.addLayout(self.middle)
        layout.addWidget(self._list, 1)
        layout.addLayout(foot)
        self.scope.currentIndexChanged.connect(self._choose_scope)
        self.apply.clicked.connect(self._carry_out)
        self._close.clicked.connect(self.close)
        changes.changed.connect(self.show_changes)

    def add_scope(self) -> None:
        """The last row of the form."""
        self.form.addRow(self._scope_name, self.scope)

    def objection(self) -> str:
        """What is wrong with what was asked for; empty where nothing is."""
        return str(render(self.changes.problem)) if self.changes.problem is not None else ""

    def show_changes(self) -> None:
        """What would change; while newer changes are worked out, the last ones stay."""
        found = self.changes
        self.apply.setEnabled(bool(found.changes) and not found.busy)
        if found.busy:
            return
        count = self.tr("Captions that change: {count}").format(count=len(found.changes))
        self._count.setText(self.objection() or count)
        self._list.show_changes(found.changes)

    def _choose_scope(self) -> None:
        self.changes.set_scope(self.scope.scope)

    def _carry_out(self) -> None:
        self.changes.apply()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.changes.close()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._scope_name.setText(self.tr("In"))
        self._list.setAccessibleName(self.tr("What changes"))
        self._close.setText(self.tr("Close"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
            self.show_changes()
        super().changeEvent(event)
