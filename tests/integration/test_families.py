"""Each family from pictures to a file; diffusers reads it and makes the picture that the training made."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, DiffusionPipeline
from diffusers.utils import logging as diffusers_logging
from peft import LoHaConfig, LoKrConfig, inject_adapter_in_model, set_peft_model_state_dict
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

from loraferry_agent import train
from loraferry_agent.engine.stop import Stop
from loraferry_agent.families.latent_diffusion import shape_of
from loraferry_core.config import TrainConfig
from loraferry_core.events import Finished, SampleMade
from loraferry_core.families import FAMILIES
from loraferry_core.lora_file.export import export
from loraferry_core.lora_file.header import read_header
from loraferry_core.lora_file.keys import SDXL_UNET, UNetShape, kohya_key, kohya_keys, targeted, unet_modules
from loraferry_core.lora_file.metadata import read_facts
from loraferry_core.lora_file.parts import LORA_PARTS
from tests.fakes import tiny_base
from tests.fakes.job_folder import Machine, events, png

PREDICTIONS = {"sd1": ["epsilon"], "sd2": ["epsilon", "v_prediction"], "sdxl": ["epsilon", "v_prediction"]}
CASES = [(family, prediction) for family, several in PREDICTIONS.items() for prediction in several]
CONVOLUTIONS = ["attention", "feed_forward", "projection", "convolution"]
KINDS: dict[str, dict[str, Any]] = {
    "locon": {"kind": "lora", "targets": CONVOLUTIONS, "conv_rank": 1, "rules": ["*.attn2.*=3:2"]},
    "dora": {"kind": "lora", "dora": True, "targets": CONVOLUTIONS, "conv_rank": 2, "conv_alpha": 2},
    "loha": {"kind": "loha", "targets": CONVOLUTIONS, "conv_rank": 2, "conv_alpha": 1},
    "lokr": {"kind": "lokr", "targets": CONVOLUTIONS, "conv_rank": 1, "conv_alpha": 1},
}
SIDE = 64


@pytest.fixture(autouse=True)
def _heard() -> Iterator[None]:
    """Warnings of diffusers reach the test."""
    torch.set_num_threads(1)
    diffusers_logging.enable_propagation()
    diffusers_logging.disable_default_handler()
    yield
    diffusers_logging.enable_default_handler()
    diffusers_logging.disable_propagation()


@pytest.mark.parametrize(("family", "prediction"), CASES, ids=["-".join(case) for case in CASES])
def test_from_pictures_to_a_file_that_diffusers_reads(
    tmp_path: Path, family: str, prediction: str, caplog: pytest.LogCaptureFixture
) -> None:
    whole = prediction == PREDICTIONS[family][0]
    base = tiny_base.make(tmp_path / "base", family, levels=4 if whole else 2, prediction=prediction)
    network = {"kind": "lora", "rank": 2, "alpha": 2, "targets": ["attention", "feed_forward", "projection"]}
    made = trained(tmp_path, base, family, network)
    spec = FAMILIES[family]
    if whole:
        parts = dict.fromkeys(transformer_layers(SDXL_UNET if family == "sdxl" else UNetShape()), LORA_PARTS)
        assert set(read_header(made.lora).tensors) == set(kohya_keys(parts, spec.naming))
    assert read_facts(made.lora).family == spec.label
    assert is_the_sample(made, drawn_by_diffusers(made, caplog))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A small base of each family."""
    return {family: tiny_base.make(tmp_path_factory.mktemp(family), family, levels=2) for family in FAMILIES}


