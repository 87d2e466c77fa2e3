"""How strong the adapter beside each layer is."""

import pytest
from pydantic import ValidationError

from loraferry_core.config.network import LoraNetwork

NETWORK = LoraNetwork(rank=16, alpha=8.0, conv_rank=4, conv_alpha=2.0)
ATTENTION = "mid_block.attentions.0.transformer_blocks.0.attn2.to_q"


def test_convolutions_have_a_rank_of_their_own() -> None:
    assert NETWORK.strength(ATTENTION, convolution=False) == (16, 8.0)
    assert NETWORK.strength("mid_block.resnets.0.conv1", convolution=True) == (4, 2.0)


@pytest.mark.parametrize(
    ("rules", "strength"),
    [
        (("down_blocks.*=8",), (16, 8.0)),
        (("*.attn2.*=32",), (32, 16.0)),
        (("*.attn2.*=32:4",), (32, 4.0)),
        (("mid_block.*=0",), (0, 0.0)),
        (("mid_block.*=0", "*.attn2.*=8:2.5"), (8, 2.5)),
        (("*.attn2.*=8", "mid_block.*=4"), (4, 2.0)),
    ],
)
def test_the_last_rule_that_fits_counts(rules: tuple[str, ...], strength: tuple[int, float]) -> None:
    assert NETWORK.replace(rules=rules).strength(ATTENTION, convolution=False) == strength


@pytest.mark.parametrize(
    "rule", ["*=8:0", "*=8:0.0", "*=8:00", "*=8:.0", "*=8:", "*=-1", "*=8:-1", "*", "=8", "*=8:1e3"]
)
def test_rules_that_mean_nothing_are_refused(rule: str) -> None:
    with pytest.raises(ValidationError):
        LoraNetwork(rules=(rule,))


@pytest.mark.parametrize("rule", ["*=8:0.5", "*=8:16", "*=8:016.0", "*=8:0.05", "*=8:10000"])
def test_any_alpha_above_zero_is_taken(rule: str) -> None:
    assert LoraNetwork(rules=(rule,)).strength(ATTENTION, convolution=False)[1] > 0


@pytest.mark.parametrize(
    "values", [{"alpha": 0}, {"conv_alpha": 0}, {"rank": 0}, {"alpha": -1}, {"alpha": float("nan")}]
)
def test_an_adapter_that_cannot_learn_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        LoraNetwork.model_validate(values)
