"""The main window: rail, problems of the whole program, and one page at a time."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from loraferry.texts.languages import LANGUAGES
from loraferry.viewmodels.services import Services
from loraferry.views.commands.catalogue import COMMANDS
from loraferry.views.commands.registry import Binding, Commands
from loraferry.views.launch_bar import LaunchBar
from loraferry.views.pages import PageEntry
from loraferry.views.rail import Rail
from loraferry.views.widgets.notice import NoticeBar
from loraferry_core.problems import Problem

if TYPE_CHECKING:
    from loraferry.views.commands.overlay import ShortcutOverlay
    from loraferry.views.commands.palette import CommandPalette

THEMES = ("system", "light", "dark")


class MainWindow(QMainWindow):
    """Builds each page at its first visit and remembers place and page in the settings."""

    language_chosen = Signal(str)
    theme_chosen = Signal(str)

    def __init__(self, services: Services, pages: Sequence[PageEntry]) -> None:
        super().__init__()
        self._services = services
        self._pages = {page.id: page for page in pages}
        self._built: dict[str, QWidget] = {}
        self.rail = Rail(pages)
        self.notices = NoticeBar()
        self.launch_bar = LaunchBar(services.launch)
        self._stack = QStackedWidget()
        self.commands = Commands(self, COMMANDS, services.settings, self.open_page)
        self._palette: CommandPalette | None = None
        self._overlay: ShortcutOverlay | None = None
        self.setWindowTitle("LoRA Ferry")
        self.setMinimumSize(960, 620)
        self._lay_out()
        self._connect()
        self._restore()

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.notices)
        right.addWidget(self.launch_bar)
        right.addWidget(self._stack, 1)
        centre = QWidget()
        layout = QHBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.rail)
        layout.addLayout(right, 1)
        self.setCentralWidget(centre)

    def _connect(self) -> None:
        self.rail.page_chosen.connect(self.open_page)
        self.rail.language_chosen.connect(self.language_chosen)
        self.rail.theme_chosen.connect(self.theme_chosen)
        self._services.tasks.failed.connect(self.notices.show_problem)
        self._services.runs.disk_told.connect(self._show_disk)
        self._services.runs.space_requested.connect(self._make_room)
        self._services.plan_desk.preflight.pictures_requested.connect(self._show_pictures)
        self._services.plan_desk.preflight.query_requested.connect(self._show_found)
        self.commands.bind(
            {
                "window.palette": Binding(self.open_palette),
                "window.shortcuts": Binding(self.show_shortcuts),
                "window.rebind": Binding(self.change_shortcuts),
                "window.quit": Binding(self.close),
                **{f"window.page.{page}": Binding(partial(self.open_page, page)) for page in self._pages},
                **{f"window.theme.{t}": Binding(partial(self.theme_chosen.emit, t)) for t in THEMES},
                **{f"window.language.{code}": Binding(partial(self.language_chosen.emit, code)) for code in LANGUAGES},
            }
        )

    def _restore(self) -> None:
        settings = self._services.settings.value
        if not settings.geometry or not self.restoreGeometry(QByteArray.fromBase64(settings.geometry.encode())):
            available = QGuiApplication.primaryScreen().availableGeometry()
            self.resize(min(1280, available.width()), min(820, available.height()))
        self.open_page(settings.page if settings.page in self._pages else next(iter(self._pages)))
        self._stack.setFocus()

    @property
    def page_ids(self) -> tuple[str, ...]:
        """The pages there are."""
        return tuple(self._pages)

    def page(self, id: str) -> QWidget:
        """A page, built if this is its first visit. Raises KeyError."""
        if id not in self._built:
            page = self._pages[id].build(self._services)
            self._built[id] = page
            self._stack.addWidget(page)
            self.commands.bind_page(id, page)
        return self._built[id]

    def open_page(self, id: str) -> None:
        """Bring a page to the front."""
        self._stack.setCurrentWidget(self.page(id))
        self.rail.show_page(id)
        self._services.settings.update(page=id)

    # --- actions

    def open_palette(self) -> None:
        """Let the person find an action by its name."""
        if self._palette is None:
            # Here and below: not needed to start.
            from loraferry.views.commands.palette import CommandPalette

            self._palette = CommandPalette(self, self.commands)
        self._palette.open()

    def show_shortcuts(self) -> None:
        """Lay the list of shortcuts over the window."""
        if self._overlay is None:
            from loraferry.views.commands.overlay import ShortcutOverlay

            self._overlay = ShortcutOverlay(self, self.commands)
            self._overlay.change_requested.connect(self.change_shortcuts)
        self._overlay.open(self._services.settings.value.page)

    def change_shortcuts(self) -> None:
        """Open the dialog in which actions get other keys."""
        from loraferry.views.commands.rebinding import RebindingDialog

        dialog = RebindingDialog(self.commands, self)
        dialog.exec()
        dialog.deleteLater()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.commands.retranslate()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        geometry = bytes(self.saveGeometry().toBase64().data()).decode("ascii")
        self._services.settings.update(geometry=geometry)
        super().closeEvent(event)

    def _show_disk(self, agent: str, news: Problem) -> None:
        """A run has told that the disk of its machine has no room for the next saves, or has it again."""
        if news.code != "disk_low":
            self.notices.withdraw(agent)
            return
        notice = self.notices.show_lasting(agent, news)
        notice.offer(lambda: self.tr("Free space …"))
        notice.wanted.connect(self._take_offer)

    def _show_pictures(self, names: tuple[str, ...]) -> None:
        """Show these pictures alone."""
        self._services.studio.filter.clear()
        self._services.studio.filter.limit(names, self.tr("Found before the training"))
        self.open_page("dataset")

    def _show_found(self, query: str) -> None:
        """Show the pictures that a query finds."""
        self._services.studio.filter.clear()
        self._services.studio.filter.set_text(query)
        self.open_page("dataset")

    def _take_offer(self) -> None:
        self._make_room(self.sender().property("about"))

    def _make_room(self, agent: str) -> None:
        """Go to the machine and propose there what can be removed."""
        hosts = self._services.hosts
        host = next((row.id for row in hosts.hosts if hosts.agent_of(row.id) == agent), None)
        if host is not None:
            self.open_page("hosts")
            self._services.storage.want_room(host)
