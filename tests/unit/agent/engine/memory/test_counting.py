"""The count of bytes: of plain tensors, and equal with and without content for the trainer's own step."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from loraferry_agent.data.batches import MicroBatch, StepBatch
from loraferry_agent.engine import optim
from loraferry_agent.engine.adapter import attach
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.memory import card
from loraferry_agent.engine.memory.card import like_a_card
from loraferry_agent.engine.memory.counting import CUDA_BLOCK, LiveBytes
from loraferry_agent.engine.memory.oracle import Traced, measured
from loraferry_agent.engine.objective import Objective
from loraferry_agent.engine.update import Update
from loraferry_agent.families import FAMILIES
from loraferry_agent.families.protocol import Base
from loraferry_core.config.network import LohaNetwork, LokrNetwork, LoraNetwork, Network, TargetGroup
from loraferry_core.config.objective import Objective as Settings
from loraferry_core.config.optimizers import AdamW, Lion, Optimizer, Prodigy, ScheduleFreeAdamW
from tests.fakes import tiny_base

EVERYTHING: tuple[TargetGroup, ...] = ("attention", "feed_forward", "projection", "convolution")


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {family: tiny_base.make(tmp_path_factory.mktemp(family), family, levels=2) for family in ("sd1", "sdxl")}


def test_bytes_are_counted_while_they_live() -> None:
    with LiveBytes("cpu", block=1) as count:
        first = torch.zeros(10)
        again = first.view(2, 5)
        assert count.live == 40
        second = first + 1
        assert count.live == count.peak == 80
        del first, second
        assert count.live == 40
        del again
        assert (count.live, count.peak) == (0, 80)
        count.restart()
        assert count.peak == 0


def test_blocks_are_whole() -> None:
    with LiveBytes("meta") as count:
        kept = [torch.empty(1, device="meta"), torch.empty(200, device="meta"), torch.empty(1)]
    assert count.live == 512 + 1024
    del kept


def test_operations_inside_others_count_in_inference_too() -> None:
    layer = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Linear(8, 8)).requires_grad_(False).to("meta")
    peaks = []
    for mode in (torch.no_grad, torch.inference_mode):
        with LiveBytes("meta") as count, mode():
            layer(torch.empty(4, 8, device="meta"))
        peaks.append(count.peak)
    assert peaks[0] == peaks[1] > 0


def test_kernels_in_another_order_lay_out_results() -> None:
    convolution = torch.nn.Conv2d(4, 4, 3).to("meta", memory_format=torch.channels_last)
    with LiveBytes("meta"):
        result = convolution(torch.empty(1, 4, 8, 8, device="meta"))
    assert result.is_contiguous(memory_format=torch.channels_last)


def test_attention_keeps_no_matrix_of_scores() -> None:
    query = torch.empty(1, 2, 4096, 64, dtype=torch.bfloat16, device="meta", requires_grad=True)
    with like_a_card(), LiveBytes("meta") as count:
        torch.nn.functional.scaled_dot_product_attention(query, query, query)
    assert count.peak < 2 * 4096 * 4096
    wide = torch.empty(1, 1, 4096, 512, device="meta")
    with like_a_card(), LiveBytes("meta") as count:
        torch.nn.functional.scaled_dot_product_attention(wide, wide, wide)
    assert count.peak < 2 * 4096 * 4096


def on_processor(query: Tensor, key: Tensor, value: Tensor, *_: Any, **__: Any) -> Tensor:
    result: Tensor = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(query, key, value)[0]
    return result


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize(
    ("family", "network", "optimizer"),
    [
        ("sd1", LoraNetwork(rank=4, targets=EVERYTHING), AdamW()),
        ("sd1", LoraNetwork(rank=4), Lion()),
        ("sd1", LoraNetwork(rank=2), Prodigy()),
        ("sdxl", LoraNetwork(rank=4, targets=EVERYTHING, dora=True), AdamW()),
        ("sd1", LokrNetwork(rank=2), ScheduleFreeAdamW()),
    ],
    ids=lambda value: getattr(value, "kind", value),
)
def test_a_step_takes_what_was_traced(
    bases: dict[str, Path],
    family: str,
    network: Network,
    optimizer: Optimizer,
    checkpointing: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(card, "_attention", on_processor)
    base = Base("tiny", bases[family])
    with like_a_card():
        without = step(family, base, network, optimizer, checkpointing, "meta")
    assert step(family, base, network, optimizer, checkpointing, "cpu") == without


def test_loha_keeps_one_number_a_layer_in_main_memory(bases: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "_attention", on_processor)
    base, network = Base("tiny", bases["sd1"]), LohaNetwork(rank=4)
    with like_a_card():
        without = step("sd1", base, network, AdamW(), False, "meta")
    denoiser = FAMILIES["sd1"].hollow_denoiser(base, torch.float32)
    layers = len(attach(denoiser, network, FAMILIES["sd1"].spec, 0).parts)
    found = step("sd1", base, network, AdamW(), False, "cpu")
    more = found.passes - without.passes
    assert more % CUDA_BLOCK == 0 and 0 < more <= CUDA_BLOCK * layers
    assert (found.resting, found.applying) == (without.resting, without.applying)


def step(family: str, base: Base, network: Network, optimizer: Optimizer, checkpointing: bool, where: str) -> Traced:
    """The second step of two, counted on tensors with content (`cpu`) or without (`meta`)."""
    known, device = FAMILIES[family], Device(torch.device(where), "fp32")
    with LiveBytes(where) as count:
        if where == "meta":
            denoiser = known.hollow_denoiser(base, torch.float32)
        else:
            denoiser = known.load_denoiser(base, device.torch, torch.float32)
        # On the processor, norms leave the order as it is, and on a card they do not.
        denoiser.model.to(memory_format=torch.contiguous_format).train()
        if checkpointing:
            denoiser.model.enable_gradient_checkpointing()
        parameters = attach(denoiser, network, known.spec, 0).parameters
        objective = Objective(known.noise_settings(base), "epsilon", Settings(), device.torch)
        update = Update(denoiser, objective, optim.build(optimizer, parameters), parameters, device, 1.0)
        batch = pictures(family, where)
        update(batch, 1e-4)
        count.live = 0  # what loading leaves behind differs; a step's own tensors are compared
        count.restart()
        return measured(count, update, batch, parameters)


def pictures(family: str, where: str) -> StepBatch:
    """Two pictures, on the device already."""
    latents = torch.zeros(2, 4, 8, 8, device=where)
    width = tiny_base.WIDTH + (tiny_base.SECOND_WIDTH if family == "sdxl" else 0)
    conditioning = {"states": torch.zeros(2, tiny_base.TOKENS, width, device=where)}
    if family == "sdxl":
        conditioning["pooled"] = torch.zeros(2, tiny_base.SECOND_WIDTH, device=where)
        conditioning["time_ids"] = torch.zeros(2, 6, device=where)
    timesteps = torch.zeros(2, dtype=torch.int64, device=where)
    return StepBatch(0, 2, (MicroBatch(latents, latents, latents, timesteps, conditioning),), ("", ""))
