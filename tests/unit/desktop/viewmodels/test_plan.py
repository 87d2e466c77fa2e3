"""The plan: presets, what a person sets by hand, arithmetic, findings, and its file."""

import json
from pathlib import Path

import pytest

from loraferry.ferry.catalogue import base_models, entry_of
from loraferry.ferry.own_presets import preset_of
from loraferry.ferry.presets import GOALS, apply_preset, load_presets, preset_values
from loraferry.ferry.run_length import Pictures, arithmetic
from loraferry.viewmodels.plan import HostChoice, PlanViewModel
from loraferry.viewmodels.plan_state import (
    PlanState,
    baseline,
    changes,
    derived,
    edited_by_hand,
    reset,
    taken_over,
    with_preset,
)
from loraferry_core.config import TrainConfig, total_steps
from loraferry_core.config.dotted import read, replace_at
from loraferry_core.config.optimizers import Adafactor
from loraferry_core.families import FAMILIES
from loraferry_core.problems import problem

SD15 = "stable-diffusion-v1-5/stable-diffusion-v1-5"


@pytest.fixture
def plan(qapp, tmp_path: Path) -> PlanViewModel:
    return PlanViewModel(tmp_path / "plan.json")


@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_there_is_a_preset_for_every_family_and_goal(family: str, goal) -> None:
    values = preset_values(load_presets(), family, goal, "")
    config = apply_preset(TrainConfig(), values)
    for item in values:
        assert read(config, item.path) == item.value
        assert item.reason.endswith(".")


@pytest.mark.parametrize("entry", base_models(), ids=lambda entry: entry.id)
def test_every_base_model_of_the_catalogue_fits_its_family(entry) -> None:
    assert entry.family in FAMILIES
    assert entry_of(entry.source) == entry
    state = PlanState(config=TrainConfig(base={"source": entry.source, "family": entry.family}))
    assert with_preset(state).config.dataset.resolution == entry.resolution


def test_presets_name_only_base_models_that_exist() -> None:
    ids = {entry.id for entry in base_models()}
    assert all(preset.bases.keys() <= ids for preset in load_presets())


def test_nothing_of_one_base_model_lingers_after_choosing_another(plan: PlanViewModel) -> None:
    plan.set_base(SD15)
    there = plan.config
    plan.set_base("toy")
    plan.set_base(SD15)
    assert plan.config == there


def test_what_was_set_by_hand_survives_new_answers() -> None:
    state = with_preset(PlanState())
    state = edited_by_hand(state, replace_at(state.config, "network.rank", 99))
    assert with_preset(state.replace(goal="style")).config.network.rank == 99
    assert state.custom == ("network.rank",)


def test_another_optimizer_keeps_its_own_rate() -> None:
    state = with_preset(PlanState())
    state = edited_by_hand(state, state.config.replace(optimizer=Adafactor(lr=0.5)))
    again = with_preset(state.replace(goal="style"))
    assert again.config.optimizer == Adafactor(lr=0.5)
    (rate,) = [row for row in derived(again) if row.path == "optimizer.lr"]
    assert rate.custom


def test_answers_given_in_expert_are_not_settings_by_hand() -> None:
    state = with_preset(PlanState())
    after = edited_by_hand(state, replace_at(state.config, "dataset.trigger", "blib"))
    assert after.custom == ()


@pytest.mark.parametrize("images", [0, 1, 24, 25])
@pytest.mark.parametrize("unit", ["steps", "epochs"])
def test_the_arithmetic_agrees_with_the_trainer(images: int, unit: str) -> None:
    config = TrainConfig(loop={"unit": unit, "batch": 2, "accumulation": 3, "epochs": 5, "steps": 70})
    total = arithmetic(config, Pictures.plain(images))
    assert total.batch == 6
    if images or unit == "steps":
        assert total.steps == total_steps(config, images)
    else:
        assert total.steps == 0


def by_hand(state: PlanState, **values: object) -> PlanState:
    config = state.config
    for path, value in values.items():
        config = replace_at(config, path.replace("__", "."), value)
    return edited_by_hand(state, config)


def test_what_is_not_as_the_preset_has_it_is_known_and_goes_back() -> None:
    first = with_preset(PlanState())
    assert changes(first) == ()
    state = by_hand(first, network__rank=99, network__alpha=3.0, dataset__trigger="zorblax")
    assert {change.path: change.value for change in changes(state)} == {"network.rank": 99, "network.alpha": 3.0}
    one = reset(state, "network.rank")
    assert (one.config.network.rank, one.config.network.alpha) == (first.config.network.rank, 3.0)
    group = reset(by_hand(state, optimizer__lr=0.5), "network")
    assert group.config.network == first.config.network
    assert group.config.optimizer.lr == 0.5
    every = reset(state)
    assert every.config == replace_at(first.config, "dataset.trigger", "zorblax")


def test_another_kind_is_one_change_and_its_settings_are_compared_with_its_own() -> None:
    first = with_preset(PlanState())
    state = edited_by_hand(first, first.config.replace(optimizer=Adafactor()))
    assert [change.path for change in changes(state)] == ["optimizer.kind"]
    state = by_hand(state, optimizer__lr=0.5)
    assert {change.path for change in changes(state)} == {"optimizer.kind", "optimizer.lr"}
    assert reset(state, "optimizer.lr").config.optimizer == Adafactor()
    assert reset(state, "optimizer.kind").config == first.config


def test_what_no_preset_speaks_of_is_shown_where_it_was_changed() -> None:
    state = by_hand(with_preset(PlanState()), loop__seed=7)
    (row,) = [row for row in derived(state) if row.path == "loop.seed"]
    assert (row.value, row.custom) == (7, True)
    assert "loop.seed" not in {row.path for row in derived(with_preset(PlanState()))}


