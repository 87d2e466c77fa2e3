"""The whole plan of a run."""

import hashlib
import json
from math import ceil
from typing import Any

from loraferry_core.config.dataset import DatasetConfig
from loraferry_core.config.loop import Loop
from loraferry_core.config.network import LoraNetwork, Network
from loraferry_core.config.objective import Noise, Objective
from loraferry_core.config.optimizers import AdamW, Optimizer
from loraferry_core.config.param import Config, Param
from loraferry_core.config.pretrained import Pretrained
from loraferry_core.config.regularisation import Regularisation
from loraferry_core.config.sampling import Sampling
from loraferry_core.config.saving import Saving
from loraferry_core.config.schedule import Cosine, Schedule
from loraferry_core.config.text_encoders import TextEncoders
from loraferry_core.config.validation import Validation


class TrainConfig(Config):
    """Everything that decides what a training run does."""

    base: Pretrained = Param(Pretrained(), "Base model", "The model that is taught something new.")
    dataset: DatasetConfig = Param(DatasetConfig(), "Pictures", "What is learned, and how the pictures are read.")
    regularisation: Regularisation = Param(
        Regularisation(), "Regularisation", "Known things that are trained beside the new ones, so as not to forget."
    )
    network: Network = Param(LoraNetwork(), "LoRA", "The shape of what is trained.")
    text_encoders: TextEncoders = Param(TextEncoders(), "Text encoders", "Whether what reads the captions learns too.")
    optimizer: Optimizer = Param(AdamW(), "Optimizer", "How the weights are moved.")
    schedule: Schedule = Param(Cosine(), "Schedule", "How the learning rate moves over the run.")
    objective: Objective = Param(Objective(), "Objective", "What counts as an error.")
    noise: Noise = Param(Noise(), "Noise", "What is put on the pictures for the model to take away.")
    loop: Loop = Param(Loop(), "Run", "How long and how much at once.")
    sampling: Sampling = Param(Sampling(), "Samples", "Test pictures made on the way.")
    validation: Validation = Param(Validation(), "Validation", "The error on pictures that are not trained.")
    saving: Saving = Param(Saving(), "Saving", "Checkpoints and the finished file.")


def canonical_json(config: Config) -> str:
    """The one JSON text of a config: sorted keys, no spaces. Equal configs have equal texts."""
    plain = _without_minus_zero(config.model_dump(mode="json"))
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _without_minus_zero(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_minus_zero(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_minus_zero(inner) for inner in value]
    return value + 0.0 if isinstance(value, float) else value


def digest(config: Config) -> str:
    """SHA-256 of the canonical JSON, in hex."""
    return hashlib.sha256(canonical_json(config).encode()).hexdigest()


def regularisation_places(config: TrainConfig, images: int, regularisation: int) -> int:
    """How many regularisation pictures an epoch of `images` pictures shows, where there are so many of them. Both count
    a picture as often as its concept repeats it (`dataset.roles.Roles.shown`)."""
    if not regularisation:
        return 0
    return regularisation * config.regularisation.repeats or images * config.dataset.repeats


def steps_per_epoch(config: TrainConfig, images: int, regularisation: int = 0) -> int:
    """Optimizer steps in one pass over `images` pictures; the last batch of an epoch may be smaller.

    `regularisation` counts the regularisation pictures among the approved ones; those that are made come on top. Both
    numbers count a picture as often as its concept repeats it.
    """
    places = regularisation_places(config, images, regularisation + config.regularisation.make)
    shown = images * config.dataset.repeats + places
    return max(1, ceil(shown / (config.loop.batch * config.loop.accumulation)))


def total_steps(config: TrainConfig, images: int, regularisation: int = 0) -> int:
    """Optimizer steps of the whole run; the numbers of pictures are those of `steps_per_epoch`."""
    if config.loop.unit == "steps":
        return config.loop.steps
    return config.loop.epochs * steps_per_epoch(config, images, regularisation)


def sample_prompts(config: TrainConfig) -> tuple[str, ...]:
    """The prompts of the test pictures with the trigger word filled in."""
    trigger = config.dataset.trigger or config.dataset.class_word
    prompts = config.sampling.prompts or ("{trigger}",)
    return tuple(prompt.replace("{trigger}", trigger).strip() for prompt in prompts)


def regularisation_prompts(config: TrainConfig) -> tuple[str, ...]:
    """What the base model is asked for, picture after picture, with the class word filled in."""
    prompts = config.regularisation.prompts or ("{class}",)
    filled = [prompt.replace("{class}", config.dataset.class_word).strip() for prompt in prompts]
    return tuple(filled[index % len(filled)] for index in range(config.regularisation.make))
