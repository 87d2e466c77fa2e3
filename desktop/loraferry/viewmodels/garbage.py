"""Python's cyclic garbage, collected where it can do no harm: in the main thread, between two events.

Left to itself, Python collects at any allocation: in a worker thread, or in a Python override that Qt calls while it
walks over all widgets. A widget in a cycle is then freed under Qt's hands, and the process ends with a segmentation
fault (a change of theme did it, in PySide 6.11).
"""

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 1000


class GarbageCollection(QObject):
    """Takes the collection over from Python until `stop`. Made in the main thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._limits = gc.get_threshold()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.collect_due)
        self._timer.start()

    def collect_due(self) -> None:
        """Collect the oldest generation that Python itself would collect by now, if any."""
        counts = gc.get_count()
        for generation in (2, 1, 0):
            if counts[generation] > self._limits[generation]:
                gc.collect(generation)
                return

    def stop(self) -> None:
        """Give the collection back to Python."""
        self._timer.stop()
        gc.enable()
