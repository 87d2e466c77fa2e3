"""Each optimizer builds what it names."""

import pytest
from pydantic import TypeAdapter, ValidationError

from loraferry_core.config.optimizers import Adafactor, AdamW, AdamW8bit, Lion, Optimizer, Prodigy, ScheduleFreeAdamW

UNION = TypeAdapter(Optimizer)


def test_adamw_arguments():
    assert AdamW.target == "torch.optim:AdamW"
    assert AdamW(lr=2e-4, beta1=0.8).arguments() == {
        "lr": 2e-4, "weight_decay": 0.01, "betas": (0.8, 0.999), "eps": 1e-8,
    }  # fmt: skip


def test_adafactor_arguments():
    assert Adafactor.target == "torch.optim:Adafactor"
    assert Adafactor(d=2).arguments() == {"lr": 1e-3, "weight_decay": 0.0, "d": 2.0}


KINDS = (AdamW, AdamW8bit, Adafactor, Lion, Prodigy, ScheduleFreeAdamW)


@pytest.mark.parametrize("kind", KINDS)
def test_all_settings_are_arguments(kind):
    given = kind().arguments()
    told = {**given, **dict(zip(("beta1", "beta2"), given.get("betas", ()), strict=False))}
    assert {name: told[name] for name in kind.model_fields if name != "kind"} == {
        name: getattr(kind(), name) for name in kind.model_fields if name != "kind"
    }


@pytest.mark.parametrize("optimizer", [kind(lr=1e-5) for kind in KINDS])
def test_the_kind_tells_them_apart(optimizer):
    assert UNION.validate_json(optimizer.model_dump_json()) == optimizer


def test_a_setting_of_the_other_kind_is_refused():
    with pytest.raises(ValidationError):
        UNION.validate_python({"kind": "adafactor", "beta1": 0.9})
    with pytest.raises(ValidationError):
        UNION.validate_python({"lr": 1e-3})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rate", [0, -1e-4, 1e3, float("inf"), float("nan")])
def test_a_rate_that_cannot_learn_is_refused(kind, rate):
    with pytest.raises(ValidationError):
        kind(lr=rate)
