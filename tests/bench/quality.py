"""Does it learn, and does it forget? The toy base is taught the sample dataset by the real trainer, and pixels are measured.

`prompt_accuracy`: share of old prompts that the untouched base draws with colour and shape both right.
`trigger_before`, `trigger_after`: share of pictures for the trigger word that show the new thing.
`prior_kept`: accuracy on the same old prompts, seeds and noise with the LoRA ÷ without.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: its threads would spin on a busy machine

import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline

from loraferry.ferry.demo import demo_config
from loraferry_agent.layout import HOME_VARIABLE, Layout
from loraferry_core.config import TrainConfig, digest
from loraferry_core.config.dotted import replace_at
from loraferry_core.dataset.manifest import ManifestEntry, encode, manifest_hash, manifest_of
from loraferry_core.events import Finished, parse_event
from loraferry_core.jobs import JobSpec, JobState, JobStatus
from loraferry_resources import sample_dataset_path, toy_base_path
from loraferry_resources.toy import measure, shapes, zorblax

SEED = 91_000
"""Fixed before anything was measured."""
STEPS, GUIDANCE, BATCH = 20, 2.0, 50


@dataclass(frozen=True)
class Quality:
    """Shares from 0 to 1."""

    prompt_accuracy: float
    trigger_before: float
    trigger_after: float
    prior_kept: float


def train(config: TrainConfig, work: Path) -> Path:
    """Run the job's own process on the sample dataset; returns the finished LoRA. Raises RuntimeError with its log."""
    layout = Layout(work, work)
    entries = []
    for picture in sorted(sample_dataset_path().glob("*.png")):
        caption = picture.with_suffix(".txt").read_text(encoding="utf-8").strip()
        entries.append(
            ManifestEntry(
                name=picture.name,
                size=picture.stat().st_size,
                sha256=_put(layout, picture.read_bytes()),
                caption=caption,
            )
        )
    manifest = manifest_of(entries)
    assert _put(layout, encode(manifest)) == manifest_hash(manifest)
    config = replace_at(config, "dataset.manifest", manifest_hash(manifest))
    config = replace_at(config, "base.source", str(toy_base_path()))
    spec = JobSpec(job=str(uuid.uuid4()), name="quality", config=config)
    folder = layout.job(spec.job)
    folder.path.mkdir(parents=True)
    folder.spec.write_text(spec.model_dump_json(), encoding="utf-8")
    status = JobStatus(job=spec.job, name=spec.name, state=JobState.PREPARING, spec_hash=digest(spec), attempt=1)
    folder.state.write_text(status.model_dump_json(), encoding="utf-8")
    environment = {**os.environ, HOME_VARIABLE: str(work)}
    command = [sys.executable, "-m", "loraferry_agent.train", str(folder.path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    last = parse_event(folder.events.read_bytes().splitlines()[-1])
    if not isinstance(last, Finished):
        raise RuntimeError(f"{last}\n{done.stdout}\n{done.stderr}")
    return folder.path / last.file.name


class Bench:
    """The base alone, measured once, and then with one LoRA after the other, on `samples` pictures a figure."""

    def __init__(self, samples: int) -> None:
        self._scenes = shapes.evaluation_scenes(samples, SEED)
        self._old = [shapes.prompt(scene) for scene in self._scenes]
        self._new = [zorblax.prompt(wanted) for wanted in zorblax.evaluation_zorblaxes(samples, SEED)]
        base = StableDiffusionPipeline.from_pretrained(toy_base_path(), safety_checker=None, local_files_only=True)
        self._pipeline = base.to("cuda" if torch.cuda.is_available() else "cpu")
        self._pipeline.scheduler = DDIMScheduler.from_config(base.scheduler.config)
        self._pipeline.set_progress_bar_config(disable=True)
        self._accuracy = _accuracy(self._pipeline, self._old, self._scenes)
        self._trigger = _share_of_zorblax(self._pipeline, self._new)

    def measured(self, lora: Path) -> Quality:
        """Compare the base alone with the base and this LoRA."""
        self._pipeline.load_lora_weights(lora.parent, weight_name=lora.name)
        after = _share_of_zorblax(self._pipeline, self._new)
        kept = _accuracy(self._pipeline, self._old, self._scenes) / self._accuracy
        self._pipeline.unload_lora_weights()
        return Quality(self._accuracy, self._trigger, after, kept)


def measured(lora: Path, samples: int) -> Quality:
    """Compare the base alone with the base and its LoRA on `samples` pictures a figure."""
    return Bench(samples).measured(lora)


def _accuracy(pipeline: StableDiffusionPipeline, prompts: list[str], scenes: list[shapes.Scene]) -> float:
    readings = [measure.read(image) for image in _draw(pipeline, prompts)]
    right = [r.colour == s.colour and r.shape == s.shape for r, s in zip(readings, scenes, strict=True)]
    return sum(right) / len(right)


def _share_of_zorblax(pipeline: StableDiffusionPipeline, prompts: list[str]) -> float:
    return sum(measure.read(image).zorblax for image in _draw(pipeline, prompts)) / len(prompts)


def _draw(pipeline: StableDiffusionPipeline, prompts: list[str]):
    for start in range(0, len(prompts), BATCH):
        part = prompts[start : start + BATCH]
        noise = [torch.Generator().manual_seed(SEED + start + i) for i in range(len(part))]
        yield from pipeline(part, num_inference_steps=STEPS, guidance_scale=GUIDANCE, generator=noise).images


def _put(layout: Layout, data: bytes) -> str:
    name = hashlib.sha256(data).hexdigest()
    path = layout.blobs / name[:2] / name[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return name


def run(samples: int = 100) -> dict[str, float]:
    """The full learning test with the demo's own plan."""
    with tempfile.TemporaryDirectory() as folder:
        quality = measured(train(demo_config(), Path(folder)), samples)
    return {name: round(value, 3) for name, value in vars(quality).items()}


def main() -> None:
    """Print a table and the figures as JSON."""
    figures = run()
    for name, value in figures.items():
        print(f"{name:<18}{value:8.1%}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
