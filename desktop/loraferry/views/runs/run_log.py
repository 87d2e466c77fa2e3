"""The log of a run, in words: phases, checkpoints, warnings, and how it ended."""

from datetime import datetime

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from loraferry.runs.watch import LogLine, Watch
from loraferry.texts.jobs import phase_text
from loraferry.texts.problems import render
from loraferry_core.events import (
    Adapted,
    AttemptStarted,
    CheckpointSaved,
    Event,
    Failed,
    Finished,
    Logged,
    PhaseChanged,
    PhaseEnded,
    SampleMade,
    Stopped,
)
from loraferry_core.names import without_control_characters


class RunLog(QPlainTextEdit):
    """Stays at the newest line unless somebody has scrolled up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runLog")
        self.setReadOnly(True)
        self.setMaximumBlockCount(10_000)
        self._lines: list[str] = []
        self._log: list[LogLine] = []

    def show_watch(self, watch: Watch | None) -> None:
        """Show the log as it is now, changing only what has changed."""
        self._log = watch.log if watch else []
        lines = [self._line(line) for line in self._log]
        if lines == self._lines:
            return
        bar = self.verticalScrollBar()
        at_the_end = bar.value() >= bar.maximum() - 4
        kept = len(self._lines) and lines[: len(self._lines)] == self._lines
        if kept:
            self.appendPlainText("\n".join(lines[len(self._lines) :]))
        else:
            self.setPlainText("\n".join(lines))
        self._lines = lines
        if at_the_end:
            bar.setValue(bar.maximum())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._lines = []
            self.setPlainText("\n".join(self._line(line) for line in self._log))
        super().changeEvent(event)

    def _line(self, line: LogLine) -> str:
        return f"{datetime.fromtimestamp(line.time).strftime('%H:%M:%S')}  {self._words(line.event)}"

    def _words(self, event: Event) -> str:
        if isinstance(event, AttemptStarted):
            text = self.tr("Started on {device} with {images} pictures, {precision}, {steps} steps.")
            return text.format(
                device=event.device, images=event.images, precision=event.precision, steps=event.total_steps
            )
        if isinstance(event, PhaseChanged):
            counted = f" {event.done} / {event.total}" if event.total else ""
            return f"{phase_text(event.phase)}{counted}"
        if isinstance(event, PhaseEnded):
            text = self.tr("{phase}: at most {memory} MB of memory at once.")
            return text.format(phase=phase_text(event.phase), memory=round(event.peak_mb or 0))
        if isinstance(event, SampleMade):
            return self.tr("Test picture at step {step}: {prompt}").format(step=event.step, prompt=event.prompt)
        if isinstance(event, CheckpointSaved):
            return self.tr("Checkpoint saved at step {step}.").format(step=event.step)
        if isinstance(event, Adapted):
            return self.tr("The run changed itself to go on: {detail}").format(detail=event.detail or event.rung)
        if isinstance(event, Finished):
            return self.tr("Finished at step {step}: {file}").format(step=event.step, file=event.file.name)
        if isinstance(event, Stopped):
            return self.tr("Stopped at step {step}.").format(step=event.step)
        if isinstance(event, Failed):
            return str(render(event.problem))
        if isinstance(event, Logged):
            return str(render(event.problem)) if event.problem else without_control_characters(event.text)
        return event.type
