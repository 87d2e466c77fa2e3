"""What a run leaves behind on its way and at its end: test pictures, checkpoints, the finished LoRA."""

from dataclasses import dataclass
from pathlib import Path

from loraferry_agent.engine import checkpoint, kohya
from loraferry_agent.engine.adapter import Adapter
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.optim import averaged
from loraferry_agent.engine.reporter import Reporter
from loraferry_agent.engine.requests import Request
from loraferry_agent.engine.sampler import Sampler, sample_path, save_picture
from loraferry_agent.engine.stop import Stop, StopRequested
from loraferry_agent.engine.update import Update
from loraferry_agent.families.protocol import Denoiser
from loraferry_agent.layout import JobFolder
from loraferry_agent.storage.room import disk_low


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
        return self._sample_due(step) or self._save_due(step) or self.sample_request.made or self.save_request.made

    def write_due(self, step: int) -> None:
        """What comes after `step`. Pictures first, so that a checkpoint tells that they are there."""
        if self._sample_due(step) or self.sample_request.made:
            self.sample(step)
        if self._save_due(step) or self.save_request.made:
            self.save(step)

    def sample_if_missing(self, step: int) -> None:
        """Make the test pictures of the step that the run goes on from, where the plan wants them and there are none."""
        paths = [sample_path(self.folder.samples, step, index) for index in range(len(self.sampler.wishes))]
        if self._sample_due(step) and not all(path.exists() for path in paths):
            self.sample(step)

    def sample(self, step: int) -> None:
        """Make the test pictures of `step`. A stop request ends it without any; the resumed run makes those of the plan."""
        paths = [sample_path(self.folder.samples, step, index) for index in range(len(self.sampler.wishes))]
        try:
            with averaged(self.update.optimizer):
                pictures = self.sampler.draw(self.denoiser, self._sampling)
        except StopRequested:
            return
        for index, (wish, path, picture) in enumerate(zip(self.sampler.wishes, paths, pictures, strict=True)):
            save_picture(picture, path)
            self.report.sample(step, index, wish.prompt, wish.seed, path)
        self.sample_request.granted()

    def save(self, step: int) -> None:
        """Commit a checkpoint and announce it: the LoRA in it, and all that another machine needs to go on."""
        self.report.phase("save")

        def write_lora(folder: Path) -> Path:
            path = folder / f"{self.facts.name}-{step:06d}{kohya.ENDING}"
            self._write_lora(path, step)
            return path

        state = checkpoint.of_run(step, self.facts, self.device, self.adapter, self.update)
        low = disk_low(self.folder.path.parent, checkpoint.size_of(state))
        if low is not None:
            self.report.warn(low)
        lora = checkpoint.save(self.folder.checkpoints, state, write_lora)
        self.report.checkpoint(step, checkpoint.contents(lora.parent, self.folder.path), lora)
        self.save_request.granted()
        checkpoint.prune(self.folder.checkpoints, self.facts.config.saving.keep)

    def finish(self) -> None:
        """Write the finished LoRA and end the run."""
        self.report.finished(self.total, self._output(self.total))

    def interrupt(self, step: int) -> None:
        """Commit a checkpoint, write the LoRA as far as it got, and end the run."""
        self.save(step)
        self.report.stopped(step, self._output(step))

    def _output(self, step: int) -> Path:
        self.report.phase("save")
        path = self.folder.output / f"{self.facts.name}{kohya.ENDING}"
        self._write_lora(path, step)
        return path

    def _write_lora(self, path: Path, step: int) -> None:
        with averaged(self.update.optimizer):
            state = self.adapter.state()
        kohya.save(path, state, self.adapter, self.facts, step)

    def _sample_due(self, step: int) -> bool:
        return self._due(self.facts.config.sampling.every, step)

    def _save_due(self, step: int) -> bool:
        return self._due(self.facts.config.saving.every, step)

    def _due(self, every: int, step: int) -> bool:
        return every > 0 and (step % every == 0 or step == self.total)

    def _sampling(self, done: int, total: int) -> None:
        self.stop.check()
        self.report.phase("sample", done, total)
