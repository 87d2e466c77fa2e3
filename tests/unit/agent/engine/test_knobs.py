"""No knob that nothing reads: every setting, set to another legal value, changes what a short run leaves behind."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.config.dataset import ConceptShare
from loraferry_core.config.dotted import leaves
from loraferry_core.config.network import LohaNetwork, LokrNetwork
from loraferry_core.config.optimizers import Adafactor, Lion, Prodigy, ScheduleFreeAdamW
from loraferry_core.config.schedule import Cosine, CosineRestarts, Linear, Polynomial
from loraferry_core.events import AttemptStarted, Failed, PhaseChanged, PhaseEnded
from loraferry_core.lora_file.header import read_header
from loraferry_core.lora_file.metadata import PLAN_KEY, tensor_hash
from tests.fakes import tiny_base
from tests.fakes.job_folder import Machine, Picture, events, see_through
from tests.unit.agent.engine.conftest import Trainer, changed

LION, PRODIGY, FREE = Lion(lr=0.01), Prodigy(d0=1e-5), ScheduleFreeAdamW(lr=0.01)

# setting: (another value, settings under which it matters)
KNOBS: dict[str, tuple[Any, dict[str, Any]]] = {
    "base.family": ("sd9", {}),
    "base.source": ("OTHER_BASE", {}),
    "base.tree": ("OTHER_TREE", {}),
    "base.prediction": ("v_prediction", {}),
    "dataset.manifest": ("OTHER_MANIFEST", {}),
    "dataset.trigger": ("blorp", {}),
    "dataset.class_word": ("spot", {}),
    "dataset.resolution": (48, {}),
    "dataset.repeats": (2, {}),
    "dataset.concepts": ((ConceptShare(folder="known", repeats=3),), {"dataset__manifest": "IN_A_FOLDER"}),
    "concepts.folder": (
        (ConceptShare(folder="elsewhere", regularisation=True),),
        {"dataset__manifest": "IN_A_FOLDER", "dataset__concepts": (ConceptShare(folder="known", regularisation=True),)},
    ),
    "concepts.weight": ((ConceptShare(folder="known", weight=0.5),), {"dataset__manifest": "IN_A_FOLDER"}),
    "concepts.regularisation": (
        (ConceptShare(folder="known", regularisation=True),),
        {"dataset__manifest": "IN_A_FOLDER"},
    ),
    "concepts.repeats_in_turn": (
        (ConceptShare(folder="known", repeats=2, regularisation=True),),
        {
            "dataset__manifest": "IN_A_FOLDER",
            "dataset__concepts": (ConceptShare(folder="known", regularisation=True),),
            "regularisation__repeats": 1,
        },
    ),
    "dataset.caption_style": ("prose", {"dataset__shuffle_tags": True}),
    "dataset.shuffle_tags": (True, {}),
    "dataset.keep_tokens": (2, {"dataset__shuffle_tags": True}),
    "dataset.tag_dropout": (0.9, {}),
    "dataset.wildcards": (False, {"dataset__manifest": "WITH_WILDCARDS"}),
    "dataset.caption_dropout": (0.9, {}),
    "dataset.masked": (True, {"dataset__manifest": "WITH_ALPHA"}),
    "dataset.outside_weight": (0.5, {"dataset__manifest": "WITH_ALPHA", "dataset__masked": True}),
    "dataset.flip": (True, {}),
    "regularisation.make": (2, {}),
    "regularisation.prompts": (("a {class}",), {"regularisation__make": 2}),
    "regularisation.folder": ("known", {"dataset__manifest": "IN_A_FOLDER"}),
    "regularisation.weight": (0.5, {"regularisation__make": 2}),
    "regularisation.repeats": (1, {"regularisation__make": 2}),
    "network.rank": (3, {}),
    "network.alpha": (1.0, {}),
    "network.targets": (("attention",), {}),
    "network.conv_rank": (2, {"network__targets": ("convolution",)}),
    "network.conv_alpha": (1.0, {"network__targets": ("convolution",)}),
    "network.rules": (("*.attn2.*=1",), {}),
    "network.parent": ("PARENT", {}),
    "network.parent_tree": ("PARENT_TREE", {"network__parent": "PARENT"}),
    "network.dora": (True, {}),
    "text_encoders.train": (("first",), {}),
    "text_encoders.lr": (0.02, {"text_encoders__train": ("first",)}),
    "text_encoders.second_lr": (
        0.02,
        {"base__source": "SDXL_BASE", "base__family": "sdxl", "text_encoders__train": ("second",)},
    ),
    "text_encoders.rank": (3, {"text_encoders__train": ("first",)}),
    "text_encoders.alpha": (1.0, {"text_encoders__train": ("first",)}),
    "network.kind": (LohaNetwork(rank=2, alpha=2), {}),
    "loha.rank": (3, {"network": LohaNetwork(rank=2, alpha=2)}),
    "lokr.kind": (LokrNetwork(rank=2, alpha=2), {}),
    "lokr.factor": (2, {"network": LokrNetwork(rank=2, alpha=2)}),
    "optimizer.kind": (Adafactor(lr=0.01), {}),
    "optimizer.lr": (0.02, {}),
    "optimizer.weight_decay": (0.5, {}),
    "optimizer.beta1": (0.5, {}),
    "optimizer.beta2": (0.5, {}),
    "optimizer.eps": (0.1, {}),
    "adafactor.lr": (0.02, {"optimizer": Adafactor(lr=0.01)}),
    "adafactor.weight_decay": (0.5, {"optimizer": Adafactor(lr=0.01)}),
    "adafactor.d": (5.0, {"optimizer": Adafactor(lr=0.01)}),
    "lion.kind": (LION, {}),
    "lion.lr": (0.02, {"optimizer": LION}),
    "lion.weight_decay": (0.5, {"optimizer": LION}),
    "lion.beta1": (0.2, {"optimizer": LION}),
    "lion.beta2": (0.2, {"optimizer": LION}),
    "prodigy.kind": (PRODIGY, {}),
    "prodigy.lr": (0.5, {"optimizer": PRODIGY}),
    "prodigy.d_coef": (100.0, {"optimizer": PRODIGY}),
    "prodigy.d0": (0.1, {"optimizer": PRODIGY}),
    "prodigy.weight_decay": (0.5, {"optimizer": PRODIGY}),
    "prodigy.beta1": (0.5, {"optimizer": PRODIGY}),
    "prodigy.beta2": (0.5, {"optimizer": PRODIGY}),
    "prodigy.eps": (0.1, {"optimizer": PRODIGY}),
    "prodigy.bias_correction": (False, {"optimizer": PRODIGY}),
    "prodigy.safeguard_warmup": (False, {"optimizer": PRODIGY.replace(lr=0.5, d_coef=100.0)}),
    "schedule_free.kind": (FREE, {}),
    "schedule_free.lr": (0.02, {"optimizer": FREE}),
    "schedule_free.weight_decay": (0.5, {"optimizer": FREE}),
    "schedule_free.beta1": (0.5, {"optimizer": FREE}),
    "schedule_free.beta2": (0.5, {"optimizer": FREE}),
    "schedule_free.eps": (0.1, {"optimizer": FREE}),
    "schedule.kind": (Cosine(), {}),
    "schedule.warmup": (1.0, {}),
    "cosine.warmup": (1.0, {"schedule": Cosine(warmup=0)}),
    "cosine.floor": (0.5, {"schedule": Cosine()}),
    "schedule.warmup_steps": (3, {}),
    "falling.warmup_steps": (3, {"schedule": Cosine(warmup=0)}),
    "linear.kind": (Linear(warmup=0), {"schedule": Cosine(warmup=0)}),
    "restarts.kind": (CosineRestarts(warmup=0), {"schedule": Cosine(warmup=0)}),
    "restarts.cycles": (1, {"schedule": CosineRestarts(warmup=0)}),
    "polynomial.kind": (Polynomial(warmup=0), {"schedule": Cosine(warmup=0)}),
    "polynomial.power": (1.0, {"schedule": Polynomial(warmup=0)}),
    "objective.loss": ("huber", {}),
    "objective.huber_c": (0.5, {"objective__loss": "huber"}),
    "objective.weighting": ("min_snr", {}),
    "objective.min_snr_gamma": (1.0, {"objective__weighting": "min_snr"}),
    "noise.offset": (0.1, {}),
    "noise.multires_iterations": (2, {}),
    "noise.multires_discount": (0.9, {"noise__multires_iterations": 2}),
    "noise.input_perturbation": (0.1, {}),
    "noise.zero_terminal_snr": (True, {"base__source": "VELOCITY_BASE"}),
    "loop.unit": ("epochs", {"loop__epochs": 2}),
    "loop.steps": (2, {}),
    "loop.epochs": (2, {"loop__unit": "epochs", "loop__epochs": 1}),
    "loop.batch": (3, {}),
    "loop.accumulation": (2, {}),
    "loop.precision": ("bf16", {}),
    "loop.max_grad_norm": (0.001, {}),
    "loop.ema": (0.5, {}),
    "loop.seed": (1, {}),
    "sampling.every": (1, {}),
    "sampling.prompts": (("a dot",), {}),
    "sampling.negative": ("ugly", {}),
    "sampling.steps": (3, {}),
    "sampling.guidance": (2.0, {}),
    "sampling.seed": (7, {}),
    "sampling.size": (48, {}),
    "validation.every": (1, {}),
    "validation.share": (0.5, {"validation__every": 3}),
    "validation.timesteps": (2, {"validation__every": 3}),
    "saving.name": ("mine", {}),
    "saving.every": (1, {}),
    "saving.keep": (1, {"saving__every": 1}),
    "saving.dtype": ("fp16", {}),
    "saving.private": (True, {}),
}
NOT_SEEN_IN_WHAT_IS_LEFT = {
    "loop.gradient_checkpointing": "changes memory and time, not results; see test_gradient_checkpointing_recomputes",
    "loop.gpus": "changes time, not results; see test_ranks",
    "loop.compile": "changes time, not results; see test_compiled",
}


GROUPS = {
    **dict.fromkeys(("adafactor", "lion", "prodigy", "schedule_free"), "optimizer"),
    **dict.fromkeys(("loha", "lokr"), "network"),
    **dict.fromkeys(("cosine", "falling", "linear", "restarts", "polynomial"), "schedule"),
}


def plain(knob: str) -> str:
    """The path of the setting: a knob of one kind in a union is listed by the kind's name."""
    group, _, rest = knob.partition(".")
    return f"{GROUPS.get(group, group)}.{rest}"


