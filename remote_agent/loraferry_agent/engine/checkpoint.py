"""Everything a run needs to go on as if it had never stopped, in one folder that is whole or absent.

    checkpoints/000250/
        manifest.json            size and SHA-256 of every other file; written last
        state.json               step, plan, precision, loss scaler, time of the run's start
        adapter.safetensors      the factors in single precision
        optimizer.safetensors    its state
        chance.safetensors       states of the global generators
        ema.safetensors          the running mean of the factors, empty where the plan has none
        <name>-000250.safetensors   the LoRA as any program reads it

The learning rate and all draws follow from the step and the plan.
"""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from loraferry_agent.data import tensor_file
from loraferry_agent.engine import optim
from loraferry_agent.engine.adapter import Adapter
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.durable import artifact, clear_up, hash_file, sync
from loraferry_agent.engine.kohya import ENDING, Facts
from loraferry_agent.engine.progress import Streak
from loraferry_agent.engine.update import Update
from loraferry_agent.jobs.adaptations import adaptation_of
from loraferry_agent.jobs.ladder import PLANNED, Adaptation
from loraferry_agent.platform import sync_folder
from loraferry_core.config.resume import fixed_differences
from loraferry_core.config.train import TrainConfig
from loraferry_core.events import Artifact
from loraferry_core.problems import fail

SCHEMA = 1
_MANIFEST, _STATE = "manifest.json", "state.json"
_ADAPTER, _OPTIMIZER, _CHANCE = "adapter.safetensors", "optimizer.safetensors", "chance.safetensors"
_EMA = "ema.safetensors"


@dataclass(frozen=True)
class Checkpoint:
    """The state of a run after `step` steps."""

    step: int
    config: TrainConfig
    precision: str
    started: float
    parent: str
    """The hash of the LoRA that the run began with; empty where it began afresh."""
    scaler: dict[str, Any]
    adapter: dict[str, Tensor]
    optimizer: dict[str, Tensor]
    chance: dict[str, Tensor]
    ema: dict[str, Tensor]
    """Empty where the plan has no running mean."""
    adaptation: Adaptation
    """What the run had given up so as to go on."""
    streak: Streak
    """How many steps in a row could not be used."""
    owed: bool
    """Whether test pictures or a measure are due after this step that a stop has kept from being made."""


def of_run(
    step: int,
    facts: Facts,
    device: Device,
    adapter: Adapter,
    update: Update,
    adaptation: Adaptation = PLANNED,
    streak: Streak | None = None,
    *,
    owed: bool = False,
) -> Checkpoint:
    """The state of a run now, copied to the processor."""
    return Checkpoint(
        step=step,
        config=facts.config,
        precision=device.precision,
        started=facts.started,
        parent=facts.parent,
        scaler=update.scaler.state_dict() if update.scaler else {},
        adapter=adapter.state(),
        optimizer=optim.tensors_of(update.optimizer),
        chance=_generator_states(),
        ema=update.ema.state() if update.ema else {},
        adaptation=adaptation,
        streak=streak or Streak(),
        owed=owed,
    )


def restore(saved: Checkpoint, adapter: Adapter, update: Update) -> None:
    """Put a freshly built run back to where the checkpoint was made."""
    adapter.fill(saved.adapter)
    optim.restore(update.optimizer, saved.optimizer)
    if update.ema:
        update.ema.fill(saved.ema)
    if update.scaler:
        update.scaler.load_state_dict(saved.scaler)
    torch.set_rng_state(saved.chance["cpu"])
    if "cuda" in saved.chance and torch.cuda.is_available():
        torch.cuda.set_rng_state(saved.chance["cuda"])


def save(folder: Path, checkpoint: Checkpoint, write_lora: Callable[[Path], Path]) -> Path:
    """Commit a checkpoint under `folder`; returns the LoRA in it, which `write_lora(its folder)` makes.

    Raises OSError, and what `write_lora` raises; then nothing is committed.
    """
    final = folder / f"{checkpoint.step:06d}"
    part = folder / f".{final.name}.{os.getpid()}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        lora = write_lora(part)
        _write(part, checkpoint)
        if final.exists():
            shutil.rmtree(final)
        part.replace(final)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    sync_folder(folder)
    for passed_over in _committed(folder):
        # Damaged, and of steps that are made again: among the newest it would outlast what is whole.
        if int(passed_over.name) > checkpoint.step:
            shutil.rmtree(passed_over)
    return final / lora.name


def lora_in(folder: Path) -> Path:
    """The LoRA in a committed checkpoint."""
    return next(folder.glob(f"*-{folder.name}{ENDING}"))


