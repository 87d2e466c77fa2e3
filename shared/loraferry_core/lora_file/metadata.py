"""The metadata by which UIs know a LoRA: what is written, and what is read back for the shelf.

Names and values follow kohya's `ss_*` fields and Stability's model spec 1.0.1, as WebUI, Forge and ComfyUI read them.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from loraferry_core import __version__
from loraferry_core.config.network import LoraNetwork, Network
from loraferry_core.config.pretrained import PredictionKind
from loraferry_core.config.train import TrainConfig, canonical_json
from loraferry_core.dataset.buckets import Size
from loraferry_core.dataset.caption import tags, without_wildcards
from loraferry_core.dataset.manifest import Manifest, ManifestEntry
from loraferry_core.dataset.roles import shares_of
from loraferry_core.families import FAMILIES
from loraferry_core.lora_file.check import UNTAUGHT
from loraferry_core.lora_file.header import Header, read_header
from loraferry_core.names import without_control_characters

PLAN_KEY = "loraferry_config"
PARENT_KEY = "loraferry_parent"
"""The `sshs_model_hash` of the LoRA that a run began with."""


def training_metadata(
    config: TrainConfig,
    manifest: Manifest,
    *,
    name: str,
    prediction: PredictionKind,
    steps: int,
    started: float,
    buckets: Mapping[Size, int] = {},
    untaught: Collection[str] = (),
    parent: str = "",
) -> dict[str, str]:
    """All metadata of a finished LoRA but the hashes, which need the tensors.

    `buckets` counts the pictures of each size (width, height) that they were trained at, each as often as its concept
    repeats it; `untaught` are modules in
    kohya's names (see `check.UNTAUGHT`); `parent` is the hash of the LoRA that the run began with.
    """
    spec = FAMILIES[config.base.family]
    names = spec.names[prediction]
    source = _last_part(config.base.source) or config.base.source
    prefix = f"{config.dataset.repeats}_{config.dataset.trigger or name}"
    written = {
        "ss_output_name": name,
        "ss_base_model_version": names.ss_base_model_version,
        "ss_v2": str(spec.second_generation),
        "ss_sd_model_name": source,
        "ss_network_module": _module(config.network),
        "ss_network_dim": str(config.network.rank),
        "ss_network_alpha": str(config.network.alpha),
        "ss_network_args": json.dumps(_arguments(config.network)),
        "ss_training_started_at": f"{started:.3f}",
        "ss_resolution": f"({config.dataset.resolution}, {config.dataset.resolution})",
        "ss_num_train_images": str(_shown(manifest, config) * config.dataset.repeats),
        "ss_steps": str(steps),
        "ss_learning_rate": str(config.optimizer.lr),
        "ss_optimizer": config.optimizer.target.replace(":", "."),
        "ss_seed": str(config.loop.seed),
        "modelspec.sai_model_spec": "1.0.1",
        "modelspec.architecture": names.architecture,
        "modelspec.implementation": spec.implementation,
        "modelspec.title": name,
        "modelspec.resolution": f"{config.dataset.resolution}x{config.dataset.resolution}",
        "modelspec.prediction_type": "v" if prediction == "v_prediction" else "epsilon",
        "loraferry_version": __version__,
        PLAN_KEY: canonical_json(_private_plan(config, source) if config.saving.private else config),
    }
    rates = config.text_encoders.rates(config.optimizer.lr)
    if rates:
        written["ss_unet_lr"] = str(config.optimizer.lr)
        written["ss_text_encoder_lr"] = str([rates.get(name, 0.0) for name in spec.text_encoders])
    if config.dataset.trigger:
        written["modelspec.trigger_phrase"] = config.dataset.trigger
    if buckets:
        written["ss_enable_bucket"] = "True"
        written["ss_bucket_info"] = _bucket_info(buckets, config.dataset.repeats)
    if untaught:
        written[UNTAUGHT] = ",".join(sorted(untaught))
    if parent:
        written[PARENT_KEY] = parent
    if not config.saving.private:
        counts = Counter(tag for entry in manifest.entries for tag in tags(_one_reading(entry, config)))
        written["ss_dataset_dirs"] = json.dumps(
            {prefix: {"n_repeats": config.dataset.repeats, "img_count": len(manifest.entries)}}
        )
        written["ss_tag_frequency"] = json.dumps({prefix: dict(counts.most_common())}, ensure_ascii=False)
    return written


def _shown(manifest: Manifest, config: TrainConfig) -> int:
    """How many pictures these are, each as often as its concept repeats it."""
    shares = shares_of([entry.name for entry in manifest.entries], config.dataset.concepts)
    return len(manifest.entries) + sum(share.repeats - 1 for share in shares.values())


def _one_reading(entry: ManifestEntry, config: TrainConfig) -> str:
    """The caption with one of the choices for each wildcard: what may have been trained, not how it was written."""
    return without_wildcards(entry.caption, Random(entry.sha256)) if config.dataset.wildcards else entry.caption


def _module(network: Network) -> str:
    """The program part that kohya's trainer would have used: its own knows LoRA alone, LyCORIS the other kinds."""
    plain = isinstance(network, LoraNetwork) and not network.dora
    return "networks.lora" if plain else "lycoris.kohya"


