"""The plan of the next run: one `TrainConfig`, seen as three questions or as every knob."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import QObject, QTimer, Signal

from loraferry.ferry.catalogue import BaseEntry, base_models, entry_of, trouble_with
from loraferry.ferry.presets import Goal, apply_preset, covers, exists, load_presets, preset_values
from loraferry.viewmodels.stored_json import read_json, set_aside, write_json
from loraferry_core.config import Config, TrainConfig, total_steps
from loraferry_core.config.dotted import differences, read, replace_at
from loraferry_core.families import FAMILIES
from loraferry_core.problems import Problem, problem

SAVE_DELAY_MS = 400

log = logging.getLogger(__name__)


class PlanState(Config):
    """What plan.json holds."""

    goal: Goal = "character"
    config: TrainConfig = TrainConfig()
    custom: tuple[str, ...] = ()
    """Dotted names that a person has set in Expert; presets leave them alone."""
    host: str = ""
    """Id of the machine chosen last; empty takes the first there is."""


@dataclass(frozen=True)
class HostChoice:
    """A machine that can be trained on."""

    id: str
    label: str


@dataclass(frozen=True)
class Derived:
    """One number that followed from the answers."""

    path: str
    value: Any
    reason: str
    """English, of the preset."""
    custom: bool
    """Whether a person has set another value than the preset's."""


@dataclass(frozen=True)
class Arithmetic:
    """How the number of steps comes about."""

    images: int
    repeats: int
    batch: int
    """Pictures a step: batch × accumulation."""
    epochs: float
    """Passes over all pictures; a fraction where the run is counted in steps."""
    steps: int
    by_steps: bool
    """Whether the run is counted in steps, so that the epochs follow and not the steps."""


def arithmetic(config: TrainConfig, images: int) -> Arithmetic:
    """The run's length on `images` pictures."""
    batch = config.loop.batch * config.loop.accumulation
    steps = total_steps(config, images) if images or config.loop.unit == "steps" else 0
    seen = images * config.dataset.repeats
    by_steps = config.loop.unit == "steps"
    epochs = (steps * batch / seen if seen else 0.0) if by_steps else float(config.loop.epochs)
    return Arithmetic(images, config.dataset.repeats, batch, epochs, steps, by_steps)


def findings(config: TrainConfig, images: int) -> tuple[Problem, ...]:
    """What keeps the plan from being trained (errors) or is worth a thought (warnings)."""
    found = []
    if images == 0:
        found.append(problem("no_images_approved"))
    if not config.dataset.trigger.strip():
        found.append(problem("trigger_missing"))
    return tuple(found)


def with_preset(state: PlanState) -> PlanState:
    """The state with everything derived anew: defaults, then the preset, then what a person has answered or set."""
    config = TrainConfig()
    for path in sorted({*_ANSWERS, *state.custom}, key=lambda path: path.count(".")):
        if exists(state.config, path) and exists(config, path):
            config = replace_at(config, path, read(state.config, path))
    return state.replace(config=apply_preset(config, _values(state), state.custom))


def derived(state: PlanState) -> tuple[Derived, ...]:
    """The preset's numbers as they stand now, each with its reason."""
    rows = []
    for item in _values(state):
        if not exists(state.config, item.path):
            continue
        value = read(state.config, item.path)
        rows.append(Derived(item.path, value, item.reason, covers(state.custom, item.path) and value != item.value))
    return tuple(rows)


def edited_by_hand(state: PlanState, config: TrainConfig) -> PlanState:
    """The state after somebody changed settings in Expert: each changed path stays as it was set from now on."""
    changed = []
    for path in differences(state.config, config):
        group, _, name = path.rpartition(".")
        changed.append(group if name == "kind" else path)
    own = [path for path in changed if path not in _ANSWERS]
    custom = tuple(dict.fromkeys((*state.custom, *own)))
    after = state.replace(config=config, custom=custom)
    # Another base model is an answer to a question, and its numbers follow wherever it was given.
    return with_preset(after) if any(path.startswith("base.") for path in changed) else after


_ANSWERS = frozenset(
    {
        "base.source",
        "base.family",
        "base.tree",
        "dataset.manifest",
        "dataset.trigger",
        "dataset.class_word",
        "saving.name",
    }
)


def _values(state: PlanState) -> tuple[Any, ...]:
    entry = entry_of(state.config.base.source)
    return preset_values(load_presets(), state.config.base.family, state.goal, entry.id if entry else "")


