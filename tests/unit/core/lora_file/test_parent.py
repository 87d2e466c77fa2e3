"""Whether a run may begin with a LoRA."""

import pytest

from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.config.network import LohaNetwork, LokrNetwork
from loraferry_core.config.text_encoders import TextEncoders
from loraferry_core.lora_file.parent import check_parent, misfit, read_parent
from loraferry_core.problems import ProblemError
from tests.unit.core.lora_file.test_export import CONV, LORA, Q, file, loha, number, tensor

K = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"


def plan(**values):
    found = TrainConfig()
    defaults = {"network__rank": 4, "network__conv_rank": 2, "network__targets": ("attention", "convolution")}
    for path, value in {**defaults, **values}.items():
        found = replace_at(found, path.replace("__", "."), value)
    return found


def test_what_is_read(tmp_path):
    parent = check_parent(file(tmp_path / "x", LORA, {"ss_base_model_version": "sd_v1"}), plan())
    assert parent.family == "sd1"
    assert parent.parts[Q] == {
        "lora_down.weight": f"lora_unet_{Q.replace('.', '_')}.lora_down.weight",
        "lora_up.weight": f"lora_unet_{Q.replace('.', '_')}.lora_up.weight",
    }
    assert len(parent.hash) == 64


@pytest.mark.parametrize(
    ("version", "width", "family"),
    [
        ("sd_v1", 6, "sd1"), ("sd_v2_v", 6, "sd2"), ("sdxl_base_v1-0", 6, "sdxl"), ("sdxl_1.0", 6, "sdxl"), ("flux1", 6, ""),
        ("", 768, "sd1"), ("", 1024, "sd2"), ("", 2048, "sdxl"), ("", 6, ""),
    ],
)  # fmt: skip
def test_the_family(tmp_path, version, width, family):
    modules = {Q: LORA[Q], K: {"lora_down.weight": tensor(4, width), "lora_up.weight": tensor(8, 4)}}
    parent = read_parent(file(tmp_path / "x", modules, {"ss_base_model_version": version}))
    assert parent.family == family


def test_the_width_of_a_loha(tmp_path):
    modules = {K: {"hada_w1_b": tensor(2, 2048)}, Q: {"alpha": number(1)}}
    parent = read_parent(file(tmp_path / "x", modules))
    assert (parent.family, set(parent.parts)) == ("sdxl", {K})
    assert read_parent(file(tmp_path / "y", {K: {"lokr_w1": tensor(2, 2)}})).family == ""


@pytest.mark.parametrize(
    ("modules", "values", "code", "params"),
    [
        (LORA, {"base__family": "sdxl"}, "parent_other_family", {"family": "Stable Diffusion 1.x"}),
        (LORA, {"network": LohaNetwork(rank=4)}, "parent_other_kind", {"kind": "lora"}),
        (LORA, {"network__dora": True}, "parent_other_kind", {"kind": "lora"}),
        ({Q: {**LORA[Q], "dora_scale": tensor(8, 1)}}, {}, "parent_other_kind", {"kind": "dora"}),
        ({Q: LORA[Q], K: loha()[Q]}, {}, "parent_other_kind", {"kind": "loha"}),
        (LORA, {"network__rank": 8}, "parent_other_rank", {"rank": 4, "wanted": 8, "example": Q}),
        (LORA, {"network__rules": ("*conv1=5",)}, "parent_other_rank", {"rank": 2, "wanted": 5, "example": CONV}),
        (LORA, {"network__targets": ("attention",)}, "parent_more_layers", {"count": 1, "example": CONV}),
        (LORA, {"network__rules": ("down_blocks.1.*=0",)}, "parent_more_layers", {"count": 1, "example": Q}),
        ({**LORA, "text.one": LORA[Q]}, {}, "parent_more_layers", {"count": 3, "example": "lora_unet_text_one.alpha"}),
    ],
)
def test_what_does_not_fit(tmp_path, modules, values, code, params):
    path = file(tmp_path / "x", modules, {"ss_base_model_version": "sd_v1"})
    with pytest.raises(ProblemError) as caught:
        check_parent(path, plan(**values))
    assert caught.value.problem.code == code
    assert caught.value.problem.params == {"name": "x", **params}


TEXT = "text_encoder.text_model.encoder.layers.0.mlp.fc1"
WITH_TEXT = {**LORA, TEXT: LORA[Q]}


@pytest.mark.parametrize(
    ("text", "code", "params"),
    [
        ({"train": ("first",)}, None, {}),
        ({}, "parent_more_layers", {"count": 1, "example": TEXT}),
        ({"train": ("second",)}, "parent_more_layers", {"count": 1, "example": TEXT}),
        ({"train": ("first",), "rank": 8}, "parent_other_rank", {"rank": 4, "wanted": 8, "example": TEXT}),
    ],
)
def test_text_encoders(tmp_path, text, code, params):
    parent = read_parent(file(tmp_path / "x", WITH_TEXT))
    found = misfit(parent, plan(text_encoders=TextEncoders(**text)))
    assert (found and found.code, found and found.params) == (code, {"name": "x", **params} if code else None)


def test_a_rule_leaves_layers_of_text_encoders_out(tmp_path):
    config = plan(text_encoders=TextEncoders(train=("first",)), network__rules=("text_encoder.*.mlp.*=0",))
    assert misfit(read_parent(file(tmp_path / "x", WITH_TEXT)), config).code == "parent_more_layers"


def test_a_part_of_the_layers_is_enough(tmp_path):
    assert misfit(read_parent(file(tmp_path / "x", {Q: LORA[Q]})), plan()) is None


def test_a_lokr_of_whole_matrices_has_no_rank_to_compare(tmp_path):
    parent = read_parent(
        file(tmp_path / "x", {Q: {"alpha": number(8), "lokr_w1": tensor(2, 2), "lokr_w2": tensor(3, 3)}})
    )
    assert misfit(parent, plan(network=LokrNetwork(rank=3))) is None


def test_what_cannot_be_read(tmp_path):
    (tmp_path / "x").write_bytes(b"")
    for path in (tmp_path / "x", tmp_path / "none", file(tmp_path / "y", {"text.one": LORA[Q]})):
        with pytest.raises(ProblemError) as caught:
            read_parent(path)
        assert caught.value.problem.code == "parent_unreadable"


def test_numbers_that_are_none(tmp_path):
    bad = {**LORA[Q], "lora_up.weight": ("F32", [8, 4], b"\xff" * 128)}
    with pytest.raises(ProblemError) as caught:
        check_parent(file(tmp_path / "x", {Q: bad}), plan())
    assert caught.value.problem.code == "lora_not_finite"
