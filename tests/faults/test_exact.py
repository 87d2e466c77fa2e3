"""Training killed at random moments, while it caches, trains, draws and saves: whoever resumes it ends with the same bytes
as a run that was never killed, and tells each thing once.

The trials have `LORAFERRY_SEED` for their chance; the moments follow what the run tells of itself, so that they are spread
alike on fast machines and on slow ones.
"""

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from loraferry.runs.store import RunStore
from loraferry_agent.jobs.restoring import lay_out_checkpoint
from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig, digest
from loraferry_core.config.dotted import replace_at
from loraferry_core.config.optimizers import Adafactor, AdamW, Lion, Optimizer, Prodigy, ScheduleFreeAdamW
from loraferry_core.dataset.manifest import ManifestEntry, encode, manifest_of
from loraferry_core.events import CheckpointSaved, Finished, Logged, SampleMade, Validated
from loraferry_core.jobs import JobSpec, JobState, JobStatus, Restore
from loraferry_core.lora_file.header import read_header
from tests.fakes.forking_trainer import LOG, ForkingTrainer
from tests.fakes.job_folder import Machine, events, png, set_attempt
from tests.faults.ledger import LEDGER, count

pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks")

SEED = int(os.environ.get("LORAFERRY_SEED", "0"))
DEADLINE_S = 300.0
STEPS, SAVED_EVERY, DRAWN_EVERY = 6, 2, 3
OPTIMIZERS: tuple[Optimizer, ...] = (
    AdamW(lr=0.01), Lion(lr=0.01), Adafactor(lr=0.01, weight_decay=0.1), Prodigy(d0=0.01), ScheduleFreeAdamW(lr=0.01),
)  # fmt: skip
KILLS = 20
"""Of each optimizer, where everything is run."""
ORDERS = (
    ("caching", "saving", "training", "ending"),
    ("training", "drawing", "caching", "saving"),
    ("saving", "ending", "drawing", "caching"),
)
"""When one run is killed, attempt after attempt."""
BOTH = ("attention", "convolution")
CHANCE = {"dataset.shuffle_tags": True, "dataset.caption_dropout": 0.3, "dataset.flip": True}
PLANS: dict[str, dict[str, Any]] = {
    "accumulated": {**CHANCE, "loop.accumulation": 2, "noise.offset": 0.1},
    "averaged": {"loop.ema": 0.9, "network": {"kind": "lora", "rank": 2, "alpha": 2, "dora": True}},
    "with what is known": {
        "regularisation.make": 3,
        "validation.every": 2,
        "validation.share": 0.25,
        "network": {"kind": "loha", "rank": 2, "alpha": 2, "targets": BOTH},
    },
    "read anew": {**CHANCE, "text_encoders.train": ("first",), "loop.ema": 0.9},
    "in half precision": {
        "loop.precision": "bf16",
        "network": {"kind": "lokr", "rank": 2, "alpha": 2, "targets": BOTH},
    },
}


@dataclass(frozen=True)
class Moment:
    """When to kill: so long after the trainer has said `word` in this attempt for the n-th time."""

    name: str
    word: bytes
    nth: tuple[int, int]
    within: float
    """Up to so many seconds later, as long as the run takes there on two cores that nobody else uses."""


MOMENTS = {
    moment.name: moment
    for moment in (
        Moment("caching", b'"type":"attempt_started"', (1, 1), 0.6),
        Moment("training", b'"type":"step"', (1, 3), 0.1),
        Moment("saving", b'"phase":"save"', (1, 2), 0.1),
        Moment("drawing", b'"phase":"sample"', (1, 1), 0.12),
        Moment("ending", b'"type":"checkpoint","step":6', (1, 1), 0.06),
    )
}


@pytest.fixture(scope="module")
def trainer() -> Iterator[ForkingTrainer]:
    with ForkingTrainer() as process:
        yield process


