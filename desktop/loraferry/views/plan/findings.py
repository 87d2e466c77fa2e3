"""What is in the way of a run or worth a thought, each with what one click does about it."""

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from loraferry.ferry.preflight import Finding
from loraferry.texts.plan import repair_text
from loraferry.viewmodels.preflight import Preflight
from loraferry.views.icons import icon
from loraferry.views.theme import tokens_now
from loraferry.views.widgets.notice import Notice


class FindingNotice(Notice):
    """One of them."""

    def __init__(self, finding: Finding, preflight: Preflight) -> None:
        self.finding, self._preflight = finding, preflight
        self._repair, self._show = QPushButton(), QToolButton()
        super().__init__(finding.problem)
        self._repair.setObjectName("repair")
        self._repair.clicked.connect(self._mend)
        self._show.setObjectName("showPictures")
        self._show.setProperty("look", "plain")
        self._show.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._show.setIconSize(QSize(14, 14))
        self._show.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._show.clicked.connect(self._show_pictures)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._repair)
        line.addWidget(self._show)
        line.addStretch()
        self.texts.addLayout(line)
        self._repair.setVisible(bool(finding.repair))
        self._show.setVisible(bool(finding.names))

    def retranslate(self) -> None:
        super().retranslate()
        self._repair.setText(repair_text(self.finding))
        self._repair.setAccessibleName(f"{self._what.text()} {self._repair.text()}")
        # Not by `self.tr`: the words belong to this class, and Qt would look among those of the class it is made from.
        self._show.setText(QCoreApplication.translate("FindingNotice", "Show them"))
        self._show.setAccessibleName(f"{self._what.text()} {self._show.text()}")

    def _dress(self) -> None:
        super()._dress()
        self._show.setIcon(icon("search", 14, colour=tokens_now().accent))

    def _mend(self) -> None:
        self._preflight.repair(self.finding)

    def _show_pictures(self) -> None:
        self._preflight.show_pictures(self.finding)


class Findings(QWidget):
    """All of them, what blocks first; a quiet line where there is none."""

    def __init__(self, preflight: Preflight) -> None:
        super().__init__()
        self._preflight = preflight
        self.notices: list[FindingNotice] = []
        self._quiet = QLabel()
        self._quiet.setObjectName("good")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        self._layout.addWidget(self._quiet)
        preflight.changed.connect(self.refresh)
        self.retranslate()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._quiet.setText(self.tr("✓ Nothing is in the way."))
        self.refresh()

    def refresh(self) -> None:
        """Show what is found now; what stays keeps its widget, and the focus."""
        found = self._preflight.findings
        before = list(self.notices)
        self.notices = []
        for one in found:
            kept = next((notice for notice in before if notice.finding == one), None)
            if kept is not None:
                before.remove(kept)
            self.notices.append(kept or FindingNotice(one, self._preflight))
        for notice in before:
            notice.hide()
            notice.deleteLater()
        for place, notice in enumerate(self.notices):
            self._layout.insertWidget(place, notice)
        self._quiet.setVisible(not found)
