"""10,000 pictures in the real Dataset page: how soon they show, how smoothly they scroll, how much memory they take.

Cold is the first opening (no thumbnails kept), warm the second. The pictures' files are in the page cache either way.
Uses the display there is, or none (`QT_QPA_PLATFORM=offscreen`).
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image

PICTURES = 10_000
DISTINCT = 200
SIZES = ((1024, 1024), (1152, 896), (896, 1152), (1344, 768))
FRAMES = 240
FRAME_S = 1 / 60
TARGETS = {
    "first_paint_ms": 150,
    "visible_cold_ms": 450,
    "visible_warm_ms": 200,
    "listed_s": 1.5,
    "scroll_p95_ms": 12,
    "scroll_max_ms": 33,
    "rss_mb": 250,
}


def make_pictures(folder: Path, count: int, distinct: int) -> None:
    """`count` JPEGs of about 1 MP, `distinct` of them different and the rest copies, each with a caption."""
    folder.mkdir(parents=True)
    random = Random(7)
    words = [f"tag{number}" for number in range(400)]
    sources = []
    for number in range(min(count, distinct)):
        size = SIZES[number % len(SIZES)]
        # Coarse noise enlarged, with a little fine noise: compresses like a photo, at about a quarter megabyte.
        coarse = Image.effect_noise((size[0] // 16, size[1] // 16), 90).resize(size, Image.Resampling.BICUBIC)
        fine = Image.effect_noise((256, 256), 20).resize(size)
        tint = Image.new("L", size, random.randrange(256))
        path = folder / f"{number:05d}.jpg"
        Image.merge("RGB", (coarse, Image.blend(coarse, fine, 0.4), tint)).save(path, quality=90)
        sources.append(path)
    for number in range(count):
        path = folder / f"{number:05d}.jpg"
        if number >= len(sources):
            shutil.copyfile(sources[number % len(sources)], path)
        caption = ", ".join(random.sample(words, random.randrange(8, 30)))
        path.with_suffix(".txt").write_text(caption, encoding="utf-8")


def resident_mb() -> float:
    """Megabytes of this process in memory; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of all are at or below."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Session:
    """One start of the page over the same places; what happens is timed from outside."""

    def __init__(self, places: Any, settings: Path) -> None:
        from loraferry.viewmodels.tasks import TaskRunner
        from loraferry.views.dataset.page import DatasetPage
        from tests.fakes.studio import make_studio

        self.tasks = TaskRunner()
        self.studio = make_studio(settings.parent, self.tasks, places)
        self.model = self.studio.dataset
        self.page = DatasetPage(self.studio)
        self.painted: list[float] = []
        original = self.page.grid.paintEvent

        def paint(event: Any) -> None:
            original(event)
            if self.model.grid.rowCount():
                self.painted.append(time.perf_counter())

        self.page.grid.paintEvent = paint
        self.page.resize(1112, 820)
        self.page.show()
        self.spin(lambda: self.page.isVisible())

    def spin(self, done: Callable[[], bool], seconds: float = 60) -> float:
        """Run the event loop until `done`, looking every other millisecond; the time at which it was."""
        from PySide6.QtCore import QEventLoop, QTimer

        end = time.perf_counter() + seconds
        loop, timer = QEventLoop(), QTimer()
        timer.timeout.connect(lambda: loop.quit() if done() or time.perf_counter() > end else None)
        timer.start(2)
        loop.exec()
        timer.stop()
        if not done():
            raise TimeoutError("what was waited for did not happen")
        return time.perf_counter()

    def opening(self, folder: Path) -> dict[str, float]:
        """Milliseconds to the first paint of the grid, to all visible thumbnails, seconds until all is listed."""
        start = time.perf_counter()
        self.model.open_folder(folder)
        listed: list[float] = []
        visible: list[float] = []

        def done() -> bool:
            if not listed and self.model.listed:
                listed.append(time.perf_counter())
            if not visible and self.painted and self.all_visible():
                visible.append(time.perf_counter())
            return bool(listed and visible)

        self.spin(done)
        return {
            "first_paint_ms": (self.painted[0] - start) * 1000,
            "visible_ms": (visible[0] - start) * 1000,
            "listed_s": listed[0] - start,
        }

    def all_visible(self) -> bool:
        """Whether every picture within the window has its thumbnail."""
        grid = self.page.grid
        area = grid.viewport().rect()
        rows = self.model.grid.rowCount()
        for row in range(rows):
            if not grid.visualRect(self.model.grid.index(row)).intersects(area):
                return row > 0
            if self.model.grid.pixmap(row) is None:
                return False
        return True

    def scrolling(self) -> list[float]:
        """Milliseconds of the main thread for each frame while scrolling at 60 frames a second, thumbnails being made."""
        from PySide6.QtCore import QCoreApplication

        bar = self.page.grid.verticalScrollBar()
        frames = []
        for number in range(FRAMES):
            start = time.perf_counter()
            bar.setValue((number + 1) * 60)
            self.page.grid.viewport().repaint()
            QCoreApplication.processEvents()
            frames.append((time.perf_counter() - start) * 1000)
            left = FRAME_S - (time.perf_counter() - start)
            if left > 0:
                time.sleep(left)
        return frames

    def tagging(self) -> float:
        """Milliseconds to save one caption, synced to disk."""
        from loraferry.library.edits import SetCaptions

        library = self.model.library
        assert library is not None
        times = []
        for number in range(20):
            start = time.perf_counter()
            library.apply(SetCaptions({library.items[number].name: f"changed, {start}"}))
            times.append((time.perf_counter() - start) * 1000)
        return percentile(times, 0.5)

    def close(self) -> None:
        """End everything."""
        self.page.close()
        self.tasks.shutdown()
        self.model.close()


