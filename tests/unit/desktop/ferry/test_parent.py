"""A LoRA on this computer that a run begins with: checked here, sent with the run, named without its place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from loraferry.cancellation import CancelToken
from loraferry.ferry.cargo import Cargo
from loraferry.ferry.launch import launch, resume_unsent
from loraferry.ferry.own_base import address_of
from loraferry.ferry.restore import restore
from loraferry.remote.client import AgentClient
from loraferry.runs.store import RunStore
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.dataset.manifest import manifest_hash
from loraferry_core.jobs import JobState
from loraferry_core.problems import ProblemError
from tests.fakes.loopback_agent import LoopbackAgent
from tests.unit.core.lora_file.test_export import LORA, Q, file
from tests.unit.desktop.ferry.conftest import cargo_of
from tests.unit.desktop.ferry.test_restore import checkpoint, mirror, started

Dial = Callable[[LoopbackAgent], AgentClient]


@pytest.fixture
def lora(tmp_path: Path) -> Path:
    (tmp_path / "loras").mkdir()
    return file(tmp_path / "loras" / "星.safetensors", {Q: LORA[Q]}, {"ss_base_model_version": "sd_v1"})


def beginning_with(path: Path, rank: int = 4) -> TrainConfig:
    return replace_at(replace_at(TrainConfig(), "network.parent", address_of(path)), "network.rank", rank)


def test_it_is_sent_with_the_run_and_named_without_its_place(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo, lora: Path
) -> None:
    launch(dial(agent), store, beginning_with(lora), cargo, name="cats", token=CancelToken())
    spec = agent.submits[0].spec
    tree = spec.config.network.parent_tree
    assert spec.config.network.parent == "星.safetensors"
    assert agent.committed == {
        spec.config.base.tree: "tree", tree: "tree", manifest_hash(cargo.manifest): "dataset",
    }  # fmt: skip
    assert lora.read_bytes() in agent.blobs.values()
    assert str(lora.parent) not in spec.model_dump_json()


def test_settings_of_peft_beside_it_come_along(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo, lora: Path
) -> None:
    lora.with_name("adapter_config.json").write_text('{"lora_alpha": 3}', encoding="utf-8")
    run = launch(dial(agent), store, beginning_with(lora), cargo, name="cats", token=CancelToken())
    kept = store.cargoes.get(run.spec.config.network.parent_tree)
    assert kept is not None and set(kept[1]) == {"星.safetensors", "adapter_config.json"}


def test_one_that_does_not_fit_is_refused_before_anything_is_sent(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo, lora: Path
) -> None:
    with pytest.raises(ProblemError) as caught:
        launch(dial(agent), store, beginning_with(lora, rank=8), cargo, name="cats", token=CancelToken())
    assert caught.value.problem.code == "parent_other_rank"
    assert (agent.puts, store.runs()) == ([], [])


def test_training_again_begins_with_the_same(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo, lora: Path, tmp_path: Path
) -> None:
    client = dial(agent)
    run = launch(client, store, beginning_with(lora), cargo, name="cats", token=CancelToken())
    other = cargo_of(tmp_path / "other", {"dog.png": b"dog"})
    again = launch(client, store, run.spec.config, other, name="cats", token=CancelToken())
    assert again.spec.config.network == run.spec.config.network
    tree = run.spec.config.network.parent_tree
    store.remove(run.spec.job)
    assert store.cargoes.get(tree) is not None
    store.remove(again.spec.job)
    assert store.cargoes.get(tree) is None
    unknown = launch(client, store, run.spec.config, cargo, name="cats", token=CancelToken())
    assert unknown.spec.config.network.parent_tree == ""


def test_a_launch_that_was_cut_off_sends_it_later(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo, lora: Path
) -> None:
    agent.cut_after = 500
    with pytest.raises(ProblemError):
        launch(dial(agent), store, beginning_with(lora), cargo, name="cats", token=CancelToken())
    (sent,) = resume_unsent(dial(agent), store, CancelToken())
    assert sent.status.state is JobState.QUEUED
    assert lora.read_bytes() in agent.blobs.values()


def test_it_is_sent_to_the_machine_that_replaces_another(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo, lora: Path, tmp_path: Path
) -> None:
    run = launch(dial(agent), store, beginning_with(lora), cargo, name="cats", token=CancelToken())
    store.apply(run.spec.job, [started(1), checkpoint(2, 3)])
    store.set_status(run.status.replace(state=JobState.RUNNING, attempt=1))
    mirror(tmp_path, run.spec.job, checkpoint(2, 3))
    other = LoopbackAgent("other")
    restore(dial(other), store, tmp_path, store.run(run.spec.job), CancelToken())
    assert other.committed[run.spec.config.network.parent_tree] == "tree"
