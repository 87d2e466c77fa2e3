"""The Stable Diffusion families: each knows its own models and refuses those of the others."""

from pathlib import Path

import pytest
import torch

from loraferry_agent.families import FAMILIES
from loraferry_agent.families.protocol import Base
from loraferry_core.dataset.buckets import fit
from loraferry_core.lora_file.keys import SD2_UNET, SDXL_UNET, unet_modules
from loraferry_core.problems import ProblemError
from tests.fakes import tiny_base

CPU = torch.device("cpu")
SDXL = FAMILIES["sdxl"]


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Base]:
    return {
        family: Base(family, tiny_base.make(tmp_path_factory.mktemp(family), family, levels=2)) for family in FAMILIES
    }


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("of", FAMILIES)
def test_a_family_takes_its_own_models_alone(bases: dict[str, Base], family: str, of: str) -> None:
    if family == of:
        FAMILIES[family].check(bases[of])
        return
    with pytest.raises(ProblemError) as caught:
        FAMILIES[family].check(bases[of])
    assert caught.value.problem.code == "base_wrong_family"


@pytest.mark.parametrize(("family", "shape"), [("sd2", SD2_UNET), ("sdxl", SDXL_UNET)])
def test_the_layers_are_the_canonical_ones(tmp_path: Path, family: str, shape: object) -> None:
    base = Base(family, tiny_base.make(tmp_path, family))
    denoiser = FAMILIES[family].load_denoiser(base, CPU, torch.float32)
    assert denoiser.modules == unet_modules(shape)  # type: ignore[arg-type]


def test_sdxl_reads_a_caption_twice(bases: dict[str, Base]) -> None:
    coder = SDXL.load_text(bases["sdxl"], CPU, torch.float32)
    for chunks in (1, 2):
        found = coder.encode("a cat", chunks)
        assert found["states"].shape == (20 * chunks, tiny_base.WIDTH + tiny_base.SECOND_WIDTH)
        assert found["pooled"].shape == (tiny_base.SECOND_WIDTH,)
    torch.testing.assert_close(coder.encode("a cat", 1)["pooled"], coder.encode("a cat", 2)["pooled"])


def test_sdxl_is_told_size_and_cut() -> None:
    (ids,) = SDXL.geometry((2000, 1000), fit((2000, 1000), (512, 512))).values()
    assert ids.tolist() == [1000, 2000, 0, 256, 512, 512]
    assert FAMILIES["sd1"].geometry((2000, 1000), fit((2000, 1000), (512, 512))) == {}


def test_sdxl_predicts_with_both(bases: dict[str, Base]) -> None:
    denoiser = SDXL.load_denoiser(bases["sdxl"], CPU, torch.float32)
    coder = SDXL.load_text(bases["sdxl"], CPU, torch.float32)
    told = {**coder.encode("a", 1), **SDXL.geometry((64, 64), fit((64, 64), (64, 64)))}
    conditioning = {name: tensor[None] for name, tensor in told.items()}
    noisy, steps = torch.randn(1, 4, 8, 8), torch.tensor([5])
    plain = denoiser.predict(noisy, steps, conditioning)
    assert plain.shape == noisy.shape
    for name in conditioning:
        changed = {**conditioning, name: conditioning[name] + 1}
        assert not torch.allclose(denoiser.predict(noisy, steps, changed), plain)
