"""Plans out of files: presets of ours, settings of kohya's, LoRAs of ours and of others."""

from pathlib import Path

import pytest

from loraferry.ferry.kohya.exporting import exported
from loraferry.ferry.own_presets import preset_of, written
from loraferry.ferry.plan_files import read_plan
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.problems import ProblemError
from tests.unit.desktop.runs.test_shelf import lora

MINE = TrainConfig(dataset={"trigger": "mine"})
THEIRS = replace_at(replace_at(MINE, "network.rank", 24), "dataset.trigger", "theirs")


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_preset_of_ours(tmp_path: Path) -> None:
    path = put(tmp_path, "a.json", written(preset_of("Theirs", "style", replace_at(THEIRS, "base.family", "sdxl"))))
    found = read_plan(path, MINE, "character")
    assert (found.kind, found.name, found.goal, found.family) == ("preset", "Theirs", "style", "sdxl")
    assert (found.config.network.rank, found.config.dataset.trigger) == (24, "mine")


def test_settings_of_kohyas_trainer(tmp_path: Path) -> None:
    text = exported(THEIRS).toml + "\nscale_weight_norms = 1\n"
    found = read_plan(put(tmp_path, "a.toml", text.encode()), MINE, "style")
    assert (found.kind, found.goal, found.config.network.rank) == ("kohya", "style", 24)
    assert found.left == (("scale_weight_norms", "1"),)


def test_a_lora_of_ours_and_one_of_another_program(tmp_path: Path) -> None:
    ours = lora(
        tmp_path / "ours.safetensors", metadata={"loraferry_config": THEIRS.model_dump_json(), "modelspec.title": "Cat"}
    )
    found = read_plan(ours, MINE, "style")
    assert (found.kind, found.name, found.config.network.rank, found.left) == ("lora", "Cat", 24, ())
    metadata = {
        "ss_network_dim": "24", "ss_network_alpha": "12", "ss_learning_rate": "0.0003", "ss_scale_weight_norms": "1.0",
        "ss_base_model_version": "sdxl_base_v1-0", "ss_session_id": "7", "ss_optimizer": "torch.optim.adamw.AdamW",
        "ss_sd_model_hash": "abc", "ss_num_train_images": "20", "ss_training_comment": "hello",
    }  # fmt: skip
    found = read_plan(lora(tmp_path / "other.safetensors", metadata=metadata), MINE, "style")
    assert (found.config.network.rank, found.config.optimizer.lr, found.family) == (24, 3e-4, "sdxl")
    assert found.config.dataset.trigger == "mine"
    assert found.left == (("scale_weight_norms", "1.0"),)


def test_files_without_a_plan_are_refused(tmp_path: Path) -> None:
    files = {
        lora(tmp_path / "bare.safetensors"): "lora_without_plan",
        put(tmp_path, "a.safetensors", b"x" * 99): "lora_not_safetensors",
        put(tmp_path, "a.json", b"["): "settings_unreadable",
        put(tmp_path, "b.json", b'{"format": "loraferry-preset"}'): "settings_unreadable",
        put(tmp_path, "large.toml", b" " * ((1 << 20) + 1)): "settings_unreadable",
        tmp_path / "nowhere.toml": "file_unreadable",
    }
    for path, code in files.items():
        with pytest.raises(ProblemError) as raised:
            read_plan(path, MINE, "style")
        assert raised.value.problem.code == code
