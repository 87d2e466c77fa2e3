"""Automatic crops: say what is wanted, look at what is proposed, adjust or skip each, and take all over at once."""

from PySide6.QtCore import QEvent, QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSlider,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from loraferry.cancellation import CancelToken
from loraferry.ferry.face_model import face_model
from loraferry.library.autocrop import GOALS
from loraferry.library.shapes import Crop
from loraferry.library.thumbnails import Thumbnail, preview
from loraferry.viewmodels.crop_desk import CropDesk, Target
from loraferry.viewmodels.dataset_autocrop import DatasetAutocrop
from loraferry.viewmodels.dataset_thumbnails import image_of
from loraferry.viewmodels.studio import Studio
from loraferry.viewmodels.tasks import Runner
from loraferry.views.dataset.crop_canvas import CropCanvas
from loraferry.views.dataset.proposals import ProposalList
from loraferry.views.dataset.trained_preview import TrainedPreview
from loraferry.views.icons import icon
from loraferry.views.theme import tabular
from loraferry.views.widgets.segments import Segments
from loraferry.views.widgets.wrapping import wrapping_label

EDGE = 1600
"""Longer side of the picture that is adjusted, in pixels."""


def build(studio: Studio) -> QWidget:
    """The review over a studio."""
    auto = DatasetAutocrop(studio.dataset, studio.tasks, studio.plan, face_model(studio.dataset.places.data))
    return AutocropReview(auto, studio.tasks)