def measure(folder: Path, work: Path) -> dict[str, float]:
    """Two openings, in this process."""
    from PySide6.QtWidgets import QApplication

    from loraferry.library.places import Places
    from loraferry.views.theme import Theme

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    Theme(application).apply("dark")
    places = Places(work / "data", work / "cache")
    cold = Session(places, work / "settings.json")
    first = cold.opening(folder)
    frames = cold.scrolling()
    rss = resident_mb()
    tag = cold.tagging()
    cold.close()
    warm = Session(places, work / "settings.json")
    second = warm.opening(folder)
    warm.close()
    return {
        "first_paint_ms": first["first_paint_ms"],
        "first_paint_warm_ms": second["first_paint_ms"],
        "visible_cold_ms": first["visible_ms"],
        "visible_warm_ms": second["visible_ms"],
        "listed_s": first["listed_s"],
        "scroll_p50_ms": percentile(frames, 0.5),
        "scroll_p95_ms": percentile(frames, 0.95),
        "scroll_max_ms": max(frames),
        "caption_save_ms": tag,
        "rss_mb": rss,
    }


def run(count: int = PICTURES) -> dict[str, float]:
    """All figures; the pictures are made, and the page is run, in processes of their own, so that memory is honest."""
    with tempfile.TemporaryDirectory(prefix="loraferry-bench-") as name:
        folder, work = Path(name, "pictures"), Path(name, "work")
        work.mkdir()
        make_pictures(folder, count, DISTINCT)
        environment = {**os.environ}
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform in ("win32", "darwin")):
            environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        command = [sys.executable, "-m", "tests.bench.library", "--measure", str(folder), str(work)]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {key: round(value, 2 if key == "listed_s" else 1) for key, value in figures.items()}


def main() -> None:
    """Print a table, then one line of JSON."""
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(Path(sys.argv[2]), Path(sys.argv[3]))))
        return
    figures = run()
    print(f"{'10,000 pictures of about 1 MP':<32}{'measured':>10}{'target':>10}")
    for key, value in figures.items():
        target = TARGETS.get(key)
        print(f"{key:<32}{value:>10}{target if target is not None else '':>10}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
