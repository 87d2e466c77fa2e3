"""Presets of one's own, plans from files and to files, and plans to compare with."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from loraferry.ferry.kohya.exporting import exported
from loraferry.ferry.own_presets import OwnPreset, OwnPresets, plain_name, preset_of, written
from loraferry.ferry.plan_diff import Comparable
from loraferry.ferry.plan_files import ReadPlan, read_plan
from loraferry.ferry.presets import GOALS, Goal
from loraferry.platform import write_atomically
from loraferry.runs.store import RunStore
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.plan_state import baseline
from loraferry.viewmodels.prompts import Prompter
from loraferry.viewmodels.tasks import Runner
from loraferry_core.config import TrainConfig
from loraferry_core.problems import ProblemError, fail, problem


class PlanPresets(QObject):
    """Keeps presets, reads and writes files; every question goes through the prompter."""

    changed = Signal()
    """The list of presets, or which one the plan has."""
    plan_read = Signal(object)
    """A `ReadPlan`, for the person to decide on."""

    def __init__(
        self,
        plan: PlanViewModel,
        shelf: OwnPresets,
        store: RunStore,
        tasks: Runner,
        prompter: Prompter,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._plan, self._shelf, self._store = plan, shelf, store
        self._tasks, self._prompter = tasks, prompter
        self._presets = shelf.all()
        plan.changed.connect(self.changed)

    @property
    def presets(self) -> tuple[OwnPreset, ...]:
        """Those of the person's own, by name."""
        return self._presets

    @property
    def chosen(self) -> str:
        """The name of the one that the plan has; empty where it has the one that ships."""
        preset = self._plan.state.preset
        return preset.name if preset is not None else ""

    @property
    def customised(self) -> bool:
        """Whether anything is not as the preset has it."""
        return bool(self._plan.changes)

    def refresh(self) -> None:
        """Look at the folder again."""
        self._presets = self._shelf.all()
        self.changed.emit()

    def choose(self, name: str) -> None:
        """Begin with a preset; an empty name takes the one that ships for what is taught."""
        preset = next((preset for preset in self._presets if preset.name == name), None)
        if preset is not None:
            self._plan.set_preset(preset)
        elif self._plan.state.preset is not None:
            self._plan.set_goal(self._plan.state.goal)

    def save_as(self, config: TrainConfig | None = None, suggested: str = "") -> None:
        """Keep settings under a name, those of now where none are given; the plan is of that preset then."""
        first = self._shelf.free_name(suggested or self.tr("My {goal}").format(goal=self._goal_word()))
        answer = self._prompter.ask_text(self.tr("Save as a preset"), self.tr("Name of the preset:"), value=first)
        name = plain_name(answer or "")
        if not name or (self._is_taken(name) and not self._confirm_replacing(name)):
            return
        preset = preset_of(name, self._plan.state.goal, config or self._plan.config)
        if self._keep(preset):
            if config is None:
                self._plan.keep_preset(preset)
            else:
                self._plan.set_preset(preset)

    def save_new(self) -> None:
        """Keep the settings of now under a new name."""
        self.save_as()

    def save(self) -> None:
        """Keep the settings of now in the preset that is chosen; under a new name where that is none of one's own."""
        if not self.chosen:
            self.save_as()
            return
        preset = preset_of(self.chosen, self._plan.state.goal, self._plan.config)
        if self._keep(preset):
            self._plan.keep_preset(preset)

    def rename(self) -> None:
        """Give the chosen preset another name."""
        preset = self._plan.state.preset
        if preset is None:
            return
        title, label = self.tr("Rename the preset"), self.tr("Name of the preset:")
        name = plain_name(self._prompter.ask_text(title, label, value=preset.name) or "")
        if not name or name == preset.name or (self._is_taken(name) and not self._confirm_replacing(name)):
            return
        renamed = preset.replace(name=name)
        if self._keep(renamed) and self._remove(preset.name):
            self._plan.rename_preset(renamed)

    def delete(self) -> None:
        """Remove the chosen preset, after asking; the settings stay."""
        name = self.chosen
        if name and self._prompter.confirm(
            self.tr("Delete the preset?"),
            self.tr("“{name}” is removed from the list. The plan keeps its settings.").format(name=name),
            accept=self.tr("Delete"),
        ):
            self._remove(name)
            self._plan.keep_preset(None)

    def export_preset(self) -> None:
        """Write the settings of now to a file that can be given to others."""
        name = self.chosen or self._plan.config.saving.name or self._goal_word()
        path = self._target(self.tr("Export the preset"), f"{name}.json", self.tr("Presets (*.json)"))
        if path is not None:
            self._write(path, written(preset_of(name, self._plan.state.goal, self._plan.config)))

    def export_kohya(self) -> None:
        """Write the settings of now for kohya's trainer, and tell what it has no place for."""
        config = self._plan.config
        name = config.saving.name or config.dataset.trigger or "lora"
        path = self._target(self.tr("Export for kohya's trainer"), f"{name}.toml", self.tr("Settings (*.toml)"))
        if path is None:
            return
        result = exported(config)
        if self._write(path, result.toml.encode()) and result.left:
            self._prompter.tell(problem("settings_left_out", count=len(result.left), names=", ".join(result.left)))

    def choose_file(self) -> None:
        """Ask for a file with a plan in it, and read it."""
        filters = self.tr("Plans (*.json *.toml *.safetensors)")
        path = self._prompter.choose_file(self.tr("Import a plan"), None, filters)
        if path is not None:
            self.read(path)

    def read(self, path: Path) -> None:
        """Read the plan in a file; `plan_read` hands it on."""
        config, goal = self._plan.config, self._plan.state.goal
        self._tasks.run(
            lambda _token: read_plan(path, config, goal), success=self.plan_read.emit, failure=self._prompter.tell
        )

    def take(self, found: ReadPlan) -> None:
        """Take the settings of a plan that was read."""
        self._plan.take_over(found.config)

    def keep(self, found: ReadPlan) -> None:
        """Make a preset of a plan that was read."""
        self.save_as(found.config, found.name)

    def comparables(self) -> tuple[Comparable, ...]:
        """The plan, what ships, presets and runs."""
        state = self._plan.state
        shipped = [
            Comparable("shipped", goal, baseline(state.replace(goal=goal, preset=None, custom=()))) for goal in GOALS
        ]
        own = [Comparable("own", preset.name, preset.config) for preset in self._presets]
        runs = [Comparable("run", run.spec.name, run.spec.config, run.status.created) for run in self._store.runs()]
        return (Comparable("plan", "", state.config), *shipped, *own, *runs)

    def _goal_word(self) -> str:
        words: dict[Goal, str] = {
            "character": self.tr("character"),
            "style": self.tr("style"),
            "object": self.tr("object"),
        }
        return words[self._plan.state.goal]

    def _is_taken(self, name: str) -> bool:
        return any(preset.name == name for preset in self._shelf.all())

    def _confirm_replacing(self, name: str) -> bool:
        return self._prompter.confirm(
            self.tr("Replace the preset?"),
            self.tr("There is a preset “{name}” already.").format(name=name),
            accept=self.tr("Replace"),
        )

    def _keep(self, preset: OwnPreset) -> bool:
        return self._carry_out(partial(self._shelf.save, preset))

    def _remove(self, name: str) -> bool:
        return self._carry_out(partial(self._shelf.delete, name))

    def _carry_out(self, change: "partial[None]") -> bool:
        try:
            change()
        except ProblemError as error:
            self._prompter.tell(error.problem)
            return False
        self.refresh()
        return True

    def _target(self, title: str, name: str, filters: str) -> Path | None:
        plain = "".join(sign if sign.isalnum() or sign in " -_." else "_" for sign in name)
        return self._prompter.choose_target(title, Path.home() / plain, filters)

    def _write(self, path: Path, data: bytes) -> bool:
        try:
            write_atomically(path, data)
        except OSError as error:
            self._prompter.tell(fail("file_unwritable", path=path, detail=error.strerror or error).problem)
            return False
        return True
