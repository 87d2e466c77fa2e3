"""The texts that the current picture's caption had, when and by what; any of them can be brought back."""

from datetime import datetime

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
)

from loraferry.library.edits import captioned
from loraferry.library.history import CaptionVersion
from loraferry.texts.history import label_text
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.studio import Studio


def build(studio: Studio) -> QDialog:
    """The dialog over the open folder."""
    return HistoryDialog(studio.dataset)


class HistoryDialog(QDialog):
    """Follows the current picture. Bringing a text back is an edit like any."""

    def __init__(self, model: DatasetViewModel) -> None:
        super().__init__()
        self._model = model
        self._versions: list[CaptionVersion] = []
        self._name = QLabel()
        self._name.setObjectName("heading")
        self._list = QListWidget()
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._restore, self._close = QPushButton(), QPushButton()
        self._restore.setObjectName("primary")
        self.resize(640, 420)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self._list)
        split.addWidget(self._text)
        split.setSizes([260, 380])
        foot = QHBoxLayout()
        foot.addStretch()
        foot.addWidget(self._close)
        foot.addWidget(self._restore)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(12)
        layout.addWidget(self._name)
        layout.addWidget(split, 1)
        layout.addLayout(foot)
        self._list.currentRowChanged.connect(self._show_text)
        self._restore.clicked.connect(self._bring_back)
        self._close.clicked.connect(self.close)
        model.current_changed.connect(self._follow)
        model.changed.connect(self._follow)
        self.retranslate()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read()

    def _follow(self) -> None:
        if self.isVisible():
            self._read()

    def _read(self) -> None:
        item, library = self._model.current, self._model.library
        self._name.setText(item.name if item is not None else "")
        self._versions = library.caption_history(item.name)[::-1] if item is not None and library is not None else []
        self._list.clear()
        for version in self._versions:
            when = datetime.fromtimestamp(version.at).strftime("%Y-%m-%d %H:%M") if version.at else ""
            self._list.addItem(QListWidgetItem(f"{when}  {label_text(version.label)}".strip()))
        if not self._versions:
            self._list.addItem(QListWidgetItem(self.tr("It was never edited here.")))
        self._list.setCurrentRow(0)
        self._show_text(0)

    def _show_text(self, row: int) -> None:
        version = self._versions[row] if 0 <= row < len(self._versions) else None
        self._text.setPlainText(version.text if version is not None else "")
        item = self._model.current
        self._restore.setEnabled(version is not None and item is not None and item.caption != version.text)

    def _bring_back(self) -> None:
        row, item = self._list.currentRow(), self._model.current
        if item is not None and 0 <= row < len(self._versions):
            self._model.save_caption()
            self._model.apply(captioned({item.name: self._versions[row].text}, "caption"))

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.setWindowTitle(self.tr("History of the caption"))
        self._list.setAccessibleName(self.tr("Versions, the newest first"))
        self._text.setAccessibleName(self.tr("The text of this version"))
        self._restore.setText(self.tr("Bring it back"))
        self._close.setText(self.tr("Close"))
        self._read()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
