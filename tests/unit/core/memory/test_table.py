"""What the table says of whole plans."""

from dataclasses import replace

import pytest

from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.config.network import LohaNetwork, LokrNetwork, LoraNetwork, Network
from loraferry_core.memory.fitted import PASSES, WEIGHTS
from loraferry_core.memory.table import (
    Request,
    is_known,
    kind_of,
    peak,
    phases,
    request_of,
    resting_bytes,
    step_bytes,
)

GIB = 2**30
SDXL = Request("sdxl", LoraNetwork(rank=32), "adamw", (1024, 1024), 1, False)


def test_a_plan_is_read_with_its_largest_bucket() -> None:
    config = replace_at(replace_at(TrainConfig(), "base.family", "sdxl"), "dataset.resolution", 1024)
    found = request_of(config)
    assert (found.family, found.size, found.at_once, found.optimizer) == ("sdxl", (1024, 1024), 1, "adamw")
    assert found.sample == 1024
    assert request_of(replace_at(config, "sampling.size", 512)).sample == 512
    assert request_of(replace_at(config, "sampling.every", 0)).sample == 0


def test_only_published_families_are_known() -> None:
    assert is_known("sdxl") and not is_known("flux")


@pytest.mark.parametrize("family", WEIGHTS)
@pytest.mark.parametrize("network", [LoraNetwork(), LoraNetwork(dora=True), LohaNetwork(), LokrNetwork()])
def test_every_family_has_every_kind(family: str, network: Network) -> None:
    request = Request(family, network, "adamw", (512, 512), 1, False)
    assert set(PASSES[family][kind_of(network)]) == {False, True}
    assert step_bytes(replace(request, checkpointing=True)) < step_bytes(request)
    assert step_bytes(request) < step_bytes(replace(request, at_once=2))
    assert step_bytes(request) < step_bytes(replace(request, size=(768, 768)))


def test_each_thing_that_is_kept_takes_room() -> None:
    resting = resting_bytes(SDXL)
    assert resting > WEIGHTS["sdxl"]
    assert resting_bytes(replace(SDXL, ema=True)) > resting
    assert resting_bytes(replace(SDXL, optimizer="lion")) < resting < resting_bytes(replace(SDXL, optimizer="prodigy"))


def test_phases_have_the_names_of_the_events() -> None:
    found = phases(replace(SDXL, sample=1024))
    assert list(found) == ["cache_captions", "cache_latents", "load_denoiser", "train", "sample"]
    assert "sample" not in phases(SDXL)
    assert peak(SDXL) == found["train"]


def test_large_pictures_of_a_small_run_are_its_peak() -> None:
    request = replace(SDXL, checkpointing=True, sample=1024)
    assert peak(request) == phases(request)["sample"] > step_bytes(request)


def test_the_optimizer_can_be_the_peak() -> None:
    request = Request("sd1", LoraNetwork(rank=512), "schedule_free", (128, 128), 1, True)
    assert step_bytes(request) - resting_bytes(request) > 20 * 10**8


def test_sdxl_takes_what_was_measured() -> None:
    assert 10.5 * GIB < step_bytes(SDXL) < 12.2 * GIB
    assert 5.5 * GIB < step_bytes(replace(SDXL, checkpointing=True)) < 6.5 * GIB
