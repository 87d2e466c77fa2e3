"""Numbers that are not finite: left out with the pictures named, then one step back with half the rate, then the end."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from loraferry_agent.data.latents import LatentSource
from loraferry_agent.engine import progress
from loraferry_agent.engine.objective import Objective
from loraferry_agent.engine.progress import Streak, culprits
from loraferry_agent.engine.update import Update
from loraferry_agent.families import FAMILIES
from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.events import Adapted, AttemptStarted, Failed, Finished, Logged, Step
from tests.fakes.job_folder import Machine, events, png
from tests.unit.agent.engine.conftest import Trainer, changed
from tests.unit.agent.engine.test_resume import state_bytes


def skipped(folder: JobFolder) -> dict[int, str]:
    """The pictures that were named for each step."""
    problems = [e.problem for e in events(folder) if isinstance(e, Logged) and e.problem]
    return {int(p.params["step"]): str(p.params["names"]) for p in problems if p.code == "step_skipped"}


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[int, float], bool]], None]:
    """`poisoned(when)`: the errors of the steps (from 0) for which `when(step, rate)` holds are infinite."""

    def poison(when: Callable[[int, float], bool]) -> None:
        real, errors = Update.__call__, Objective.errors
        now = {"bad": False}

        def call(self: Update, batch, rate: float) -> Tensor:  # type: ignore[no-untyped-def]
            now["bad"] = when(batch.step, rate)
            return real(self, batch, rate)

        def poisoned_errors(self: Objective, *arguments: Tensor) -> Tensor:
            return errors(self, *arguments) * (torch.inf if now["bad"] else 1)

        monkeypatch.setattr(Update, "__call__", call)
        monkeypatch.setattr(Objective, "errors", poisoned_errors)

    return poison


@pytest.fixture
def nine(plan: TrainConfig) -> TrainConfig:
    return changed(plan, loop__steps=9, saving__every=3, saving__keep=9, sampling__every=0)


def test_a_bad_step_changes_nothing(trained: Trainer, nine: TrainConfig, poisoned: Callable[..., None]) -> None:
    poisoned(lambda step, rate: step in (3, 4))
    code, folder = trained(changed(nine, saving__every=1))
    assert code == 0 and list(skipped(folder)) == [4, 5]
    assert state_bytes(folder, 3) == state_bytes(folder, 4) == state_bytes(folder, 5) != state_bytes(folder, 6)
    assert [e.loss is None for e in events(folder) if isinstance(e, Step)] == [n in (4, 5) for n in range(1, 10)]


def test_only_the_picture_that_is_to_blame_is_named(
    trained: Trainer, nine: TrainConfig, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = machine.dataset([(f"{colour}.png", png(colour), colour) for colour in ("gold", "tan", "lime", "teal")])
    bad = machine.store(png("lime"))
    real = LatentSource.get

    def get(self: LatentSource, entry, path: Path):  # type: ignore[no-untyped-def]
        found = real(self, entry, path)
        if entry.sha256 == bad:
            found.latents.mean[0, 0, 0] = torch.inf
        return found

    monkeypatch.setattr(LatentSource, "get", get)
    code, folder = trained(changed(nine, dataset__manifest=manifest))
    assert code == 0 and isinstance(events(folder)[-1], Finished)
    assert 3 <= len(skipped(folder)) <= 6 and set(skipped(folder).values()) == {"lime.png"}


def test_three_in_a_row_go_back_and_on_with_half_the_rate(
    trained: Trainer, nine: TrainConfig, poisoned: Callable[..., None]
) -> None:
    poisoned(lambda step, rate: step in (3, 4, 5) and rate > 0.006)
    code, folder = trained(nine)
    assert code == 0 and isinstance(events(folder)[-1], Finished)
    (adapted,) = (e for e in events(folder) if isinstance(e, Adapted))
    assert (adapted.step, adapted.rung, adapted.detail) == (6, "halve_rate", "0.5")
    assert [e.resume_step for e in events(folder) if isinstance(e, AttemptStarted)] == [0, 3]
    rates = [e.lr for e in events(folder) if isinstance(e, Step)]
    assert rates == [0.01] * 6 + [0.005] * 6


def test_a_resume_gives_the_same_bytes_wherever_it_was_cut(
    trained: Trainer, nine: TrainConfig, poisoned: Callable[..., None]
) -> None:
    poisoned(lambda step, rate: step in (3, 4, 5) and rate > 0.006)
    _, whole = trained(nine)
    for cut in (2, 4, 5, 8):
        _, folder = trained(nine, stop_after=cut)
        assert trained(nine, folder=folder, attempt=2)[0] == 0
        assert [e.rung for e in events(folder) if isinstance(e, Adapted)] == ["halve_rate"]
        assert state_bytes(folder, 9) == state_bytes(whole, 9), cut


def test_where_only_a_bad_state_is_kept_it_goes_back_to_that(
    trained: Trainer, nine: TrainConfig, poisoned: Callable[..., None]
) -> None:
    poisoned(lambda step, rate: step in (3, 4, 5) and rate > 0.006)
    code, folder = trained(changed(nine, saving__every=1, saving__keep=1))
    assert code == 0
    assert [e.resume_step for e in events(folder) if isinstance(e, AttemptStarted)] == [0, 5]


def test_the_second_time_it_fails(trained: Trainer, nine: TrainConfig, poisoned: Callable[..., None]) -> None:
    poisoned(lambda step, rate: step >= 3)
    code, folder = trained(nine)
    last = events(folder)[-1]
    assert code == 1 and isinstance(last, Failed)
    assert (last.problem.code, last.problem.params) == ("loss_not_finite", {"step": 6})
    assert [e.rung for e in events(folder) if isinstance(e, Adapted)] == ["halve_rate"]


def test_a_base_of_bad_numbers(trained: Trainer, nine: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = type(FAMILIES["sd1"])
    real = kind.load_denoiser

    def load(*arguments):  # type: ignore[no-untyped-def]
        denoiser = real(*arguments)
        next(denoiser.model.parameters()).data.fill_(torch.nan)
        return denoiser

    monkeypatch.setattr(kind, "load_denoiser", load)
    code, folder = trained(nine)
    assert code == 1 and events(folder)[-1].problem.code == "loss_not_finite"
    assert set(skipped(folder)) == {1, 2, 3}


def test_a_scaler_may_search_for_longer() -> None:
    streak = Streak()
    assert [streak.add(finite=False, searching=True) for _ in range(progress.MAX_SEARCHING)][-2:] == [False, True]
    streak = Streak()
    assert [streak.add(finite=False, searching=False) for _ in range(3)] == [False, False, True]
    streak = Streak(bad=2)
    assert not streak.add(finite=True, searching=False) and streak == Streak()


def test_names_of_the_culprits() -> None:
    assert culprits(("a", "b", "c"), (1.0, float("nan"), float("inf"))) == "b, c"
    assert culprits(("a", "b"), (1.0, 2.0)) == "a, b"
    assert culprits(tuple("abcdefg"), ()) == "a, b, c, d, e …"
