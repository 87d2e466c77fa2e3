"""Rank and alpha, beside each adapter or in peft's settings."""

import json
import struct

import pytest

from loraferry_core.lora_file.header import NotSafetensors, read_header
from loraferry_core.lora_file.names import named
from loraferry_core.lora_file.strengths import MAX_SETTINGS, Strength, number, strengths_in
from tests.unit.core.lora_file.files import raw, table

Q = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
INNER = "text_model.encoder.layers.0.mlp.fc1"
K = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_k"


def peft(path, metadata=None, shape=(4, 1), part="lora_A.weight"):
    size = 4
    for side in shape:
        size *= side
    tensors = {f"unet.{module}.{part}": ("F32", list(shape), b"\1" * size) for module in (Q, K)}
    data = b"".join(content for _, _, content in tensors.values())
    path.write_bytes(raw(table(tensors, metadata), data))
    return path


def strengths(path):
    header = read_header(path)
    return strengths_in(path, header, named(header.tensors))


def with_settings(tmp_path, **settings):
    metadata = {"lora_adapter_metadata": json.dumps({f"unet.{name}": value for name, value in settings.items()})}
    return peft(tmp_path / "x", metadata)


@pytest.mark.parametrize(
    ("dtype", "data", "value"),
    [
        ("F16", struct.pack("<e", 0.5), 0.5), ("F32", struct.pack("<f", 8.0), 8.0), ("F64", struct.pack("<d", 3.0), 3.0),
        ("BF16", struct.pack("<f", 16.0)[2:], 16.0),
    ],
)  # fmt: skip
def test_numbers(tmp_path, dtype, data, value):
    (tmp_path / "x").write_bytes(raw(table({"a": (dtype, [], data)}), data))
    assert number(tmp_path / "x", read_header(tmp_path / "x").tensors["a"]) == value


@pytest.mark.parametrize(
    ("dtype", "shape", "data"), [("I64", [], b"\0" * 8), ("F32", [2], b"\0" * 8), ("F16", [0], b"")]
)
def test_what_is_no_number(tmp_path, dtype, shape, data):
    (tmp_path / "x").write_bytes(raw(table({"a": (dtype, shape, data)}), data))
    with pytest.raises(NotSafetensors, match="not a number"):
        number(tmp_path / "x", read_header(tmp_path / "x").tensors["a"])


def test_nothing_said_means_that_alpha_is_the_rank(tmp_path):
    assert strengths(peft(tmp_path / "x")) == {Q: Strength(4, 4.0), K: Strength(4, 4.0)}
    assert strengths(peft(tmp_path / "y", shape=(), part="lokr_w1"))[Q] == Strength(None, 1.0)


def test_a_number_beside_each(tmp_path):
    key = f"unet.{Q}"
    tensors = {f"{key}.alpha": ("F32", [], struct.pack("<f", 2.0)), f"{key}.lora_A.weight": ("F32", [4, 1], b"\1" * 16)}
    (tmp_path / "x").write_bytes(raw(table(tensors), struct.pack("<f", 2.0) + b"\1" * 16))
    assert strengths(tmp_path / "x") == {Q: Strength(4, 2.0)}


@pytest.mark.parametrize(
    ("settings", "alpha"),
    [
        ({"lora_alpha": 2}, 2.0),
        ({"alpha": 3.5}, 3.5),
        ({"lora_alpha": 2, "use_rslora": True}, 4.0),
        ({"lora_alpha": 2, "alpha_pattern": {f"^{Q}": 8}}, 8.0),
        ({"lora_alpha": 2, "alpha_pattern": {f"^{Q}$": 8}}, 8.0),
        ({"lora_alpha": 2, "alpha_pattern": {"attn1.to_q": 8}}, 8.0),
        ({"lora_alpha": 2, "alpha_pattern": {"to_k": 8, "tn1.to_q": 9}}, 2.0),
        ({"lora_alpha": 2, "alpha_pattern": None}, 2.0),
    ],
)
def test_settings_in_the_file(tmp_path, settings, alpha):
    assert strengths(with_settings(tmp_path, **settings))[Q] == Strength(4, alpha)


@pytest.mark.parametrize(
    ("settings", "alpha"),
    [
        ({"unet.lora_alpha": 1, "text_encoder.lora_alpha": 2}, 2.0),
        ({"unet.lora_alpha": 1, "lora_alpha": 3}, 4.0),
        ({"text_encoder.lora_alpha": 2, "text_encoder.alpha_pattern": {f"^{INNER}": 8}}, 8.0),
        ({"text_encoder.lora_alpha": 2, "text_encoder.alpha_pattern": {"encoder.layers.0.mlp.fc1": 8}}, 8.0),
        ({"text_encoder.lora_alpha": 2, "text_encoder_2.alpha_pattern": {INNER: 8}}, 2.0),
    ],
)
def test_settings_of_a_text_encoder(tmp_path, settings, alpha):
    key = f"text_encoder.{INNER}.lora_A.weight"
    metadata = {"lora_adapter_metadata": json.dumps(settings)}
    (tmp_path / "x").write_bytes(raw(table({key: ("F32", [4, 1], b"\1" * 16)}, metadata), b"\1" * 16))
    assert strengths(tmp_path / "x") == {f"text_encoder.{INNER}": Strength(4, alpha)}


def test_settings_beside_the_file(tmp_path):
    (tmp_path / "adapter_config.json").write_text('{"lora_alpha": 7}')
    assert strengths(peft(tmp_path / "x"))[Q] == Strength(4, 7.0)
    (tmp_path / "adapter_config.json").write_text('{"lora_alpha": 7' + " " * MAX_SETTINGS + "}")
    with pytest.raises(NotSafetensors, match="not JSON"):
        strengths(peft(tmp_path / "x"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"lora_alpha": "2"}, "not a number"),
        ({"lora_alpha": True}, "not a number"),
        ({"alpha_pattern": {"(.*)to_q": 2}}, "not names of layers"),
        ({"alpha_pattern": [1]}, "not names of layers"),
    ],
)
def test_settings_that_make_no_sense(tmp_path, settings, words):
    with pytest.raises(NotSafetensors, match=words):
        strengths(with_settings(tmp_path, **settings))


@pytest.mark.parametrize("text", ["[1]", "{", "[" * 100_000])
def test_settings_that_are_none(tmp_path, text):
    with pytest.raises(NotSafetensors, match="settings are not"):
        strengths(peft(tmp_path / "x", {"lora_adapter_metadata": text}))
