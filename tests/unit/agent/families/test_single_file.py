"""A single file becomes the folder it could have been made from: the same weights, settings and words."""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders import single_file_utils as witness
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from loraferry_agent.families import FAMILIES
from loraferry_agent.families.latent_diffusion import LatentDiffusion
from loraferry_agent.families.protocol import Base
from loraferry_agent.families.published import PUBLISHED, SCHEDULER, UNET, Settings
from loraferry_agent.families.single_file import Lacking, located, unpack, wanted_of
from loraferry_agent.families.unet_shape import shape_of
from loraferry_agent.families.vocabulary import vocabulary_of, write_vocabulary
from loraferry_core.dataset.tokens import merges
from loraferry_core.families.recognise import kind_of_file, kind_of_folder
from loraferry_core.lora_file.header import Header
from loraferry_core.lora_file.header import Tensor as Entry
from loraferry_core.lora_file.keys import SD1_UNET, SD2_UNET, SDXL_UNET
from tests.fakes import tiny_base
from tests.fakes.single_file import originals, pack

CPU = torch.device("cpu")
WEIGHTS = ("unet/diffusion_pytorch_model", "vae/diffusion_pytorch_model")
SHAPES = {"sd1": SD1_UNET, "sd2": SD2_UNET, "sdxl": SDXL_UNET}
TENSORS = {"sd1": 686, "sd2": 686, "sdxl": 1680}
PARAMETERS = {"sd1": 859_520_964, "sd2": 865_910_724, "sdxl": 2_567_463_684}
"""Of the published UNets."""


def family_of(name: str) -> LatentDiffusion:
    family = FAMILIES[name]
    assert isinstance(family, LatentDiffusion)
    return family


def settings_of(folder: Path, family: str) -> Settings:
    return {name: json.loads((folder / name).read_text(encoding="utf-8")) for name in PUBLISHED[family]}


def unpacked(file: Path, original: Path, family: str, made: Path) -> Path:
    """The folder made with the tiny model's settings instead of the family's."""
    unpack(file, replace(family_of(family).release, settings=settings_of(original, family)), made)
    return made


@pytest.mark.parametrize(("family", "levels"), [(f, n) for f in FAMILIES for n in (2, 4)])
def test_there_and_back(tmp_path: Path, family: str, levels: int) -> None:
    original = tiny_base.make(tmp_path / "original", family, levels=levels)
    file = pack(original, tmp_path / "model.safetensors", family)
    made = unpacked(file, original, family, tmp_path / "made")
    for name in WEIGHTS:
        before, after = (load_file(folder / f"{name}.safetensors") for folder in (original, made))
        assert before.keys() == after.keys()
        assert all(torch.equal(before[key], after[key]) for key in before)
    # The tiny model knows fewer words than CLIP.
    for tokenizer in family_of(family).tokenizers:
        shutil.rmtree(made / tokenizer)
        shutil.copytree(original / tokenizer, made / tokenizer)
    one, other = (
        FAMILIES[family].load_text(Base("x", f), CPU, torch.float32).encode("a red dot", 1) for f in (original, made)
    )
    assert one.keys() == other.keys()
    assert all(torch.equal(one[key], other[key]) for key in one)
    base = Base("x", made)
    FAMILIES[family].check(base)
    FAMILIES[family].load_denoiser(base, CPU, torch.float32)
    FAMILIES[family].load_image(base, CPU, torch.float32)


@pytest.mark.parametrize("family", FAMILIES)
def test_diffusers_makes_the_same_of_it(tmp_path: Path, family: str) -> None:
    original = tiny_base.make(tmp_path / "original", family, levels=4)
    file = pack(original, tmp_path / "model.safetensors", family)
    made, checkpoint = unpacked(file, original, family, tmp_path / "made"), load_file(file)
    settings = settings_of(original, family)
    theirs = {
        "unet/diffusion_pytorch_model": witness.convert_ldm_unet_checkpoint(dict(checkpoint), settings[UNET]),
        "vae/diffusion_pytorch_model": witness.convert_ldm_vae_checkpoint(
            dict(checkpoint), settings["vae/config.json"]
        ),
    }
    if family != "sd1":
        encoder, prefix, kind = {
            "sd2": ("text_encoder", "cond_stage_model.model.", CLIPTextModel),
            "sdxl": ("text_encoder_2", "conditioner.embedders.1.model.", CLIPTextModelWithProjection),
        }[family]
        model = kind.from_pretrained(original / encoder)
        found = witness.convert_open_clip_checkpoint(model, dict(checkpoint), prefix)
        # It leaves the layer that is not read to whoever loads it.
        theirs[f"{encoder}/model"] = {
            k: t for k, t in found.items() if ".layers.2." not in k and "position_ids" not in k
        }
        if family == "sd2":
            theirs[f"{encoder}/model"].pop("text_projection.weight", None)
    for name, tensors in theirs.items():
        ours = load_file(made / f"{name}.safetensors")
        assert ours.keys() == tensors.keys()
        assert all(torch.equal(ours[key], tensors[key]) for key in ours)


