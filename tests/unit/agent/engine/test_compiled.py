"""Compiled blocks: the same steps, and a compiler that fails ends no run."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from loraferry_agent.engine import recipe
from loraferry_agent.engine.compiled import PAYS_AFTER, CompiledBlocks, pays
from loraferry_agent.engine.device import Device
from loraferry_core.config import TrainConfig
from loraferry_core.config.loop import Loop
from loraferry_core.events import Finished, Logged, Step
from tests.fakes.job_folder import events
from tests.unit.agent.engine.conftest import Trainer, changed

CARD, PROCESSOR = Device(torch.device("cuda"), "bf16"), Device(torch.device("cpu"), "fp32")


def test_only_long_runs_on_a_card_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loraferry_agent.engine.compiled.find_spec", lambda name: name)
    auto = Loop()
    assert pays(auto, CARD, PAYS_AFTER, 1)
    assert not pays(auto, CARD, PAYS_AFTER - 1, 1)
    assert not pays(auto, CARD, PAYS_AFTER, 2)
    assert not pays(auto, PROCESSOR, PAYS_AFTER, 1)
    monkeypatch.setattr("loraferry_agent.engine.compiled.find_spec", lambda name: None)
    assert not pays(auto, CARD, PAYS_AFTER, 1)


def test_a_choice_is_a_choice() -> None:
    assert pays(Loop(compile="on"), PROCESSOR, 1, 9)
    assert not pays(Loop(compile="off"), CARD, PAYS_AFTER, 1)


def compiled_by(monkeypatch: pytest.MonkeyPatch, backend: Any) -> list[CompiledBlocks]:
    """Have the trainer compile with another backend; returns what it made."""
    made: list[CompiledBlocks] = []

    def make(*arguments: Any) -> CompiledBlocks:
        made.append(CompiledBlocks(*arguments, backend=backend))
        return made[-1]

    monkeypatch.setattr(recipe.compiled, "CompiledBlocks", make)
    return made


@pytest.fixture(autouse=True)
def _fresh_compiler(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "")
    before = torch._dynamo.config.recompile_limit
    yield
    torch._dynamo.config.recompile_limit = before
    torch.compiler.reset()


def losses(folder: Any) -> list[float | None]:
    return [event.loss for event in events(folder) if isinstance(event, Step)]


@pytest.mark.filterwarnings("ignore:The .grad attribute")  # torch's own, while it traces
def test_compiled_steps_are_the_same_steps(
    plan: TrainConfig, trained: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the tracing alone, whose operations are those of the plain run. The test picture runs the plain blocks."""
    graphs = 0

    def counting(graph: torch.fx.GraphModule, inputs: Any) -> Any:
        nonlocal graphs
        graphs += 1
        return graph.forward

    made = compiled_by(monkeypatch, counting)
    code, folder = trained(changed(plan, loop__compile="on"))
    plain_code, plain = trained(plan)
    assert code == plain_code == 0 and len(made) == 1
    assert graphs > 0
    assert losses(folder) == losses(plain)
    assert [event.problem for event in events(folder) if isinstance(event, Logged)] == []


def test_a_compiler_that_fails_is_a_warning(
    plan: TrainConfig, trained: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(graph: torch.fx.GraphModule, inputs: Any) -> Any:
        raise OSError("no compiler here")

    compiled_by(monkeypatch, failing)
    code, folder = trained(changed(plan, loop__compile="on"))
    _, plain = trained(plan)
    found = events(folder)
    warned = [event.problem for event in found if isinstance(event, Logged)]
    assert code == 0 and isinstance(found[-1], Finished)
    assert [problem.code for problem in warned] == ["compile_failed"]
    assert "no compiler here" in str(warned[0].params["detail"])
    assert losses(folder) == losses(plain)


def test_other_errors_pass_through(tmp_path: Path) -> None:
    blocks = CompiledBlocks(torch.nn.Linear(1, 1), None, tmp_path)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="out of memory"):
        blocks.run(partial(_raise, RuntimeError("out of memory")))


def _raise(error: Exception) -> None:
    raise error
