"""Family specs agree with the settings and the key tables."""

from typing import get_args

import pytest

from loraferry_core.config.network import LoraNetwork, TargetGroup
from loraferry_core.config.pretrained import PredictionKind, Pretrained
from loraferry_core.dataset.buckets import buckets
from loraferry_core.families import FAMILIES
from loraferry_core.lora_file.keys import SD1_UNET, SD2_UNET, SDXL_UNET, targeted, unet_modules


@pytest.mark.parametrize("spec", FAMILIES.values(), ids=list(FAMILIES))
def test_a_spec_is_whole(spec):
    assert FAMILIES[spec.id] is spec
    assert set(spec.targets) == set(get_args(TargetGroup))
    assert all(spec.targets[group] for group in LoraNetwork().targets)
    assert spec.native_resolution % spec.bucket_step == 0
    assert (spec.native_resolution,) * 2 in buckets(spec.native_resolution, spec.bucket_step)
    assert set(spec.predictions) <= set(get_args(PredictionKind))
    assert all(names.architecture.endswith("/lora") for names in spec.names.values())


def test_the_default_family_exists():
    assert Pretrained().family in FAMILIES


SHAPES = {"sd1": (SD1_UNET, 128, 32, 32), "sd2": (SD2_UNET, 128, 32, 32), "sdxl": (SDXL_UNET, 560, 140, 22)}


@pytest.mark.parametrize("id", SHAPES)
def test_the_targets_are_all_modules(id):
    shape, *counts = SHAPES[id]
    modules = unet_modules(shape)
    found = {group: targeted(modules, endings) for group, endings in FAMILIES[id].targets.items()}
    assert [len(found[group]) for group in ("attention", "feed_forward", "projection")] == counts
    assert sorted(sum(found.values(), ())) == sorted(modules)
