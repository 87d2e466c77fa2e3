"""Family specs agree with the settings and the key tables."""

from typing import get_args

import pytest

from loraferry_core.config.network import LoraNetwork, TargetGroup
from loraferry_core.config.pretrained import Pretrained
from loraferry_core.dataset.buckets import buckets
from loraferry_core.families import FAMILIES
from loraferry_core.lora_file.keys import SD1_UNET, targeted, unet_modules


@pytest.mark.parametrize("spec", FAMILIES.values(), ids=list(FAMILIES))
def test_a_spec_is_whole(spec):
    assert FAMILIES[spec.id] is spec
    assert set(spec.targets) == set(get_args(TargetGroup))
    assert all(spec.targets[group] for group in LoraNetwork().targets)
    assert spec.native_resolution % spec.bucket_step == 0
    assert (spec.native_resolution,) * 2 in buckets(spec.native_resolution, spec.bucket_step)
    assert spec.architecture.endswith("/lora")


def test_the_default_family_exists():
    assert Pretrained().family in FAMILIES


def test_the_targets_of_sd1_are_all_its_modules():
    modules = unet_modules(SD1_UNET)
    found = {group: targeted(modules, endings) for group, endings in FAMILIES["sd1"].targets.items()}
    assert {group: len(names) for group, names in found.items()} == {
        "attention": 128, "feed_forward": 32, "projection": 32,
    }  # fmt: skip
    assert sorted(sum(found.values(), ())) == sorted(modules)
