"""A LoRA in the form of others: the same bytes under their names."""

import json
import struct

import pytest

from loraferry_core.lora_file.export import export
from loraferry_core.lora_file.header import read_header
from loraferry_core.lora_file.keys import kohya_key
from loraferry_core.lora_file.names import named
from loraferry_core.lora_file.strengths import Strength, strengths_in
from loraferry_core.problems import ProblemError
from tests.unit.core.lora_file.files import raw, table

Q = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"
CONV = "down_blocks.0.resnets.0.conv1"


def number(value):
    return "F32", [], struct.pack("<f", value)


def tensor(*shape, fill=1):
    size = 4
    for side in shape:
        size *= side
    return "F32", list(shape), bytes([fill]) * size


def file(path, modules, metadata=None, naming="diffusers"):
    tensors = {
        f"{kohya_key(module, naming)}.{part}": entry
        for module, parts in modules.items()
        for part, entry in parts.items()
    }
    path.write_bytes(raw(table(tensors, metadata or {}), b"".join(data for _, _, data in tensors.values())))
    return path


LORA = {
    Q: {"alpha": number(2), "lora_down.weight": tensor(4, 6, fill=1), "lora_up.weight": tensor(8, 4, fill=2)},
    CONV: {
        "alpha": number(1), "lora_down.weight": tensor(2, 6, 3, 3, fill=3), "lora_up.weight": tensor(8, 2, 1, 1, fill=4),
    },
}  # fmt: skip


def contents(path):
    header, data = read_header(path), path.read_bytes()
    return {name: (entry.shape, data[entry.start : entry.end]) for name, entry in header.tensors.items()}


def strengths(path):
    header = read_header(path)
    return strengths_in(path, header, named(header.tensors))


@pytest.mark.parametrize("naming", ["diffusers", "ldm"])
def test_the_form_of_diffusers(tmp_path, naming):
    source = file(tmp_path / "x.safetensors", LORA, {"modelspec.title": "星", "sshs_model_hash": "0"}, naming)
    path = export(source, tmp_path / "out" / "deep", "diffusers")
    assert path == tmp_path / "out" / "deep" / "pytorch_lora_weights.safetensors"
    assert list(contents(path)) == [
        f"unet.{CONV}.lora_A.weight", f"unet.{CONV}.lora_B.weight", f"unet.{Q}.lora_A.weight", f"unet.{Q}.lora_B.weight",
    ]  # fmt: skip
    assert contents(path)[f"unet.{CONV}.lora_A.weight"] == ((2, 6, 3, 3), b"\3" * (4 * 2 * 54))
    metadata = read_header(path).metadata
    assert (metadata["modelspec.title"], metadata["format"]) == ("星", "pt")
    assert "sshs_model_hash" not in metadata
    settings = json.loads(metadata["lora_adapter_metadata"])
    assert settings["unet.use_dora"] is False
    assert strengths(path) == strengths(source) == {Q: Strength(4, 2.0), CONV: Strength(2, 1.0)}
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_the_form_of_peft(tmp_path):
    source = file(tmp_path / "x", LORA)
    path = export(source, tmp_path, "peft")
    assert path.name == "adapter_model.safetensors"
    assert f"base_model.model.{Q}.lora_B.weight" in contents(path)
    settings = json.loads((tmp_path / "adapter_config.json").read_text())
    assert (settings["peft_type"], settings["target_modules"]) == ("LORA", [CONV, Q])
    assert settings["r"] == 4 and settings["rank_pattern"] == {f"^{CONV}": 2}
    assert settings["lora_alpha"] == 2.0 and settings["alpha_pattern"] == {f"^{CONV}": 1.0}
    assert strengths(path) == strengths(source)


TEXT = "text_encoder.text_model.encoder.layers.0.mlp.fc1"
SECOND = "text_encoder_2.text_model.encoder.layers.{}.self_attn.q_proj"


def test_text_encoders_in_the_form_of_diffusers(tmp_path):
    text = {"alpha": number(3), "lora_down.weight": tensor(3, 6), "lora_up.weight": tensor(8, 3)}
    modules = {Q: LORA[Q], TEXT: text, SECOND.format(0): LORA[Q], SECOND.format(1): text}
    source = file(tmp_path / "x", modules, naming="ldm")
    path = export(source, tmp_path / "out", "diffusers")
    assert f"{TEXT}.lora_A.weight" in contents(path)
    settings = json.loads(read_header(path).metadata["lora_adapter_metadata"])
    # Newer libraries have lost the level `text_model` in one of the two.
    assert settings["text_encoder.target_modules"] == ["encoder.layers.0.mlp.fc1"]
    assert (settings["text_encoder.r"], settings["text_encoder.lora_alpha"]) == (3, 3.0)
    assert settings["text_encoder_2.rank_pattern"] == {"encoder.layers.1.self_attn.q_proj": 3}
    assert settings["unet.rank_pattern"] == {}
    assert strengths(path) == strengths(source)
    assert strengths(path)[SECOND.format(1)] == Strength(3, 3.0)


