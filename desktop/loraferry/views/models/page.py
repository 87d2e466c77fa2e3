"""The Models page: a grid of finished LoRAs, and one of them in full beside it."""

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QProcess, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from loraferry.platform import reveal_command
from loraferry.texts.quantities import bytes_text
from loraferry.viewmodels.services import Services
from loraferry.viewmodels.shelf import ShelfItem, ShelfViewModel
from loraferry.views.commands.registry import Binding
from loraferry.views.icons import icon, pixmap
from loraferry.views.models.card import ModelCard, card_size, date_text
from loraferry.views.models.details import ModelDetails
from loraferry.views.theme import tokens_now
from loraferry.views.widgets.page_header import PageHeader
from loraferry.views.widgets.wrapping import wrapping_label

DETAILS_WIDTH = 400


class ModelsPage(QWidget):
    """Shows what `ShelfViewModel` holds; reads the folder again whenever the page comes up."""

    def __init__(self, shelf: ShelfViewModel) -> None:
        super().__init__()
        self.setObjectName("modelsPage")
        self._shelf = shelf
        self._header = PageHeader()
        self._refresh = QPushButton()
        self._refresh.setObjectName("refreshModels")
        self._refresh.clicked.connect(shelf.refresh)
        self._open = QPushButton()
        self._open.setObjectName("openShelf")
        self._open.clicked.connect(self._open_folder)
        self._header.add_action(self._refresh)
        self._header.add_action(self._open)
        self._card = ModelCard(self._card_lines)
        self._grid = self._make_grid()
        self.details = ModelDetails()
        """The panel beside the grid."""
        self.details.show_in_folder.connect(self._reveal)
        self._empty = EmptyShelf()
        self._stack = QStackedWidget()
        self._unread = QWidget()
        self._full = self._make_full()
        for page in (self._unread, self._empty, self._full):
            self._stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._header)
        layout.addWidget(self._stack, 1)
        shelf.changed.connect(self._show_list)
        shelf.selected_changed.connect(self._show_selected)
        self.retranslate()
        self._show_list()
        self._show_selected()

    def _make_grid(self) -> QListView:
        grid = QListView()
        grid.setObjectName("modelGrid")
        grid.setModel(self._shelf.list)
        grid.setItemDelegate(self._card)
        grid.setViewMode(QListView.ViewMode.IconMode)
        grid.setResizeMode(QListView.ResizeMode.Adjust)
        grid.setMovement(QListView.Movement.Static)
        grid.setUniformItemSizes(True)
        grid.setMouseTracking(True)
        grid.setFrameShape(QFrame.Shape.NoFrame)
        grid.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        grid.setGridSize(card_size(grid.fontMetrics()))
        grid.viewport().setAutoFillBackground(False)
        grid.selectionModel().currentChanged.connect(self._choose)
        grid.doubleClicked.connect(self._reveal)
        return grid

    def _make_full(self) -> QWidget:
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFixedWidth(DETAILS_WIDTH)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.details)
        scroll.viewport().setAutoFillBackground(False)
        full = QWidget()
        row = QHBoxLayout(full)
        row.setContentsMargins(24, 4, 24, 20)
        row.setSpacing(16)
        row.addWidget(self._grid, 1)
        row.addWidget(scroll)
        return full

    def commands(self) -> dict[str, Binding]:
        """What the page's actions do."""
        return {"models.refresh": Binding(self._shelf.refresh), "models.folder": Binding(self._open_folder)}

    def retranslate(self) -> None:
        """Show everything in the language of now."""
        self._header.set_texts(
            self.tr("Models"), self.tr("Finished LoRAs on this computer, each one checked when it came home.")
        )
        self._refresh.setText(self.tr("Look again"))
        self._refresh.setIcon(icon("refresh", 16))
        self._open.setText(self.tr("Open folder"))
        self._open.setIcon(icon("folder", 16))
        self._grid.setAccessibleName(self.tr("Finished LoRAs"))
        self._grid.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        """Follow language and theme."""
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Files may have come or gone while another page was up."""
        super().showEvent(event)
        self._shelf.refresh()

    def _card_lines(self, item: ShelfItem) -> tuple[str, ...]:
        facts, model = item.model.facts, item.model
        born = f"{date_text(model.modified)} · {bytes_text(model.size)}"
        if facts is None:
            return (self.tr("This file cannot be read."), "", "", born)
        rank = self.tr("{family} · rank {rank}").format(family=facts.family, rank=facts.rank)
        trigger = self.tr("Trigger word: {word}").format(word=facts.trigger)
        return (
            rank if facts.rank else facts.family,
            trigger if facts.trigger else self.tr("No trigger word"),
            facts.base.removesuffix(".safetensors"),
            born,
        )

    def _show_list(self) -> None:
        page = self._full if self._shelf.items else self._empty if self._shelf.was_read else self._unread
        self._stack.setCurrentWidget(page)

    def _show_selected(self) -> None:
        item = self._shelf.selected
        self.details.show_item(item, self._shelf.check, self._shelf.usage)
        if item is None:
            return
        index = self._shelf.list.index(self._shelf.items.index(item))
        if self._grid.currentIndex() != index:
            self._grid.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self._shelf.select(self._shelf.items[index.row()].model.path)

    def _reveal(self) -> None:
        item = self._shelf.selected
        if item is None:
            return
        program, *arguments = reveal_command(item.model.path)
        if not QProcess.startDetached(program, arguments)[0]:
            self._open_folder()

    def _open_folder(self) -> None:
        self._shelf.folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._shelf.folder)))


class EmptyShelf(QWidget):
    """What there will be, and how to get there."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("emptyShelf")
        self._sign = QLabel()
        self._title = QLabel()
        self._title.setObjectName("heading")
        self._text = wrapping_label("muted")
        self._text.setFixedWidth(440)
        self._text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addStretch(2)
        for widget in (self._sign, self._title, self._text):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        self.retranslate()

    def retranslate(self) -> None:
        """Show everything in the language of now."""
        self._sign.setPixmap(pixmap("models", 48, tokens_now().muted, self.devicePixelRatioF()))
        self._title.setText(self.tr("No LoRA yet"))
        self._text.setText(
            self.tr(
                "When a training has finished, its LoRA is fetched, checked and put here. To begin, open a folder of "
                "pictures on the Dataset page, then press Train on the Plan page. LoRA files (.safetensors) that you "
                "put into the folder yourself show up too."
            )
        )

    def changeEvent(self, event: QEvent) -> None:
        """Follow language and theme."""
        if event.type() in (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange):
            self.retranslate()
        super().changeEvent(event)


def build(services: Services) -> ModelsPage:
    """The page for the main window."""
    return ModelsPage(services.shelf)
