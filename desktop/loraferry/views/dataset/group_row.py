"""Pictures that look alike, side by side: the best has the tick, a click chooses another, one button decides."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from loraferry.library.duplicates import Group
from loraferry.texts.quality import likeness_text, reason_text
from loraferry.viewmodels.dataset_quality import DatasetQuality
from loraferry.views.dataset.thumb_row import Thumb, ThumbRow
from loraferry.views.widgets.wrapping import wrapping_label

EDGE = 92


class GroupRow(QFrame):
    """One group of `DatasetQuality.groups`."""

    def __init__(self, model: DatasetQuality, group: Group) -> None:
        super().__init__()
        self.setObjectName("groupRow")
        self._model, self.group = model, group
        # Another choice of the best moves no picture.
        self._names = group.names
        self.row = ThumbRow(model.hub.thumbnails, EDGE, choosable=True)
        self._why = wrapping_label("help")
        rule = QFrame()
        rule.setObjectName("rule")
        self._count = QLabel()
        self._count.setObjectName("strong")
        self.show_all, self.leave, self.keep = QPushButton(), QPushButton(), QPushButton()
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._count, 1)
        for button in (self.show_all, self.leave, self.keep):
            foot.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(6)
        layout.addWidget(rule)
        layout.addWidget(self.row)
        layout.addWidget(self._why)
        layout.addLayout(foot)
        self.row.clicked.connect(self._choose)
        self.show_all.clicked.connect(self._look)
        self.leave.clicked.connect(self._leave)
        self.keep.clicked.connect(self._keep_best)
        self.retranslate()

    def show_group(self, group: Group) -> None:
        """The same pictures with another best one."""
        if group != self.group:
            self.group = group
            self.retranslate()

    def _thumb(self, name: str) -> Thumb:
        library = self._model.hub.library
        item = library.item(name) if library is not None else None
        size = f"{item.width} × {item.height}" if item is not None else ""
        twin = next((twin for twin in self.group.twins if twin.name == name), None)
        return Thumb(name, size if twin is None or twin.likeness == "alike" else likeness_text(twin.likeness))

    def _choose(self, name: str) -> None:
        self._model.choose(self.group, name)

    def _look(self) -> None:
        self._model.show_group(self.group, self.tr("Alike"))

    def _leave(self) -> None:
        self._model.leave(self.group)

    def _keep_best(self) -> None:
        self._model.keep_best([self.group])

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.row.show_thumbs([self._thumb(name) for name in self._names], len(self._names), self.group.best)
        best = self.group.best.rpartition("/")[2]
        reasons = ", ".join(reason_text(reason) for reason in self.group.reasons) or self.tr("your choice")
        self._why.setText(self.tr("Best: {name} ({reasons})").format(name=best, reasons=reasons))
        self._count.setText(self.tr("{count} alike").format(count=len(self._names)))
        self.show_all.setText(self.tr("Show"))
        self.leave.setText(self.tr("Keep all"))
        self.leave.setToolTip(self.tr("Leave this group as it is."))
        self.keep.setText(self.tr("Keep best"))
        self.keep.setToolTip(self.tr("Reject the others. The files stay where they are."))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