def test_text_encoders_have_no_place_in_the_form_of_peft(tmp_path):
    with pytest.raises(ProblemError) as caught:
        export(file(tmp_path / "x", {**LORA, TEXT: LORA[Q]}), tmp_path / "out", "peft")
    assert caught.value.problem.code == "export_unfit"


def test_the_sizes_of_text_encoders(tmp_path):
    modules = {Q: LORA[Q], TEXT: {**LORA[Q], "dora_scale": tensor(8, 1)}}
    path = export(file(tmp_path / "x", modules), tmp_path, "diffusers")
    assert contents(path)[f"{TEXT}.lora_magnitude_vector.weight"] == ((8,), b"\1" * 32)
    settings = json.loads(read_header(path).metadata["lora_adapter_metadata"])
    assert (settings["text_encoder.use_dora"], settings["unet.use_dora"]) == (True, False)


def test_dora(tmp_path):
    modules = {Q: {**LORA[Q], "dora_scale": tensor(8, 1)}, CONV: {**LORA[CONV], "dora_scale": tensor(8, 1, 1, 1)}}
    path = export(file(tmp_path / "x", modules), tmp_path, "diffusers")
    assert json.loads(read_header(path).metadata["lora_adapter_metadata"])["unet.use_dora"] is True
    assert contents(path)[f"unet.{Q}.lora_magnitude_vector"] == ((8,), b"\1" * 32)
    assert contents(path)[f"unet.{CONV}.lora_magnitude_vector"] == ((1, 8, 1, 1), b"\1" * 32)


@pytest.mark.parametrize(
    ("arguments", "factor"),
    [({}, -1), ({"factor": "4"}, 4), ({"factor": "x"}, -1), ({"factor": None}, -1)],
)
def test_lokr(tmp_path, arguments, factor):
    modules = {
        Q: {"alpha": number(8), "lokr_w1": tensor(2, 2), "lokr_w2": tensor(3, 3)},
        CONV: {"alpha": number(2), "lokr_w1": tensor(2, 2), "lokr_w2_a": tensor(3, 4), "lokr_w2_b": tensor(4, 3)},
    }
    source = file(tmp_path / "x", modules, {"ss_network_args": json.dumps(arguments)})
    path = export(source, tmp_path, "peft")
    settings = json.loads((tmp_path / "adapter_config.json").read_text())
    assert settings["peft_type"] == "LOKR"
    assert {settings["r"], *settings["rank_pattern"].values()} == {8, 4}
    assert {settings["alpha"], *settings["alpha_pattern"].values()} == {8.0, 2.0}
    assert (settings["decompose_factor"], settings["decompose_both"]) == (factor, False)
    assert f"base_model.model.{CONV}.lokr_w2_b" in contents(path)


def loha():
    parts = ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b")
    return {Q: {"alpha": number(1), **{part: tensor(2, 2) for part in parts}}}


@pytest.mark.parametrize(
    "modules", [loha(), {**loha(), CONV: LORA[CONV]}, {"nothing.of.ours": LORA[Q]}], ids=["kind", "mixed", "unknown"]
)
def test_what_diffusers_has_no_names_for(tmp_path, modules):
    with pytest.raises(ProblemError) as caught:
        export(file(tmp_path / "x.safetensors", modules), tmp_path / "out", "diffusers")
    assert caught.value.problem.code == "export_unfit"
    assert not (tmp_path / "out").exists()


def test_a_damaged_file_is_not_passed_on(tmp_path):
    with pytest.raises(ProblemError) as caught:
        export(file(tmp_path / "x", {Q: {**loha()[Q], "alpha": number(float("nan"))}}), tmp_path, "peft")
    assert caught.value.problem.code == "lora_not_finite"
    export(file(tmp_path / "y", loha()), tmp_path, "peft")
    assert json.loads((tmp_path / "adapter_config.json").read_text())["peft_type"] == "LOHA"


def test_what_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "pytorch_lora_weights.safetensors").mkdir()
    with pytest.raises(OSError, match="pytorch_lora"):
        export(file(tmp_path / "x", LORA), tmp_path, "diffusers")
    assert not list(tmp_path.glob("*.part"))
