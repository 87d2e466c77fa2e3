"""Sizes of layers and adapters, against published counts."""

import pytest

from loraferry_core.config.network import LohaNetwork, LokrNetwork, LoraNetwork, TargetGroup
from loraferry_core.memory.layers import (
    Layer,
    full_numbers,
    inner_numbers,
    layers_of,
    parameters_of,
    ranks,
    text_parameters_of,
)

EVERYTHING: tuple[TargetGroup, ...] = ("attention", "feed_forward", "projection", "convolution")
TRANSFORMERS = EVERYTHING[:-1]


def test_a_layer_knows_its_sizes_and_where_it_stands() -> None:
    layers = layers_of("sdxl")
    assert layers["down_blocks.2.attentions.0.transformer_blocks.3.attn2.to_k"] == Layer(2048, 1280, 1, 0)
    assert layers["down_blocks.1.attentions.0.transformer_blocks.0.ff.net.0.proj"] == Layer(640, 5120, 1, 2)
    assert layers["mid_block.resnets.0.conv1"] == Layer(1280, 1280, 3, 4)
    assert layers["up_blocks.0.resnets.2.conv1"] == Layer(1280 + 640, 1280, 3, 4)
    assert layers["up_blocks.1.resnets.0.conv_shortcut"] == Layer(1280 + 640, 640, 1, 2)
    assert layers["up_blocks.2.resnets.2.conv1"] == Layer(320 + 320, 320, 3, 1)
    assert layers["down_blocks.0.downsamplers.0.conv"] == Layer(320, 320, 3, 2)
    assert layers["up_blocks.0.upsamplers.0.conv"] == Layer(1280, 1280, 3, 2)
    assert layers["down_blocks.1.resnets.0.time_emb_proj"] == Layer(1280, 640, 1, 0)


@pytest.mark.parametrize(
    ("family", "rank", "count"),
    [("sd1", 32, 13_565_952), ("sdxl", 32, 85_114_880)],
)
def test_loras_are_as_large_as_published_ones(family: str, rank: int, count: int) -> None:
    assert parameters_of(family, LoraNetwork(rank=rank, targets=TRANSFORMERS)) == count


def test_kinds_differ_by_what_they_are_made_of() -> None:
    lora = parameters_of("sd1", LoraNetwork(rank=4, targets=EVERYTHING))
    dora = parameters_of("sd1", LoraNetwork(rank=4, targets=EVERYTHING, dora=True))
    assert parameters_of("sd1", LohaNetwork(rank=4, targets=EVERYTHING)) == 2 * lora
    outputs = sum(layer.outputs for layer, _ in ranks("sd1", LoraNetwork(targets=EVERYTHING)))
    assert dora - lora == outputs


def test_lokr_divides_evenly_or_by_its_factor() -> None:
    def one(**settings: int) -> int:
        rules = ("*=0", "mid_block.attentions.0.transformer_blocks.0.attn1.to_q=4")
        return parameters_of("sd1", LokrNetwork(rank=4, targets=("attention",), rules=rules, **settings))

    assert one(factor=-1) == 32 * 32 + 4 * (40 + 40)  # 1280 = 32 × 40
    assert one(factor=8) == 8 * 8 + 4 * (160 + 160)
    assert one(factor=7) == 5 * 5 + 4 * (256 + 256)  # 7 does not divide it


def test_a_large_matrix_of_lokr_is_whole_where_the_rank_is_no_less() -> None:
    rules = ("*=0", "mid_block.attentions.0.transformer_blocks.0.attn1.to_q=20")
    assert parameters_of("sd1", LokrNetwork(targets=("attention",), rules=rules)) == 32 * 32 + 40 * 40


def test_what_rules_leave_out_does_not_count() -> None:
    nothing = LoraNetwork(targets=("attention",), rules=("*=0",))
    assert parameters_of("sd1", nothing) == full_numbers("sd1", nothing) == inner_numbers("sd1", nothing) == 0


def test_inner_numbers_follow_the_size_of_the_picture_at_each_place() -> None:
    first = LoraNetwork(rank=8, targets=("projection",), rules=("*=0", "down_blocks.1.attentions.0.proj_in=8"))
    assert inner_numbers("sd1", first) == 8 / 4
    text = LoraNetwork(rank=8, targets=("attention",), rules=("*=0", "*.attn2.to_k=8"))
    assert inner_numbers("sd1", text) == 0


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(KeyError):
        parameters_of("flux", LoraNetwork())


@pytest.mark.parametrize(
    ("family", "encoder", "count"),
    [
        ("sd1", "text_encoder", 12 * 18 * 768 * 32),
        ("sd2", "text_encoder", 23 * 18 * 1024 * 32),
        ("sdxl", "text_encoder_2", 32 * 18 * 1280 * 32),
        ("sd1", "text_encoder_2", 0),
    ],
)
def test_adapters_in_text_encoders(family: str, encoder: str, count: int) -> None:
    """Four layers of width × width and two of width × four times the width: 18 widths a rank."""
    assert text_parameters_of(family, encoder, LoraNetwork(rank=32)) == count


def test_a_rule_leaves_layers_of_an_encoder_out() -> None:
    network = LoraNetwork(rank=1, rules=("text_encoder.*.mlp.*=0",))
    assert text_parameters_of("sd1", "text_encoder", network) == 12 * 8 * 768
