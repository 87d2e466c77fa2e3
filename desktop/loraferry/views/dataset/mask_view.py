"""The mask view: what of the current picture is learned, painted by brush, fill and rectangle, or found by a detector."""

from math import log

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from loraferry.ferry.face_model import face_model
from loraferry.forms.wheel import WheelGuard
from loraferry.texts.problems import render
from loraferry.viewmodels.dataset_masks import DatasetMasks
from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.face_file import FaceFileAction
from loraferry.views.dataset.mask_canvas import LEAST, MOST, TOOLS, MaskCanvas
from loraferry.views.dataset.picture_strip import PictureStrip
from loraferry.views.icons import icon
from loraferry.views.theme import tabular
from loraferry.views.widgets.segments import Segments
from loraferry.views.widgets.wrapping import wrapping_label

PANEL_WIDTH = 292
_FINE = 1000
"""Steps of a slider."""


def build(studio: Studio) -> QWidget:
    """The mask view over a studio."""
    faces = face_model(studio.dataset.places.data)
    view = MaskView(DatasetMasks(studio.dataset, studio.tasks, studio.plan, faces))
    FaceFileAction.into(view.faces.menu(), faces, studio)
    return view


class MaskView(QWidget):
    """Follows the current picture while it is seen."""

    left = Signal()
    """Back to the pictures."""

    def __init__(self, model: DatasetMasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("maskView")
        model.setParent(self)
        self._model = model
        self.strip = PictureStrip(model.hub)
        self.canvas = MaskCanvas(model)
        self.tools = Segments(TOOLS)
        self.paint = Segments(("learn", "leave"))
        self._titles = [QLabel() for _ in range(3)]
        self.sliders = {name: _Slider() for name in ("size", "hardness", "tolerance", "opacity")}
        self.faces, self.alpha, self.invert, self.clear = (_button() for _ in range(4))
        self._forms: dict[str, QAction] = {}
        self._share = QLabel()
        self._about = wrapping_label("help")
        self._unused = QFrame()
        self._unused_words = wrapping_label()
        self._use = QPushButton()
        self._trouble = wrapping_label("muted")
        self._hint = QLabel()
        self._lay_out()
        self._connect()
        self._dress()
        self.retranslate()

    def _lay_out(self) -> None:
        menu = QMenu(self)
        for form in ("ellipse", "box"):
            self._forms[form] = menu.addAction("")
            self._forms[form].setData(form)
        self.faces.setMenu(menu)
        self.faces.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._share.setObjectName("strong")
        self._share.setFont(tabular(self._share.font()))
        for title in self._titles:
            title.setObjectName("strong")
        self._unused.setObjectName("notice")
        self._unused.setProperty("severity", "warning")
        inner = QVBoxLayout(self._unused)
        inner.setContentsMargins(12, 10, 12, 10)
        inner.addWidget(self._unused_words)
        inner.addWidget(self._use, 0, Qt.AlignmentFlag.AlignLeft)
        panel = QWidget()
        layout = QVBoxLayout(panel)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.setSpacing(8)
        layout.addWidget(self._share)
        layout.addWidget(self._about)
        layout.addWidget(self._unused)
        layout.addSpacing(4)
        layout.addWidget(self._titles[0])
        layout.addWidget(self.tools, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._titles[1])
        layout.addWidget(self.paint, 0, Qt.AlignmentFlag.AlignLeft)
        for slider in self.sliders.values():
            layout.addWidget(slider)
        layout.addSpacing(4)
        layout.addWidget(self._titles[2])
        found = QGridLayout()
        found.setSpacing(4)
        for index, button in enumerate((self.faces, self.alpha, self.invert, self.clear)):
            found.addWidget(button, index // 2, index % 2, Qt.AlignmentFlag.AlignLeft)
        layout.addLayout(found)
        layout.addStretch()
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFixedWidth(PANEL_WIDTH)
        scroll.setWidget(panel)
        self._hint.setObjectName("help")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setContentsMargins(8, 2, 8, 6)
        self._hint.setMinimumWidth(1)
        self._trouble.setContentsMargins(16, 8, 16, 8)
        middle = QVBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self._trouble)
        middle.addWidget(self.canvas, 1)
        middle.addWidget(self._hint)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addLayout(middle, 1)
        body.addWidget(scroll)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.strip)
        whole.addLayout(body, 1)
        self.setFocusProxy(self.canvas)

    def _connect(self) -> None:
        model = self._model
        model.picture_changed.connect(self._show)
        model.painted.connect(self._show_share)
        model.busy_changed.connect(self._show)
        model.problem_found.connect(model.hub.problem_found)
        self.strip.left.connect(self.left)
        self.canvas.let_go.connect(self.left)
        self.canvas.palette_changed.connect(self._show_palette)
        self.tools.chosen.connect(self._take_tool)
        self.paint.chosen.connect(self._take_paint)
        for slider in self.sliders.values():
            slider.moved.connect(self._take_sliders)
        self.faces.menu().triggered.connect(self._find_faces)
        self.alpha.clicked.connect(model.from_alpha)
        self.invert.clicked.connect(model.invert)
        self.clear.clicked.connect(model.clear)
        self._use.clicked.connect(self._make_count)

    # --- what a person does

    def _take_tool(self, tool: str) -> None:
        self.canvas.colours.tool = tool  # type: ignore[assignment]
        self._show_palette()

    def _take_paint(self, paint: str) -> None:
        self.canvas.colours.erase = paint == "leave"
        self._show_palette()

    def _take_sliders(self) -> None:
        colours, sliders = self.canvas.colours, self.sliders
        # The brush grows by factors, so that small ones can be set finely.
        colours.size = LEAST * (MOST / LEAST) ** sliders["size"].share
        colours.hardness = sliders["hardness"].share
        colours.tolerance = sliders["tolerance"].share / 2
        if colours.opacity != sliders["opacity"].share:
            colours.opacity = sliders["opacity"].share
            self.canvas.recolour()
        self._show_values()
        self.canvas.update()

    def _find_faces(self, action: QAction) -> None:
        if action in self._forms.values():
            self._model.from_faces(action.data())

    def _make_count(self) -> None:
        self._model.make_count()
        self._show()

    # --- what is shown

    def _show(self) -> None:
        model = self._model
        ready = min(model.size) > 0
        for widget in (self.faces, self.alpha, self.invert, self.clear):
            widget.setEnabled(ready and not model.busy)
        self._trouble.setVisible(model.problem is not None)
        if model.problem is not None:
            found = render(model.problem)
            self._trouble.setText(f"{found.what} {found.next_step}")
        self._unused.setVisible(not model.counts)
        self._show_share()

    def _show_share(self) -> None:
        model = self._model
        if model.mask is None:
            self._share.setText(self.tr("No mask"))
            self._about.setText(self.tr("All of the picture is learned. Paint what is to be learned alone."))
        else:
            share = model.share
            percent = round(share * 100) or (1 if share else 0)
            self._share.setText(self.tr("{percent} % is learned").format(percent=percent))
            self._about.setText(
                self.tr("What lies behind the veil is left out.")
                if share
                else self.tr("Nothing is left to learn: paint some of it, or remove the mask.")
            )
        self.clear.setEnabled(model.mask is not None and not model.busy)

    def _show_palette(self) -> None:
        colours = self.canvas.colours
        self.tools.show_choice(colours.tool)
        self.paint.show_choice("leave" if colours.erase else "learn")
        shares = {
            "size": log(colours.size / LEAST) / log(MOST / LEAST),
            "hardness": colours.hardness,
            "tolerance": colours.tolerance * 2,
            "opacity": colours.opacity,
        }
        for name, share in shares.items():
            self.sliders[name].show_share(share)
        self.sliders["size"].setVisible(colours.tool == "brush")
        self.sliders["hardness"].setVisible(colours.tool == "brush")
        self.sliders["tolerance"].setVisible(colours.tool == "fill")
        self._show_values()
        self.canvas.update()

    def _show_values(self) -> None:
        colours = self.canvas.colours
        self.sliders["size"].show_value(f"{colours.size:.0f}")
        self.sliders["hardness"].show_value(f"{colours.hardness * 100:.0f} %")
        self.sliders["tolerance"].show_value(f"{colours.tolerance * 100:.0f} %")
        self.sliders["opacity"].show_value(f"{colours.opacity * 100:.0f} %")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._model.activate(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._model.activate(False)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._titles[0].setText(self.tr("Tool"))
        self._titles[1].setText(self.tr("Paint"))
        self._titles[2].setText(self.tr("Whole mask"))
        self.tools.set_texts([self.tr("Brush"), self.tr("Fill"), self.tr("Rectangle")])
        self.tools.setToolTip(self.tr("Brush (B), fill by colour (G), rectangle (R)"))
        self.paint.set_texts([self.tr("Learn"), self.tr("Leave out")])
        self.paint.setToolTip(self.tr("Change with E; the right button paints the other one."))
        for name, text in (
            ("size", self.tr("Size")),
            ("hardness", self.tr("Hardness")),
            ("tolerance", self.tr("Tolerance")),
            ("opacity", self.tr("Veil")),
        ):
            self.sliders[name].set_text(text)
        for button, text, tip in (
            (self.faces, self.tr("Faces"), self.tr("Learn the heads in the picture alone")),
            (self.alpha, self.tr("Transparency"), self.tr("Learn what is opaque in the picture")),
            (self.invert, self.tr("Invert"), self.tr("Exchange what is learned and what is left out (I)")),
            (self.clear, self.tr("Remove"), self.tr("Remove the mask: all of the picture is learned")),
        ):
            button.setText(text)
            button.setToolTip(tip)
        self._forms["ellipse"].setText(self.tr("Round"))
        self._forms["box"].setText(self.tr("Rectangular"))
        self._unused_words.setText(self.tr("The plan makes no use of masks now."))
        self._use.setText(self.tr("Use masks in training"))
        self.canvas.setAccessibleName(self.tr("Picture with its mask"))
        self._hint.setText(
            self.tr("Paint with the left button, the other way with the right one. Ctrl and wheel: size.")
        )
        self._show_palette()
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        for button, name in (
            (self.faces, "face"),
            (self.alpha, "mask"),
            (self.invert, "invert"),
            (self.clear, "delete"),
        ):
            button.setIcon(icon(name, 18))
        self.canvas.recolour()


class _Slider(QWidget):
    """A name, a slider and its value."""

    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._label = QLabel()
        self._label.setObjectName("muted")
        self._label.setFixedWidth(72)
        self._value = QLabel()
        self._value.setFont(tabular(self._value.font()))
        self._value.setFixedWidth(44)
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _FINE)
        self.slider.setPageStep(_FINE // 10)
        self.slider.setSingleStep(_FINE // 50)
        self.slider.setMinimumHeight(24)
        WheelGuard(self.slider)
        self.slider.valueChanged.connect(self.moved)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._label)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self._value)

    @property
    def share(self) -> float:
        """Where it stands, 0 to 1."""
        return self.slider.value() / _FINE

    def set_text(self, text: str) -> None:
        """Its name."""
        self._label.setText(text)
        self.slider.setAccessibleName(text)

    def show_share(self, share: float) -> None:
        """Put it there without telling."""
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(share * _FINE))

    def show_value(self, text: str) -> None:
        """What stands beside it."""
        self._value.setText(text)


def _button() -> QToolButton:
    button = QToolButton()
    button.setObjectName("plain")
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setIconSize(QSize(18, 18))
    button.setMinimumSize(112, 32)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
