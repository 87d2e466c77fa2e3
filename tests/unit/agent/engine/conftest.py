"""One tiny base model and one machine for all tests of the engine, so that caches are filled once."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from loraferry_agent import train
from loraferry_agent.engine.stop import Stop
from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from tests.fakes import tiny_base
from tests.fakes.job_folder import Machine, Picture, png, set_attempt

COLOURS = ("red", "blue", "green", "black", "orange")


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Tiny tensors gain nothing from threads, and sums come out alike on every machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base.make(tmp_path_factory.mktemp("base"), levels=2)


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="session")
def pictures() -> list[Picture]:
    """Five pictures in two shapes; one has no caption, the others tags."""
    sizes = ((64, 64), (64, 64), (64, 64), (64, 64), (90, 48))
    captions = ("red, round, small, flat", "blue, round, big, flat", "green, round, small", "", "orange, round, wide")
    return [
        (f"{colour}.png", png(colour, size), caption)
        for colour, size, caption in zip(COLOURS, sizes, captions, strict=True)
    ]


@pytest.fixture(scope="session")
def plan(base: Path, machine: Machine, pictures: list[Picture]) -> TrainConfig:
    """Three steps that end in a test picture, a checkpoint and a file."""
    return TrainConfig.model_validate(
        {
            "base": {"source": str(base)},
            "dataset": {
                "manifest": machine.dataset(pictures),
                "resolution": 32,
                "trigger": "zorb",
                "class_word": "dot",
            },
            "network": {"kind": "lora", "rank": 2, "alpha": 2},
            "optimizer": {"kind": "adamw", "lr": 0.01},
            "schedule": {"kind": "constant"},
            "loop": {"unit": "steps", "steps": 3, "batch": 2},
            "sampling": {"every": 3, "steps": 2, "prompts": ("{trigger} dot",)},
            "saving": {"every": 3, "dtype": "fp32"},
        }
    )


def changed(config: TrainConfig, **values: Any) -> TrainConfig:
    """A plan with some dotted settings changed; `__` stands for the dot."""
    for path, value in values.items():
        config = replace_at(config, path.replace("__", "."), value)
    return config


class StopAfter(Stop):
    """Asks for a stop once the trainer has looked for one so many times while it trained."""

    def __init__(self, folder: JobFolder, steps: int) -> None:
        super().__init__(folder.stop_request)
        self._folder = folder
        self._steps = steps

    @property
    def requested(self) -> bool:
        return self._folder.events.read_bytes().count(b'"type":"step"') >= self._steps


Trainer = Callable[..., tuple[int, JobFolder]]


@pytest.fixture(scope="session")
def trained(machine: Machine) -> Trainer:
    """Train a plan in this process: `trained(config)` or `trained(config, folder=job, attempt=2)`."""

    def run(
        config: TrainConfig,
        *,
        folder: JobFolder | None = None,
        attempt: int = 1,
        stop_after: int = 0,
        name: str = "tiny",
    ) -> tuple[int, JobFolder]:
        folder = folder or machine.job(config, name=name)
        set_attempt(folder, attempt)
        stop = StopAfter(folder, stop_after) if stop_after else Stop(folder.stop_request)
        return train.run(folder.path, machine.layout, stop), folder

    return run