def traces(folder: JobFolder) -> dict[str, Any]:
    """What a run left that follows from its plan: events without times, file names, tensors, metadata."""
    left: dict[str, Any] = {"events": []}
    for event in events(folder):
        if isinstance(event, PhaseChanged | PhaseEnded):  # how many there are, and how much memory, is chance
            continue
        told = event.model_dump(mode="json", exclude={"seq", "time", "images_per_s", "memory_mb"})
        if "file" in told and event.type != "sample":
            told["file"] = event.file.name
        if "files" in told:  # one of them holds the time
            told["files"] = [file["name"] for file in told["files"]]
        left["events"].append(told)
    left["files"] = sorted(str(p.relative_to(folder.path)) for p in folder.path.rglob("*") if p.is_file())
    for path in sorted(folder.output.glob("*.safetensors")):
        header = read_header(path)
        metadata = {
            k: v
            for k, v in header.metadata.items()
            if k not in (PLAN_KEY, "ss_training_started_at", "sshs_legacy_hash")
        }
        left["output"] = (tensor_hash(path, header), json.dumps(metadata, sort_keys=True))
    return left


@pytest.fixture(scope="module")
def others(
    tmp_path_factory: pytest.TempPathFactory,
    machine: Machine,
    pictures: list[Picture],
    trained: Trainer,
    plan: TrainConfig,
) -> dict[str, str]:
    """Values that only exist once they are made."""
    once = changed(plan, loop__steps=1, sampling__every=0, saving__every=0)
    parents = [trained(changed(once, loop__seed=seed))[1].output for seed in (1, 2)]
    parent_tree = hashlib.sha256(b"another LoRA").hexdigest()
    shutil.copytree(parents[1], machine.layout.trees / parent_tree)
    tree = hashlib.sha256(b"another base").hexdigest()
    tiny_base.make(machine.layout.trees / tree, levels=2, seed=1)
    other = tiny_base.make(tmp_path_factory.mktemp("other"), levels=2, seed=2)
    velocity = tiny_base.make(tmp_path_factory.mktemp("velocity"), levels=2, prediction="v_prediction")
    return {
        "OTHER_BASE": str(other),
        "SDXL_BASE": str(tiny_base.make(tmp_path_factory.mktemp("sdxl"), "sdxl", levels=2)),
        "VELOCITY_BASE": str(velocity),
        "OTHER_TREE": tree,
        "PARENT": str(next(parents[0].glob("*.safetensors"))),
        "PARENT_TREE": parent_tree,
        "OTHER_MANIFEST": machine.dataset(pictures[:3]),
        "IN_A_FOLDER": machine.dataset([*pictures[:3], ("known/dot.png", pictures[3][1], "a dot")]),
        "WITH_WILDCARDS": machine.dataset([(name, data, "{red|blue}, round") for name, data, _ in pictures[:3]]),
        "WITH_ALPHA": machine.dataset([*pictures[:3], ("see_through.png", see_through(), "a dot")]),
    }


