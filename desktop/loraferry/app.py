"""Puts the window together: every service is made here and handed on by constructor."""

import faulthandler
import locale
import logging
import logging.handlers
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, QSocketNotifier, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from loraferry.ferry.demo import demo_config
from loraferry.ferry.door import RemoteDoor
from loraferry.ferry.own_presets import OwnPresets
from loraferry.library.places import Places
from loraferry.platform import cache_folder, config_folder, data_folder
from loraferry.remote.hosts import LOCAL, Hosts
from loraferry.remote.secrets import open_secrets
from loraferry.remote.ssh.known_hosts import KnownHosts
from loraferry.runs.shelf import Shelf
from loraferry.runs.store import Run, RunStore
from loraferry.texts.crash_report import crash_report
from loraferry.texts.languages import Languages
from loraferry.viewmodels.base_models import BaseModels
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.garbage import GarbageCollection
from loraferry.viewmodels.host_guards import HostGuards
from loraferry.viewmodels.host_load import HostLoads
from loraferry.viewmodels.host_storage import HostStorage
from loraferry.viewmodels.host_uninstall import HostUninstall
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.launch import LaunchViewModel
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.plan_desk import PlanDesk
from loraferry.viewmodels.plan_machines import PlanMachines
from loraferry.viewmodels.plan_pictures import PlanPictures
from loraferry.viewmodels.plan_presets import PlanPresets
from loraferry.viewmodels.preflight import Preflight
from loraferry.viewmodels.runs import RunsViewModel
from loraferry.viewmodels.services import Services
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry.viewmodels.shelf import ShelfViewModel
from loraferry.viewmodels.studio import Studio
from loraferry.viewmodels.tasks import TaskRunner
from loraferry.views.dialogs.prompter import DialogPrompter
from loraferry.views.icons import icon
from loraferry.views.main_window import MainWindow
from loraferry.views.pages import PAGES
from loraferry.views.theme import Theme

LOG_BYTES = 1_000_000
LOG_FILES = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Folders:
    """Where the app keeps what is its own."""

    config: Path
    data: Path
    cache: Path
    logs: Path

    @classmethod
    def of_user(cls) -> "Folders":
        """The places that this system has for it."""
        return cls(config_folder(), data_folder(), cache_folder(), data_folder() / "logs")


class App(QObject):
    """The running program: services, window, language and theme, and the order in which it all ends."""

    def __init__(
        self, services: Services, window: MainWindow, theme: Theme, languages: Languages, store: RunStore
    ) -> None:
        super().__init__()
        self.services = services
        self.window = window
        self.theme = theme
        self.languages = languages
        self._store = store
        window.language_chosen.connect(self._choose_language)
        window.theme_chosen.connect(self._choose_theme)
        self._connect_services()
        self._offer_hosts()
        self._mark_choices()

    def start(self, *, demo: bool = False) -> None:
        """Show the window, then bring back what was open when it was closed last, or begin the demo."""
        self.window.show()
        if demo:
            self.services.dataset.opened.connect(self._train_demo)
            self.services.dataset.open_sample()
        else:
            self.services.dataset.open_last()
        if self.services.runs.wanting:
            self.services.hosts.reconnect([run.host for run in self.services.runs.wanting])

    def shutdown(self) -> None:
        """Take no new tasks, cancel and join those under way, write what is unwritten, close the window."""
        self.services.runs.shutdown()
        # First the conversations: work that waits for an answer of a dead line would hold up the end.
        self.services.hosts.shutdown()
        self.services.tasks.shutdown()
        self.services.dataset.close()
        self.services.plan.shutdown()
        self._store.close()
        self.window.close()
        self.window.deleteLater()

    def _connect_services(self) -> None:
        services = self.services
        services.dataset.changed.connect(self._count_pictures)
        services.hosts.changed.connect(self._offer_hosts)
        services.hosts.online.connect(self._attach)
        services.hosts.offline.connect(self._detach)
        services.hosts.renewed.connect(self._rejoin)
        services.plan.train_requested.connect(services.launch.start)
        services.launch.launched.connect(self._show_run)
        services.runs.brought_home.connect(services.shelf.refresh)
        services.runs.models_requested.connect(self._show_models)

    def _count_pictures(self) -> None:
        self.services.plan.images = self.services.dataset.approved_count

    def _attach(self, host: str) -> None:
        client = self.services.hosts.client(host)
        if client is not None:
            self.services.runs.attach(client)

    def _rejoin(self, host: str, before: str) -> None:
        client = self.services.hosts.client(host)
        if client is not None:
            self.services.runs.rejoin(before, client)

    def _detach(self, host: str) -> None:
        self.services.runs.detach(self.services.hosts.agent_of(host))

    def _show_run(self, run: Run) -> None:
        self.services.dataset.note_training(run.folder)
        self.window.open_page("runs")

    def _show_models(self) -> None:
        self.window.open_page("models")

    def _train_demo(self) -> None:
        self.services.dataset.opened.disconnect(self._train_demo)
        self.services.launch.start(demo_config(), LOCAL)

    def _choose_language(self, code: str) -> None:
        self.languages.switch(code)
        self._offer_hosts()
        self.services.settings.update(language=code)
        self._mark_choices()

    def _choose_theme(self, choice: str) -> None:
        self.theme.apply(choice)
        self.services.settings.update(theme=choice)
        self._mark_choices()

    def _offer_hosts(self) -> None:
        self.services.plan.hosts = self.services.hosts.choices

    def _mark_choices(self) -> None:
        self.window.rail.show_choices(self.languages.current, self.services.settings.value.theme)


