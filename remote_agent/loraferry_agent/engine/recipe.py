"""The training, top to bottom: load, prepare, loop, save."""

import time
from contextlib import closing
from dataclasses import dataclass

from loraferry_agent.data.batches import Batches
from loraferry_agent.data.prefetch import prefetched
from loraferry_agent.engine import checkpoint, kohya, optim, sampler
from loraferry_agent.engine.adapter import attach
from loraferry_agent.engine.base import locate
from loraferry_agent.engine.checkpoint import Checkpoint
from loraferry_agent.engine.device import Device, choose
from loraferry_agent.engine.objective import Objective, noise_schedule, prediction_of
from loraferry_agent.engine.outputs import Outputs
from loraferry_agent.engine.prepare import Dataset, Preparation, open_dataset
from loraferry_agent.engine.progress import Progress
from loraferry_agent.engine.reporter import Reporter
from loraferry_agent.engine.stop import Stop, StopRequested
from loraferry_agent.engine.update import Update
from loraferry_agent.families import FAMILIES, Family
from loraferry_agent.families.protocol import Base, Denoiser
from loraferry_agent.layout import Layout
from loraferry_core.config.train import TrainConfig, total_steps
from loraferry_core.jobs import JobSpec
from loraferry_core.problems import fail


@dataclass(frozen=True)
class Plan:
    """What a run is to do, read and checked, before anything large is loaded."""

    spec: JobSpec
    saved: Checkpoint | None
    device: Device
    dataset: Dataset
    total: int

    @property
    def config(self) -> TrainConfig:
        """The settings."""
        return self.spec.config

    @property
    def done(self) -> int:
        """Steps that were made before."""
        return self.saved.step if self.saved else 0


def train(spec: JobSpec, layout: Layout, report: Reporter, stop: Stop) -> None:
    """Carry out a plan from its newest checkpoint, or from the start, to its end or to a stop.

    Raises ProblemError with what ended the run, OSError, and torch's errors when memory runs out.
    """
    plan = read_plan(spec, layout)
    announce(plan, report)
    family = family_of(plan.config)
    try:
        base = locate(spec, layout, family, report, stop)
        outputs, batches = load(plan, family, base, layout, report, stop)
    except StopRequested:
        report.stopped(plan.done, None)
        return
    loop(plan, outputs, batches, report, stop)


def read_plan(spec: JobSpec, layout: Layout) -> Plan:
    """Read the newest checkpoint and the list of pictures. Raises ProblemError where they do not fit the plan."""
    saved = checkpoint.newest(layout.job(spec.job).checkpoints)
    if saved:
        checkpoint.check_same_plan(saved, spec.config)
    dataset = open_dataset(spec.config.dataset.manifest, layout)
    device = choose(saved.precision if saved else spec.config.loop.precision)
    return Plan(spec, saved, device, dataset, total_steps(spec.config, len(dataset.paths)))


def announce(plan: Plan, report: Reporter) -> None:
    """Tell that an attempt begins, and how many steps were made before."""
    report.attempt_started(
        resume_step=plan.done,
        total_steps=plan.total,
        device=plan.device.name,
        precision=plan.device.precision,
        images=len(plan.dataset.paths),
    )
    report.phase("prepare")


def family_of(config: TrainConfig) -> Family:
    """The family that the plan names. Raises ProblemError `setting_invalid`."""
    if config.base.family not in FAMILIES:
        raise fail("setting_invalid", setting="base.family", detail=config.base.family)
    return FAMILIES[config.base.family]


def load(
    plan: Plan, family: Family, base: Base, layout: Layout, report: Reporter, stop: Stop
) -> tuple[Outputs, Batches]:
    """Encode everything, free the encoders, and only then load the denoiser and put the adapter beside it."""
    config, device = plan.config, plan.device
    prediction = prediction_of(config.base, family, base)
    schedule = noise_schedule(family.noise_settings(base), prediction, config.noise.zero_terminal_snr)
    objective = Objective(schedule, prediction, config.objective, device.torch)
    prepared = Preparation(config, family, base, layout, device, report, stop).run(plan.dataset)
    report.phase("load_denoiser")
    denoiser = load_denoiser(config, family, base, device)
    adapter = attach(denoiser, config.network, family.spec, config.loop.seed)
    optimizer = optim.build(config.optimizer, adapter.parameters)
    update = Update(denoiser, objective, optimizer, adapter.parameters, device, config.loop.max_grad_norm)
    if plan.saved:
        checkpoint.restore(plan.saved, adapter, update)
    outputs = Outputs(
        folder=layout.job(plan.spec.job),
        facts=facts_of(plan, objective),
        total=plan.total,
        device=device,
        denoiser=denoiser,
        adapter=adapter,
        update=update,
        sampler=sampler.build(config, family, base, schedule, prediction, prepared, device),
        report=report,
        stop=stop,
    )
    return outputs, prepared.batches(config, objective.timesteps, pin=device.torch.type == "cuda")


def load_denoiser(config: TrainConfig, family: Family, base: Base, device: Device) -> Denoiser:
    """The frozen denoiser. In training mode it calculates the same, but can recompute instead of keeping."""
    denoiser = family.load_denoiser(base, device.torch, device.dtype)
    denoiser.model.train()
    if config.loop.gradient_checkpointing:
        denoiser.model.enable_gradient_checkpointing()
    return denoiser


def facts_of(plan: Plan, objective: Objective) -> kohya.Facts:
    """What the finished file will say of this run."""
    config = plan.config
    return kohya.Facts(
        config=config,
        manifest=plan.dataset.manifest,
        name=kohya.file_stem(config.saving.name, config.dataset.trigger, plan.spec.name),
        prediction=objective.prediction,
        started=plan.saved.started if plan.saved else time.time(),
    )


def loop(plan: Plan, outputs: Outputs, batches: Batches, report: Reporter, stop: Stop) -> None:
    """Make the steps that are left, write what is due, and end with the finished LoRA or a checkpoint."""
    done, peak, schedule = plan.done, plan.config.optimizer.lr, plan.config.schedule
    outputs.sample_if_missing(done)
    report.phase("train", done, plan.total)
    progress = Progress(report, plan.device.torch)
    with closing(prefetched(batches.at, range(done, plan.total))) as steps:
        for batch in steps:
            rate = peak * schedule.factor(batch.step, plan.total)
            values = outputs.update(batch, rate)
            done = batch.step + 1
            progress.made(done, values, rate=rate, images=batch.images)
            if stop.requested:
                break
            if outputs.any_due(done):
                progress.flush()
                outputs.write_due(done)
                report.phase("train", done, plan.total)
                progress.paused()
    progress.flush()
    if done < plan.total:
        outputs.interrupt(done)
    else:
        outputs.finish()
