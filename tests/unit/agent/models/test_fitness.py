"""A model that the plan cannot be trained on is refused by its headers and settings, before anything is loaded."""

import json
from pathlib import Path
from typing import Any

import pytest

from loraferry_agent.models.fitness import refuse_unfit
from loraferry_agent.models.refusals import refuse_base
from loraferry_core.config.pretrained import Pretrained
from loraferry_core.problems import ProblemError
from tests.fakes.agent_process import spec_for

CONTEXTS = {"sd1": 768, "sd2": 1024, "sdxl": 2048, "sdxl_refiner": 1280}


def write(path: Path, names: dict[str, tuple[int, ...]], metadata: dict[str, str] | None = None, cut: int = 0) -> Path:
    """A safetensors file of 8-bit zeros."""
    table: dict[str, Any] = {"__metadata__": metadata or {}}
    end = 0
    for name, shape in names.items():
        size = 1
        for side in shape:
            size *= side
        table[name] = {"dtype": "U8", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    header = json.dumps(table).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(end - cut))
    return path


def checkpoint(path: Path, kind: str, *marks: str, cut: int = 0, **metadata: str) -> Path:
    names: dict[str, tuple[int, ...]] = {
        "model.diffusion_model.input_blocks.0.0.weight": (1, 4, 1, 1),
        "model.diffusion_model.input_blocks.1.1.attn2.to_k.weight": (1, CONTEXTS[kind]),
        "model.diffusion_model.out.2.weight": (1, 1),
        "first_stage_model.x": (1,),
        "conditioner.x": (1,),
        **dict.fromkeys(marks, (0,)),
    }
    return write(path, names, metadata, cut)


def folder(path: Path, context: int, prediction: str | None = "epsilon", cut: int = 0) -> Path:
    for part, stem in (
        ("unet", "diffusion_pytorch_model"),
        ("vae", "diffusion_pytorch_model"),
        ("text_encoder", "model"),
    ):
        write(path / part / f"{stem}.safetensors", {"weight": (8,)}, cut=cut if part == "vae" else 0)
    (path / "scheduler").mkdir()
    settings = {
        "model_index.json": {"_class_name": "StableDiffusionPipeline"},
        "unet/config.json": {"cross_attention_dim": context},
        "scheduler/scheduler_config.json": {} if prediction is None else {"prediction_type": prediction},
    }
    for name, table in settings.items():
        (path / name).write_text(json.dumps(table), encoding="utf-8")
    return path


def wanted(family: str = "sd1", prediction: str = "auto") -> Pretrained:
    return Pretrained.model_validate({"source": "mine", "family": family, "prediction": prediction})


def code(base: Pretrained, path: Path) -> str | None:
    try:
        refuse_unfit(base, path)
    except ProblemError as error:
        assert error.problem.params["source"] == "mine"
        return error.problem.code
    return None


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl"])
@pytest.mark.parametrize("of", CONTEXTS)
def test_files_of_each_kind(tmp_path: Path, family: str, of: str) -> None:
    file = checkpoint(tmp_path / "model.safetensors", of)
    other = "base_untrainable" if of == "sdxl_refiner" else "base_wrong_family"
    assert code(wanted(family), file) == (None if family == of else other)


@pytest.mark.parametrize(
    ("marks", "metadata", "prediction", "expected"),
    [
        ((), {}, "v_prediction", None),
        (("v_pred",), {}, "auto", None),
        (("v_pred",), {}, "v_prediction", None),
        (("v_pred",), {}, "epsilon", "base_other_prediction"),
        ((), {"modelspec.prediction_type": "epsilon"}, "v_prediction", "base_other_prediction"),
        ((), {"modelspec.predict_key": "v"}, "epsilon", "base_other_prediction"),
    ],
)
def test_what_a_file_predicts(
    tmp_path: Path, marks: tuple[str, ...], metadata: dict[str, str], prediction: str, expected: str | None
) -> None:
    file = checkpoint(tmp_path / "model.safetensors", "sdxl", *marks, **metadata)
    assert code(wanted("sdxl", prediction), file) == expected


def test_what_is_no_base(tmp_path: Path) -> None:
    assert (
        code(wanted(), write(tmp_path / "lora.safetensors", {"lora_unet_x.lora_up.weight": (2, 2)})) == "base_unknown"
    )
    assert code(wanted(), checkpoint(tmp_path / "cut.safetensors", "sd1", cut=1)) == "base_cut_short"
    (tmp_path / "x.ckpt").write_bytes(b"\x80")
    assert code(wanted(), tmp_path / "x.ckpt") == "base_pickled"
    (tmp_path / "page.safetensors").write_text("<html>", encoding="utf-8")
    assert code(wanted(), tmp_path / "page.safetensors") == "base_unreadable"


@pytest.mark.parametrize(
    ("context", "said", "cut", "plan", "expected"),
    [
        (768, "epsilon", 0, wanted(), None),
        (768, None, 0, wanted(prediction="v_prediction"), None),
        (768, "epsilon", 0, wanted(prediction="v_prediction"), "base_other_prediction"),
        (1024, "v_prediction", 0, wanted(), "base_wrong_family"),
        (1280, "epsilon", 0, wanted(), "base_untrainable"),
        (768, "epsilon", 3, wanted(), "base_cut_short"),
        (16, "epsilon", 0, wanted(), None),
        (768, "epsilon", 0, wanted("sd9"), None),
    ],
)
def test_folders(
    tmp_path: Path, context: int, said: str | None, cut: int, plan: Pretrained, expected: str | None
) -> None:
    assert code(plan, folder(tmp_path / "model", context, said, cut)) == expected


def test_it_is_told_before_the_job_waits(tmp_path: Path) -> None:
    made = spec_for("n", "0" * 64)
    base = wanted().replace(source=str(checkpoint(tmp_path / "model.safetensors", "sdxl")))
    with pytest.raises(ProblemError, match="base_wrong_family"):
        refuse_base(made.replace(config=made.config.replace(base=base)))