def build(application: QApplication, folders: Folders) -> App:
    """Make everything and connect it; the window is not shown yet."""
    settings = SettingsViewModel(folders.config / "settings.json")
    languages = Languages()
    languages.switch(settings.value.language)
    theme = Theme(application)
    theme.apply(settings.value.theme)
    application.setWindowIcon(_window_icon(theme))
    prompter = DialogPrompter()
    tasks = TaskRunner()
    store = RunStore(folders.data / "runs.sqlite")
    shelf = Shelf(folders.data / "models")
    dataset = DatasetViewModel(tasks, settings, Places(folders.data, folders.cache))
    secrets = cache(open_secrets)
    door = RemoteDoor(KnownHosts(folders.config / "known_hosts"))
    hosts = HostsViewModel(Hosts(folders.config / "hosts.json"), door, secrets, tasks, prompter)
    loads = HostLoads(hosts, tasks, store.machines)
    plan = PlanViewModel(folders.data / "plan.json")
    runs = RunsViewModel(tasks, store, shelf, folders.data / "runs")
    bases = BaseModels(hosts, plan, secrets, tasks, prompter)
    pictures, machines = PlanPictures(plan, dataset, tasks), PlanMachines(plan, hosts, loads, runs, store)
    desk = PlanDesk(
        pictures,
        machines,
        Preflight(plan, dataset, pictures, machines, bases),
        PlanPresets(plan, OwnPresets(folders.config / "presets"), store, tasks, prompter),
    )
    services = Services(
        tasks=tasks,
        settings=settings,
        prompter=prompter,
        plan=plan,
        plan_desk=desk,
        dataset=dataset,
        studio=Studio(dataset, tasks, settings, plan, prompter, hosts, secrets),
        hosts=hosts,
        loads=loads,
        guards=HostGuards(hosts, loads, tasks, prompter),
        storage=HostStorage(hosts, tasks, store),
        uninstall=HostUninstall(hosts, door, tasks),
        bases=bases,
        runs=runs,
        shelf=ShelfViewModel(shelf, tasks),
        launch=LaunchViewModel(tasks, store, dataset, hosts, runs, settings, prompter, secrets),
    )
    window = MainWindow(services, PAGES)
    prompter.window = window
    return App(services, window, theme, languages, store)


def _window_icon(theme: Theme) -> QIcon:
    return icon("ferry", 32, colour=theme.tokens.accent)


class CrashReporter(QObject):
    """Writes uncaught errors of every thread to the log and shows them, one at a time."""

    _caught = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._showing = False
        self._caught.connect(self._show)

    def install(self) -> None:
        """Take over Python's hooks."""
        sys.excepthook = self.report
        threading.excepthook = self._report_thread

    def report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Log an error, and show it from the main thread."""
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        log.critical("Uncaught error", exc_info=(kind, error, trace))
        self._caught.emit(error)

    def _report_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self.report(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def _show(self, error: BaseException) -> None:
        # An error in the event loop of the dialog itself must not pile up dialogs.
        if self._showing:
            return
        from loraferry.views.dialogs.crash import CrashDialog

        self._showing = True
        dialog = CrashDialog(crash_report(error, Path.home()), QApplication.activeWindow())
        dialog.exec()
        dialog.deleteLater()
        self._showing = False


class Interrupts(QObject):
    """Lets Ctrl+C end the program: Python's signal handlers run only between bytecodes, which Qt's loop has none of."""

    def __init__(self) -> None:
        super().__init__()
        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._wake)

    def install(self) -> None:
        """Quit on SIGINT and, where there is one, SIGTERM."""
        signal.set_wakeup_fd(self._write.fileno())
        signal.signal(signal.SIGINT, _quit)
        signal.signal(signal.SIGTERM, _quit)

    def close(self) -> None:
        """Give signals back."""
        signal.set_wakeup_fd(-1)
        self._notifier.setEnabled(False)
        self._read.close()
        self._write.close()

    def _wake(self) -> None:
        self._read.recv(64)


def _quit(number: int, frame: object) -> None:
    QApplication.quit()


def start_log(folder: Path) -> None:
    """Log to a rotating file, and hard crashes (a fault in native code) to one beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(
        folder / "loraferry.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # faulthandler keeps the file's number, so the file stays open as long as the process lives.
    faulthandler.enable((folder / "faults.log").open("a", encoding="utf-8"))


def main(*, demo: bool = False) -> int:
    """Open the window and stay until it is closed; `demo` trains the sample pictures on this computer at once."""
    folders = Folders.of_user()
    start_log(folders.logs)
    application = QApplication(sys.argv[:1])
    application.setApplicationName("loraferry")
    application.setApplicationDisplayName("LoRA Ferry")
    # QApplication takes over the user's locale; with a decimal comma, libraries in C would misread numbers.
    locale.setlocale(locale.LC_NUMERIC, "C")
    reporter = CrashReporter()
    reporter.install()
    interrupts = Interrupts()
    interrupts.install()
    garbage = GarbageCollection()
    app = build(application, folders)
    app.start(demo=demo)
    code = application.exec()
    app.shutdown()
    garbage.stop()
    interrupts.close()
    return code
