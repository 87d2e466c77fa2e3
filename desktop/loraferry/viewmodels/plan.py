"""The plan of the next run: one `TrainConfig`, seen as three questions or as every knob."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from PySide6.QtCore import QObject, QTimer, Signal

from loraferry.ferry.catalogue import BaseEntry, base_models, entry_of, trouble_with
from loraferry.ferry.own_presets import OwnPreset
from loraferry.ferry.presets import Goal
from loraferry.ferry.run_length import Arithmetic, Pictures, arithmetic
from loraferry.viewmodels.plan_state import (
    Change,
    Derived,
    PlanState,
    changes,
    derived,
    edited_by_hand,
    on_family,
    reset,
    taken_over,
    with_preset,
)
from loraferry.viewmodels.stored_json import read_json, set_aside, write_json
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import differences, replace_at
from loraferry_core.families import FAMILIES
from loraferry_core.problems import Problem, problem

SAVE_DELAY_MS = 400
MOST_UNDONE = 100
"""Steps back that are remembered."""
TYPING_S = 2.0
"""Edits of one setting that follow each other faster are one step."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HostChoice:
    """A machine that can be trained on."""

    id: str
    label: str


class PlanViewModel(QObject):
    """Holds the plan, keeps it on disk, and asks for the training to begin."""

    changed = Signal()
    """Anything of the plan, the pictures or the machines."""
    train_requested = Signal(object, str)
    """TrainConfig and host id; the pictures are the dataset's approved ones at this moment."""

    def __init__(
        self, path: Path, parent: QObject | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._path, self._clock = path, clock
        self._state = _load(path)
        self._past: list[PlanState] = []
        self._future: list[PlanState] = []
        self._edited: tuple[frozenset[str], float] = (frozenset(), 0.0)
        self._images = 0
        self._pictures = Pictures()
        self._blockers: tuple[Problem, ...] = ()
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
            self._images, self._pictures = count, Pictures.plain(count)
            self.changed.emit()

    @property
    def pictures(self) -> Pictures:
        """What is trained, as far as it is known by now."""
        return self._pictures

    def note_pictures(self, pictures: Pictures) -> None:
        """Somebody has counted crops, repeats of concepts and regularisation pictures of the approved ones."""
        if pictures != self._pictures:
            self._pictures = pictures
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
        return arithmetic(self.config, self._pictures)

    @property
    def findings(self) -> tuple[Problem, ...]:
        """What keeps the plan from being trained (errors), as far as plan and number of pictures tell, and what others
        have noted."""
        trouble = self.base_trouble
        missing = () if self._images else (problem("no_images_approved"),)
        return (*((trouble,) if trouble else ()), *missing, *self._blockers)

    def note_blockers(self, problems: Sequence[Problem]) -> None:
        """Somebody has looked at pictures, settings and machine; these are in the way."""
        if tuple(problems) != self._blockers:
            self._blockers = tuple(problems)
            self.changed.emit()

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
    def changes(self) -> tuple[Change, ...]:
        """What is not as the preset has it."""
        return changes(self._state)

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
        self._apply(with_preset(self._state.replace(goal=goal, preset=None)))

    def set_preset(self, preset: OwnPreset) -> None:
        """Begin with a preset of one's own: its settings in place of all that was set by hand."""
        self._apply(with_preset(self._state.replace(goal=preset.goal, preset=preset, custom=())))

    def keep_preset(self, preset: OwnPreset | None) -> None:
        """The settings of now are this preset's, or no longer those of one; none of them changes."""
        state = self._state.replace(preset=preset, custom=())
        self._apply(edited_by_hand(with_preset(state), self.config))

    def rename_preset(self, preset: OwnPreset) -> None:
        """The chosen preset has another name."""
        self._apply(self._state.replace(preset=preset))

    def take_over(self, config: TrainConfig) -> None:
        """Take the settings of a whole other plan; base model, pictures and words stay."""
        self._apply(taken_over(self._state, config))

    def set_base(self, source: str, family: str = "") -> None:
        """Answer on which base model: a source of the catalogue, a Hugging Face id, an address, a place on the machine,
        or the `file:` address of one on this computer. `family` is what is known of it; empty keeps that of the plan where the catalogue has no other."""
        source = source.strip()
        if not source:
            return
        entry = entry_of(source)
        family = entry.family if entry else family if family in FAMILIES else self.config.base.family
        base = self.config.base.replace(source=source, family=family)
        self._apply(with_preset(on_family(self._state.replace(config=self.config.replace(base=base)))))

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

    def mend(self, config: TrainConfig) -> None:
        """Take settings that a click has mended, as a step of its own."""
        self._edited = (frozenset(), 0.0)
        self.set_config(config)
        self._edited = (frozenset(), 0.0)

    def mark_invalid(self) -> None:
        """The form in Expert holds a value that is not allowed: training waits until it is corrected."""
        self._invalid = True
        self.changed.emit()

    def reset_to_preset(self, path: str = "") -> None:
        """Take the preset's values again in place of what was set by hand, at a setting, in a group, or everywhere."""
        self._invalid = False
        self._apply(reset(self._state, path), always=True)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether a step that was taken back can be done again."""
        return bool(self._future)

    def undo(self) -> None:
        """Take the last change of settings back."""
        if self._past:
            self._future.append(self._state)
            self._go_to(self._past.pop())

    def redo(self) -> None:
        """Do again what was taken back."""
        if self._future:
            self._past.append(self._state)
            self._go_to(self._future.pop())

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
        self._remember(state)
        self._state = state
        self._timer.start()
        self.changed.emit()

    def _remember(self, after: PlanState) -> None:
        """The state of now may be come back to; what is typed into one setting is one step."""
        plain = {"host": "", "custom": ()}
        paths = frozenset(differences(self._state.replace(**plain), after.replace(**plain)))
        if not paths:
            return
        before, at = self._edited
        self._edited = paths, self._clock()
        self._future.clear()
        typing = paths == before and len(paths) == 1 and self._clock() - at < TYPING_S
        if not typing or not self._past:
            self._past = [*self._past[-MOST_UNDONE + 1 :], self._state]

    def _go_to(self, state: PlanState) -> None:
        self._invalid, self._edited = False, (frozenset(), 0.0)
        self._state = state.replace(host=self._state.host)
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
