"""Going on after memory ran out: which rung the run is on, what it tells and remembers of it, and what it applies."""

import gc
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import torch

from loraferry_agent.engine import frozen
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.exhaustion import is_out_of_memory
from loraferry_agent.engine.foresight import foreseen
from loraferry_agent.engine.peak import on_card
from loraferry_agent.engine.ranks import ALONE, Ranks, SharedMemoryError
from loraferry_agent.engine.reporter import Reporter
from loraferry_agent.engine.update import Update
from loraferry_agent.families.protocol import Denoiser
from loraferry_agent.jobs.adaptations import adaptation_of, read_adaptation, write_adaptation
from loraferry_agent.jobs.ladder import Adaptation, Situation, climb, detail_of
from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.config.loop import Loop
from loraferry_core.events import Phase, Rung

T = TypeVar("T")
FAILURES = (RuntimeError, MemoryError, OSError)
"""The types that errors of memory have."""


def free() -> None:
    """Give back what nobody refers to any more."""
    gc.collect()
    if on_card():
        torch.cuda.empty_cache()


class Ladder:
    """The rung that a run is on. It outlives what is loaded, because some rungs begin with loading everything anew."""

    def __init__(self, folder: JobFolder, loop: Loop, report: Reporter, ranks: Ranks = ALONE) -> None:
        self.adaptation = read_adaptation(folder)
        self._folder = folder
        self._situation = Situation(torch.cuda.is_available(), loop.batch, loop.gradient_checkpointing)
        self._report = report
        self._ranks = ranks
        self._retried: set[str] = set()

    def begin_with(self, saved: Adaptation) -> None:
        """Give up also what a checkpoint says that the run had given up."""
        self.adaptation = self.adaptation.joined(saved)

    def foresee(self, config: TrainConfig, device: Device, step: int) -> None:
        """Begin with what fits in the card's free memory by the table, instead of finding it out. Raises OSError."""
        if device.torch.type != "cuda" or device.precision == "fp32":
            return
        wanted = self.adaptation.joined(foreseen(config, torch.cuda.mem_get_info()[0] // 2**20))
        if wanted.at_once != self.adaptation.at_once:
            self._take(step, "split_batch", replace(self.adaptation, at_once=wanted.at_once))
        if wanted.checkpointing != self.adaptation.checkpointing:
            self._take(step, "checkpointing", wanted)

    def level(self) -> None:
        """Be on the rung that the first of several processes is on."""
        given_up, retried = self._ranks.decided(lambda: (self.adaptation.as_json(), sorted(self._retried)))
        self.adaptation, self._retried = adaptation_of(given_up), set(retried)

    def encoding(self, device: Device) -> Device:
        """Where captions and pictures are encoded."""
        return device.on_processor() if self.adaptation.encode_on_processor else device

    def loading(self, device: Device) -> Device:
        """Where the denoiser is loaded to at first."""
        return device.on_processor() if self.adaptation.offload else device

    def climb(self, phase: Phase | None, step: int) -> bool:
        """Take the next rung after memory ran out in `phase`; False at the top. The first time is tried again as it was,
        with all freed that is not needed. Raises OSError."""
        if phase is None:
            return False
        if phase not in self._retried:
            self._retried.add(phase)
            self._report.adapted(step, "retry", "")
            return True
        found = climb(self.adaptation, phase, self._situation)
        if found is None:
            return False
        self._take(step, *found)
        return True

    def halve_rate(self, step: int) -> bool:
        """Go on with half the learning rate; False where that was done before. Raises OSError."""
        if self.adaptation.rate < 1:
            return False
        self._take(step, "halve_rate", replace(self.adaptation, rate=0.5))
        return True

    def apply(self, denoiser: Denoiser, update: Update, device: Device) -> None:
        """Bring what is loaded onto the rung that the run is on."""
        update.at_once = self.adaptation.at_once
        if self.adaptation.checkpointing:
            denoiser.model.enable_gradient_checkpointing()
        offload, quantise = self.adaptation.offload, self.adaptation.quantise
        if offload or quantise:
            frozen.keep(denoiser.model, device.torch, offload=offload, quantise=quantise)

    def hold(self, make: Callable[[], T], phase: Phase, step: int, adapt: Callable[[], None] = free) -> T:
        """What `make` gives. Each time it runs out of memory `adapt` is called on the next rung, and it is tried again.

        `make` must leave nothing half done when it raises. At the top its error is raised.
        """
        while True:
            try:
                return make()
            except FAILURES as error:
                if isinstance(error, SharedMemoryError):
                    self.level()
                if not is_out_of_memory(error) or not self.climb(phase, step):
                    raise
            # Only out here is the error gone, and with it what its traceback holds.
            free()
            adapt()

    def _take(self, step: int, rung: Rung, adaptation: Adaptation) -> None:
        self.adaptation = adaptation
        if self._ranks.first:
            write_adaptation(self._folder, adaptation)
        self._report.adapted(step, rung, detail_of(rung, adaptation))
