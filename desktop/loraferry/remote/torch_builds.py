"""Which build of torch a graphics card and its driver can run.

Sources: the CUDA support matrix of PyTorch's RELEASE.md for 2.13 (CUDA 12.6 and 13.0 are stable, the latter is what
package indexes hold; Volta and older have 12.6 alone, Blackwell 13.0 alone; fewer architectures on aarch64), and the
oldest drivers of a CUDA major version in NVIDIA's release notes (minor-version compatibility).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from loraferry_core.host import Gpu
from loraferry_core.problems import fail

Version = tuple[int, ...]
ARM = ("aarch64", "arm64")


@dataclass(frozen=True)
class TorchBuild:
    """A build, where it is found, the oldest driver, and the compute capabilities it has code for.

    `on_indexes`: pip's own index has it too, on Linux. Sizes in MB: installed, and as packages.
    """

    name: str
    index: str = ""
    driver: Version = ()
    oldest: Version = ()
    newest: Version = ()
    oldest_on_arm: Version = ()
    on_indexes: bool = False
    disk_mb: int = 8000
    packages_mb: int = 3500

    def knows(self, gpu: Gpu, machine: str) -> bool:
        """Whether it has code for the card."""
        oldest = self.oldest_on_arm if machine in ARM else self.oldest
        return oldest <= capability_of(gpu) <= self.newest

    def runs_on(self, gpu: Gpu, machine: str) -> bool:
        """Whether the driver is new enough too."""
        return self.knows(gpu, machine) and version_of(gpu.driver) >= self.driver

    def cards(self, gpus: Sequence[Gpu], machine: str) -> tuple[int, ...]:
        """The numbers of the cards it runs on."""
        return tuple(number for number, gpu in enumerate(gpus) if self.runs_on(gpu, machine))


WHEELS = "https://download.pytorch.org/whl"
CPU = TorchBuild("cpu", f"{WHEELS}/cpu", on_indexes=True, disk_mb=3000, packages_mb=600)
IMAGE = TorchBuild("image")
"""Whatever the image brought, for cards that no build of ours runs on."""
WITHOUT = TorchBuild("without", on_indexes=True, disk_mb=400, packages_mb=100)
"""No torch at all: for an agent that only tags pictures."""
# Best first. A capability in between runs the code of the one below: 8.9 that of 8.6.
BUILDS = (
    TorchBuild("cu130", f"{WHEELS}/cu130", (580, 65, 6), (7, 5), (12, 1), (8, 0), on_indexes=True),
    TorchBuild("cu126", f"{WHEELS}/cu126", (525, 60, 13), (5, 0), (9, 0), (8, 0)),
)
# For drivers that do not tell it: NVIDIA's table of CUDA GPUs, for what is rented or owned.
CAPABILITIES: tuple[tuple[str, Version], ...] = (
    (r"RTX 50\d\d|RTX PRO [456]000.*Blackwell", (12, 0)),
    (r"\b(B200|B100|GB200)\b", (10, 0)),
    (r"\b(H100|H200|H800|H20|GH200)\b", (9, 0)),
    (r"RTX 40\d\d|\bL4\b|\bL40S?\b|RTX \d{4} Ada", (8, 9)),
    (r"RTX 30\d\d|RTX A\d{4}|\b(A10|A10G|A40|A16|A2)\b", (8, 6)),
    (r"\b(A100|A800|A30)\b", (8, 0)),
    (r"RTX 20\d\d|GTX 16\d\d|TITAN RTX|Quadro RTX|\bT4\b|Tesla T4", (7, 5)),
    (r"\bV100S?\b|TITAN V\b|GV100", (7, 0)),
    (r"GTX 10\d\d|TITAN X|\bP40\b|\bP4\b|Quadro P", (6, 1)),
    (r"\bP100\b|GP100", (6, 0)),
    (r"GTX 9\d\d|\bM40\b|\bM60\b", (5, 2)),
    (r"\bK\d0\b", (3, 5)),
)


def capability_of(gpu: Gpu) -> Version:
    """The compute capability: as told, else by the card's name; empty where neither helps."""
    told = version_of(gpu.compute_capability)
    if told:
        return told
    return next((known for pattern, known in CAPABILITIES if re.search(pattern, gpu.name, re.IGNORECASE)), ())


def choose_build(gpus: Sequence[Gpu], machine: str = "x86_64") -> TorchBuild:
    """The build that runs on most of the cards, by their memory, and the better one of equals; the plain one where
    there is no card.

    Raises ProblemError: `driver_too_old` where a newer driver would do, else `gpu_too_old`.
    """
    if not gpus:
        return CPU
    best = max(BUILDS, key=lambda build: sum(gpus[card].memory_mb for card in build.cards(gpus, machine)))
    if best.cards(gpus, machine):
        return best
    for gpu in gpus:
        knowing = [build for build in BUILDS if build.knows(gpu, machine)]
        if knowing or not capability_of(gpu):
            needed = min(build.driver for build in knowing or BUILDS)
            raise fail("driver_too_old", driver=gpu.driver, needed=".".join(f"{part:02}" for part in needed))
    capability = ".".join(map(str, capability_of(gpus[0])))
    raise fail("gpu_too_old", name=gpus[0].name, capability=capability)


def version_of(text: str) -> Version:
    """The leading numbers of a version: "580.65.06" is (580, 65, 6), "2.13.0+cpu" is (2, 13, 0)."""
    numbers = []
    for part in text.partition("+")[0].split("."):
        digits = "".join(character for character in part if character.isdigit())
        if not digits or digits != part:
            break
        numbers.append(int(digits))
    return tuple(numbers)