def header_of(tensors: dict[str, Any]) -> Header:
    return Header({name: Entry("F16", tuple(tensor.shape), 0, 0) for name, tensor in tensors.items()}, {}, 0)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_weight_of_the_real_model_is_found(family: str) -> None:
    """At real size, on names and shapes alone."""
    settings = PUBLISHED[family]
    encoders = {"text_encoder": CLIPTextModel, "text_encoder_2": CLIPTextModelWithProjection}
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(settings[UNET])
        parts = {"unet": unet.state_dict(), "vae": AutoencoderKL.from_config(settings["vae/config.json"]).state_dict()}
        for place in family_of(family).encoders:
            parts[place] = encoders[place](CLIPTextConfig(**settings[f"{place}/config.json"])).state_dict()
        there = originals(parts, family, layers=2, levels=4)
    assert shape_of(unet.config) == SHAPES[family]
    assert len(parts["unet"]) == TENSORS[family]
    assert sum(tensor.numel() for tensor in parts["unet"].values()) == PARAMETERS[family]
    header = header_of(there)
    assert kind_of_file(header) == family
    assert kind_of_folder(settings["model_index.json"], settings[UNET]) == family
    wanted = wanted_of(family_of(family).release)
    found = {part: located(tensors, header) for part, tensors in wanted.items()}
    counts = [len(found[f"{name}.safetensors"]) for name in WEIGHTS]
    assert counts == [len(parts["unet"]), len(parts["vae"])]
    used = {name for tensors in found.values() for name, _ in tensors.values()}
    left = {name for name in there.keys() - used if "resblocks.23." not in name}
    assert {name.rpartition(".")[2] for name in left} <= {"position_ids", "logit_scale", "text_projection"}


@pytest.mark.parametrize("how", ["missing", "misshapen"])
@pytest.mark.parametrize("key", ["model.diffusion_model.out.0.bias", "conditioner.embedders.1.model.text_projection"])
def test_a_missing_weight_is_named_before_any_is_read(tmp_path: Path, key: str, how: str) -> None:
    original = tiny_base.make(tmp_path / "original", "sdxl", levels=2)
    file = pack(original, tmp_path / "model.safetensors", "sdxl", {key: torch.zeros(7)} if how == "misshapen" else None)
    if how == "missing":
        save_file({name: tensor for name, tensor in load_file(file).items() if name != key}, file)
    with pytest.raises(Lacking, match=key):
        unpacked(file, original, "sdxl", tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_merged_models_lack_the_middle_of_the_names(tmp_path: Path) -> None:
    original = tiny_base.make(tmp_path / "original", levels=2)
    file = pack(original, tmp_path / "model.safetensors")
    shorter = {name.replace("transformer.text_model.", "transformer."): t for name, t in load_file(file).items()}
    save_file(shorter, file)
    made = unpacked(file, original, "sd1", tmp_path / "made")
    weights = load_file(made / "text_encoder" / "model.safetensors")
    assert all(name.startswith("text_model.") for name in weights)


@pytest.mark.parametrize(
    ("extra", "metadata", "wanted"),
    [
        ({}, {}, {}),
        ({"v_pred": torch.zeros(0)}, {}, {"prediction_type": "v_prediction"}),
        ({}, {"modelspec.prediction_type": "epsilon"}, {"prediction_type": "epsilon"}),
        (
            {"v_pred": torch.zeros(0), "ztsnr": torch.zeros(0)},
            {},
            {"prediction_type": "v_prediction", "rescale_betas_zero_snr": True, "timestep_spacing": "trailing"},
        ),
    ],
)
def test_what_the_file_says_of_itself_is_kept(
    tmp_path: Path, extra: dict[str, Any], metadata: dict[str, str], wanted: dict[str, Any]
) -> None:
    original = tiny_base.make(tmp_path / "original", "sdxl", levels=2)
    file = pack(original, tmp_path / "model.safetensors", "sdxl", extra, **metadata)
    made = tmp_path / "made"
    settings = settings_of(original, "sdxl") | {SCHEDULER: PUBLISHED["sdxl"][SCHEDULER]}
    unpack(file, replace(family_of("sdxl").release, settings=settings), made)
    scheduler = settings_of(made, "sdxl")[SCHEDULER]
    assert scheduler == PUBLISHED["sdxl"][SCHEDULER] | wanted
    assert FAMILIES["sdxl"].said_prediction(Base("x", made)) == wanted.get("prediction_type")


@pytest.mark.parametrize(("spread", "kind"), [(0.02, "epsilon"), (0.5, "v_prediction")])
def test_the_weights_tell_what_stable_diffusion_2_predicts(tmp_path: Path, spread: float, kind: str) -> None:
    folder = tiny_base.make(tmp_path, "sd2", levels=4)
    path = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights = load_file(path)
    key = "up_blocks.3.attentions.2.transformer_blocks.0.norm1.bias"
    weights[key] = torch.linspace(-1, 1, len(weights[key])) * spread
    save_file(weights, path)
    assert FAMILIES["sd2"].guess_prediction(Base("x", folder)) == kind
    assert FAMILIES["sd1"].guess_prediction(Base("x", folder)) is None


def test_the_vocabulary_is_clips(tmp_path: Path) -> None:
    # Of `merges.txt` in openai/clip-vit-large-patch14.
    published = "9fd691f7c8039210e0fced15865466c65820d09b63988b0174bfe25de299051a"
    assert hashlib.sha256(merges().encode()).hexdigest() == published
    assert len(vocabulary_of(merges())) == 49408
    for name, padding in (("tokenizer", 49407), ("tokenizer_2", 0)):
        folder = tmp_path / name
        folder.mkdir()
        write_vocabulary(folder)
        settings = PUBLISHED["sdxl"][f"{name}/tokenizer_config.json"]
        (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
        tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
        assert tokenizer("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]
        assert (tokenizer.pad_token_id, tokenizer.model_max_length) == (padding, 77)


def test_the_vocabulary_follows_from_the_merges() -> None:
    words = vocabulary_of("#version: 0.2\ni n\nt h\na n</w>\n\n")
    assert len(words) == 512 + 3 + 2
    assert (words["!"], words["!</w>"], words["in"], words["an</w>"]) == (0, 256, 512, 514)
    assert (words["<|startoftext|>"], words["<|endoftext|>"]) == (515, 516)
