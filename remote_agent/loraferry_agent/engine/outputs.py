"""What a run leaves behind on its way and at its end: test pictures, checkpoints, the finished LoRA."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from PIL.Image import Image

from loraferry_agent.engine import checkpoint, kohya
from loraferry_agent.engine.adapter import Adapter
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.durable import clear_up
from loraferry_agent.engine.exhaustion import is_out_of_memory
from loraferry_agent.engine.ladder import FAILURES, Ladder
from loraferry_agent.engine.patience import Patience
from loraferry_agent.engine.prepare import progress_of
from loraferry_agent.engine.progress import Streak
from loraferry_agent.engine.reporter import Reporter
from loraferry_agent.engine.requests import Request
from loraferry_agent.engine.sampler import Sampler, sample_path, save_picture
from loraferry_agent.engine.stop import Stop, StopRequested
from loraferry_agent.engine.told import told_of
from loraferry_agent.engine.update import Update
from loraferry_agent.engine.validation import Validation
from loraferry_agent.families.protocol import Denoiser
from loraferry_agent.layout import JobFolder
from loraferry_agent.storage.room import DiskAlarm, awaited, disk_low
from loraferry_core.problems import problem

T = TypeVar("T")


@dataclass(frozen=True)
class Outputs:
    """Writes files and announces them. Raises ProblemError where a LoRA does not pass its self-check, and OSError."""

    folder: JobFolder
    facts: kohya.Facts
    total: int
    device: Device
    denoiser: Denoiser
    adapter: Adapter
    update: Update
    sampler: Sampler
    report: Reporter
    stop: Stop
    ladder: Ladder
    streak: Streak = field(default_factory=Streak)
    validation: Validation | None = None
    disk: DiskAlarm = field(default_factory=DiskAlarm)
    owed: set[int] = field(default_factory=set)
    """Steps of whose plan a stop has kept something from being made."""

    @property
    def save_request(self) -> Request:
        """A checkpoint that is wanted now."""
        return Request(self.folder.save_request)

    @property
    def sample_request(self) -> Request:
        """Test pictures that are wanted now."""
        return Request(self.folder.sample_request)

    def any_due(self, step: int) -> bool:
        """Whether test pictures or a checkpoint come after `step`, by the plan or because somebody wants them."""
        wanted = self.sample_request.made or self.save_request.made
        return wanted or self._validation_due(step) or self._sample_due(step) or self._save_due(step)

    def write_due(self, step: int) -> None:
        """What comes after `step`. The checkpoint last, so that it tells that the others are there, or are owed."""
        if self._validation_due(step):
            self.validate(step)
        if self._sample_due(step) or self.sample_request.made:
            self.sample(step)
        if self._save_due(step) or self.save_request.made or self.owed:
            self.save(step)

    def begin(self, step: int, *, owed: bool) -> None:
        """What is due after the step that the run goes on from, if that is `owed`, and what a death has left half done."""
        for folder in (self.folder.checkpoints, self.folder.samples, self.folder.output):
            clear_up(folder)
        told = told_of(self.folder.events, step)
        if step and not told.saved:
            self._announce(step, checkpoint.lora_in(self.folder.checkpoints / f"{step:06d}"))
        if owed and self._validation_due(step) and not told.validated:
            self.validate(step)
        if owed and self._sample_due(step) and len(told.samples) < len(self.sampler.wishes):
            self.sample(step, told.samples)

    def sample(self, step: int, told: Collection[int] = ()) -> None:
        """Make the test pictures of `step`, but none that were `told` of. A stop request ends it without any; the resumed
        run makes those of the plan."""
        paths = [sample_path(self.folder.samples, step, index) for index in range(len(self.sampler.wishes))]
        try:
            with self.update.result():
                pictures = self._drawn(step)
        except StopRequested:
            self._owe(step)
            return
        for index, (wish, path, picture) in enumerate(zip(self.sampler.wishes, paths, pictures, strict=False)):
            if index in told:
                continue
            self._saved(partial(save_picture, picture, path))
            self.report.sample(step, index, wish.prompt, wish.seed, path)
        self.sample_request.granted()

    def _drawn(self, step: int) -> list[Image]:
        """The test pictures; none where the memory is too small for them, which does not end the run."""

        def draw() -> list[Image]:
            now = self.ladder.adaptation
            frugal = replace(self.sampler, apart=now.sample_apart, tiles=now.sample_in_tiles)
            return frugal.draw(self.denoiser, self._sampling)

        try:
            return self.ladder.hold(draw, "sample", step)
        except FAILURES as error:
            if not is_out_of_memory(error):
                raise
        self.report.adapted(step, "skip_sample", "")
        return []

    def validate(self, step: int) -> None:
        """Measure the error on held-out pictures. A stop request ends it without a result."""
        validation = self.validation
        if validation is None:
            return
        progress = progress_of("validate", self.report, self.stop)

        def measure() -> dict[int, float]:
            at_once = self.ladder.adaptation.at_once or validation.batch
            return replace(validation, batch=min(at_once, validation.batch)).losses(self.denoiser, progress)

        try:
            with self.update.result():
                losses = self.ladder.hold(measure, "validate", step)
        except StopRequested:
            self._owe(step)
            return
        self.report.validated(step, losses)

    def save(self, step: int) -> None:
        """Commit a checkpoint and announce it: the LoRA in it, and all that another machine needs to go on."""
        self.report.phase("save")

        def write_lora(folder: Path) -> Path:
            path = folder / f"{self.facts.name}-{step:06d}{kohya.ENDING}"
            self._write_lora(path, step)
            return path

        state = checkpoint.of_run(
            step,
            self.facts,
            self.device,
            self.adapter,
            self.update,
            self.ladder.adaptation,
            self.streak,
            owed=step in self.owed,
        )
        news = self.disk.news(disk_low(self.folder.path.parent, checkpoint.size_of(state)))
        if news is not None:
            self.report.warn(news)
        size = checkpoint.size_of(state)
        lora = self._saved(partial(checkpoint.save, self.folder.checkpoints, state, write_lora), size)
        self._announce(step, lora)
        self.save_request.granted()
        checkpoint.prune(self.folder.checkpoints, self.facts.config.saving.keep)

    def _announce(self, step: int, lora: Path) -> None:
        self.report.checkpoint(step, checkpoint.contents(lora.parent, self.folder.path), lora)

    def finish(self) -> None:
        """Write the finished LoRA and end the run."""
        self.report.finished(self.total, self._output(self.total))

    def interrupt(self, step: int) -> None:
        """Commit a checkpoint, write the LoRA as far as it got, and end the run.

        A run that owes what an earlier step looked like goes on from there.
        """
        if not self.owed:
            self._owe(step)
            self.save(step)
        self.report.stopped(step, self._output(step) if self.adapter.learned else None)

    def _output(self, step: int) -> Path:
        self.report.phase("save")
        path = self.folder.output / f"{self.facts.name}{kohya.ENDING}"
        self._saved(partial(self._write_lora, path, step))
        return path

    def _saved(self, write: Callable[[], T], size: int = 0) -> T:
        """What `write` gives; while the disk is full it waits, and says so. `size` are the bytes that it writes, if known."""
        place, waited = self.folder.path.parent, False

        def tell() -> None:
            nonlocal waited
            if not waited:
                self.report.warn(awaited(place, size))
            waited = True

        done = Patience(self.stop).done(write, tell)
        if waited:
            self.report.warn(problem("disk_has_room", path=place))
        return done

    def _write_lora(self, path: Path, step: int) -> None:
        with self.update.result():
            state = self.adapter.state()
        kohya.save(path, state, self.adapter, self.facts, step, final=step >= self.total)

    def _owe(self, step: int) -> None:
        """Remember what a stop has kept from being made; not at the end, which is what was asked for."""
        if step < self.total and (self._validation_due(step) or self._sample_due(step)):
            self.owed.add(step)

    def _validation_due(self, step: int) -> bool:
        return self.validation is not None and self._due(self.facts.config.validation.every, step)

    def _sample_due(self, step: int) -> bool:
        return self._due(self.facts.config.sampling.every, step)

    def _save_due(self, step: int) -> bool:
        return self._due(self.facts.config.saving.every, step)

    def _due(self, every: int, step: int) -> bool:
        return every > 0 and (step % every == 0 or step == self.total)

    def _sampling(self, done: int, total: int) -> None:
        self.stop.check()
        self.report.phase("sample", done, total)


class NoOutputs(Outputs):
    """What another process writes for this one."""

    def any_due(self, step: int) -> bool:
        """Nothing is."""
        return False

    def begin(self, step: int, *, owed: bool) -> None:
        """Nothing is wanted."""

    def finish(self) -> None:
        """The run ends without a word."""

    def interrupt(self, step: int) -> None:
        """The run ends without a word."""
