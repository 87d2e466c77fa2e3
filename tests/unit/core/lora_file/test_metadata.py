"""What is written into a LoRA for UIs, what is kept out of it, and what is read back."""

import hashlib
import json

import pytest

from loraferry_core import __version__
from loraferry_core.config import TrainConfig
from loraferry_core.config.dataset import ConceptShare
from loraferry_core.config.dotted import replace_at
from loraferry_core.config.network import LohaNetwork, LokrNetwork, LoraNetwork
from loraferry_core.config.text_encoders import TextEncoders
from loraferry_core.config.train import canonical_json
from loraferry_core.dataset.manifest import ManifestEntry, manifest_of
from loraferry_core.lora_file.header import NotSafetensors, read_header
from loraferry_core.lora_file.metadata import LoraFacts, family_of, read_facts, tensor_hash, training_metadata
from tests.unit.core.lora_file.files import PARTS, lora

MANIFEST = manifest_of(
    [
        ManifestEntry(name="a.png", size=1, sha256="a" * 64, caption="红, blue"),
        ManifestEntry(name="b.png", size=1, sha256="b" * 64, caption="blue, green"),
    ]
)


def plan(**values):
    found = TrainConfig()
    defaults = {"dataset__trigger": "zkz", "dataset__repeats": 3, "base__source": "/home/alice/models/toy"}
    for path, value in {**defaults, **values}.items():
        found = replace_at(found, path.replace("__", "."), value)
    return found


def metadata(config, prediction="epsilon"):
    return training_metadata(config, MANIFEST, name="Star", prediction=prediction, steps=300, started=12.5)


def test_everything_that_is_written():
    config = plan()
    assert metadata(config) == {
        "ss_output_name": "Star",
        "ss_base_model_version": "sd_v1",
        "ss_v2": "False",
        "ss_sd_model_name": "toy",
        "ss_network_module": "networks.lora",
        "ss_network_dim": "16",
        "ss_network_alpha": "8.0",
        "ss_network_args": "{}",
        "ss_training_started_at": "12.500",
        "ss_resolution": "(512, 512)",
        "ss_num_train_images": "6",
        "ss_steps": "300",
        "ss_learning_rate": "0.0001",
        "ss_optimizer": "torch.optim.AdamW",
        "ss_seed": "0",
        "modelspec.sai_model_spec": "1.0.1",
        "modelspec.architecture": "stable-diffusion-v1/lora",
        "modelspec.implementation": "diffusers",
        "modelspec.title": "Star",
        "modelspec.resolution": "512x512",
        "modelspec.prediction_type": "epsilon",
        "modelspec.trigger_phrase": "zkz",
        "loraferry_version": __version__,
        "loraferry_config": canonical_json(config),
        "ss_dataset_dirs": '{"3_zkz": {"n_repeats": 3, "img_count": 2}}',
        "ss_tag_frequency": '{"3_zkz": {"blue": 2, "红": 1, "green": 1}}',
    }


def test_what_only_some_files_have():
    more = {"buckets": {(512, 768): 1, (512, 512): 4}, "untaught": {"b", "a"}, "parent": "0" * 64}
    found = training_metadata(plan(), MANIFEST, name="Star", prediction="epsilon", steps=1, started=0, **more)
    assert {name: found[name] for name in found.keys() - metadata(plan()).keys()} == {
        "ss_enable_bucket": "True",
        "ss_bucket_info": '{"buckets": {"0": {"resolution": [512, 512], "count": 12},'
        ' "1": {"resolution": [512, 768], "count": 3}}}',
        "loraferry_untaught": "a,b",
        "loraferry_parent": "0" * 64,
    }


@pytest.mark.parametrize(
    ("network", "module", "arguments"),
    [
        (LoraNetwork(), "networks.lora", {}),
        (
            LoraNetwork(targets=("attention", "convolution"), conv_rank=3),
            "networks.lora",
            {"conv_dim": "3", "conv_alpha": "2.0"},
        ),
        (LoraNetwork(dora=True), "lycoris.kohya", {"algo": "lora", "dora_wd": "True"}),
        (LohaNetwork(), "lycoris.kohya", {"algo": "loha"}),
        (
            LokrNetwork(factor=8, targets=("convolution",)),
            "lycoris.kohya",
            {"algo": "lokr", "factor": "8", "conv_dim": "4", "conv_alpha": "2.0"},
        ),
    ],
)
def test_what_kohyas_trainer_would_have_been_told(network, module, arguments):
    found = metadata(plan(network=network))
    assert (found["ss_network_module"], json.loads(found["ss_network_args"])) == (module, arguments)


@pytest.mark.parametrize(("family", "second"), [("sd1", "False"), ("sd2", "True"), ("sdxl", "False")])
def test_the_marks_of_the_family(family, second):
    found = metadata(plan(base__family=family))
    assert found["ss_v2"] == second
    assert family_of(found) == family


@pytest.mark.parametrize(
    ("family", "text", "rates"),
    [
        ("sd1", {"train": ("first",)}, "[5e-05]"), ("sdxl", {"train": ("first",), "lr": 1e-6}, "[1e-06, 0.0]"),
        ("sdxl", {"train": ("second", "first"), "second_lr": 1e-5}, "[5e-05, 1e-05]"),
    ],
)  # fmt: skip
def test_the_rates_of_text_encoders(family, text, rates):
    found = metadata(plan(base__family=family, text_encoders=TextEncoders(**text)))
    assert (found["ss_unet_lr"], found["ss_text_encoder_lr"]) == ("0.0001", rates)
    assert not {"ss_unet_lr", "ss_text_encoder_lr"} & metadata(plan()).keys()


