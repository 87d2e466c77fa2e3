"""The main window: pages, switches, problems, memory of the last time."""

import json
import logging
import subprocess
import sys
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget

from loraferry.app import App, CrashReporter, Folders, build, start_log
from loraferry.remote.hosts import LOCAL
from loraferry.viewmodels.tasks import CancelToken
from loraferry.views.dialogs.crash import CrashDialog
from loraferry.views.icons import icon
from loraferry.views.theme import Tokens, load_tokens, palette_of
from loraferry_core.problems import fail, problem
from loraferry_resources import icons_path


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_text_stands_out_from_its_background(name: str) -> None:
    tokens: Tokens = load_tokens(name)
    for text in (tokens.text, tokens.muted, tokens.error, tokens.warning, tokens.good):
        assert contrast(text, tokens.surface) >= 4.5
        assert contrast(text, tokens.window) >= 4.5
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert contrast(tokens.text, tokens.accent_soft) >= 4.5
    assert contrast(tokens.muted, tokens.error_soft) >= 4.5
    assert contrast(tokens.muted, tokens.warning_soft) >= 4.5
    assert contrast(tokens.outline, tokens.surface) >= 2.7  # edges of fields


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_role_of_the_palette_is_set(name: str) -> None:
    palette = palette_of(load_tokens(name))
    for role in QPalette.ColorRole:
        if role in (QPalette.ColorRole.NoRole, QPalette.ColorRole.NColorRoles):
            continue
        assert palette.isBrushSet(QPalette.ColorGroup.Active, role), role


def test_every_icon_draws_something(qapp: QApplication) -> None:
    for file in icons_path().glob("*.svg"):
        image = icon(file.stem).pixmap(24, 24).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(24) for y in range(24)), file.name


def test_each_page_opens_by_click_and_by_key(app: App, qtbot) -> None:
    for index, name in enumerate(app.window.page_ids, start=1):
        qtbot.keyClick(app.window, getattr(Qt.Key, f"Key_{index}"), Qt.KeyboardModifier.ControlModifier)
        assert app.window.page(name).isVisible()
        assert app.services.settings.value.page == name
    first = app.window.rail.findChild(QToolButton, "railButton")
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert app.window.page(app.window.page_ids[0]).isVisible()


def test_a_page_is_built_at_its_first_visit_only(app: App) -> None:
    assert app.window.page("plan") is app.window.page("plan")


def test_the_theme_switches_live_and_is_remembered(app: App, folders: Folders) -> None:
    app.window.rail.theme_chosen.emit("dark")
    assert QApplication.palette().color(QPalette.ColorRole.Window).name() == load_tokens("dark").window
    assert json.loads((folders.config / "settings.json").read_text(encoding="utf-8"))["theme"] == "dark"
    app.window.rail.theme_chosen.emit("light")
    assert QApplication.palette().color(QPalette.ColorRole.Window).name() == load_tokens("light").window


def test_a_failure_that_nobody_handles_is_shown(app: App, qtbot) -> None:
    def work(token: CancelToken) -> None:
        raise fail("image_empty", name="cat.png")

    app.services.tasks.run(work)
    qtbot.waitUntil(lambda: app.window.notices.problems == (problem("image_empty", name="cat.png"),))
    notice = app.window.notices.findChild(QWidget, "notice")
    assert "cat.png" in notice.text
    qtbot.mouseClick(notice.findChild(QToolButton, "plain"), Qt.MouseButton.LeftButton)
    assert app.window.notices.problems == ()
    assert not app.window.notices.isVisible()


def test_the_same_failure_is_shown_once_and_old_ones_make_room(app: App) -> None:
    for name in ("a", "a", "b", "c", "d"):
        app.window.notices.show_problem(problem("image_empty", name=name))
    assert [found.params["name"] for found in app.window.notices.problems] == ["b", "c", "d"]


def test_the_window_comes_back_as_it_was_left(app: App, qapp: QApplication, folders: Folders) -> None:
    app.window.resize(960, 700)  # Qt keeps a restored window within the screen, which is small here
    app.window.open_page("plan")
    app.window.close()
    again = build(qapp, folders)
    again.window.show()
    assert again.window.height() == 700
    assert again.window.page("plan").isVisible()
    again.shutdown()