def size_of(checkpoint: Checkpoint) -> int:
    """About how many bytes it takes on the disk: its tensors, and the LoRA, which is no larger than the factors."""
    kept = (checkpoint.adapter, checkpoint.optimizer, checkpoint.adapter, checkpoint.ema)
    return sum(tensor.numel() * tensor.element_size() for tensors in kept for tensor in tensors.values())


def newest(folder: Path) -> Checkpoint | None:
    """The newest checkpoint that is whole; damaged ones are passed over. None where there is none."""
    for candidate in reversed(_committed(folder)):
        if is_whole(candidate):
            return _read(candidate)
    return None


def newest_step(folder: Path) -> int:
    """The step of the newest checkpoint, whole or not; 0 where there is none."""
    return max((int(path.name) for path in _committed(folder)), default=0)


def discard_bad(folder: Path) -> None:
    """Delete what was committed amid steps that could not be used, if there is something from before them. So a run that
    goes back goes to the same place wherever it was interrupted meanwhile."""
    bad = []
    for candidate in reversed(_committed(folder)):
        if is_whole(candidate):
            if not any(json.loads((candidate / _STATE).read_text(encoding="utf-8"))["streak"].values()):
                break
            bad.append(candidate)
    else:
        return
    for path in bad:
        shutil.rmtree(path)


def is_whole(folder: Path) -> bool:
    """Whether every file of a checkpoint is there with the size and hash it was written with."""
    try:
        files = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))["files"]
        return bool(files) and all(
            (folder / name).stat().st_size == entry["size"] and hash_file(folder / name) == entry["sha256"]
            for name, entry in files.items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def contents(folder: Path, job_folder: Path) -> tuple[Artifact, ...]:
    """Every file of a committed checkpoint, as it is announced. Hashes come from its list, which has just been made."""
    listed = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))["files"]
    place = folder.relative_to(job_folder)
    files = [
        Artifact(name=(place / name).as_posix(), size=entry["size"], sha256=entry["sha256"])
        for name, entry in listed.items()
    ]
    return (*files, artifact(folder / _MANIFEST, job_folder))


def prune(folder: Path, keep: int) -> None:
    """Delete all but the newest `keep` checkpoints, and what a dying process left unfinished."""
    for old in _committed(folder)[:-keep]:
        shutil.rmtree(old)
    clear_up(folder)


def check_same_plan(checkpoint: Checkpoint, config: TrainConfig) -> None:
    """Raises ProblemError `checkpoint_mismatch` naming a setting that must not differ from the checkpoint's (the table is
    `config.resume.FREE`)."""
    for setting in fixed_differences(checkpoint.config, config):
        raise fail("checkpoint_mismatch", setting=setting)


def _generator_states() -> dict[str, Tensor]:
    """The states of torch's global generators. The engine draws from none of them; a library might."""
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def _committed(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("[0-9]*") if path.is_dir())


def _write(folder: Path, checkpoint: Checkpoint) -> None:
    tensor_file.save(checkpoint.adapter, folder / _ADAPTER)
    tensor_file.save(checkpoint.optimizer, folder / _OPTIMIZER)
    tensor_file.save(checkpoint.chance, folder / _CHANCE)
    tensor_file.save(checkpoint.ema, folder / _EMA)
    state = {
        "schema": SCHEMA,
        "step": checkpoint.step,
        "config": checkpoint.config.model_dump(mode="json"),
        "precision": checkpoint.precision,
        "started": checkpoint.started,
        "parent": checkpoint.parent,
        "scaler": checkpoint.scaler,
        "adaptation": checkpoint.adaptation.as_json(),
        "streak": asdict(checkpoint.streak),
        "owed": checkpoint.owed,
    }
    (folder / _STATE).write_text(json.dumps(state, indent=1), encoding="utf-8")
    files = {path.name: {"size": path.stat().st_size, "sha256": hash_file(path)} for path in sorted(folder.iterdir())}
    (folder / _MANIFEST).write_text(json.dumps({"files": files}, indent=1), encoding="utf-8")
    for path in folder.iterdir():
        sync(path)
    sync_folder(folder)


def _read(folder: Path) -> Checkpoint:
    state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
    return Checkpoint(
        step=state["step"],
        config=TrainConfig.model_validate(state["config"]),
        precision=state["precision"],
        started=state["started"],
        parent=state["parent"],
        scaler=state["scaler"],
        adapter=load_file(folder / _ADAPTER),
        optimizer=load_file(folder / _OPTIMIZER),
        chance=load_file(folder / _CHANCE),
        ema=load_file(folder / _EMA),
        adaptation=adaptation_of(state["adaptation"]),
        streak=Streak(**state["streak"]),
        owed=state["owed"],
    )
