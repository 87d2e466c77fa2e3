"""The Dataset page: open or drop a folder, look, caption, reject."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QIcon,
    QTransform,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from loraferry.library.edits import captioned
from loraferry.viewmodels.dataset_arrivals import Arrivals
from loraferry.viewmodels.dataset_look import GridLook
from loraferry.viewmodels.dataset_offers import Offers
from loraferry.viewmodels.services import Services
from loraferry.viewmodels.studio import Studio
from loraferry.views.commands.registry import Binding
from loraferry.views.dataset import drops
from loraferry.views.dataset.commands import bindings
from loraferry.views.dataset.counts_bar import CountsBar
from loraferry.views.dataset.detail import DetailPanel
from loraferry.views.dataset.drop_veil import DropVeil
from loraferry.views.dataset.empty import EmptyPage
from loraferry.views.dataset.grid import PictureGrid
from loraferry.views.dataset.look_bar import LookBar
from loraferry.views.dataset.mode_bar import ModeBar
from loraferry.views.dataset.offers import OfferBar
from loraferry.views.dataset.parts import DIALOGS, MODES
from loraferry.views.dataset.query_bar import QueryBar
from loraferry.views.dataset.side_panel import SidePanel
from loraferry.views.icons import icon
from loraferry.views.widgets.notice import NoticeBar
from loraferry.views.widgets.page_header import PageHeader


def build(services: Services) -> QWidget:
    """The page, from what the composition root put together."""
    return DatasetPage(services.studio)


class DatasetPage(QWidget):
    """The grid or another mode at the left, a panel at the right; or, with no folder open, what to do next."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        model = studio.dataset
        self.setObjectName("datasetPage")
        self.setAcceptDrops(True)
        self._model = model
        self._studio = studio
        self._prompter = studio.prompter
        self._arrivals = Arrivals(model, studio.tasks, model.places, self)
        self.offers = OfferBar(Offers(model, self))
        self._modes: dict[str, QWidget] = {}
        self._dialogs: dict[str, QWidget] = {}
        self._header = PageHeader()
        self.open_button = QPushButton()
        self._undo, self._redo, self._reload = (QToolButton() for _ in range(3))
        self.notices = NoticeBar()
        self.look = GridLook(studio.settings, self)
        self.grid = PictureGrid(model, self.look)
        self.query = QueryBar(studio.filter, studio.prompter)
        self.modes = ModeBar()
        self.side = SidePanel(studio)
        self.empty = EmptyPage()
        self._stack = QStackedWidget()
        self._veil = DropVeil(self)
        self._lay_out()
        self._connect()
        self._dress()
        self.retranslate()
        self._show_folder()

    def _lay_out(self) -> None:
        for button in (self._undo, self._redo, self._reload):
            button.setObjectName("plain")
            button.setIconSize(QSize(20, 20))
            button.setMinimumSize(32, 32)
            self._header.add_action(button)
        self._header.add_action(self.modes)
        self._header.add_action(self.open_button)
        self.middle = QStackedWidget()
        self.middle.addWidget(self.grid)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(12, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.query)
        column.addWidget(self.middle, 1)
        foot = QHBoxLayout()
        foot.addWidget(CountsBar(self._model), 1)
        foot.addWidget(LookBar(self.look))
        column.addLayout(foot)
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(self.side)
        split.setStretchFactor(0, 1)
        split.setSizes([720, 380])
        self.side.setMinimumWidth(320)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(split)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._header)
        layout.addWidget(self.notices)
        layout.addWidget(self.offers)
        layout.addWidget(self._stack, 1)

    def _connect(self) -> None:
        model = self._model
        self.open_button.clicked.connect(self.choose_folder)
        self.empty.folder_requested.connect(self.choose_folder)
        self.empty.sample_requested.connect(model.open_sample)
        self._undo.clicked.connect(model.undo)
        self._redo.clicked.connect(model.redo)
        self._reload.clicked.connect(model.refresh)
        self.grid.edit_requested.connect(self._edit_caption)
        self.grid.viewer_requested.connect(self._show_viewer)
        self.grid.compare_requested.connect(self._show_compare)
        self.grid.tags_dropped.connect(self._studio.tag_edits.add_to)
        self.grid.caption_dropped.connect(self._take_caption)
        self.modes.mode_chosen.connect(self.show_mode)
        self.modes.dialog_chosen.connect(self.open_dialog)
        model.opened.connect(self._show_folder)
        model.opened.connect(self._leave_mode)
        model.changed.connect(self._show_history)
        model.problem_found.connect(self.notices.show_problem)
        self.detail.editor.typed.connect(self._show_history)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.applicationStateChanged.connect(self._look_again)

    def commands(self) -> dict[str, Binding]:
        """What the page's actions do."""
        return bindings(self, self._model, self._arrivals)

    @property
    def detail(self) -> DetailPanel:
        """The panel of the current picture."""
        panel = self.side.panel("picture")
        assert isinstance(panel, DetailPanel)
        return panel

    def show_mode(self, id: str) -> None:
        """Show the grid (`grid`), or a mode of `parts.MODES` in its place. Raises KeyError."""
        if id != "grid" and id not in self._modes:
            part = MODES[id]
            widget = part.build(self._studio)
            self._modes[id] = widget
            self.middle.addWidget(widget)
            left = getattr(widget, "left", None)
            if left is not None:
                left.connect(self._show_grid)
            edit = getattr(widget, "edit_requested", None)
            if edit is not None:
                edit.connect(self._edit_caption)
        shown = self.grid if id == "grid" else self._modes[id]
        self.middle.setCurrentWidget(shown)
        if self.middle.currentWidget() is shown:
            # A mode that has nothing to show has left again already.
            self.modes.show_mode(id)
            shown.setFocus()

    def _show_grid(self) -> None:
        self.show_mode("grid")

    def _leave_mode(self) -> None:
        """Another folder is open: what was looked at is no more."""
        if self.middle.currentWidget() is not self.grid:
            self.show_mode("grid")

    def _show_viewer(self) -> None:
        self.show_mode("viewer")

    def _show_compare(self) -> None:
        self.show_mode("compare")

    def _edit_caption(self) -> None:
        self.side.show_panel("picture")
        self.detail.caption.start()

    def _take_caption(self, names: Sequence[str], caption: str) -> None:
        """The caption of one picture was dropped on others."""
        self._model.apply(captioned(dict.fromkeys(names, caption)))

    def open_dialog(self, id: str) -> None:
        """Open a dialog of `parts.DIALOGS`; it is built once, and closed by the person. Raises KeyError."""
        if id not in self._dialogs:
            part = DIALOGS[id]
            widget = part.build(self._studio)
            widget.setParent(self, Qt.WindowType.Dialog)
            self._dialogs[id] = widget
        self._dialogs[id].show()
        self._dialogs[id].raise_()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self.open_button.setText(self.tr("Open a folder…"))
        for button, text in (
            (self._undo, self.tr("Undo (Ctrl+Z)")),
            (self._redo, self.tr("Do it again (Ctrl+Shift+Z)")),
            (self._reload, self.tr("Look at the folder again (F5)")),
        ):
            button.setToolTip(text)
            button.setAccessibleName(text)
        self._show_folder()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        self._undo.setIcon(icon("reset", 20))
        self._redo.setIcon(_mirrored(icon("reset", 20)))
        self._reload.setIcon(icon("refresh", 20))

    def choose_folder(self) -> None:
        """Ask for a folder and open it."""
        chosen = self._prompter.choose_folder(self.tr("Open a folder of pictures"), self._model.folder)
        if chosen is not None:
            self._model.open_folder(chosen)

    def _has_pictures(self) -> bool:
        """Whether there is anything to show, also when a filter hides all of it."""
        library = self._model.library
        return library is not None and len(library) > 0

    def _show_folder(self) -> None:
        folder = self._model.folder
        shown = self._has_pictures()
        self._header.set_texts(
            self.tr("Dataset"), str(folder) if folder is not None else self.tr("The pictures to learn from.")
        )
        self._stack.setCurrentIndex(1 if shown else 0)
        for widget in (self._undo, self._redo, self._reload, self.modes, self.open_button):
            widget.setVisible(shown)
        self._show_history()

    def _show_history(self) -> None:
        self._undo.setEnabled(self._model.can_undo)
        self._redo.setEnabled(self._model.can_redo)
        if (self._stack.currentIndex() == 1) != self._has_pictures():
            self._show_folder()

    def _look_again(self, state: Qt.ApplicationState) -> None:
        """Another program may have changed captions while it was in front."""
        if state == Qt.ApplicationState.ApplicationActive:
            self._model.refresh()

    # --- dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        drops.enter(event, self._veil)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._veil.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        drops.drop(event, self._veil, self._arrivals)


def _mirrored(plain: QIcon) -> QIcon:
    result = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled):
        for pixmap in (plain.pixmap(QSize(20, 20), scale, mode) for scale in (1.0, 2.0)):
            result.addPixmap(pixmap.transformed(QTransform().scale(-1, 1)), mode)
    return result
