"""The numbers that followed from the answers, each with its reason."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QToolButton, QVBoxLayout

from loraferry.forms.rows import small_label
from loraferry.texts.setting_words import setting_name, setting_text
from loraferry.texts.translation import lookup
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.plan_state import Derived
from loraferry.views.icons import icon
from loraferry.views.theme import tabular


class Reasons(QFrame):
    """A quiet table: what, how much, why. Values set by hand offer the way back to the preset."""

    def __init__(self, plan: PlanViewModel) -> None:
        super().__init__()
        self.setObjectName("card")
        self._plan = plan
        self._shown: tuple[Derived, ...] = ()
        self._title = QLabel()
        self._title.setObjectName("heading")
        self._about = small_label("help")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(2, 1)
        head = QVBoxLayout()
        head.setSpacing(2)
        head.addWidget(self._title)
        head.addWidget(self._about)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 20)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addLayout(self._grid)
        plan.changed.connect(self._show)
        self.retranslate()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._title.setText(self.tr("What follows from that"))
        self._about.setText(self.tr("You need not touch any of it. Expert shows these and all other settings."))
        self._fill(self._plan.derived)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def _show(self) -> None:
        if self._plan.derived != self._shown:
            self._fill(self._plan.derived)

    def _fill(self, rows: tuple[Derived, ...]) -> None:
        self._shown = rows
        while item := self._grid.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        for line, row in enumerate(rows):
            config = self._plan.config
            group, setting = setting_name(row.path, config)
            name = QLabel(f"{group}: {setting}" if row.path.endswith(".kind") else setting)
            name.setToolTip(group)
            value = QLabel(setting_text(row.path, row.value, config))
            value.setFont(tabular(value.font()))
            value.setObjectName(f"derived:{row.path}")
            reason = small_label("help")
            reason.setText(self._reason(row))
            middle = Qt.AlignmentFlag.AlignVCenter
            self._grid.addWidget(name, line, 0, middle)
            self._grid.addWidget(value, line, 1, middle | Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(reason, line, 2)
            if row.custom:
                self._grid.addWidget(self._way_back(row.path), line, 3, middle)

    def _reason(self, row: Derived) -> str:
        if row.custom:
            return self.tr("Set by you in Expert.")
        return self.tr("From your preset.") if row.own else lookup("Preset", row.reason)

    def _way_back(self, path: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName("plain")
        button.setProperty("path", path)
        button.setIcon(icon("reset", 16))
        button.setToolTip(self.tr("Take the preset's value again"))
        button.setAccessibleName(button.toolTip())
        button.clicked.connect(self._reset)
        return button

    def _reset(self) -> None:
        self._plan.reset_to_preset(self.sender().property("path"))