@pytest.fixture(scope="module")
def base(trainer: ForkingTrainer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exact") / "base"
    trainer.base(folder)
    return folder


@dataclass
class Rig:
    """Jobs on one machine, whose caches are empty whenever a job begins."""

    machine: Machine
    trainer: ForkingTrainer
    base: Path
    chance: Random

    def plan(self, optimizer: Optimizer, changes: dict[str, Any]) -> TrainConfig:
        pictures = [
            (f"{colour}.png", png(colour, size), f"{colour}, round, small, flat")
            for colour, size in (("red", (64, 64)), ("blue", (64, 64)), ("tan", (64, 64)), ("lime", (90, 48)))
        ]
        plan = TrainConfig.model_validate(
            {
                "base": {"source": str(self.base)},
                "dataset": {
                    "manifest": self.machine.dataset(pictures),
                    "resolution": 32,
                    "trigger": "zorb",
                    "class_word": "dot",
                },
                "network": {"kind": "lora", "rank": 2, "alpha": 2},
                "schedule": {"kind": "cosine"},
                "loop": {"unit": "steps", "steps": STEPS, "batch": 2},
                "sampling": {"every": DRAWN_EVERY, "steps": 1, "prompts": ("{trigger} dot", "dot")},
                "saving": {"every": SAVED_EVERY, "keep": 2, "dtype": "fp32"},
            }
        ).replace(optimizer=optimizer)
        for name, value in changes.items():
            plan = replace_at(plan, name, value)
        return plan

    def begun(self, plan: TrainConfig) -> JobFolder:
        shutil.rmtree(self.machine.layout.caches, ignore_errors=True)
        return self.machine.job(plan)

    def attempt(self, folder: JobFolder, number: int, moment: Moment | None = None) -> bool:
        """Train until it ends, or until the moment; whether it was killed. One that ended sooner was not."""
        set_attempt(folder, number)
        before = folder.events.stat().st_size if folder.events.exists() else 0
        pid = self.trainer.start(folder.path)
        if moment is not None:
            self._await(folder, before, moment.word, self.chance.randint(*moment.nth))
            time.sleep(self.chance.uniform(0, moment.within))
            os.kill(pid, signal.SIGKILL)
        code = self.trainer.wait(pid)
        assert code in (0, -signal.SIGKILL), (folder.path / LOG).read_text(encoding="utf-8")
        return code != 0

    @staticmethod
    def _await(folder: JobFolder, before: int, word: bytes, nth: int) -> None:
        give_up_at = time.monotonic() + DEADLINE_S
        while True:
            told = folder.events.read_bytes()[before:] if folder.events.exists() else b""
            if told.count(word) >= nth or b'"type":"finished"' in told or b'"type":"failed"' in told:
                return
            assert time.monotonic() < give_up_at, told[-500:]
            time.sleep(0.001)

    def finished(self, folder: JobFolder, number: int) -> JobFolder:
        self.attempt(folder, number)
        assert isinstance(events(folder)[-1], Finished), events(folder)[-1]
        return folder


@pytest.fixture
def rig(trainer: ForkingTrainer, base: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Rig:
    return Rig(Machine(tmp_path / "work"), trainer, base, Random(f"{SEED} {request.node.name}"))


@pytest.mark.parametrize("place", range(len(OPTIMIZERS)), ids=[optimizer.kind for optimizer in OPTIMIZERS])
def test_killed_anywhere_it_ends_with_the_same_bytes(rig: Rig, place: int, tmp_path: Path) -> None:
    wanted, kills, turn = count(KILLS, 2), 0, place
    while kills < wanted:
        name, moments = list(PLANS)[turn % len(PLANS)], ORDERS[turn % len(ORDERS)][: wanted - kills]
        plan = rig.plan(OPTIMIZERS[place], PLANS[name])
        whole, cut = rig.finished(rig.begun(plan), 1), rig.begun(plan)
        made = sum(rig.attempt(cut, number, MOMENTS[moment]) for number, moment in enumerate(moments, 1))
        rig.finished(cut, len(moments) + 1)
        with LEDGER.exact(made):
            alike(whole, [cut], tmp_path / str(turn))
        kills, turn = kills + made, turn + 1


def test_killed_here_it_goes_on_elsewhere_with_the_same_bytes(rig: Rig, tmp_path: Path) -> None:
    plan = rig.plan(AdamW(lr=0.01), PLANS["averaged"])
    tree = "b" * 64
    plan = replace_at(plan, "base.tree", tree)
    shutil.copytree(rig.base, rig.machine.layout.trees / tree)
    whole, cut = rig.finished(rig.begun(plan), 1), rig.begun(plan)
    # One that was not killed in time has a checkpoint too, and goes on from its end.
    rig.attempt(cut, 1, replace(MOMENTS["training"], nth=(SAVED_EVERY + 1, STEPS - 1)))

    there = Machine(tmp_path / "elsewhere" / "work")
    for name in ("blobs", "trees"):
        shutil.copytree(rig.machine.work / name, there.work / name)
    shutil.rmtree(rig.machine.layout.trees)
    shutil.rmtree(rig.machine.layout.caches)
    moved = restored(there, cut)
    rig.finished(moved, 2)
    alike(whole, [cut, moved], tmp_path)


def restored(there: Machine, cut: JobFolder) -> JobFolder:
    """The job on another machine, with nothing but its newest checkpoint that was announced."""
    saved = [event for event in events(cut) if isinstance(event, CheckpointSaved)][-1]
    source = cut.checkpoints / f"{saved.step:06d}"
    tree = there.store(
        encode(
            manifest_of(
                ManifestEntry(name=Path(file.name).name, size=file.size, sha256=file.sha256, caption="")
                for file in saved.files
            )
        )
    )
    shutil.copytree(source, there.layout.trees / tree)
    there.layout.committed.mkdir(parents=True)
    (there.layout.committed / tree).touch()
    folder = there.layout.job(cut.path.name)
    folder.path.mkdir(parents=True)
    shutil.copy(cut.spec, folder.spec)
    restore = Restore(manifest=tree, step=saved.step, after_seq=events(cut)[-1].seq, attempt=1)
    lay_out_checkpoint(there.layout, folder, restore, now=time.time())
    return folder


# ---- comparing ------------------------------------------------------------------------------------------------------


def alike(whole: JobFolder, cut: list[JobFolder], scratch: Path) -> None:
    """Nothing tells the results apart, nor what was told of them; `cut` are the folders in which the same job ran."""
    assert tensors(cut[-1]) == tensors(whole)
    assert state(cut[-1]) == state(whole)
    scratch.mkdir(exist_ok=True)
    assert mirrored(cut, scratch / "cut") == mirrored([whole], scratch / "whole")
    assert not [path for path in cut[-1].path.rglob("*") if path.name.endswith((".part", ".tmp"))]


def tensors(folder: JobFolder) -> tuple[str, bytes]:
    """Names, shapes and places of the tensors of the finished LoRA, and all their bytes."""
    (path,) = folder.output.glob("*.safetensors")
    data = path.read_bytes()
    return str(read_header(path).tensors), data[8 + int.from_bytes(data[:8], "little") :]


def state(folder: JobFolder) -> dict[str, bytes]:
    """What the last checkpoint would go on with."""
    last = folder.checkpoints / f"{STEPS:06d}"
    return {name: (last / f"{name}.safetensors").read_bytes() for name in ("adapter", "optimizer", "ema", "chance")}


def mirrored(folders: list[JobFolder], database: Path) -> dict[str, list[Any]]:
    """What the desktop knows of a run in the end."""
    spec = JobSpec.model_validate_json(folders[0].spec.read_bytes())
    status = JobStatus(job=spec.job, name=spec.name, state=JobState.RUNNING, spec_hash=digest(spec))
    store = RunStore(database)
    try:
        store.add(spec, status, host="here", folder="", images=4)
        for folder in folders:
            store.apply(spec.job, events(folder))
        curve, kept = store.curve(spec.job), store.events(spec.job)
    finally:
        store.close()
    # A resumed run may give a step's pictures and its measure in another order than the others do.
    return {
        "steps": list(zip(curve.step, curve.loss, curve.lr, curve.grad_norm, strict=True)),
        "samples": sorted((e.step, e.index, e.file.sha256) for e in kept if isinstance(e, SampleMade)),
        "validated": [(e.step, e.losses) for e in kept if isinstance(e, Validated)],
        "checkpoints": [e.step for e in kept if isinstance(e, CheckpointSaved)],
        # One that is killed with its last word told says it again.
        "finished": sorted({e.step for e in kept if isinstance(e, Finished)}),
        "warnings": sorted({e.problem.code for e in kept if isinstance(e, Logged) and e.problem} - {"job_restored"}),
    }