@pytest.fixture(scope="module")
def known() -> dict[str, dict[str, Any]]:
    """Traces of plans that were run already, by the plan's text."""
    return {}


def run(trained: Trainer, config: TrainConfig, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    text = config.model_dump_json()
    if text not in known:
        known[text] = traces(trained(config)[1])
    return known[text]


@pytest.mark.parametrize("setting", KNOBS)
def test_knob_acts(
    setting: str,
    trained: Trainer,
    plan: TrainConfig,
    others: dict[str, str],
    known: dict[str, dict[str, Any]],
) -> None:
    value, context = KNOBS[setting]
    before = changed(plan, **{k: others.get(v, v) if isinstance(v, str) else v for k, v in context.items()})
    path = "dataset.concepts" if setting.startswith("concepts.") else plain(setting).removesuffix(".kind")
    after = changed(before, **{path.replace(".", "__"): others.get(value, value) if isinstance(value, str) else value})
    assert before != after
    one, other = run(trained, before, known), run(trained, after, known)
    assert one["events"][-1]["type"] == "finished"
    assert one != other


def test_the_same_plan_leaves_the_same(trained: Trainer, plan: TrainConfig) -> None:
    assert traces(trained(plan)[1]) == traces(trained(plan)[1])


def test_every_setting_is_on_a_list(plan: TrainConfig) -> None:
    kinds: list[dict[str, Any]] = [{"optimizer": optimizer} for optimizer in (Adafactor(), LION, PRODIGY, FREE)]
    kinds += [{"network": network} for network in (LohaNetwork(), LokrNetwork())]
    kinds += [{"schedule": schedule} for schedule in (Linear(), Cosine(), CosineRestarts(), Polynomial())]
    variants = (plan, *(changed(plan, **kind) for kind in kinds))
    names = {name for config in variants for name, _ in leaves(config)}
    listed = {plain(knob) for knob in KNOBS if not knob.startswith("concepts.")}
    assert names == listed | NOT_SEEN_IN_WHAT_IS_LEFT.keys()


def test_a_wrong_family_is_named(trained: Trainer, plan: TrainConfig) -> None:
    code, folder = trained(changed(plan, base__family="sd9"))
    last = events(folder)[-1]
    assert code == 1 and isinstance(last, Failed)
    assert last.problem.params == {"setting": "base.family", "detail": "sd9"}


def test_epochs_of_too_few_pictures_still_make_steps(
    trained: Trainer, plan: TrainConfig, machine: Machine, pictures: list[Picture]
) -> None:
    config = changed(
        plan, dataset__manifest=machine.dataset(pictures[:1]), loop__batch=8, loop__unit="epochs", loop__epochs=2
    )
    code, folder = trained(config)
    first = events(folder)[0]
    assert code == 0 and isinstance(first, AttemptStarted)
    assert (first.images, first.total_steps) == (1, 2)


def test_no_output_of_a_failed_run(trained: Trainer, plan: TrainConfig) -> None:
    code, folder = trained(changed(plan, optimizer__lr=1e-60))
    last = events(folder)[-1]
    assert code == 1 and isinstance(last, Failed) and last.problem.code == "lora_zero"
    left: list[Path] = [*folder.path.rglob("*.safetensors"), *folder.path.rglob("*.part")]
    assert left == []