def test_v_prediction_and_no_trigger():
    found = metadata(plan(dataset__trigger=""), "v_prediction")
    assert found["modelspec.prediction_type"] == "v"
    assert "modelspec.trigger_phrase" not in found
    assert json.loads(found["ss_tag_frequency"]) == {"3_Star": {"blue": 2, "红": 1, "green": 1}}


@pytest.mark.parametrize(
    ("source", "name"),
    [("toy", "toy"), ("runwayml/sd", "sd"), ("C:\\models\\x\\", "x"), ("/m/x/", "x"), ("/", "/")],
)
def test_the_name_of_the_base_model(source, name):
    assert metadata(plan(base__source=source))["ss_sd_model_name"] == name


@pytest.mark.parametrize(("wildcards", "told"), [(True, {"red", "small", "blue"}), (False, {"{red", "small|blue}"})])
def test_tags_are_those_that_wildcards_stand_for(wildcards, told):
    entries = [
        ManifestEntry(name=f"{digit}.png", size=1, sha256=digit * 64, caption="{red, small|blue}")
        for digit in "0123456789"
    ]
    config = plan(dataset__wildcards=wildcards)
    found = training_metadata(config, manifest_of(entries), name="Star", prediction="epsilon", steps=300, started=12.5)
    assert json.loads(found["ss_tag_frequency"])["3_zkz"].keys() == told


def test_pictures_of_a_concept_are_counted_as_often_as_they_come():
    found = metadata(plan(dataset__concepts=(ConceptShare(folder="b.png"), ConceptShare(folder="c"))))
    assert found["ss_num_train_images"] == "6"
    grouped = manifest_of([entry.replace(name=f"c/{entry.name}") for entry in MANIFEST.entries])
    config = plan(dataset__concepts=(ConceptShare(folder="c", repeats=5),))
    found = training_metadata(config, grouped, name="Star", prediction="epsilon", steps=1, started=1)
    assert found["ss_num_train_images"] == "30"


def test_private_leaves_out_captions_and_folders():
    config = plan(
        saving__private=True, sampling__prompts=("red secret",), sampling__negative="green secret", network__rank=4,
        regularisation__prompts=("yellow secret",), regularisation__folder="secret",
        network__parent=r"C:\folders\old.safetensors", dataset__concepts=(ConceptShare(folder="~secret", repeats=2),),
    )  # fmt: skip
    found = metadata(config)
    assert metadata(plan()).keys() - found.keys() == {"ss_dataset_dirs", "ss_tag_frequency"}
    text = json.dumps(found, ensure_ascii=False)
    for word in ("blue", "红", "secret", "alice", "/models", "folders"):
        assert word not in text
        assert word in json.dumps(metadata(config.replace(saving=plan().saving)), ensure_ascii=False)
    kept = TrainConfig.model_validate_json(found["loraferry_config"])
    assert kept.network.parent == "old.safetensors"
    assert kept.dataset.concepts == (ConceptShare(repeats=2),)
    assert (kept.network.rank, kept.dataset.trigger, kept.base.source, kept.sampling.prompts) == (4, "zkz", "toy", ())


def test_the_hash_is_of_the_tensors_alone(tmp_path):
    one = lora(tmp_path / "1")
    two = lora(tmp_path / "2", {"ss_steps": "1" * 1000})
    three = lora(tmp_path / "3", up=b"\0\x3c" * 4)
    hashes = [tensor_hash(path, read_header(path)) for path in (one, two, three)]
    assert hashes[0] == hashes[1] == hashlib.sha256(b"".join(PARTS.values())).hexdigest()
    assert hashes[2] != hashes[0]


def test_facts_of_our_own_file(tmp_path):
    path = lora(tmp_path / "x.safetensors", metadata(plan()))
    assert read_facts(path) == LoraFacts(
        title="Star", family="Stable Diffusion 1.x", trigger="zkz", rank=16, base="toy", steps=300,
        resolution="512x512", config=plan(),
    )  # fmt: skip


def test_facts_of_a_file_that_says_nothing(tmp_path):
    path = lora(tmp_path / "龙.safetensors")
    assert read_facts(path) == LoraFacts("龙", "", "", 0, "", 0, "", None)


@pytest.mark.parametrize(
    ("written", "name", "value"),
    [
        ({"ss_output_name": "other"}, "title", "other"),
        ({"modelspec.title": "T", "ss_output_name": "other"}, "title", "T"),
        ({"modelspec.title": "\x1b[31mT\u202ex"}, "title", "Tx"),
        ({"modelspec.trigger_phrase": "a\x00\ud800b"}, "trigger", "ab"),
        ({"ss_base_model_version": "flux1"}, "family", "flux1"),
        ({"ss_base_model_version": "sdxl_base_v1-0"}, "family", "Stable Diffusion XL"),
        ({"ss_network_dim": "32"}, "rank", 32),
        ({"ss_network_dim": "Dynamic"}, "rank", 0),
        ({"ss_network_dim": "-4"}, "rank", 0),
        ({"ss_network_dim": "²"}, "rank", 0),
        ({"ss_network_dim": "٣"}, "rank", 0),
        ({"ss_network_dim": "4\n"}, "rank", 0),
        ({"ss_steps": "9" * 5000}, "steps", 0),
        ({"loraferry_config": "{}"}, "config", TrainConfig()),
        ({"loraferry_config": "{"}, "config", None),
        ({"loraferry_config": '{"of":"later"}'}, "config", None),
        ({"loraferry_config": "[" * 100_000}, "config", None),
    ],
)
def test_facts_of_other_files(tmp_path, written, name, value):
    assert getattr(read_facts(lora(tmp_path / "x", written)), name) == value


def test_facts_of_no_file(tmp_path):
    (tmp_path / "x").write_bytes(b"")
    with pytest.raises(NotSafetensors):
        read_facts(tmp_path / "x")
