"""What makes a LoRA good: known pictures beside the new ones, held-out ones, a running mean, masks. All of it exact."""

import io
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch.nn import Parameter

from loraferry_agent.engine import checkpoint, optim, regularisation
from loraferry_agent.engine.ema import Ema
from loraferry_agent.engine.objective import masked_mean
from loraferry_agent.engine.regularisation import Drawing
from loraferry_agent.engine.sampler import Sampler, Wish
from loraferry_agent.families.protocol import Denoiser
from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.config.optimizers import AdamW, Optimizer, ScheduleFreeAdamW
from loraferry_core.events import AttemptStarted, Failed, Finished, Logged, PhaseChanged, SampleMade, Stopped, Validated
from loraferry_core.lora_file.header import read_header
from loraferry_core.lora_file.metadata import tensor_hash
from tests.fakes import tiny_base
from tests.fakes.job_folder import Machine, Picture, events, png, see_through
from tests.unit.agent.engine.conftest import Trainer, changed

EVERYTHING = {
    "loop__steps": 6,
    "loop__ema": 0.9,
    "regularisation__make": 3,
    "regularisation__weight": 0.5,
    "validation__every": 2,
    "validation__share": 0.2,
    "dataset__masked": True,
    "dataset__outside_weight": 0.1,
    "saving__every": 3,
}


def result(folder: JobFolder) -> str:
    path = folder.output / "zorb.safetensors"
    return tensor_hash(path, read_header(path))


def measured(folder: JobFolder) -> dict[int, tuple[float | None, ...]]:
    return {event.step: (event.loss, *event.losses) for event in events(folder) if isinstance(event, Validated)}


def samples(folder: JobFolder) -> dict[int, str]:
    return {event.step: event.file.sha256 for event in events(folder) if isinstance(event, SampleMade)}


def phases(folder: JobFolder) -> list[str]:
    return [event.phase for event in events(folder) if isinstance(event, PhaseChanged)]


@pytest.mark.parametrize(
    "optimizer", [AdamW(lr=0.01), ScheduleFreeAdamW(lr=0.01)], ids=lambda optimizer: optimizer.kind
)
def test_all_of_it_goes_on_to_the_same_bytes(
    trained: Trainer, plan: TrainConfig, machine: Machine, optimizer: Optimizer
) -> None:
    config = changed(plan, optimizer=optimizer, **EVERYTHING)
    _, whole = trained(config)
    _, cut = trained(config, stop_after=3)
    assert isinstance(events(cut)[-1], Stopped)
    shutil.rmtree(machine.layout.caches / "drawn")  # drawn again, by the base and not by what was learned meanwhile
    assert trained(config, folder=cut, attempt=2)[0] == 0
    for name in ("adapter", "optimizer", "ema"):
        first, second = (f.checkpoints / "000006" / f"{name}.safetensors" for f in (whole, cut))
        assert first.read_bytes() == second.read_bytes()
    assert result(cut) == result(whole)
    assert measured(cut) == measured(whole)
    assert sorted(measured(whole)) == [0, 2, 4, 6]


def test_what_is_told_of_sizes_is_told_of_drawn_and_held_out_pictures(
    trained: Trainer, plan: TrainConfig, tmp_path: Path
) -> None:
    base = tiny_base.make(tmp_path / "xl", "sdxl", levels=2)
    code, folder = trained(changed(plan, base__family="sdxl", base__source=str(base), **EVERYTHING))
    assert code == 0 and sorted(measured(folder)) == [0, 2, 4, 6]


def test_known_pictures_are_drawn_once_and_by_the_base_alone(
    trained: Trainer, plan: TrainConfig, machine: Machine
) -> None:
    config = changed(plan, regularisation__make=3, dataset__class_word="a new class", loop__batch=2)
    _, first = trained(config)
    assert isinstance(events(first)[-1], Finished)
    order = list(dict.fromkeys(phases(first)))
    assert order.index("load_denoiser") < order.index("draw_known") < order.index("train")
    drawn = {path.name: path.read_bytes() for path in (machine.layout.caches / "drawn").rglob("*.safetensors")}
    _, again = trained(changed(config, network__rank=3))
    assert drawn == {path.name: path.read_bytes() for path in (machine.layout.caches / "drawn").rglob("*.safetensors")}
    for path in (machine.layout.caches / "drawn").rglob("*.safetensors"):
        path.unlink()
    _, anew = trained(config)
    assert result(anew) == result(first) != result(again)


