"""Each family from pictures to a file; diffusers reads it and makes the picture that the training made."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, DiffusionPipeline
from diffusers.utils import logging as diffusers_logging
from PIL import Image

from loraferry_agent import train
from loraferry_agent.engine.stop import Stop
from loraferry_core.config import TrainConfig
from loraferry_core.events import Finished, SampleMade
from loraferry_core.families import FAMILIES
from loraferry_core.lora_file.header import read_header
from loraferry_core.lora_file.keys import LORA_PARTS, SDXL_UNET, UNetShape, kohya_keys, unet_modules
from loraferry_core.lora_file.metadata import read_facts
from tests.fakes import tiny_base
from tests.fakes.job_folder import Machine, events, png

CASES = [("sd1", "epsilon"), ("sd2", "epsilon"), ("sd2", "v_prediction"), ("sdxl", "epsilon"), ("sdxl", "v_prediction")]
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
    base = tiny_base.make(tmp_path / "base", family, prediction=prediction)
    machine = Machine(tmp_path / "work")
    plan = TrainConfig.model_validate({
        "base": {"source": str(base), "family": family},
        "dataset": {
            "manifest": machine.dataset([(f"{c}.png", png(c, (64, 48)), f"a {c} dot") for c in ("red", "blue")]),
            "resolution": SIDE, "trigger": "zorb",
        },
        "network": {"kind": "lora", "rank": 2, "alpha": 2, "targets": ["attention", "feed_forward", "projection"]},
        "optimizer": {"kind": "adamw", "lr": 0.01},
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
    path = folder.path / last.file.name

    shape = SDXL_UNET if family == "sdxl" else UNetShape()
    spec = FAMILIES[family]
    parts = dict.fromkeys(transformer_layers(shape), LORA_PARTS)
    assert set(read_header(path).tensors) == set(kohya_keys(parts, spec.naming))
    assert read_facts(path).family == spec.label

    (sample,) = [event for event in told if isinstance(event, SampleMade) and event.step == 3]
    mine = np.asarray(Image.open(folder.path / sample.file.name), dtype=np.float32)
    with caplog.at_level("WARNING"):
        theirs = drawn_by_diffusers(base, path, plan)
    said = [record.message for record in caplog.records if record.name.startswith("diffusers")]
    # It looks for text encoders' parts too, and says that this file has none.
    assert [message for message in said if "prefix='text_encoder" not in message] == []
    assert np.abs(mine - theirs).mean() < 1.0


def transformer_layers(shape: UNetShape) -> set[str]:
    return {module for module in unet_modules(shape) if "attentions" in module}


def drawn_by_diffusers(base: Path, lora: Path, plan: TrainConfig) -> np.ndarray:
    pipeline = DiffusionPipeline.from_pretrained(base, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    pipeline.load_lora_weights(lora.parent, weight_name=lora.name, adapter_name="file")
    layers = {name for name, module in pipeline.unet.named_modules() if hasattr(module, "lora_A")}
    assert layers == transformer_layers(SDXL_UNET if plan.base.family == "sdxl" else UNetShape())
    picture = pipeline(
        "zorb dot",
        negative_prompt="",
        height=SIDE,
        width=SIDE,
        num_inference_steps=3,
        guidance_scale=plan.sampling.guidance,
        generator=torch.Generator().manual_seed(plan.sampling.seed),
    ).images[0]
    return np.asarray(picture, dtype=np.float32)
