"""The plan as a value: settings, what of them was set by hand, and the preset that decides the rest. Pure."""

from dataclasses import dataclass
from typing import Any

from loraferry.ferry.catalogue import entry_of
from loraferry.ferry.own_presets import OwnPreset, with_answers
from loraferry.ferry.plan_diff import OF_ONE_RUN
from loraferry.ferry.presets import (
    ANSWERS,
    Goal,
    PresetValue,
    apply_preset,
    covers,
    exists,
    load_presets,
    preset_values,
)
from loraferry_core.config import Config, TrainConfig
from loraferry_core.config.dotted import differences, leaves, read, replace_at


class PlanState(Config):
    """What plan.json holds."""

    goal: Goal = "character"
    config: TrainConfig = TrainConfig()
    custom: tuple[str, ...] = ()
    """Dotted names that a person has set in Expert; presets leave them alone."""
    host: str = ""
    """Id of the machine chosen last; empty takes the first there is."""
    preset: OwnPreset | None = None
    """One of the person's own that was chosen; None for the one that ships, by family and goal."""


@dataclass(frozen=True)
class Derived:
    """One value that followed from the answers, or was set by hand."""

    path: str
    value: Any
    reason: str
    """English, of the preset that ships; empty where something else decided."""
    custom: bool
    """Whether a person has set another value than the preset's."""
    own: bool = False
    """Whether it comes from a preset of the person's own."""


@dataclass(frozen=True)
class Change:
    """A setting that is not as the preset has it, by its dotted name; one that ends in `.kind` is of a group of which
    there are several kinds."""

    path: str
    before: Any
    value: Any


def baseline(state: PlanState) -> TrainConfig:
    """The plan as answers and preset alone would have it."""
    if state.preset is not None:
        return with_answers(state.preset, state.config)
    return apply_preset(_answered(state), _values(state))


def with_preset(state: PlanState) -> PlanState:
    """The state with everything derived anew: what answers and preset say, then what a person has set."""
    config = baseline(state)
    for path in sorted(state.custom, key=lambda path: path.count(".")):
        if exists(state.config, path) and exists(config, path):
            config = replace_at(config, path, read(state.config, path))
    return state.replace(config=config)


def derived(state: PlanState) -> tuple[Derived, ...]:
    """The preset's values as they stand now, each with its reason; then whatever else is not as usual."""
    reference, changed = _reference(state), {change.path for change in changes(state)}
    shipped = {item.path: item for item in _values(state)}
    usual = apply_preset(_answered(state), shipped.values())
    rows = []
    for path, item in shipped.items():
        if exists(state.config, path):
            value = read(state.config, path)
            own = state.preset is not None and path not in changed and read(reference, path) != item.value
            custom = value != item.value and not own
            rows.append(Derived(path, value, "" if custom or own else item.reason, custom, own))
    others = [path for path in differences(usual, state.config) if path not in shipped and path not in ANSWERS]
    for path in others:
        # Of another kind of optimizer, say, its settings are no news as long as they are as that kind has them.
        own = exists(state.config, path) and exists(usual, path) and path not in changed
        if path not in OF_ONE_RUN and (path in changed or (own and state.preset is not None)):
            rows.append(Derived(path, read(state.config, path), "", path in changed, own))
    return tuple(rows)


def changes(state: PlanState) -> tuple[Change, ...]:
    """What is not as the preset has it. Settings of another kind than the preset's are compared with how that kind is
    at first."""
    base, reference = baseline(state), _reference(state)
    found = []
    for path, (before, value) in differences(reference, state.config).items():
        if path not in ANSWERS and path not in OF_ONE_RUN:
            found.append(Change(path, before, value))
    for path, value in leaves(state.config):
        if path.endswith(".kind") and read(base, path) != value:
            found.append(Change(path, read(base, path), value))
    return tuple(found)


def reset(state: PlanState, path: str = "") -> PlanState:
    """The preset's values again at `path`, which may be a setting, a group or a `.kind`; everywhere where it is empty."""
    if not path:
        return with_preset(state.replace(custom=()))
    path = path.removesuffix(".kind")
    kept = tuple(own for own in state.custom if not covers((path,), own))
    after = state.replace(custom=kept)
    if any(covers((own,), path) for own in kept):  # the group around is of another kind, and stays so
        return after.replace(config=replace_at(state.config, path, read(_reference(state), path)))
    return with_preset(after)


def edited_by_hand(state: PlanState, config: TrainConfig) -> PlanState:
    """The state after somebody changed settings in Expert: each changed path stays as it was set from now on."""
    changed = []
    for path in differences(state.config, config):
        group, _, name = path.rpartition(".")
        changed.append(group if name == "kind" else path)
    own = [path for path in changed if path not in ANSWERS]
    custom = tuple(dict.fromkeys((*state.custom, *own)))
    after = state.replace(config=config, custom=custom)
    # Another base model is an answer to a question, and its numbers follow wherever it was given.
    return with_preset(on_family(after)) if any(path.startswith("base.") for path in changed) else after


def on_family(state: PlanState) -> PlanState:
    """The state without a preset of one's own that was made for another family than the base model's."""
    preset = state.preset
    other = preset is not None and preset.config.base.family != state.config.base.family
    return state.replace(preset=None) if other else state


def taken_over(state: PlanState, config: TrainConfig) -> PlanState:
    """The state with the settings of a whole other plan, and the answers that were given in this one."""
    config = with_answers(OwnPreset(name="-", goal=state.goal, config=config), state.config)
    return edited_by_hand(with_preset(state.replace(custom=())), config)


def _reference(state: PlanState) -> TrainConfig:
    """The baseline, with groups of which the plan has another kind as that kind is at first."""
    config = baseline(state)
    for name in type(config).model_fields:
        own = getattr(state.config, name)
        if getattr(own, "kind", None) != getattr(getattr(config, name), "kind", None):
            config = config.replace(**{name: type(own)()})
    return config


def _answered(state: PlanState) -> TrainConfig:
    config = TrainConfig()
    for path in sorted(ANSWERS):
        config = replace_at(config, path, read(state.config, path))
    return config


def _values(state: PlanState) -> tuple[PresetValue, ...]:
    entry = entry_of(state.config.base.source)
    return preset_values(load_presets(), state.config.base.family, state.goal, entry.id if entry else "")
