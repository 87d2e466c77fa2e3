"""The crop view: the current picture with its crops, and beside it what is trained, shape, numbers and turning."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from loraferry.ferry.face_model import face_model
from loraferry.library.autocrop import GOALS, Goal, Proposal
from loraferry.library.items import Changes
from loraferry.library.shapes import Crop
from loraferry.texts.problems import render
from loraferry.viewmodels.dataset_autocrop import DatasetAutocrop
from loraferry.viewmodels.dataset_crops import DatasetCrops
from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.crop_canvas import CropCanvas
from loraferry.views.dataset.crop_panel import CropPanel
from loraferry.views.dataset.face_file import FaceFileAction
from loraferry.views.dataset.picture_strip import PictureStrip
from loraferry.views.icons import icon
from loraferry.views.widgets.wrapping import wrapping_label

PANEL_WIDTH = 292


def build(studio: Studio) -> QWidget:
    """The crop view over a studio."""
    crops = DatasetCrops(studio.dataset, studio.tasks, studio.plan)
    faces = face_model(studio.dataset.places.data)
    auto = DatasetAutocrop(studio.dataset, studio.tasks, studio.plan, faces)
    view = CropView(crops, auto)
    FaceFileAction.into(view.suggest.menu(), faces, studio)
    return view


class CropView(QWidget):
    """Follows the current picture while it is seen."""

    left = Signal()
    """Back to the pictures."""

    def __init__(self, model: DatasetCrops, auto: DatasetAutocrop, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("cropView")
        model.setParent(self)
        auto.setParent(self)
        self._model = model
        self._auto = auto
        self.strip = PictureStrip(model.hub)
        self.canvas = CropCanvas(model.desk)
        self.panel = CropPanel(model.desk)
        self.suggest = QToolButton()
        self._goals: dict[Goal, QAction] = {}
        self._fit = QToolButton()
        self._trouble = wrapping_label("muted")
        self._hint = QLabel()
        self._lay_out()
        self._connect()
        self._dress()
        self.retranslate()

    def _lay_out(self) -> None:
        menu = QMenu(self)
        for goal in GOALS:
            self._goals[goal] = menu.addAction("")
        self.suggest.setMenu(menu)
        self.suggest.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.suggest.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for button in (self.suggest, self._fit):
            button.setObjectName("plain")
            button.setIconSize(QSize(18, 18))
            button.setMinimumSize(32, 32)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.strip.add_action(button)
        self._hint.setObjectName("help")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setContentsMargins(8, 2, 8, 6)
        self._hint.setMinimumWidth(1)
        self._hint.setWordWrap(True)
        self._trouble.setContentsMargins(16, 8, 16, 8)
        self._trouble.hide()
        middle = QVBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self._trouble)
        middle.addWidget(self.canvas, 1)
        middle.addWidget(self._hint)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFixedWidth(PANEL_WIDTH)
        scroll.setWidget(self.panel)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addLayout(middle, 1)
        body.addWidget(scroll)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.strip)
        layout.addLayout(body, 1)
        self.setFocusProxy(self.canvas)

    def _connect(self) -> None:
        model = self._model
        model.picture_changed.connect(self._show)
        self._auto.problem_found.connect(model.hub.problem_found)
        self.strip.left.connect(self.left)
        self.canvas.let_go.connect(self.left)
        self.canvas.label_with(self._label)
        self._fit.clicked.connect(self.canvas.fit)
        for goal, action in self._goals.items():
            action.setData(goal)
        menu = self.suggest.menu()
        menu.triggered.connect(self._suggest)
        model.hub.changed.connect(self._follow)

    def _follow(self, changes: Changes) -> None:
        if self._model.name in changes.names:
            self.strip.refresh()

    def _show(self) -> None:
        model = self._model
        self.canvas.fit()
        self.canvas.show_image(model.image)
        self.panel.show_image(model.image)
        self.suggest.setEnabled(bool(model.name) and model.problem is None)
        self._trouble.setVisible(model.problem is not None)
        if model.problem is not None:
            found = render(model.problem)
            self._trouble.setText(f"{found.what} {found.next_step}")

    def _label(self, index: int, crop: Crop) -> str:
        trained = self._model.desk.trained(index)
        if trained is None:
            return ""
        width, height = trained.bucket
        sign = "⚠ " if trained.small or trained.upscaled else ""
        spare = f"  {trained.spare:.1f} ×" if trained.spare >= 1.05 else ""
        return f"{sign}{width} × {height}{spare}"

    def _suggest(self, action: QAction) -> None:
        if action not in self._goals.values():
            return
        name = self._model.name
        self._auto.want(goal=action.data())

        def take(proposal: Proposal) -> None:
            # The person may have gone on meanwhile.
            if self._model.name == name:
                self._model.desk.add(proposal.crop)

        self._auto.suggest(name, self._auto.wish, take)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._model.activate(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._model.activate(False)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.suggest.setText(self.tr("Suggest"))
        self.suggest.setToolTip(self.tr("Propose a crop from the faces in the picture, or from what stands out"))
        words: dict[Goal, str] = {
            "head": self.tr("Head and shoulders"),
            "upper": self.tr("Upper body"),
            "full": self.tr("Whole person"),
            "subject": self.tr("What stands out"),
        }
        for goal, action in self._goals.items():
            action.setText(words[goal])
        self._fit.setToolTip(self.tr("See the whole picture (0)"))
        self._fit.setAccessibleName(self.tr("See the whole picture (0)"))
        self.canvas.setAccessibleName(self.tr("Picture with its crops"))
        self._hint.setText(
            self.tr("Drag to draw a crop. Arrows move it, with Shift they resize it, with Alt ten pixels at a time.")
        )
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        self.suggest.setIcon(icon("wand", 18))
        self._fit.setIcon(icon("fit", 18))
