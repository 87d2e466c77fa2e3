"""The oracle at real size, beside the table that ships; the cheapest points alone."""

import pytest
import torch

from loraferry_agent.engine.memory.oracle import predicted_peak, published, trace_step
from loraferry_agent.families import FAMILIES
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.config.network import LoraNetwork
from loraferry_core.config.optimizers import AdamW8bit
from loraferry_core.memory.layers import parameters_of
from loraferry_core.memory.table import phases, request_of

PLAN = TrainConfig(network=LoraNetwork(rank=24))


def test_the_table_says_what_is_traced() -> None:
    plan = replace_at(replace_at(PLAN, "loop.batch", 3), "dataset.resolution", 448)
    found = predicted_peak(plan)
    assert found.keys() == phases(request_of(plan)).keys()
    for phase, expected in phases(request_of(plan)).items():
        assert expected == pytest.approx(found[phase], rel=0.03), phase


def test_states_of_eight_bits_are_counted_without_their_library() -> None:
    plan = PLAN.replace(optimizer=AdamW8bit())
    with published("sd1") as base:
        small, usual = (trace_step(config, FAMILIES["sd1"], base, (64, 64), "bf16").resting for config in (plan, PLAN))
    numbers = (usual - small) / (8 - 2 - 8 / 256)
    assert numbers == pytest.approx(parameters_of("sd1", PLAN.network), rel=0.02)


def test_attention_is_as_it_was_afterwards() -> None:
    before = torch.nn.functional.scaled_dot_product_attention
    with published("sd1") as base:
        trace_step(PLAN, FAMILIES["sd1"], base, (64, 64), "bf16")
    assert torch.nn.functional.scaled_dot_product_attention is before
