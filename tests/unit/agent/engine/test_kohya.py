"""The finished file: its hashes as kohya's trainer calculates them, its metadata, and saves before much is learned."""

import hashlib
import json
from pathlib import Path

import pytest
import safetensors.torch
from safetensors.torch import load_file

from loraferry_core.config import TrainConfig
from loraferry_core.config.optimizers import AdamW
from loraferry_core.events import CheckpointSaved, Failed, Stopped
from loraferry_core.lora_file.check import check_lora
from loraferry_core.lora_file.header import read_header
from tests.fakes.job_folder import events
from tests.unit.agent.engine.conftest import Trainer, changed


@pytest.fixture(scope="module")
def file(trained: Trainer, plan: TrainConfig) -> Path:
    _, folder = trained(changed(plan, sampling__every=0, saving__every=0, saving__dtype="fp16", network__rank=4))
    return folder.output / "zorb.safetensors"


def test_the_hashes_are_those_of_kohyas_trainer(file: Path) -> None:
    """It writes the tensors with the `ss_` metadata alone and hashes that: from behind the header, and a stretch of it."""
    metadata = read_header(file).metadata
    own = {name: text for name, text in metadata.items() if name.startswith("ss_")}
    serialized = safetensors.torch.save(load_file(file), own)
    behind = 8 + int.from_bytes(serialized[:8], "little")
    assert metadata["sshs_model_hash"] == hashlib.sha256(serialized[behind:]).hexdigest()
    assert metadata["sshs_legacy_hash"] == hashlib.sha256(serialized[0x100000:0x110000]).hexdigest()[:8]


def test_webui_and_forge_find_what_they_show(file: Path, plan: TrainConfig) -> None:
    """All values are texts; those that begin with a brace are read as JSON."""
    metadata = read_header(file).metadata
    read = {name: json.loads(text) for name, text in metadata.items() if text.startswith("{")}
    assert read["ss_tag_frequency"]["1_zorb"]["round"] == 4
    assert read["ss_dataset_dirs"] == {"1_zorb": {"n_repeats": 1, "img_count": 5}}
    buckets = read["ss_bucket_info"]["buckets"]
    assert sum(bucket["count"] for bucket in buckets.values()) == 5
    assert [32, 32] in [bucket["resolution"] for bucket in buckets.values()]
    assert metadata["ss_num_train_images"] == "5"
    assert metadata["modelspec.architecture"] == "stable-diffusion-v1/lora"


def test_what_is_too_small_for_the_format_of_the_file_may_grow_yet(trained: Trainer, plan: TrainConfig) -> None:
    config = changed(plan, sampling__every=0, saving__every=1, saving__dtype="fp16", optimizer=AdamW(lr=1e-11))
    code, folder = trained(config)
    told = events(folder)
    assert [event.step for event in told if isinstance(event, CheckpointSaved)] == [1, 2]
    assert code == 1 and isinstance(told[-1], Failed) and told[-1].problem.code == "lora_zero"


def test_a_stop_before_anything_was_learned_leaves_a_checkpoint_and_no_lora(
    trained: Trainer, plan: TrainConfig
) -> None:
    config = changed(plan, sampling__every=0, saving__every=0, optimizer__lr=1e-60)
    code, folder = trained(config, stop_after=1)
    told = events(folder)
    assert code == 0 and isinstance(told[-1], Stopped) and told[-1].file is None
    (saved,) = [event for event in told if isinstance(event, CheckpointSaved)]
    assert [found.code for found in check_lora(folder.path / saved.file.name)] == ["lora_zero"]
    assert not folder.output.exists() or not list(folder.output.iterdir())
