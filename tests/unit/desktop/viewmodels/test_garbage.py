"""Collecting garbage between events: nothing piles up, and a change of theme in the middle of it harms nothing."""

import gc
import subprocess
import sys
import weakref

import pytest
from PySide6.QtCore import QCoreApplication

from loraferry.viewmodels.garbage import GarbageCollection

# Widgets in cycles without a parent, and overrides that allocate while Qt polishes them all.
THEME_CHANGES = """
import gc, os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from loraferry.viewmodels.garbage import GarbageCollection
from loraferry.views.theme import Theme

class Busy(QLabel):
    def changeEvent(self, event):
        for _ in range(300):
            cycle = []
            cycle.append(cycle)
        super().changeEvent(event)

app = QApplication([])
theme = Theme(app)
if sys.argv[1] == "ours":
    collection = GarbageCollection()
kept = [Busy("x") for _ in range(30)]
for number in range(30):
    for _ in range(40):
        widget = QWidget()
        widget.label = QLabel("y", widget)
        widget.me = widget
    del widget
    theme.apply("dark" if number % 2 else "light")
    app.processEvents()
print("survived")
"""


class Cycle:
    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def collection(qapp: QCoreApplication):
    collection = GarbageCollection()
    yield collection
    collection.stop()


def test_garbage_is_kept_until_the_event_loop_comes_to_it(collection: GarbageCollection) -> None:
    assert not gc.isenabled()
    gone = weakref.ref(Cycle())
    piled = [[] for _ in range(2 * gc.get_threshold()[0])]
    assert gone() is not None
    collection.collect_due()
    assert gone() is None
    del piled


def test_nothing_is_collected_while_there_is_little(collection: GarbageCollection) -> None:
    gc.collect()
    kept = weakref.ref(Cycle())
    collection.collect_due()
    assert kept() is not None


def test_it_is_given_back(qapp: QCoreApplication) -> None:
    GarbageCollection().stop()
    assert gc.isenabled()


def test_themes_change_with_garbage_around() -> None:
    command = [sys.executable, "-c", THEME_CHANGES, "ours"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.strip().endswith("survived"), (done.returncode, done.stderr)