def test_a_preset_of_ones_own_decides_and_leaves_the_answers() -> None:
    there = by_hand(with_preset(PlanState()), network__rank=99, loop__seed=7, dataset__trigger="old")
    preset = preset_of("mine", "style", there.config)
    state = with_preset(PlanState(goal="style", preset=preset, config=TrainConfig(dataset={"trigger": "new"})))
    assert (state.config.network.rank, state.config.dataset.trigger) == (99, "new")
    rows = {row.path: row for row in derived(state)}
    assert rows["network.rank"].own and not rows["network.rank"].custom
    assert rows["loop.seed"].own
    assert changes(state) == ()
    assert by_hand(state, network__rank=5).custom == ("network.rank",)


def test_a_preset_for_another_family_gives_way_to_what_ships(plan: PlanViewModel) -> None:
    plan.set_preset(preset_of("mine", "style", replace_at(plan.config, "network.rank", 99)))
    plan.set_base(SD15)
    assert plan.config.network.rank == 99
    plan.set_base("stabilityai/stable-diffusion-xl-base-1.0")
    assert plan.state.preset is None
    assert plan.config == baseline(plan.state)


def test_another_plan_is_taken_over_but_for_the_answers() -> None:
    state = by_hand(with_preset(PlanState()), dataset__trigger="mine", loop__seed=3)
    other = TrainConfig(network={"kind": "lora", "rank": 99}, dataset={"trigger": "theirs"}, base={"source": SD15})
    after = taken_over(state, other)
    assert after.config.network.rank == 99
    assert (after.config.dataset.trigger, after.config.base.source) == ("mine", "toy")
    assert with_preset(after) == after


def test_a_kept_preset_changes_nothing_and_a_deleted_one_leaves_its_settings(plan: PlanViewModel) -> None:
    plan.set_config(replace_at(plan.config, "network.rank", 99))
    before = plan.config
    plan.keep_preset(preset_of("mine", "character", before))
    assert (plan.config, plan.state.custom, plan.changes) == (before, (), ())
    plan.keep_preset(None)
    assert plan.config == before
    assert "network.rank" in plan.state.custom


def test_steps_are_taken_back_and_done_again(qapp, tmp_path: Path) -> None:
    now = [0.0]
    plan = PlanViewModel(tmp_path / "plan.json", clock=lambda: now[0])
    first = plan.state
    for rank in (1, 12, 123):
        plan.set_config(replace_at(plan.config, "network.rank", rank))
    typed = plan.state
    plan.set_goal("style")
    now[0] = 10.0
    plan.set_host("somewhere")
    plan.undo()
    assert plan.config == typed.config
    plan.undo()
    assert plan.config == first.config
    assert not plan.can_undo
    plan.redo()
    plan.redo()
    assert plan.state.goal == "style"
    assert not plan.can_redo
    assert plan.state.host == "somewhere"


def test_what_others_find_keeps_training_back(plan: PlanViewModel) -> None:
    plan.images, plan.hosts = 3, [HostChoice("a", "A")]
    assert plan.can_train
    plan.note_blockers([problem("class_word_missing")])
    assert not plan.can_train
    plan.note_blockers([problem("trigger_missing")])
    assert plan.can_train
    plan.images = 0
    assert [found.code for found in plan.findings] == ["no_images_approved", "trigger_missing"]


def test_the_length_follows_pictures_that_somebody_has_counted(plan: PlanViewModel) -> None:
    plan.images = 20
    plan.note_pictures(Pictures(24, 38, 10))
    assert (plan.arithmetic.images, plan.arithmetic.shown) == (24, 38)
    plan.images = 21
    assert plan.arithmetic.images == 21


def test_training_waits_for_pictures_a_machine_and_valid_settings(plan: PlanViewModel) -> None:
    asked: list = []
    plan.train_requested.connect(lambda config, host: asked.append(host))
    plan.request_training()
    plan.images = 3
    plan.request_training()
    assert asked == []
    plan.hosts = [HostChoice("a", "A")]
    plan.mark_invalid()
    plan.request_training()
    assert asked == []
    plan.set_config(plan.config)
    plan.request_training()
    assert asked == ["a"]


def test_a_machine_that_is_gone_gives_way_to_the_first(plan: PlanViewModel) -> None:
    plan.hosts = [HostChoice("a", "A"), HostChoice("b", "B")]
    plan.set_host("b")
    assert plan.host == "b"
    plan.hosts = [HostChoice("a", "A")]
    assert plan.host == "a"
    plan.hosts = []
    assert plan.host == ""


def test_the_plan_is_there_again_after_a_restart(plan: PlanViewModel, tmp_path: Path, qapp) -> None:
    plan.set_trigger("zorblax")
    plan.set_goal("style")
    plan.shutdown()
    again = PlanViewModel(tmp_path / "plan.json")
    assert again.state == plan.state
    assert not list(tmp_path.glob("*.tmp"))


def test_a_plan_of_another_version_is_set_aside(tmp_path: Path, qapp) -> None:
    content = {"goal": "character", "config": {"network": {"kind": "lora", "rank": 0}}}
    (tmp_path / "plan.json").write_text(json.dumps(content), encoding="utf-8")
    plan = PlanViewModel(tmp_path / "plan.json")
    assert plan.state == with_preset(PlanState())
    assert json.loads((tmp_path / "plan.json.unreadable").read_text(encoding="utf-8")) == content


def test_a_trigger_word_longer_than_allowed_is_cut(plan: PlanViewModel) -> None:
    plan.set_trigger("x" * 500)
    assert plan.config.dataset.trigger == "x" * 100