def test_damaged_settings_are_set_aside_not_destroyed(qapp: QApplication, folders: Folders) -> None:
    folders.config.mkdir(parents=True)
    (folders.config / "settings.json").write_text('{"theme": "dar', encoding="utf-8")
    app = build(qapp, folders)
    assert app.services.settings.value.theme == "system"
    assert (folders.config / "settings.json.unreadable").read_text(encoding="utf-8") == '{"theme": "dar'
    app.shutdown()


def test_an_uncaught_error_is_logged_and_shown_without_secrets(app: App, folders: Folders, qtbot, monkeypatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(CrashDialog, "exec", lambda dialog: shown.append(dialog._report.toPlainText()))
    reporter = CrashReporter()

    def work() -> None:
        try:
            raise RuntimeError("password=hunter2 at ssh root@93.184.216.34")
        except RuntimeError as error:
            reporter.report(type(error), error, error.__traceback__)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(shown))
    assert "RuntimeError" in shown[0]
    assert "hunter2" not in shown[0]
    assert "93.184.216.34" not in shown[0]


def test_the_log_rotates_in_the_apps_own_folder(folders: Folders) -> None:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    code = (
        "import sys, logging, pathlib; from loraferry.app import start_log;"
        "start_log(pathlib.Path(sys.argv[1])); logging.error('naïve 图')"
    )
    subprocess.run([sys.executable, "-c", code, str(folders.logs)], check=True)
    assert "naïve 图" in (folders.logs / "loraferry.log").read_text(encoding="utf-8")
    assert (folders.logs / "faults.log").exists()
    assert (list(root.handlers), root.level) == (before, level)
    assert start_log is not None


def test_starting_loads_no_training_stack_and_no_plots(folders: Folders) -> None:
    code = (
        "import sys, pathlib; from PySide6.QtWidgets import QApplication; from loraferry.app import Folders, build;"
        "q = QApplication([]); root = pathlib.Path(sys.argv[1]);"
        "a = build(q, Folders(root, root, root, root)); a.window.show(); q.processEvents(); a.shutdown();"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folders.data)], check=True, capture_output=True, encoding="utf-8"
    )
    heavy = {"torch", "scipy", "cv2", "transformers", "diffusers", "pyqtgraph"}
    assert not heavy & set(done.stdout.split())


def test_ctrl_c_ends_the_program(tmp_path) -> None:
    code = (
        "import os, signal; from PySide6.QtCore import QTimer; from loraferry import app;"
        "start = app.build\n"
        "def build(*a):\n"
        "    made = start(*a); QTimer.singleShot(0, lambda: os.kill(os.getpid(), signal.SIGINT)); return made\n"
        "app.build = build\n"
        "raise SystemExit(app.main())"
    )
    home = {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")}
    environment = {"QT_QPA_PLATFORM": "offscreen", "PATH": "", "LC_ALL": "C.UTF-8", **home}
    done = subprocess.run([sys.executable, "-c", code], env=environment, timeout=60, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_qt_survives_very_many_calls() -> None:
    """PySide6 6.12.0 drops a reference to None at each call that returns nothing; before Python 3.12 that is fatal."""
    code = (
        "from PySide6.QtWidgets import QApplication, QLabel\n"
        "application = QApplication([]); label = QLabel()\n"
        "for number in range(25_000): label.setText(str(number))\n"
        "print(label.text())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stdout.strip()) == (0, "24999"), done.stderr


def test_a_low_disk_leads_to_what_can_be_freed_there(app: App, monkeypatch: pytest.MonkeyPatch, qtbot) -> None:
    window, services = app.window, app.services
    monkeypatch.setattr(services.hosts, "agent_of", lambda host: "agent-1")
    wanted: list[str] = []
    monkeypatch.setattr(services.storage, "want_room", wanted.append)
    low = problem("disk_low", path="/w", needed_mb=30, free_mb=20, freeable_mb=10)
    worse = problem("disk_low", path="/w", needed_mb=30, free_mb=2, freeable_mb=10)
    for found in (low, worse):
        services.runs.disk_told.emit("agent-1", found)
    assert window.notices.problems == (worse,)
    window.notices.findChildren(QPushButton, "noticeOffer")[-1].click()
    assert wanted == [LOCAL]
    assert services.settings.value.page == "hosts"
    services.runs.disk_told.emit("agent-1", problem("disk_has_room", path="/w"))
    assert window.notices.problems == ()
