"""Runs that also train text encoders: captions are read in every step, each encoder moves at its own rate."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import Parameter
from transformers.models.clip.modeling_clip import CLIPMLP

from loraferry_agent.data.batches import MicroBatch, StepBatch
from loraferry_agent.engine import optim
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.memory.oracle import published, trace_captions, trace_loading, trace_step
from loraferry_agent.engine.objective import Objective
from loraferry_agent.engine.reading import Models, load_models, optimizer_of
from loraferry_agent.engine.update import Update
from loraferry_agent.families import FAMILIES
from loraferry_agent.families.clip import path_in
from loraferry_agent.families.protocol import Base, Conditioning
from loraferry_core.config import TrainConfig
from loraferry_core.config.network import LoraNetwork
from loraferry_core.config.optimizers import Adafactor, AdamW, Lion, Optimizer, Prodigy, ScheduleFreeAdamW
from loraferry_core.config.text_encoders import TextEncoders
from loraferry_core.events import AttemptStarted, Failed, PhaseChanged
from loraferry_core.lora_file.header import read_header
from loraferry_core.lora_file.keys import model_of, text_modules
from tests.fakes import tiny_base
from tests.fakes.job_folder import events
from tests.unit.agent.engine.conftest import Trainer, changed
from tests.unit.agent.engine.test_no_waiting import NoWaiting
from tests.unit.agent.engine.test_resume import losses, samples, state_bytes

CPU = torch.device("cpu")
LEARNING = [
    ("sd1", ("text_encoder",)), ("sd2", ("text_encoder",)), ("sdxl", ("text_encoder",)), ("sdxl", ("text_encoder_2",)),
    ("sdxl", ("text_encoder", "text_encoder_2")),
]  # fmt: skip
TEXTS = ("a red dot", "a cat that sits on a mat and looks at a dog that looks at a cat")


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Base]:
    return {
        family: Base(family, tiny_base.make(tmp_path_factory.mktemp(family), family, levels=2)) for family in FAMILIES
    }


def stacked(each: list[Conditioning]) -> Conditioning:
    return {name: torch.stack([one[name] for one in each]) for name in each[0]}


@pytest.mark.parametrize(("family", "learning"), LEARNING)
@pytest.mark.parametrize("chunks", [1, 2])
def test_what_is_read_in_a_step_is_what_is_read_ahead(
    bases: dict[str, Base], family: str, learning: tuple[str, ...], chunks: int
) -> None:
    kind, base = FAMILIES[family], bases[family]
    ahead = kind.load_text(base, CPU, torch.float32)
    expected = stacked([ahead.encode(text, chunks) for text in TEXTS])
    coder = kind.load_text(base, CPU, torch.float32, learning)
    given = stacked([coder.encode(text, chunks) for text in TEXTS])
    assert {name for name, tensor in given.items() if tensor.dtype is torch.int64} == {f"{n}.tokens" for n in learning}
    reader = kind.load_reader(base, CPU, torch.float32, learning)
    found = reader.read({**given, "time_ids": torch.ones(2, 6)})
    assert found.pop("time_ids").shape == (2, 6)
    assert found.keys() == expected.keys()
    for name, tensor in found.items():
        torch.testing.assert_close(tensor, expected[name])


@pytest.mark.parametrize(("family", "learning"), LEARNING)
def test_layers_are_found_by_their_canonical_names(
    bases: dict[str, Base], family: str, learning: tuple[str, ...]
) -> None:
    reader = FAMILIES[family].load_reader(bases[family], CPU, torch.float32, learning)
    assert set(reader.modules) == set(reader.models) == set(learning)
    for name, modules in reader.modules.items():
        linear = {path for path, layer in reader.models[name].named_modules() if isinstance(layer, nn.Linear)}
        assert {reader.path(module) for module in modules} == linear - {"text_projection"}
    last = {m for m in reader.modules.get("text_encoder", ()) if ".layers.1." in m}
    assert reader.untaught == (last if family == "sdxl" else set())


@pytest.mark.parametrize(("family", "layers"), [("sd1", (12,)), ("sd2", (23,)), ("sdxl", (12, 32))])
def test_the_published_models_have_the_frozen_layers(family: str, layers: tuple[int, ...]) -> None:
    names = FAMILIES[family].spec.text_encoders
    with published(family) as base:
        reader = FAMILIES[family].hollow_reader(base, torch.float16, names)
    assert reader.modules == {n: text_modules(n, depth) for n, depth in zip(names, layers, strict=True)}
    for name, modules in reader.modules.items():
        found = [reader.models[name].get_submodule(reader.path(module)) for module in modules]
        assert all(isinstance(layer, nn.Linear) for layer in found)


def test_the_memory_that_encoders_take_is_known_before(bases: dict[str, Base]) -> None:
    base, family, config = bases["sd1"], FAMILIES["sd1"], plan_of("sd1")
    plain = changed(config, text_encoders=TextEncoders())
    without, reading = (trace_step(each, family, base, (32, 32), "bf16") for each in (plain, config))
    assert without.resting < reading.resting and without.peak < reading.peak
    assert without.parameters < reading.parameters
    loaded = [trace_loading(family, base, "bf16", each.text_encoders.trained) for each in (plain, config)]
    assert loaded[0] < loaded[1]
    assert trace_captions(family, base, "bf16") > trace_captions(family, base, "bf16", ("text_encoder",)) == 0


def test_a_layer_has_one_name_whether_the_library_has_the_level_or_not() -> None:
    flat, nested = nn.Module(), nn.Module()
    nested.text_model = nn.Module()
    canonical = "text_model.encoder.layers.0.mlp.fc1"
    assert (path_in(flat, canonical), path_in(nested, canonical)) == ("encoder.layers.0.mlp.fc1", canonical)


def models_of(base: Base, config: TrainConfig) -> Models:
    return load_models(config, FAMILIES[base.source], base, Device(CPU, "fp32"))


def plan_of(family: str, **values: object) -> TrainConfig:
    text = TextEncoders(train=("first", "second") if family == "sdxl" else ("first",), lr=0.002, second_lr=0.003)
    return changed(TrainConfig(), base__family=family, text_encoders=text, network__rank=2, **values)


def gradients(base: Base, config: TrainConfig, parts: int = 1) -> dict[str, Tensor]:
    """Of a loss over two captions, given in so many parts."""
    family = FAMILIES[base.source]
    models = models_of(base, config)
    adapter = models.attach(config, family.spec)
    generator = torch.Generator().manual_seed(3)
    for parameter in adapter.parameters:
        parameter.data += 0.1 * torch.randn(parameter.shape, generator=generator)
    coder = family.load_text(base, CPU, torch.float32, config.text_encoders.trained)
    given = stacked([coder.encode(text, 2) for text in TEXTS])
    if base.source == "sdxl":
        given["time_ids"] = torch.ones(2, 6)
    noisy, weights = torch.randn((2, 2, 4, 8, 8), generator=generator)
    for part in range(parts):
        rows = slice(part * 2 // parts, (part + 1) * 2 // parts)
        some = {name: tensor[rows] for name, tensor in given.items()}
        predicted = models.denoiser.predict(noisy[rows], torch.tensor([5, 500])[rows], some)
        (predicted * weights[rows]).sum().backward()
    names = adapter.state()
    return {n: p.grad for n, p in zip(names, adapter.parameters, strict=True) if p.grad is not None}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_encoder_learns_and_so_it_does_in_parts_and_recomputed(bases: dict[str, Base], family: str) -> None:
    config = plan_of(family)
    whole = gradients(bases[family], config)
    names = set(models_of(bases[family], config).attach(config, FAMILIES[family].spec).state())
    # Nobody reads what the last layer of SDXL's first encoder gives.
    unread = {name for name in names if name.startswith("text_encoder.") and ".layers.1." in name}
    assert names - whole.keys() == (unread if family == "sdxl" else set())
    assert all(gradient.any() for gradient in whole.values())
    for other in (
        gradients(bases[family], config, parts=2),
        gradients(bases[family], changed(config, loop__gradient_checkpointing=True)),
    ):
        assert other.keys() == whole.keys()
        for name, gradient in other.items():
            torch.testing.assert_close(gradient, whole[name], rtol=1e-4, atol=1e-5)


def test_gradient_checkpointing_recomputes_the_encoders_too(
    bases: dict[str, Base], monkeypatch: pytest.MonkeyPatch
) -> None:
    base, passes = bases["sdxl"], 0
    real = CLIPMLP.forward

    def counted(self: nn.Module, x: Tensor) -> Tensor:
        nonlocal passes
        passes += 1
        return real(self, x)  # type: ignore[no-any-return]

    monkeypatch.setattr(CLIPMLP, "forward", counted)
    config = changed(plan_of("sdxl"), loop__gradient_checkpointing=True)
    gradients(base, config)
    # Two encoders of two layers, both passes; the layer that nobody reads only forward.
    assert passes == 4 + 3


@pytest.mark.parametrize("checkpointing", [False, True])
def test_no_step_waits_for_the_device(bases: dict[str, Base], checkpointing: bool) -> None:
    family, device = FAMILIES["sdxl"], Device(CPU, "bf16")
    config = changed(plan_of("sdxl"), loop__gradient_checkpointing=checkpointing)
    models = load_models(config, family, bases["sdxl"], device)
    adapter = models.attach(config, family.spec)
    objective = Objective(family.noise_settings(bases["sdxl"]), "epsilon", config.objective, CPU)
    optimizer = optimizer_of(config, adapter)
    update = Update(models.denoiser, objective, optimizer, adapter.parameters, device, config.loop.max_grad_norm)
    coder = family.load_text(bases["sdxl"], CPU, device.dtype, config.text_encoders.trained)
    given = {**stacked([coder.encode(text, 2) for text in TEXTS]), "time_ids": torch.ones(2, 6)}
    latents, noise = torch.randn((2, 2, 4, 8, 8), generator=torch.Generator().manual_seed(3))
    batch = StepBatch(0, 2, (MicroBatch(latents, noise, noise, torch.tensor([5, 500]), given),), ("a", "b"))
    update.at_once = 1
    before = adapter.state()
    with NoWaiting():
        values = update(batch, 0.01)
    assert values.isfinite().all()
    after = adapter.state()
    moved = {model_of(name) for name, tensor in before.items() if not torch.equal(after[name], tensor)}
    assert moved == {"unet", "text_encoder", "text_encoder_2"}


OPTIMIZERS: list[Optimizer] = [
    AdamW(lr=0.001), Adafactor(lr=0.001), Lion(lr=0.001), Prodigy(d0=0.01), ScheduleFreeAdamW(lr=0.001),
]  # fmt: skip


def test_each_model_moves_at_its_own_rate(bases: dict[str, Base]) -> None:
    config = plan_of("sdxl", optimizer=Lion(lr=0.001, weight_decay=0.0))
    adapter = models_of(bases["sdxl"], config).attach(config, FAMILIES["sdxl"].spec)
    optimizer = optimizer_of(config, adapter)
    optim.set_rate(optimizer, 0.0005)
    before = {model: own[0].detach().clone() for model, own in adapter.groups.items()}
    for parameter in adapter.parameters:
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    moved = {model: float((own[0].detach() - before[model]).abs().max()) for model, own in adapter.groups.items()}
    assert moved == pytest.approx({"unet": 0.0005, "text_encoder": 0.001, "text_encoder_2": 0.0015}, rel=1e-3)


@pytest.mark.parametrize("config", OPTIMIZERS, ids=lambda config: config.kind)
def test_groups_go_on_where_they_stopped(config: Optimizer) -> None:
    def weights() -> list[Parameter]:
        generator = torch.Generator().manual_seed(0)
        return [Parameter(torch.randn((3, 4), generator=generator)) for _ in range(3)]

    def built(own: list[Parameter]) -> torch.optim.Optimizer:
        return optim.build(config, own[:1], [(own[1:2], config.lr / 2), (own[2:], config.lr * 3)])

    def steps(own: list[Parameter], optimizer: torch.optim.Optimizer, which: range) -> None:
        for step in which:
            optim.set_rate(optimizer, config.lr / (step + 1))
            generator = torch.Generator().manual_seed(step)
            for parameter in own:
                parameter.grad = torch.randn(parameter.shape, generator=generator)
            optimizer.step()

    whole, cut, again = weights(), weights(), weights()
    uncut, first = built(whole), built(cut)
    steps(whole, uncut, range(6))
    steps(cut, first, range(3))
    second = built(again)
    optim.fill(again, [parameter.detach() for parameter in cut])
    optim.restore(second, optim.tensors_of(first))
    steps(again, second, range(3, 6))
    assert all(torch.equal(one, other) for one, other in zip(whole, again, strict=True))
    assert len(optim.averages_of(second) or again) == 3


@pytest.fixture
def reading(plan: TrainConfig) -> TrainConfig:
    return changed(plan, text_encoders=TextEncoders(train=("first",), lr=0.01))


def test_a_run_goes_on_exactly_from_before_it_died(trained: Trainer, reading: TrainConfig) -> None:
    config = changed(
        reading, loop__steps=4, loop__accumulation=2, loop__ema=0.5, dataset__caption_dropout=0.3, saving__every=2
    )
    code, folder = trained(config)
    assert code == 0
    want = losses(folder), state_bytes(folder, 4), samples(folder)
    last = folder.checkpoints / "000004" / "optimizer.safetensors"
    last.write_bytes(last.read_bytes()[:-1])
    for path in folder.samples.iterdir():
        path.unlink()
    assert trained(config, folder=folder, attempt=2)[0] == 0
    starts = [event.resume_step for event in events(folder) if isinstance(event, AttemptStarted)]
    assert starts == [0, 2]
    assert (losses(folder), state_bytes(folder, 4), samples(folder)) == want


def test_captions_are_not_read_ahead(trained: Trainer, reading: TrainConfig) -> None:
    code, folder = trained(reading)
    assert code == 0
    phases = {event.phase for event in events(folder) if isinstance(event, PhaseChanged)}
    assert not phases & {"load_text_encoder", "cache_captions"}


def test_test_pictures_are_of_the_encoder_as_it_is(trained: Trainer, reading: TrainConfig) -> None:
    """The denoiser stays as it was: what changes the picture is the encoder."""
    config = changed(reading, optimizer=AdamW(lr=1e-12), sampling__every=1, sampling__guidance=5.0)
    one, other = (samples(trained(changed(config, text_encoders__lr=rate))[1]) for rate in (1e-12, 0.05))
    assert one[1, 0] == one[3, 0]
    assert other[3, 0] != one[3, 0]


def test_a_run_goes_on_with_the_encoders_of_a_lora(trained: Trainer, reading: TrainConfig) -> None:
    _, first = trained(reading)
    (parent,) = first.output.iterdir()
    still = changed(
        reading, network__parent=str(parent), optimizer=AdamW(lr=1e-12, weight_decay=0), text_encoders__lr=1e-12
    )
    _, second = trained(still)
    (made,) = second.output.iterdir()
    one, other = load_file(parent), load_file(made)
    assert one.keys() == other.keys() and any(key.startswith("lora_te_") for key in one)
    for key, tensor in one.items():
        torch.testing.assert_close(other[key], tensor, rtol=0, atol=1e-6)


def test_the_rules_reach_the_encoders(trained: Trainer, reading: TrainConfig) -> None:
    network = LoraNetwork(rank=2, alpha=2, rules=("text_encoder.*=3:1", "text_encoder.*.mlp.*=0"))
    _, folder = trained(changed(reading, network=network))
    (path,) = folder.output.iterdir()
    shapes = {
        name.removeprefix("lora_te_text_model_encoder_"): tensor.shape
        for name, tensor in read_header(path).tensors.items()
        if name.startswith("lora_te_") and name.endswith("lora_down.weight")
    }
    assert set(shapes.values()) == {(3, tiny_base.WIDTH)}
    assert len(shapes) == 8 and not any("mlp" in name for name in shapes)


def test_a_family_without_a_second_encoder_says_so(trained: Trainer, plan: TrainConfig) -> None:
    code, folder = trained(changed(plan, text_encoders=TextEncoders(train=("second",))))
    last = events(folder)[-1]
    assert code == 1 and isinstance(last, Failed) and last.problem.code == "setting_invalid"
    assert last.problem.params["setting"] == "text_encoders.train"
    left: list[Path] = list(folder.path.rglob("*.safetensors"))
    assert left == []
