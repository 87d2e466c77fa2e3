"""Memory runs out at any point of a run: it changes itself, rung after rung, and ends with the same adapter."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.utils import parametrize

from loraferry_agent.data.batches import Batches, MicroBatch
from loraferry_agent.engine import exhaustion, frozen
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.exhaustion import is_out_of_memory, problem_of
from loraferry_agent.engine.sampler import Sampler
from loraferry_agent.engine.update import Update
from loraferry_agent.families import FAMILIES
from loraferry_agent.families.latent_diffusion import KlImage
from loraferry_agent.families.protocol import Base
from loraferry_agent.jobs.adaptations import read_adaptation
from loraferry_agent.jobs.ladder import Adaptation
from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.events import Adapted, AttemptStarted, Failed, Finished, SampleMade, Step
from loraferry_core.memory.cards import Card
from loraferry_core.memory.solve import Fitting, Missing
from loraferry_core.problems import problem
from tests.fakes.job_folder import events
from tests.unit.agent.engine.conftest import Trainer, changed

REFUSED = (
    "[enforce fail at alloc_cpu.cpp:127] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 512 MiB."
)


def refuse() -> None:
    raise RuntimeError(REFUSED)


def rungs(folder: JobFolder) -> list[tuple[int, str, str]]:
    return [(e.step, e.rung, e.detail) for e in events(folder) if isinstance(e, Adapted)]


def adapter(folder: JobFolder, step: int = 4) -> dict[str, Tensor]:
    return load_file(folder.checkpoints / f"{step:06d}" / "adapter.safetensors")


def assert_close(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    assert one.keys() == other.keys()
    for name in one:
        torch.testing.assert_close(one[name], other[name], rtol=1e-3, atol=1e-5)


@pytest.fixture(scope="module")
def four(plan: TrainConfig) -> TrainConfig:
    """Four steps of up to four pictures."""
    return changed(plan, loop__steps=4, loop__batch=4, saving__every=2, sampling__every=0)


@pytest.fixture(scope="module")
def with_room(trained: Trainer, four: TrainConfig) -> dict[str, Tensor]:
    """The adapter of the run that had room."""
    return adapter(trained(four)[1])


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Update, MicroBatch], bool]], None]:
    """`limited(fits)`: passes for which that does not hold run out of memory, after they have left gradients behind."""

    def limit(fits: Callable[[Update, MicroBatch], bool]) -> None:
        real = Update.accumulate

        def accumulate(self: Update, micro: MicroBatch, images: int) -> Tensor:
            errors = real(self, micro, images)
            if not fits(self, micro):
                refuse()
            return errors

        monkeypatch.setattr(Update, "accumulate", accumulate)

    return limit


def test_the_batch_is_split_until_it_fits(
    trained: Trainer, four: TrainConfig, limited: Callable[..., None], with_room: dict[str, Tensor]
) -> None:
    limited(lambda update, micro: len(micro.latents) <= 1)
    code, folder = trained(four)
    assert code == 0 and isinstance(events(folder)[-1], Finished)
    assert [taken[1:] for taken in rungs(folder)] == [("retry", ""), ("split_batch", "2"), ("split_batch", "1")]
    assert [e.step for e in events(folder) if isinstance(e, Step)] == [1, 2, 3, 4]
    assert_close(adapter(folder), with_room)


def test_a_restart_begins_on_the_rung_that_was_reached(
    trained: Trainer, four: TrainConfig, limited: Callable[..., None]
) -> None:
    limited(lambda update, micro: len(micro.latents) <= 2)
    _, folder = trained(four, stop_after=2)
    assert read_adaptation(folder) == Adaptation(at_once=2)
    before = rungs(folder)
    folder.adaptation.unlink()
    assert trained(four, folder=folder, attempt=2)[0] == 0
    assert rungs(folder) == before


def test_a_lack_that_passes_changes_nothing(
    trained: Trainer, four: TrainConfig, limited: Callable[..., None], with_room: dict[str, Tensor]
) -> None:
    refusals = iter([True])
    limited(lambda update, micro: not next(refusals, False))
    code, folder = trained(four)
    assert code == 0 and rungs(folder) == [(0, "retry", "")]
    assert all(torch.equal(tensor, with_room[name]) for name, tensor in adapter(folder).items())


def test_checkpointing_comes_next_then_the_base_is_quantised(
    trained: Trainer, four: TrainConfig, limited: Callable[..., None], with_room: dict[str, Tensor]
) -> None:
    limited(lambda update, micro: update._denoiser.model.is_gradient_checkpointing)
    code, folder = trained(four)
    assert code == 0 and [rung for _, rung, _ in rungs(folder)][-1] == "checkpointing"
    assert_close(adapter(folder), with_room)


def test_at_last_the_base_is_quantised(trained: Trainer, four: TrainConfig, limited: Callable[..., None]) -> None:
    limited(lambda update, micro: any(parametrize.is_parametrized(m) for m in update._denoiser.model.modules()))
    code, folder = trained(four)
    assert code == 0 and [rung for _, rung, _ in rungs(folder)] == [
        "retry", "split_batch", "split_batch", "checkpointing", "quantise",
    ]  # fmt: skip


def test_when_nothing_helps_it_fails_with_the_numbers(
    trained: Trainer, four: TrainConfig, limited: Callable[..., None]
) -> None:
    limited(lambda update, micro: False)
    code, folder = trained(four)
    last = events(folder)[-1]
    assert code == 1 and isinstance(last, Failed)
    assert last.problem.code == "out_of_memory"
    needed, had = (last.problem.params[name] for name in ("needed_mb", "free_mb"))
    assert needed > 512 and had > 0


def test_memory_that_runs_out_while_the_optimizer_steps(
    trained: Trainer, four: TrainConfig, monkeypatch: pytest.MonkeyPatch, with_room: dict[str, Tensor]
) -> None:
    """What is in memory then belongs to no step: the run goes back to its last checkpoint."""
    real, calls = Update.apply, iter(range(100))

    def apply(self: Update, loss: Tensor) -> Tensor:
        if next(calls) == 2:
            self._parameters[0].data += 1
            refuse()
        return real(self, loss)

    monkeypatch.setattr(Update, "apply", apply)
    code, folder = trained(four)
    assert code == 0 and rungs(folder) == [(2, "retry", "")]
    assert [e.resume_step for e in events(folder) if isinstance(e, AttemptStarted)] == [0, 2]
    assert all(torch.equal(tensor, with_room[name]) for name, tensor in adapter(folder).items())


def test_an_error_of_another_kind_ends_the_run_as_it_is(
    trained: Trainer, four: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def apply(self: Update, loss: Tensor) -> Tensor:
        raise RuntimeError("shapes do not match")

    monkeypatch.setattr(Update, "apply", apply)
    with pytest.raises(RuntimeError, match="shapes do not match"):
        trained(four)


def test_batches_that_could_not_be_made_ahead_are_made_when_they_are_needed(
    trained: Trainer, four: TrainConfig, monkeypatch: pytest.MonkeyPatch, with_room: dict[str, Tensor]
) -> None:
    real, tried = Batches.at, set()

    def at(self: Batches, step: int) -> Any:
        if step not in tried:
            tried.add(step)
            raise MemoryError
        return real(self, step)

    monkeypatch.setattr(Batches, "at", at)
    code, folder = trained(four)
    assert code == 0 and rungs(folder) == []
    assert all(torch.equal(tensor, with_room[name]) for name, tensor in adapter(folder).items())


@pytest.mark.parametrize(("level", "made"), [(0, 2), (1, 2), (2, 2), (3, 0)])
def test_test_pictures_never_end_a_run(
    trained: Trainer, plan: TrainConfig, monkeypatch: pytest.MonkeyPatch, level: int, made: int
) -> None:
    real = Sampler.draw
    calls: list[int] = []

    def draw(self: Sampler, *arguments: Any) -> Any:
        calls.append(1)
        if self.apart + self.tiles < level or (level and len(calls) == 1):
            refuse()
        return real(self, *arguments)

    monkeypatch.setattr(Sampler, "draw", draw)
    code, folder = trained(plan)
    assert code == 0 and isinstance(events(folder)[-1], Finished)
    ladder = ["retry", "sample_apart", "sample_in_tiles", "skip_sample", "skip_sample"]
    assert [rung for _, rung, _ in rungs(folder)] == ladder[: {0: 0, 3: 5}.get(level, level + 1)]
    assert sum(isinstance(e, SampleMade) for e in events(folder)) == made


def test_test_pictures_made_frugally_are_the_same(plan: TrainConfig, trained: Trainer, monkeypatch: Any) -> None:
    checked: list[Any] = []
    real = Sampler.draw

    def draw(self: Sampler, denoiser: Any, progress: Any) -> Any:
        whole, apart, tiled = (
            real(frugal, denoiser, lambda *_: None)[0]
            for frugal in (self, replace(self, apart=True), replace(self, tiles=True))
        )
        assert max(abs(a - b) for a, b in zip(whole.tobytes(), apart.tobytes(), strict=True)) <= 1
        assert tiled.size == whole.size
        checked.append(whole)
        return real(self, denoiser, progress)

    monkeypatch.setattr(Sampler, "draw", draw)
    assert trained(plan)[0] == 0 and checked


def test_loading_is_tried_again(trained: Trainer, four: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = type(FAMILIES["sd1"])
    real, calls = kind.load_denoiser, iter(range(9))

    def load(*arguments: Any) -> Any:
        if next(calls) == 0:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return real(*arguments)

    monkeypatch.setattr(kind, "load_denoiser", load)
    code, folder = trained(four)
    assert code == 0 and rungs(folder) == [(0, "retry", "")]


def test_gradients_of_a_split_batch_are_those_of_the_whole(
    trained: Trainer, four: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: dict[int, list[Tensor]] = {}

    def call(self: Update, batch: Any, rate: float) -> Tensor:
        for at_once in (0, 3, 1):
            for micro in batch.micro:
                for part in micro.parts(at_once):
                    assert not at_once or len(part.latents) <= at_once
                    assert (part.disturbed is part.noise) == (micro.disturbed is micro.noise)
                    self.accumulate(part, batch.images)
            found[at_once] = [p.grad.clone() for p in self._parameters if p.grad is not None]
            self.optimizer.zero_grad()
        raise RuntimeError("seen enough")

    monkeypatch.setattr(Update, "__call__", call)
    with pytest.raises(RuntimeError, match="seen enough"):
        trained(changed(four, loop__batch=5))
    assert found[0] and max(g.abs().max() for g in found[0]) > 0
    for at_once in (3, 1):
        for whole, split in zip(found[0], found[at_once], strict=True):
            torch.testing.assert_close(split, whole, rtol=1e-4, atol=1e-7)


@pytest.fixture
def denoiser(base: Path) -> Iterator[Any]:
    yield FAMILIES["sd1"].load_denoiser(Base("tiny", base), torch.device("cpu"), torch.float32)


def kept_bytes(model: torch.nn.Module) -> int:
    return sum(parameter.untyped_storage().nbytes() for parameter in model.parameters())


def test_a_quantised_base_takes_a_quarter_and_tells_nearly_the_same(denoiser: Any) -> None:
    noisy, states = torch.randn(1, 4, 8, 8), torch.randn(1, 20, 16)
    before, whole = denoiser.predict(noisy, torch.tensor([5]), {"states": states}), kept_bytes(denoiser.model)
    frozen.keep(denoiser.model, torch.device("cpu"), offload=False, quantise=True)
    after = denoiser.predict(noisy, torch.tensor([5]), {"states": states})
    assert kept_bytes(denoiser.model) < 0.45 * whole  # biases and norms stay as they are, and are much of a tiny model
    error = (after - before).norm() / before.norm()
    assert 0 < error < 0.05
    kept = {name: tensor.clone() for name, tensor in denoiser.model.named_parameters()}
    frozen.keep(denoiser.model, torch.device("cpu"), offload=False, quantise=True)
    assert all(torch.equal(tensor, kept[name]) for name, tensor in denoiser.model.named_parameters())
    assert sum(t.dtype is torch.int8 for t in kept.values()) > 20


def test_weights_that_lie_in_main_memory_are_the_same(denoiser: Any) -> None:
    noisy, states = torch.randn(1, 4, 8, 8), torch.randn(1, 20, 16)
    before = denoiser.predict(noisy, torch.tensor([5]), {"states": states})
    frozen.keep(denoiser.model, torch.device("cpu"), offload=True, quantise=False)
    assert torch.equal(denoiser.predict(noisy, torch.tensor([5]), {"states": states}), before)


@pytest.mark.parametrize("family", ["sd1", "sdxl"])
def test_the_autoencoder_never_calculates_in_half_precision(
    trained: Trainer, plan: TrainConfig, monkeypatch: pytest.MonkeyPatch, family: str, tmp_path: Path
) -> None:
    from tests.fakes import tiny_base

    # An autoencoder of its own: what another test has cached with the usual one would not be encoded again.
    source = tiny_base.make(tmp_path / "base", family, levels=2, seed=77)
    seen: set[tuple[str, torch.dtype]] = set()
    for name in ("encode", "decode"):
        real = getattr(KlImage, name)

        def spied(self: KlImage, tensor: Tensor, name: str = name, real: Any = real) -> Any:
            seen.add((name, self._model.dtype))
            return real(self, tensor)

        monkeypatch.setattr(KlImage, name, spied)
    for precision in ("fp16", "bf16", "fp32"):
        seen.clear()
        config = changed(
            plan, base__source=str(source), base__family=family, loop__precision=precision, loop__steps=1,
            sampling__every=1, dataset__resolution=48 if precision == "fp16" else 40 if precision == "bf16" else 64,
        )  # fmt: skip
        trained(config)
        decoded = torch.bfloat16 if precision == "bf16" else torch.float32
        assert seen == {("encode", torch.float32), ("decode", decoded)}, precision


def test_errors_of_memory_are_told_from_others(tmp_path: Path) -> None:
    for error in (
        torch.OutOfMemoryError("CUDA out of memory."),
        MemoryError(),
        RuntimeError(REFUSED),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("could not create a primitive"),
        OSError(12, "Cannot allocate memory"),
    ):
        assert is_out_of_memory(error)
        found = problem_of(error, tmp_path)
        assert found is not None and found.code == "out_of_memory"
    for other in (RuntimeError("shapes"), OSError(28, "full"), ValueError("out of memory")):
        assert not is_out_of_memory(other)
    assert problem_of(ValueError(), tmp_path) is None


def test_what_would_fit_is_told_where_the_table_knows(plan: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    found = problem("out_of_memory", device="card", needed_mb=3000, free_mb=1500)
    answer = Missing(
        "train", 2500, 1500, (512, Fitting(1, True, 1400)), (Card("RTX 9", 9000, 50), Card("RTX 10", 10_000, 60))
    )
    monkeypatch.setattr(exhaustion, "is_known", lambda family: True)
    monkeypatch.setattr(exhaustion, "solve", lambda request, free_mb: answer)
    assert exhaustion.with_way_out(found, plan) == found  # the processor's memory is not in the table
    monkeypatch.setattr(exhaustion, "on_card", lambda: True)
    told = problem("card_too_small", device="card", needed_mb=3000, had_mb=1500, side=512, cards="RTX 9, RTX 10")
    assert exhaustion.with_way_out(found, plan) == told
    answer = replace(answer, nearest=None, cards=())
    assert exhaustion.with_way_out(found, plan).params["side"] == 0
    other = problem("disk_full", path="/", needed_mb=1, free_mb=0)
    assert exhaustion.with_way_out(other, plan) == other
    answer = Fitting(1, True, 1400)
    assert exhaustion.with_way_out(found, plan) == found


def test_device_on_processor() -> None:
    assert Device(torch.device("meta"), "bf16").on_processor() == Device(torch.device("cpu"), "bf16")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a graphics card")
def test_weights_in_main_memory_leave_the_card(denoiser: Any) -> None:
    card = torch.device("cuda")
    model = denoiser.model.to(card)
    noisy, states = torch.randn(1, 4, 8, 8, device=card), torch.randn(1, 20, 16, device=card)
    before = denoiser.predict(noisy, torch.tensor([5], device=card), {"states": states})
    for quantise in (False, True):
        frozen.keep(model, card, offload=True, quantise=quantise)
        lists = [m for m in model.modules() if isinstance(m, parametrize.ParametrizationList)]
        assert {t.device.type for m in lists for t in (*m.parameters(), *m.buffers())} == {"cpu"}
        after = denoiser.predict(noisy, torch.tensor([5], device=card), {"states": states})
        assert torch.allclose(after, before, atol=0 if not quantise else 0.1)
