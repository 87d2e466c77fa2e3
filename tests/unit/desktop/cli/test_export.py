"""`loraferry export`: a LoRA in the form of others, in a terminal."""

from pathlib import Path

import pytest

from loraferry import cli
from tests.unit.core.lora_file.test_export import LORA, file, loha


def run(*arguments: object) -> int:
    options = cli.parse(["--language", "en", "export", *map(str, arguments)])
    assert not cli.wants_window(options)
    return cli.run(options)


def test_a_folder_named_like_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(file(tmp_path / "star.safetensors", LORA)) == 0
    path = tmp_path / "star" / "pytorch_lora_weights.safetensors"
    assert path.is_file()
    assert str(path) in capsys.readouterr().out


def test_the_form_of_peft_elsewhere(tmp_path: Path) -> None:
    assert run(file(tmp_path / "star.safetensors", loha()), "--form", "peft", "--output", tmp_path / "out") == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]


def test_what_cannot_be_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(file(tmp_path / "star.safetensors", loha())) == 1
    assert "diffusers" in capsys.readouterr().err
    assert run(tmp_path / "none.safetensors") == 1
    assert "none.safetensors" in capsys.readouterr().err