class PlanViewModel(QObject):
    """Holds the plan, keeps it on disk, and asks for the training to begin."""

    changed = Signal()
    """Anything of the plan, the pictures or the machines."""
    train_requested = Signal(object, str)
    """TrainConfig and host id; the pictures are the dataset's approved ones at this moment."""

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._state = _load(path)
        self._images = 0
        self._hosts: tuple[HostChoice, ...] = ()
        self._invalid = False
        self._base_trouble: tuple[str, Problem] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_DELAY_MS)
        self._timer.timeout.connect(self.save)

    @property
    def state(self) -> PlanState:
        """Goal, settings and what was set by hand."""
        return self._state

    @property
    def config(self) -> TrainConfig:
        """The settings as they would be trained now."""
        return self._state.config

    @property
    def bases(self) -> tuple[BaseEntry, ...]:
        """The base models to choose from."""
        return base_models()

    @property
    def base(self) -> BaseEntry | None:
        """The catalogue's entry for the chosen base model; None for one of the user's own."""
        return entry_of(self.config.base.source)

    @property
    def images(self) -> int:
        """How many pictures are approved."""
        return self._images

    @images.setter
    def images(self, count: int) -> None:
        if count != self._images:
            self._images = count
            self.changed.emit()

    @property
    def hosts(self) -> tuple[HostChoice, ...]:
        """The machines to choose from."""
        return self._hosts

    @hosts.setter
    def hosts(self, choices: Sequence[HostChoice]) -> None:
        if tuple(choices) != self._hosts:
            self._hosts = tuple(choices)
            self.changed.emit()

    @property
    def host(self) -> str:
        """The id of the chosen machine; the first one where none was chosen or the chosen one is gone."""
        ids = [choice.id for choice in self._hosts]
        if self._state.host in ids:
            return self._state.host
        return ids[0] if ids else ""

    @property
    def arithmetic(self) -> Arithmetic:
        """The length of the run."""
        return arithmetic(self.config, self._images)

    @property
    def findings(self) -> tuple[Problem, ...]:
        """What to mend or think about before training."""
        trouble = self.base_trouble
        return (*((trouble,) if trouble else ()), *findings(self.config, self._images))

    @property
    def base_trouble(self) -> Problem | None:
        """Why the base model cannot be trained on: its name tells it, or whoever looked at its files (`note_base`)."""
        source = self.config.base.source
        if self._base_trouble is not None and self._base_trouble[0] == source:
            return self._base_trouble[1]
        return trouble_with(source)

    @property
    def derived(self) -> tuple[Derived, ...]:
        """The numbers that followed from the answers, with reasons."""
        return derived(self._state)

    @property
    def invalid(self) -> bool:
        """Whether somebody is typing a value in Expert that is not allowed (yet)."""
        return self._invalid

    @property
    def can_train(self) -> bool:
        """Whether nothing is in the way."""
        return bool(self.host) and not self._invalid and all(found.severity != "error" for found in self.findings)

    def set_goal(self, goal: Goal) -> None:
        """Answer what is taught."""
        self._apply(with_preset(self._state.replace(goal=goal)))

    def set_base(self, source: str, family: str = "") -> None:
        """Answer on which base model: a source of the catalogue, a Hugging Face id, an address, a place on the machine,
        or the `file:` address of one on this computer. `family` is what is known of it; empty keeps that of the plan where the catalogue has no other."""
        source = source.strip()
        if not source:
            return
        entry = entry_of(source)
        family = entry.family if entry else family if family in FAMILIES else self.config.base.family
        base = self.config.base.replace(source=source, family=family)
        self._apply(with_preset(self._state.replace(config=self.config.replace(base=base))))

    def note_base(self, source: str, trouble: Problem | None) -> None:
        """Somebody has looked at the files of a base model; None where it is as it should be."""
        noted = None if trouble is None else (source, trouble)
        if noted != self._base_trouble:
            self._base_trouble = noted
            self.changed.emit()

    def set_trigger(self, word: str) -> None:
        """Answer which word calls what is learned; cut to the length that the setting allows."""
        self._apply(self._state.replace(config=replace_at(self.config, "dataset.trigger", word.strip()[:100])))

    def set_class_word(self, word: str) -> None:
        """Answer what kind of thing it is; cut to the length that the setting allows."""
        self._apply(self._state.replace(config=replace_at(self.config, "dataset.class_word", word.strip()[:100])))

    def set_host(self, host: str) -> None:
        """Choose the machine."""
        self._apply(self._state.replace(host=host))

    def set_config(self, config: TrainConfig) -> None:
        """Take the settings as somebody has edited them in Expert."""
        self._invalid = False
        self._apply(edited_by_hand(self._state, config), always=True)

    def mark_invalid(self) -> None:
        """The form in Expert holds a value that is not allowed: training waits until it is corrected."""
        self._invalid = True
        self.changed.emit()

    def reset_to_preset(self, path: str) -> None:
        """Take the preset's value again in place of one set by hand."""
        kept = tuple(own for own in self._state.custom if not covers((own,), path))
        self._apply(with_preset(self._state.replace(custom=kept)))

    def request_training(self) -> None:
        """Ask for the run; nothing happens while something is in the way."""
        if self.can_train:
            self.train_requested.emit(self.config, self.host)

    def save(self) -> None:
        """Write plan.json now; otherwise it follows a moment after each change."""
        self._timer.stop()
        try:
            write_json(self._path, self._state.model_dump(mode="json"))
        except OSError as error:
            # The plan is still in the window; the next change tries again.
            log.warning("The plan cannot be saved: %s", error)

    def shutdown(self) -> None:
        """Write what has not been written yet."""
        if self._timer.isActive():
            self.save()

    def _apply(self, state: PlanState, always: bool = False) -> None:
        if state == self._state and not always:
            return
        self._state = state
        self._timer.start()
        self.changed.emit()


def _load(path: Path) -> PlanState:
    content = read_json(path)
    if content is None:
        return with_preset(PlanState())
    try:
        return PlanState.model_validate(content)
    except ValidationError as error:
        log.warning("The saved plan cannot be used: %s", error)
        set_aside(path)
        return with_preset(PlanState())
