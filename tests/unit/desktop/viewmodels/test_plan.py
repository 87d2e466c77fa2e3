"""The plan: presets, what a person sets by hand, arithmetic, findings, and its file."""

import json
from pathlib import Path

import pytest

from loraferry.ferry.catalogue import base_models, entry_of
from loraferry.ferry.presets import GOALS, apply_preset, load_presets, preset_values
from loraferry.viewmodels.plan import (
    HostChoice,
    PlanState,
    PlanViewModel,
    arithmetic,
    derived,
    edited_by_hand,
    findings,
    with_preset,
)
from loraferry_core.config import TrainConfig, total_steps
from loraferry_core.config.dotted import read, replace_at
from loraferry_core.config.optimizers import Adafactor
from loraferry_core.families import FAMILIES

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
    total = arithmetic(config, images)
    assert total.batch == 6
    if images or unit == "steps":
        assert total.steps == total_steps(config, images)
    else:
        assert total.steps == 0


def test_findings_name_what_is_missing() -> None:
    assert [found.code for found in findings(TrainConfig(), 0)] == ["no_images_approved", "trigger_missing"]
    assert findings(TrainConfig(dataset={"trigger": "x"}), 3) == ()


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