@pytest.mark.parametrize("kind", ["locon", "dora"])
@pytest.mark.parametrize("family", FAMILIES)
def test_diffusers_reads_every_kind_that_it_knows(
    tmp_path: Path, small: dict[str, Path], family: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    made = trained(tmp_path, small[family], family, {"rank": 2, "alpha": 2, **KINDS[kind]})
    # Of kohya's form it leaves DoRA's sizes out, and says so.
    file = export(made.lora, tmp_path / "exported", "diffusers") if kind == "dora" else made.lora
    assert is_the_sample(made, drawn_by_diffusers(replace(made, lora=file), caplog))


TRAINED = {"sd1": ["first"], "sd2": ["first"], "sdxl": ["first", "second"], "sdxl-second": ["second"]}
TEXT_KEYS = {"sd1": {"lora_te": 12}, "sd2": {"lora_te": 12}, "sdxl": {"lora_te1": 12, "lora_te2": 12}}


@pytest.mark.parametrize("case", TRAINED)
def test_diffusers_reads_text_encoders(
    tmp_path: Path, small: dict[str, Path], case: str, caplog: pytest.LogCaptureFixture
) -> None:
    family = case.partition("-")[0]
    text = {"train": TRAINED[case], "lr": 0.01, "second_lr": 0.02}
    made = trained(tmp_path, small[family], family, {"kind": "lora", "rank": 2, "alpha": 2}, text)
    modules = {key.partition(".")[0] for key in read_header(made.lora).tensors if not key.startswith("lora_unet")}
    counts = Counter(name.partition("_text_model_encoder_layers_")[0] for name in modules)
    assert counts == (TEXT_KEYS[family] if case == family else {"lora_te2": 12})
    assert is_the_sample(made, drawn_by_diffusers(made, caplog))


@pytest.mark.parametrize("dora", [False, True])
def test_text_encoders_in_the_form_of_diffusers(
    tmp_path: Path, small: dict[str, Path], caplog: pytest.LogCaptureFixture, dora: bool
) -> None:
    """Of kohya's form it leaves out alphas of text encoders that are not their rank, and DoRA's sizes."""
    text = {"train": ["first", "second"], "lr": 0.01, "rank": 4, "alpha": 3}
    network = {"kind": "lora", "rank": 2, "alpha": 1, "dora": dora, "rules": ["text_encoder.*.layers.1.*=3:2"]}
    made = trained(tmp_path, small["sdxl"], "sdxl", network, text)
    file = export(made.lora, tmp_path / "exported", "diffusers")
    assert is_the_sample(made, drawn_by_diffusers(replace(made, lora=file), caplog))


@pytest.mark.parametrize("kind", ["loha", "lokr"])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_other_kinds_follow_the_published_formulas(
    tmp_path: Path, small: dict[str, Path], family: str, kind: str
) -> None:
    made = trained(tmp_path, small[family], family, {"rank": 2, "alpha": 1, **KINDS[kind]})
    pipeline = loaded(made)
    tensors = load_file(made.lora)
    modules = {key.rpartition(".alpha")[0] for key in tensors if key.endswith(".alpha")}
    layers = {kohya_key(name, FAMILIES[family].naming): name for name in unet_modules(shape_of(pipeline.unet.config))}
    assert modules == layers.keys()
    for module in modules:
        weight = pipeline.unet.get_submodule(layers[module]).weight
        parts = {key.removeprefix(f"{module}."): t for key, t in tensors.items() if key.startswith(f"{module}.")}
        weight.data += DELTAS[kind](parts).reshape(weight.shape)
    assert is_the_sample(made, drawn(pipeline, made))


@pytest.mark.parametrize(("kind", "settings"), [("loha", LoHaConfig), ("lokr", LoKrConfig)])
def test_peft_reads_the_other_kinds(tmp_path: Path, small: dict[str, Path], kind: str, settings: Any) -> None:
    made = trained(tmp_path, small["sd1"], "sd1", {"rank": 2, "alpha": 1, **KINDS[kind]})
    file = export(made.lora, tmp_path / "exported", "peft")
    pipeline = loaded(made)
    inject_adapter_in_model(settings.from_pretrained(file.parent), pipeline.unet)
    read = {key.removeprefix("base_model.model."): tensor for key, tensor in load_file(file).items()}
    left = set_peft_model_state_dict(pipeline.unet, read)
    assert not left.unexpected_keys and not [key for key in left.missing_keys if "hada" in key or "lokr" in key]
    assert is_the_sample(made, drawn(pipeline, made))


def loha(parts: dict[str, Tensor]) -> Tensor:
    """(w1a w1b) ∘ (w2a w2b), arXiv 2108.06098, times alpha over rank."""
    scale = parts["alpha"] / parts["hada_w1_b"].shape[0]
    return scale * (parts["hada_w1_a"] @ parts["hada_w1_b"]) * (parts["hada_w2_a"] @ parts["hada_w2_b"])


def lokr(parts: dict[str, Tensor]) -> Tensor:
    """w1 ⊗ w2, arXiv 2309.14859; alpha over rank where one of them is split, else 1."""
    scale: float | Tensor = 1.0
    matrices = []
    for name in ("lokr_w1", "lokr_w2"):
        if name in parts:
            matrices.append(parts[name])
        else:
            scale = parts["alpha"] / parts[f"{name}_b"].shape[0]
            matrices.append(parts[f"{name}_a"] @ parts[f"{name}_b"])
    first, second = matrices
    if second.dim() == 4:
        first = first[:, :, None, None]
    return scale * torch.kron(first, second)


DELTAS = {"loha": loha, "lokr": lokr}


@dataclass(frozen=True)
class Made:
    """What a run left."""

    base: Path
    plan: TrainConfig
    lora: Path
    sample: np.ndarray


def trained(
    tmp_path: Path, base: Path, family: str, network: dict[str, Any], text: dict[str, Any] | None = None
) -> Made:
    machine = Machine(tmp_path / "work")
    plan = TrainConfig.model_validate({
        "base": {"source": str(base), "family": family},
        "dataset": {
            "manifest": machine.dataset([(f"{c}.png", png(c, (64, 48)), f"a {c} dot") for c in ("red", "blue")]),
            "resolution": SIDE, "trigger": "zorb",
        },
        "network": network,
        "text_encoders": text or {},
        "optimizer": {"kind": "adamw", "lr": 0.01 if network["kind"] == "lora" else 0.1},
        "schedule": {"kind": "constant"},
        "loop": {"unit": "steps", "steps": 3, "batch": 2},
        "sampling": {"every": 3, "steps": 3, "prompts": ["{trigger} dot"], "guidance": 2.0, "seed": 5},
        "saving": {"every": 0, "dtype": "fp32"},
    })  # fmt: skip
    folder = machine.job(plan, name="tiny")
    assert train.run(folder.path, machine.layout, Stop(folder.stop_request)) == 0
    told = events(folder)
    last = told[-1]
    assert isinstance(last, Finished)
    (sample,) = [event for event in told if isinstance(event, SampleMade) and event.step == 3]
    picture = np.asarray(Image.open(folder.path / sample.file.name), dtype=np.float32)
    return Made(base, plan, folder.path / last.file.name, picture)


def transformer_layers(shape: UNetShape) -> set[str]:
    return {module for module in unet_modules(shape) if "attentions" in module}


def loaded(made: Made) -> Any:
    pipeline = DiffusionPipeline.from_pretrained(made.base, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    return pipeline


def drawn(pipeline: Any, made: Made) -> np.ndarray:
    """The picture that the training made as its sample."""
    picture = pipeline(
        "zorb dot",
        negative_prompt="",
        height=SIDE,
        width=SIDE,
        num_inference_steps=3,
        guidance_scale=made.plan.sampling.guidance,
        generator=torch.Generator().manual_seed(made.plan.sampling.seed),
    ).images[0]
    return np.asarray(picture, dtype=np.float32)


def drawn_by_diffusers(made: Made, caplog: pytest.LogCaptureFixture) -> np.ndarray:
    """With the file loaded by diffusers, which has nothing to say about it."""
    pipeline = loaded(made)
    wanted = targeted(unet_modules(shape_of(pipeline.unet.config)), endings_of(made.plan))
    encoders = set(FAMILIES[made.plan.base.family].text_encoders)
    caplog.clear()
    with caplog.at_level("WARNING"):
        pipeline.load_lora_weights(made.lora.parent, weight_name=made.lora.name, adapter_name="file")
    said = [record.message for record in caplog.records if record.name.startswith(("diffusers", "transformers"))]
    # It looks for text encoders' parts too, and says where this file has none.
    has_none = [f"prefix='{name}'" for name in encoders - set(made.plan.text_encoders.trained)]
    assert [message for message in said if not any(words in message for words in has_none)] == []
    for name in encoders:
        layers = [path for path, module in getattr(pipeline, name).named_modules() if hasattr(module, "lora_A")]
        assert len(layers) == (12 if name in made.plan.text_encoders.trained else 0)
    assert {name for name, module in pipeline.unet.named_modules() if hasattr(module, "lora_A")} == set(wanted)
    return drawn(pipeline, made)


def endings_of(plan: TrainConfig) -> tuple[str, ...]:
    spec = FAMILIES[plan.base.family]
    return tuple(ending for group in plan.network.targets for ending in spec.targets[group])


def is_the_sample(made: Made, picture: np.ndarray) -> bool:
    """Whether it is the picture of the training within 1/255 on average, and by far more that than the base model's."""
    apart = difference(made.sample, picture)
    return apart < 1.0 and 10 * apart < difference(made.sample, drawn(loaded(made), made))


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Of two pictures, on average, in steps of 1/255."""
    return float(np.abs(one - other).mean())
