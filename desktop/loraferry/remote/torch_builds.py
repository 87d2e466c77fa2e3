"""Which build of torch a graphics card and its driver can run.

Sources: NVIDIA's CUDA release notes (minimum driver of a major version, by minor-version compatibility) and the
architectures that PyTorch's builds are compiled for: CUDA 13 left out everything before Turing, CUDA 12.6 knows
nothing after Hopper.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from loraferry_core.host import Gpu
from loraferry_core.problems import fail

Version = tuple[int, ...]


@dataclass(frozen=True)
class TorchBuild:
    """A build, where it is found (empty: pip's own index), the oldest driver, and the compute capabilities it knows."""

    name: str
    index: str
    driver: Version = ()
    oldest: Version = ()
    newest: Version = ()
    disk_mb: int = 8000

    def knows(self, gpu: Gpu) -> bool:
        """Whether it has code for the card. A card whose capability is not told has an old driver."""
        capability = version_of(gpu.compute_capability or "0")
        return self.oldest <= capability <= self.newest

    def runs_on(self, gpu: Gpu) -> bool:
        """Whether the driver is new enough too."""
        return self.knows(gpu) and version_of(gpu.driver) >= self.driver


CPU = TorchBuild("cpu", "", disk_mb=3000)
# Best first.
BUILDS = (
    TorchBuild("cu130", "https://download.pytorch.org/whl/cu130", (580, 65, 6), (7, 5), (12, 1)),
    TorchBuild("cu126", "https://download.pytorch.org/whl/cu126", (525, 60, 13), (5, 0), (9, 0)),
)


def choose_build(gpus: Sequence[Gpu]) -> TorchBuild:
    """The best build that runs on every card; the plain one where there is no card.

    Raises ProblemError: `driver_too_old` where a newer driver would do, else `gpu_too_old`.
    """
    if not gpus:
        return CPU
    for build in BUILDS:
        if all(build.runs_on(gpu) for gpu in gpus):
            return build
    for gpu in gpus:
        knowing = [build for build in BUILDS if build.knows(gpu)]
        if not any(build.runs_on(gpu) for build in BUILDS):
            if not knowing and gpu.compute_capability:
                raise fail("gpu_too_old", name=gpu.name, capability=gpu.compute_capability)
            needed = min(build.driver for build in knowing or BUILDS)
            raise fail("driver_too_old", driver=gpu.driver, needed=".".join(map(str, needed)))
    # Each card has a build, but no build has all: the first card's is taken, and the trainer uses that card.
    return next(build for build in BUILDS if build.runs_on(gpus[0]))


def version_of(text: str) -> Version:
    """The leading numbers of a version: "580.65.06" is (580, 65, 6), "2.13.0+cpu" is (2, 13, 0)."""
    numbers = []
    for part in text.partition("+")[0].split("."):
        digits = "".join(character for character in part if character.isdigit())
        if not digits or digits != part:
            break
        numbers.append(int(digits))
    return tuple(numbers)
