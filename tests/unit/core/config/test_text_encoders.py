"""What is trained besides the denoiser, at which rate, how strong."""

import pytest

from loraferry_core.config.network import LohaNetwork, LoraNetwork
from loraferry_core.config.text_encoders import TextEncoders


def test_nothing_is_trained_by_default():
    assert TextEncoders().trained == () and TextEncoders().rates(1.0) == {}


@pytest.mark.parametrize(
    ("settings", "rates"),
    [
        ({"train": ("first",)}, {"text_encoder": 0.5}),
        ({"train": ("second", "first"), "lr": 0.1}, {"text_encoder": 0.1, "text_encoder_2": 0.5}),
        ({"train": ("second",), "lr": 0.1, "second_lr": 0.2}, {"text_encoder_2": 0.2}),
    ],
)
def test_each_has_its_own_rate(settings, rates):
    found = TextEncoders(**settings)
    assert found.rates(1.0) == rates
    assert list(rates) == list(found.trained)


@pytest.mark.parametrize(
    ("settings", "strength"),
    [({}, (16, 8.0)), ({"rank": 4}, (4, 2.0)), ({"alpha": 3.0}, (16, 3.0)), ({"rank": 4, "alpha": 4.0}, (4, 4.0))],
)
@pytest.mark.parametrize("network", [LoraNetwork(rules=("*x=2",)), LohaNetwork()], ids=["lora", "loha"])
def test_their_adapters_are_like_the_denoisers_or_their_own(network, settings, strength):
    found = TextEncoders(**settings).adapters(network)
    assert (found.rank, found.alpha) == strength
    assert found.replace(rank=16, alpha=8.0) == network
