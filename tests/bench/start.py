"""How long from starting the process to a painted window, and how much memory that takes."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RUNS = 5
BUDGET = {"window_s": 1.0, "rss_mb": 200.0}

# The app as it starts for a person; only the end is ours: report when the first paint has reached the screen.
PROBE = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QEvent, QObject, QTimer
from loraferry import app

class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self.report)
        return False

    def report(self):
        status = Path("/proc/self/status")
        lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
        rss = next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)
        print(time.time(), rss, flush=True)
        QTimer.singleShot(0, app.QApplication.quit)

watch = Watch()
build = app.build

def watched_build(*arguments):
    made = build(*arguments)
    made.window.installEventFilter(watch)
    return made

app.build = watched_build
sys.exit(app.main())
"""


def run(runs: int = RUNS) -> dict[str, Any]:
    """`window_s`: median seconds to a painted window; `rss_mb`: median resident memory at that moment.

    `first_s` is the first start of the run, when the files may still have to come from the disk; `cpu_s` is the median
    processor time of start and end together, which other programs on the machine do not blur.
    """
    times, sizes, work = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(runs):
            seconds, megabytes, processor = _start_once(Path(folder))
            times.append(seconds)
            sizes.append(megabytes)
            work.append(processor)
    return {
        "window_s": round(statistics.median(times), 3),
        "first_s": round(times[0], 3),
        "best_s": round(min(times), 3),
        "cpu_s": round(statistics.median(work), 3),
        "rss_mb": round(statistics.median(sizes), 1),
        "runs": runs,
    }


def _start_once(home: Path) -> tuple[float, float, float]:
    environment = {**os.environ, "LORAFERRY_DESKTOP": str(home)}
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    before, start = os.times(), time.time()
    done = subprocess.run(
        [sys.executable, "-c", PROBE], env=environment, capture_output=True, encoding="utf-8", check=True
    )
    painted, megabytes = map(float, done.stdout.split())
    after = os.times()
    processor = after.children_user - before.children_user + after.children_system - before.children_system
    return painted - start, megabytes, processor


def main() -> None:
    """Print a table and, as the last line, the figures as JSON."""
    figures = run()
    print(f"{'figure':<12}{'measured':>10}{'budget':>10}")
    for name, value in figures.items():
        budget = f"{BUDGET[name]:>10}" if name in BUDGET else ""
        print(f"{name:<12}{value:>10}{budget}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