class AutocropReview(QWidget):
    """The proposals at the left, the one in front at the right, to be put elsewhere."""

    left = Signal()
    """Back to the pictures."""

    def __init__(self, auto: DatasetAutocrop, tasks: Runner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("autocropReview")
        auto.setParent(self)
        self._auto = auto
        self._tasks = tasks
        self._row = -1
        self._keeping = False
        self.desk = CropDesk(self)
        self.back, self._reset = QToolButton(), QToolButton()
        self._title, self._count = QLabel(), QLabel()
        self.goals = Segments(GOALS)
        self._share_title, self._share_value = QLabel(), QLabel()
        self.share = QSlider(Qt.Orientation.Horizontal)
        self.all_faces = QCheckBox()
        self.look, self.take, self.all, self.none = (QPushButton() for _ in range(4))
        self._progress = QProgressBar()
        self.list = ProposalList(auto)
        self._empty = wrapping_label("muted")
        self.canvas = CropCanvas(self.desk)
        self._trained = TrainedPreview(self.desk, pictured=False)
        self._side = QWidget()
        self._lay_out()
        self._connect()
        self._dress()
        self.retranslate()

    def _lay_out(self) -> None:
        self._title.setObjectName("heading")
        for label in (self._count, self._share_title, self._share_value):
            label.setObjectName("muted")
        for label in (self._count, self._share_value):
            label.setFont(tabular(label.font()))
        self._share_value.setFixedWidth(44)
        for button in (self.back, self._reset):
            button.setObjectName("plain")
            button.setMinimumSize(32, 32)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.take.setObjectName("primary")
        self.share.setRange(30, 100)
        self.share.setFixedWidth(150)
        self.share.setMinimumHeight(24)
        self._progress.setTextVisible(False)
        self._progress.setFixedHeight(4)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 12, 4)
        head.setSpacing(8)
        head.addWidget(self.back)
        head.addWidget(self._title)
        head.addWidget(self._count)
        head.addStretch()
        head.addWidget(self.look)
        goals = QHBoxLayout()
        goals.setContentsMargins(16, 4, 12, 0)
        goals.addWidget(self.goals)
        goals.addStretch()
        wish = QHBoxLayout()
        wish.setContentsMargins(16, 4, 12, 8)
        wish.setSpacing(12)
        wish.addWidget(self._share_title)
        wish.addWidget(self.share)
        wish.addWidget(self._share_value)
        wish.addWidget(self.all_faces)
        wish.addStretch()
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 8, 12, 12)
        foot.setSpacing(8)
        foot.addWidget(self.all)
        foot.addWidget(self.none)
        foot.addStretch()
        foot.addWidget(self.take)
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 12, 0)
        side.setSpacing(4)
        side.addWidget(self.canvas, 1)
        side.addWidget(self._trained)
        side.addWidget(self._reset, 0, Qt.AlignmentFlag.AlignLeft)
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.addWidget(self.list)
        split.addWidget(self._side)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([560, 400])
        rule = QFrame()
        rule.setObjectName("rule")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(goals)
        layout.addLayout(wish)
        layout.addWidget(self._progress)
        layout.addWidget(rule)
        layout.addWidget(self._empty, 1)
        layout.addWidget(split, 1)
        layout.addLayout(foot)
        self._split = split

    def _connect(self) -> None:
        auto = self._auto
        auto.changed.connect(self._show)
        auto.row_changed.connect(self._show_row)
        auto.progressed.connect(self._show)
        auto.problem_found.connect(auto.hub.problem_found)
        auto.hub.selection_changed.connect(self._show)
        self.back.clicked.connect(self.left)
        self.goals.chosen.connect(self._want_goal)
        self.share.valueChanged.connect(self._want_share)
        self.all_faces.toggled.connect(self._want_all)
        self.look.clicked.connect(self._find)
        self.all.clicked.connect(self._accept_all)
        self.none.clicked.connect(self._accept_none)
        self.take.clicked.connect(self._apply)
        self._reset.clicked.connect(self._reset_row)
        self.list.selectionModel().currentChanged.connect(self._choose)
        self.desk.settled.connect(self._adjust)
        self.canvas.let_go.connect(self.list.setFocus)
        self.canvas.label_with(self._label)

    # --- what a person does

    @property
    def names(self) -> tuple[str, ...]:
        """The pictures that are looked at: those chosen, or where that is one alone, all that are shown."""
        chosen = self._auto.hub.selected
        return tuple(chosen) if len(chosen) > 1 else tuple(self._auto.hub.visible)

    def _find(self) -> None:
        if self._auto.running:
            self._auto.cancel()
        else:
            self._auto.start(self.names)

    def _want_goal(self, goal: str) -> None:
        self._auto.want(goal=goal)

    def _want_share(self, percent: int) -> None:
        self._auto.want(share=percent / 100)

    def _want_all(self, wanted: bool) -> None:
        self._auto.want(all_faces=wanted)

    def _accept_all(self) -> None:
        self._auto.accept_all(True)

    def _accept_none(self) -> None:
        self._auto.accept_all(False)

    def _apply(self) -> None:
        if self._auto.apply():
            self.left.emit()

    def _reset_row(self) -> None:
        if self._row >= 0:
            self._auto.reset(self._row)

    def _adjust(self, _: bool) -> None:
        crop = self.desk.crop
        if 0 <= self._row < len(self._auto.rows) and crop is not None:
            self._keeping = True
            self._auto.adjust(self._row, crop)
            self._keeping = False

    # --- what is shown

    def _label(self, index: int, crop: Crop) -> str:
        trained = self.desk.trained(index)
        return "" if trained is None else f"{trained.bucket[0]} × {trained.bucket[1]}"

    def _choose(self, current: QModelIndex) -> None:
        self._row = current.row() if current.isValid() else -1
        self._lay_row()
        if 0 <= self._row < len(self._auto.rows):
            self._decode(self._auto.rows[self._row].name)

    def _lay_row(self) -> None:
        rows = self._auto.rows
        if not 0 <= self._row < len(rows):
            self.desk.lay((0, 0), self.desk.turn, ())
            return
        row, wish = rows[self._row], self._auto.wish
        library = self._auto.hub.library
        item = library.item(row.name) if library is not None else None
        upright = (item.width, item.height) if item is not None and item.width else row.subject.size
        self.desk.aim(Target(wish.resolution, wish.step))
        self.desk.lay(upright, row.turn, (row.crop,))

    def _decode(self, name: str) -> None:
        library = self._auto.hub.library
        item = library.item(name) if library is not None else None
        if item is None:
            return
        path = item.path
        self._show_image(QImage())

        def decode(token: CancelToken) -> tuple[Thumbnail, QImage]:
            token.check()
            found = preview(name, path, EDGE)
            return found, image_of(found)

        self._tasks.run(decode, success=self._take_image, executor="crop view")

    def _take_image(self, result: tuple[Thumbnail, QImage]) -> None:
        found, image = result
        rows = self._auto.rows
        if 0 <= self._row < len(rows) and rows[self._row].name == found.name and found.problem is None:
            row = rows[self._row]
            if self.desk.upright != found.source_size:
                self.desk.lay(found.source_size, row.turn, (row.crop,))
            self._show_image(image)

    def _show_image(self, image: QImage) -> None:
        self.canvas.show_image(image)

    def _show_row(self, index: int) -> None:
        if index == self._row and not self._keeping:
            self._lay_row()
        self._show_counts()

    def _show(self) -> None:
        auto, wish = self._auto, self._auto.wish
        looked, total = auto.looked
        self._progress.setVisible(auto.running)
        self._progress.setRange(0, max(1, total))
        self._progress.setValue(looked)
        self.goals.show_choice(wish.goal)
        with QSignalBlocker(self.share):
            self.share.setValue(round(wish.share * 100))
        self._share_value.setText(f"{round(wish.share * 100)} %")
        with QSignalBlocker(self.all_faces):
            self.all_faces.setChecked(wish.all_faces)
        there = bool(auto.rows)
        self._split.setVisible(there)
        self._empty.setVisible(not there)
        if there and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.list.model().index(0, 0))
        elif self._row >= 0:
            self._lay_row()
        count = f"{len(self.names):,}"
        self.look.setText(self.tr("Stop") if auto.running else self.tr("Find crops: {count}").format(count=count))
        self.look.setEnabled(auto.running or bool(self.names))
        self._show_counts()

    def _show_counts(self) -> None:
        auto = self._auto
        looked, total = auto.looked
        if auto.running:
            words = self.tr("{done} of {count} looked at").format(done=f"{looked:,}", count=f"{total:,}")
        elif auto.rows:
            words = self.tr("Proposed: {count}").format(count=f"{len(auto.rows):,}")
        else:
            words = ""
        if auto.failed:
            words += " · " + self.tr("not readable: {count}").format(count=f"{auto.failed:,}")
        self._count.setText(words)
        self.take.setText(self.tr("Take over: {count}").format(count=f"{auto.accepted:,}"))
        self.take.setEnabled(auto.accepted > 0 and not auto.running)
        for button in (self.all, self.none):
            button.setEnabled(bool(auto.rows))
        self._reset.setEnabled(0 <= self._row < len(auto.rows) and auto.rows[self._row].adjusted)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._title.setText(self.tr("Automatic crops"))
        back = self.tr("Back to the pictures (Esc)")
        self.back.setToolTip(back)
        self.back.setAccessibleName(back)
        self.goals.set_texts(
            [
                self.tr("Head and shoulders"),
                self.tr("Upper body"),
                self.tr("Whole person"),
                self.tr("What stands out"),
            ]
        )
        self._share_title.setText(self.tr("Subject fills"))
        self.share.setAccessibleName(self.tr("Share of the crop that the subject fills"))
        self.all_faces.setText(self.tr("Keep all faces"))
        self.all.setText(self.tr("Take all"))
        self.none.setText(self.tr("Skip all"))
        self._reset.setText(self.tr("Back to what was proposed"))
        self.list.setAccessibleName(self.tr("Proposed crops"))
        self.canvas.setAccessibleName(self.tr("Picture with its crop"))
        self._empty.setText(
            self.tr(
                "Faces are looked for in each picture, and what stands out where there is none. Nothing is changed until you take the crops over, and one step back undoes them all."
            )
        )
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        self.back.setIcon(icon("back", 20))
        self._reset.setIcon(icon("reset", 18))
        self._reset.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