def _arguments(network: Network) -> dict[str, str]:
    """What that part would have been told, in its own words."""
    arguments: dict[str, str] = {}
    if _module(network) == "lycoris.kohya":
        arguments["algo"] = network.kind
    if isinstance(network, LoraNetwork) and network.dora:
        arguments["dora_wd"] = "True"
    if network.kind == "lokr":
        arguments["factor"] = str(network.factor)
    if "convolution" in network.targets:
        arguments |= {"conv_dim": str(network.conv_rank), "conv_alpha": str(network.conv_alpha)}
    return arguments


def _bucket_info(buckets: Mapping[Size, int], repeats: int) -> str:
    """Sizes by their running number, as kohya's trainer writes them."""
    table = {
        str(index): {"resolution": list(size), "count": buckets[size] * repeats}
        for index, size in enumerate(sorted(buckets))
    }
    return json.dumps({"buckets": table})


def _last_part(place: str) -> str:
    """The name at the end of a path of any system."""
    return place.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


def _private_plan(config: TrainConfig, source: str) -> TrainConfig:
    """The plan without folder names and without prompts, which are captions too."""
    return config.replace(
        base=config.base.replace(source=source),
        dataset=config.dataset.replace(concepts=tuple(c.replace(folder="") for c in config.dataset.concepts)),
        network=config.network.replace(parent=_last_part(config.network.parent)),
        sampling=config.sampling.replace(prompts=(), negative=""),
        regularisation=config.regularisation.replace(prompts=(), folder=""),
    )


def tensor_hash(path: Path, header: Header) -> str:
    """`sshs_model_hash`: SHA-256 of the tensors' bytes alone, so that it does not depend on the metadata."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        file.seek(header.data_start)
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()


def family_of(metadata: Mapping[str, str]) -> str:
    """The id of the family that a file names, by our names for it or by the begin of kohya's; empty where it names none."""
    version = metadata.get("ss_base_model_version", "")
    begins = {"sd_v1": "sd1", "sd_v2": "sd2", "sdxl_": "sdxl"}
    return next((family for begin, family in begins.items() if version.startswith(begin)), "")


@dataclass(frozen=True)
class LoraFacts:
    """What the shelf shows of a LoRA file."""

    title: str
    family: str
    trigger: str
    rank: int
    base: str
    steps: int
    resolution: str
    config: TrainConfig | None


def read_facts(path: Path) -> LoraFacts:
    """What a file tells about itself. Raises NotSafetensors, OSError."""
    written = read_header(path).metadata
    metadata = {name: without_control_characters(text) for name, text in written.items()}
    families = {names.ss_base_model_version: spec.label for spec in FAMILIES.values() for names in spec.names.values()}
    version = metadata.get("ss_base_model_version", "")
    return LoraFacts(
        title=metadata.get("modelspec.title") or metadata.get("ss_output_name") or path.stem,
        family=families.get(version, version),
        trigger=metadata.get("modelspec.trigger_phrase", ""),
        rank=_whole(metadata.get("ss_network_dim", "")),
        base=metadata.get("ss_sd_model_name", ""),
        steps=_whole(metadata.get("ss_steps", "")),
        resolution=metadata.get("modelspec.resolution", ""),
        config=_plan(written.get(PLAN_KEY, "")),
    )


def _whole(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0


def _plan(text: str) -> TrainConfig | None:
    """The plan in a file, when it is one of ours and of a version that this program reads."""
    try:
        return TrainConfig.model_validate_json(text) if text else None
    except ValueError:
        return None
