"""The real application in an empty home, without a display."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from loraferry.app import App, Folders, build
from loraferry.texts.languages import Languages
from loraferry.viewmodels.garbage import GarbageCollection
from loraferry.views.theme import Theme


@pytest.fixture(scope="session", autouse=True)
def _set_old_objects_apart() -> None:
    """What other tests have imported by now (torch, say) need not be looked through after each test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _collected_between_events(qapp: QApplication) -> Iterator[None]:
    """As in the running program; what a test leaves behind is collected here, and not within the next one."""
    garbage = GarbageCollection()
    yield
    garbage.stop()
    gc.collect()


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """Where the app keeps its own, empty at first."""
    home = tmp_path / "家 with spaces"
    return Folders(config=home / "config", data=home / "data", cache=home / "cache", logs=home / "logs")


@pytest.fixture
def english(qapp: QApplication) -> Iterator[Languages]:
    """Words in English, whatever the system speaks; switched back at the end."""
    languages = Languages()
    languages.switch("en")
    yield languages
    languages.switch("en")


@pytest.fixture
def dressed(qapp: QApplication) -> Theme:
    """The application in the light theme, for widgets that are tested alone."""
    theme = Theme(qapp)
    theme.apply("light")
    return theme


@pytest.fixture
def app(qapp: QApplication, folders: Folders, english: Languages) -> Iterator[App]:
    """The whole program with its window shown, in English and light."""
    folders.config.mkdir(parents=True)
    start = '{"language": "en", "theme": "light", "page": "plan"}'
    (folders.config / "settings.json").write_text(start, encoding="utf-8")
    app = build(qapp, folders)
    app.start()
    yield app
    app.languages.switch("en")
    app.shutdown()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