def test_each_known_picture_has_its_own_seed_and_prompt(
    trained: Trainer, plan: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    draw = Drawing.pictures

    def watched(self: Drawing, *arguments: object) -> object:
        made.extend(draw(self, *arguments))  # type: ignore[arg-type]
        return iter(made)

    monkeypatch.setattr(Drawing, "pictures", watched)
    trained(changed(plan, regularisation__make=5, regularisation__prompts=("one {class}", "two"), loop__batch=2))
    assert [picture.captions.variants for picture in made] == [
        ("one dot",),
        ("two",),
        ("one dot",),
        ("two",),
        ("one dot",),
    ]
    assert len({picture.latents.mean.sum().item() for picture in made}) == 5
    assert all(picture.latents.mean.shape == (4, 8, 8) and not picture.latents.std.any() for picture in made)


def test_what_the_base_draws_out_of_range_is_left_out(
    trained: Trainer, plan: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = Sampler.latents

    def overflowing(self: Sampler, denoiser: Denoiser, wishes: Sequence[Wish]) -> torch.Tensor:
        latents = draw(self, denoiser, wishes)
        latents[0, 0, 0, 0] = torch.nan
        return latents

    monkeypatch.setattr(Sampler, "latents", overflowing)
    config = changed(plan, regularisation__make=4, regularisation__prompts=("overflow", "fine"), sampling__seed=9)
    code, folder = trained(changed(config, sampling__steps=3))
    said = [event.problem for event in events(folder) if isinstance(event, Logged) and event.problem]
    assert code == 0 and [(each.code, each.params["name"]) for each in said] == [("image_skipped", "overflow")] * 2


def test_without_a_class_word_nothing_is_drawn(trained: Trainer, plan: TrainConfig) -> None:
    config = changed(plan, regularisation__make=1, dataset__class_word="")
    code, folder = trained(config)
    last = events(folder)[-1]
    assert code == 1 and isinstance(last, Failed) and last.problem.code == "class_word_missing"
    assert "load_text_encoder" not in phases(folder)
    regularisation.check(changed(config, regularisation__prompts=("a cat",)))


def test_pictures_of_the_folder_have_no_trigger_and_are_not_counted(
    trained: Trainer, plan: TrainConfig, machine: Machine, pictures: list[Picture]
) -> None:
    manifest = machine.dataset(
        [*pictures[:2], ("known/a.png", png("gold"), "a gold thing"), ("known/b.png", png("tan"), "")]
    )
    config = changed(plan, dataset__manifest=manifest, regularisation__folder="known", saving__private=False)
    _, folder = trained(config)
    first = events(folder)[0]
    assert isinstance(first, AttemptStarted) and first.images == 2
    metadata = read_header(folder.output / "zorb.safetensors").metadata
    assert "gold" not in metadata["ss_tag_frequency"] and metadata["ss_num_train_images"] == "2"


def test_known_pictures_alone_are_refused(trained: Trainer, plan: TrainConfig, machine: Machine) -> None:
    manifest = machine.dataset([("known/a.png", png("gold"), "x")])
    code, folder = trained(changed(plan, dataset__manifest=manifest, regularisation__folder="known"))
    last = events(folder)[-1]
    assert code == 1 and isinstance(last, Failed)
    assert (last.problem.code, last.problem.params) == ("regularisation_alone", {"folder": "known"})


def test_a_held_out_picture_is_never_trained(
    trained: Trainer, plan: TrainConfig, machine: Machine, pictures: list[Picture]
) -> None:
    """Another held-out picture changes what is measured, and no byte of what is learned."""
    manifest = machine.dataset(pictures)
    config = changed(plan, dataset__manifest=manifest, validation__every=1, validation__share=0.2)
    _, first = trained(config)
    start = events(first)[0]
    assert isinstance(start, AttemptStarted) and start.images == 4
    held_out = min(pictures, key=lambda picture: machine.store(picture[1]))
    rest = [picture for picture in pictures if picture is not held_out]
    smallest = min(machine.store(picture[1]) for picture in rest)
    shades = (png(f"rgb({n}, 9, 99)") for n in range(256))
    other = next(shade for shade in shades if machine.store(shade) < smallest)
    _, second = trained(changed(config, dataset__manifest=machine.dataset([*rest, (held_out[0], other, "another")])))
    assert result(second) == result(first)
    assert measured(second) != measured(first)


def test_a_single_picture_is_trained_and_that_said(
    trained: Trainer, plan: TrainConfig, machine: Machine, pictures: list[Picture]
) -> None:
    code, folder = trained(changed(plan, dataset__manifest=machine.dataset(pictures[:1]), validation__every=1))
    assert code == 0 and measured(folder) == {}
    assert [e.problem.code for e in events(folder) if isinstance(e, Logged) and e.problem] == ["nothing_held_out"]


def test_the_measure_is_always_the_same(trained: Trainer, plan: TrainConfig) -> None:
    """Neither the run's seed nor how many pictures are measured at once nor its objective moves it."""
    config = changed(plan, validation__every=3, validation__share=0.5, validation__timesteps=3)
    found = [
        measured(trained(changed(config, **values))[1])[0]
        for values in ({}, {"loop__seed": 5}, {"loop__batch": 1}, {"objective__weighting": "min_snr"})
    ]
    assert len(found[0]) == 4
    assert found[0] == found[1] == found[3]
    assert found[2] == pytest.approx(found[0], rel=1e-4)


def test_a_stop_does_not_wait_for_a_measure(trained: Trainer, plan: TrainConfig) -> None:
    _, folder = trained(changed(plan, validation__every=1, loop__steps=5), stop_after=1)
    assert isinstance(events(folder)[-1], Stopped)
    assert sorted(measured(folder)) == [0]


def weights() -> list[Parameter]:
    return [Parameter(torch.arange(4.0)), Parameter(torch.ones(2, 2))]


def step(optimizer: torch.optim.Optimizer, parameters: list[Parameter]) -> None:
    for parameter in parameters:
        parameter.grad = parameter.detach() + 1
    optimizer.step()


@pytest.mark.parametrize("config", [AdamW(lr=0.1), ScheduleFreeAdamW(lr=0.1)], ids=lambda config: config.kind)
def test_the_running_mean(config: Optimizer) -> None:
    parameters = weights()
    optimizer = optim.build(config, parameters)
    ema = Ema(optimizer, 0.5)
    expected = [parameter.detach().clone() for parameter in parameters]
    for number in range(8):
        step(optimizer, parameters)
        ema.follow(number)
        kept = min(0.5, (1 + number) / (10 + number))
        now = optim.averages_of(optimizer) or [parameter.detach() for parameter in parameters]
        expected = [kept * mean + (1 - kept) * new for mean, new in zip(expected, now, strict=True)]
    for found, wanted in zip(ema.means, expected, strict=True):
        torch.testing.assert_close(found, wanted)
    with optim.averaged(optimizer, ema.means):
        assert torch.equal(parameters[0].detach(), ema.means[0])
    assert not torch.equal(parameters[0].detach(), ema.means[0])
    fresh = Ema(optim.build(config, weights()), 0.5)
    fresh.fill(ema.state())
    assert all(torch.equal(a, b) for a, b in zip(fresh.means, ema.means, strict=True))


def test_samples_and_file_are_of_the_running_mean(trained: Trainer, plan: TrainConfig) -> None:
    _, folder = trained(changed(plan, loop__ema=0.9))
    saved = checkpoint.newest(folder.checkpoints)
    assert saved is not None
    path = folder.output / "zorb.safetensors"
    written = [tensor for key, tensor in sorted(load_file(path).items()) if "lora_up" in key]
    means = list(saved.ema.values())
    assert all(any(torch.equal(tensor, mean) for mean in means if mean.shape == tensor.shape) for tensor in written)
    assert not any(torch.equal(a, b) for a, b in zip(saved.adapter.values(), means, strict=True) if a.any())
    assert samples(folder) != samples(trained(plan)[1])


def test_masked_means() -> None:
    each = torch.tensor([[[[1.0, 3.0]], [[5.0, 7.0]]]])
    assert masked_mean(each, None).tolist() == [4.0]
    assert masked_mean(each, torch.tensor([[[[1.0, 0.0]]]])).tolist() == [3.0]
    assert masked_mean(each, torch.tensor([[[[0.5, 0.0]]]])).tolist() == [3.0]
    assert masked_mean(each, torch.tensor([[[[1.0, 0.5]]]])).tolist() == pytest.approx([(3 + 5 / 2) / 1.5])
    assert masked_mean(each, torch.zeros(1, 1, 1, 2)).tolist() == [0.0]


def test_what_lies_outside_the_mask_is_not_learned(trained: Trainer, plan: TrainConfig, machine: Machine) -> None:
    """A mask beside a picture does what the same transparency does, and no more is trained on it."""

    def of(*pictures: Picture, **values: object) -> str:
        manifest = machine.dataset(list(pictures))
        code, folder = trained(changed(plan, dataset__manifest=manifest, dataset__masked=True, **values))
        first = events(folder)[0]
        assert code == 0 and isinstance(first, AttemptStarted) and first.images == 1
        return result(folder)

    on_white = halves("rgb(200, 30, 30)", "white")
    by_alpha = of(("a.png", see_through(), "x"))
    by_mask = of(("a.png", on_white, "x"), ("a-masklabel.png", halves("white", "black"), "not a caption"))
    assert by_alpha == by_mask
    assert of(("a.png", on_white, "x")) != by_mask
    assert of(("a.png", see_through(), "x"), dataset__outside_weight=1.0) == of(("a.png", on_white, "x"))


def halves(left: str, right: str) -> bytes:
    """A picture of the size and with the edge of `see_through`."""
    image = Image.new("RGB", (64, 64), left)
    image.paste(right, (32, 0, 64, 64))
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()
