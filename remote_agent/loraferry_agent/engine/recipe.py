"""The training, top to bottom: load, prepare, loop, save."""

import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from loraferry_agent.data.batches import Batches, Picture
from loraferry_agent.data.prefetch import delivered, prefetched
from loraferry_agent.engine import checkpoint, compiled, kohya, optim, regularisation, sampler
from loraferry_agent.engine.base import locate, prediction_of
from loraferry_agent.engine.checkpoint import Checkpoint
from loraferry_agent.engine.device import Device, choose
from loraferry_agent.engine.exhaustion import Torn, is_out_of_memory, unless_exhausted
from loraferry_agent.engine.ladder import FAILURES, Ladder, free
from loraferry_agent.engine.objective import Objective, noise_schedule
from loraferry_agent.engine.outputs import NoOutputs, Outputs
from loraferry_agent.engine.parent import find_parent, take_over
from loraferry_agent.engine.prepare import Dataset, Preparation, Prepared, open_dataset, progress_of
from loraferry_agent.engine.progress import Diverged, Progress, Streak
from loraferry_agent.engine.ranks import ALONE, Ranks
from loraferry_agent.engine.reading import load_models, optimizer_of
from loraferry_agent.engine.reporter import Reporter
from loraferry_agent.engine.stop import Stop, StopRequested
from loraferry_agent.engine.update import Update
from loraferry_agent.engine.validation import Validation
from loraferry_agent.families import FAMILIES, Family
from loraferry_agent.families.protocol import Base, Denoiser
from loraferry_agent.layout import Layout
from loraferry_core.config.train import TrainConfig, total_steps
from loraferry_core.jobs import JobSpec
from loraferry_core.lora_file.parent import Parent, check_parent
from loraferry_core.problems import fail, problem


@dataclass(frozen=True)
class Plan:
    """What a run is to do, read and checked, before anything large is loaded."""

    spec: JobSpec
    saved: Checkpoint | None
    device: Device
    dataset: Dataset
    total: int
    parent: Parent | None
    """The LoRA to begin with; None where there is none, or the run has begun."""

    @property
    def config(self) -> TrainConfig:
        """The settings."""
        return self.spec.config

    @property
    def done(self) -> int:
        """Steps that were made before."""
        return self.saved.step if self.saved else 0


def train(spec: JobSpec, layout: Layout, report: Reporter, stop: Stop, ranks: Ranks = ALONE) -> None:
    """Carry out a plan to its end or to a stop, from its newest checkpoint or from the start, once more wherever the
    ladder has something left that may help.

    Raises ProblemError with what ended the run, OSError, and torch's errors when memory runs out.
    """
    ladder = Ladder(layout.job(spec.job), spec.config.loop, report, ranks)
    while not carried_out(spec, layout, ladder, report, stop, ranks):
        free()


def carried_out(spec: JobSpec, layout: Layout, ladder: Ladder, report: Reporter, stop: Stop, ranks: Ranks) -> bool:
    """Whether a plan came to its end or to a stop; False to go back to the newest checkpoint with what the ladder says."""
    checkpoints = layout.job(spec.job).checkpoints
    try:
        with ranks.sharing():
            plan = read_plan(spec, layout)
            if plan.saved:
                ladder.begin_with(plan.saved.adaptation)
            announce(plan, report, ranks)
            ladder.foresee(plan.config, plan.device, plan.done)
            family = family_of(plan.config)
            with ranks.in_turn():
                base = locate(spec, layout, family, report, stop)
            ladder.level()
            outputs, batches = load(plan, family, base, layout, ladder, report, stop, ranks)
            ranks.agree()
            loop(plan, outputs, batches, report, stop, ranks)
            ranks.agree()
    except StopRequested:
        report.stopped(checkpoint.newest_step(checkpoints), None)
    except Diverged as error:
        step = error.step
        if not ranks.decided(lambda: gone_back(checkpoints, ladder, step)):
            raise fail("loss_not_finite", step=error.step) from error
        return False
    except (Torn, *FAILURES) as error:
        cause = error.__cause__ if isinstance(error, Torn) else error
        assert cause is not None
        phase, step = report.phase_now, checkpoint.newest_step(checkpoints)
        if not is_out_of_memory(cause) or not ranks.decided(lambda: ladder.climb(phase, step)):
            raise cause from None
        return False
    return True


def gone_back(checkpoints: Path, ladder: Ladder, step: int) -> bool:
    """Whether what was learned amid unusable steps, the last of which was `step`, is given up for another try."""
    checkpoint.discard_bad(checkpoints)
    return ladder.halve_rate(step)


def read_plan(spec: JobSpec, layout: Layout) -> Plan:
    """Read the newest checkpoint and the list of pictures. Raises ProblemError where they do not fit the plan."""
    saved = checkpoint.newest(layout.job(spec.job).checkpoints)
    if saved:
        checkpoint.check_same_plan(saved, spec.config)
    regularisation.check(spec.config)
    optim.kind_of(spec.config.optimizer)
    dataset = open_dataset(spec.config, layout)
    device = choose(saved.precision if saved else spec.config.loop.precision)
    roles = dataset.roles
    total = total_steps(spec.config, roles.shown(roles.trained), roles.shown(roles.regularisation))
    if saved and saved.step > total:
        raise fail("checkpoint_past_end", step=saved.step, total=total)
    return Plan(spec, saved, device, dataset, total, None if saved else parent_of(spec.config, layout))


def parent_of(config: TrainConfig, layout: Layout) -> Parent | None:
    """The LoRA that the plan begins with, if any. Raises ProblemError where it is missing or does not fit."""
    path = find_parent(config.network, layout)
    if path is None:
        return None
    family_of(config)
    return check_parent(path, config)


def announce(plan: Plan, report: Reporter, ranks: Ranks) -> None:
    """Tell that an attempt begins, and how many steps were made before."""
    report.attempt_started(
        resume_step=plan.done,
        total_steps=plan.total,
        device=plan.device.name if ranks.count == 1 else f"{ranks.count} × {plan.device.name}",
        precision=plan.device.precision,
        images=len(plan.dataset.roles.trained),
    )
    report.phase("prepare")


def family_of(config: TrainConfig) -> Family:
    """The family that the plan names. Raises ProblemError `setting_invalid`."""
    if config.base.family not in FAMILIES:
        raise fail("setting_invalid", setting="base.family", detail=config.base.family)
    family = FAMILIES[config.base.family]
    if set(config.text_encoders.trained) - set(family.spec.text_encoders):
        raise fail("setting_invalid", setting="text_encoders.train", detail="second")
    return family


def load(
    plan: Plan,
    family: Family,
    base: Base,
    layout: Layout,
    ladder: Ladder,
    report: Reporter,
    stop: Stop,
    ranks: Ranks,
) -> tuple[Outputs, Batches]:
    """Encode everything, free the encoders, and only then load the denoiser and put the adapter beside it."""
    config, device = plan.config, plan.device
    prediction = prediction_of(config.base, family, base, report)
    schedule = noise_schedule(family.noise_settings(base), prediction, config.noise.zero_terminal_snr)
    objective = Objective(schedule, prediction, config.objective, device.torch)
    with ranks.in_turn():
        prepared = Preparation(config, family, base, layout, ladder.encoding(device), report, stop).run(plan.dataset)
    report.phase("load_denoiser")
    models = load_models(config, family, base, ladder.loading(device))
    denoiser = models.denoiser
    samples = sampler.build(config, family, base, schedule, prediction, prepared, device)
    drawn: tuple[Picture, ...] = ()
    if config.regularisation.make:
        place, frugal = ladder.loading(device), ladder.adaptation.sample_apart
        drawing = regularisation.drawing(config, family, base, samples, prepared, layout, device=place, frugal=frugal)
        with ranks.in_turn():
            drawn = tuple(drawing.pictures(config, denoiser, progress_of("draw_known", report, stop), report))
    adapter = models.attach(config, family.spec)
    if plan.parent:
        take_over(adapter, plan.parent)
    optimizer = optimizer_of(config, adapter)
    loop = config.loop
    update = Update(denoiser, objective, optimizer, adapter.parameters, device, loop.max_grad_norm, loop.ema, ranks)
    if compiled.pays(loop, device, plan.total, len({p.latents.mean.shape for p in (*prepared.pictures, *drawn)})):
        update.blocks = compiled.CompiledBlocks(denoiser.model, report, layout.caches)
    ladder.apply(denoiser, update, device)
    if plan.saved:
        checkpoint.restore(plan.saved, adapter, update)
    kind = Outputs if ranks.first else NoOutputs
    outputs = kind(
        folder=layout.job(plan.spec.job),
        facts=facts_of(plan, objective, prepared, denoiser, family.pixels_per_latent(base)),
        total=plan.total,
        device=device,
        denoiser=denoiser,
        adapter=adapter,
        update=update,
        sampler=samples,
        report=report,
        stop=stop,
        ladder=ladder,
        streak=plan.saved.streak if plan.saved else Streak(),
        validation=validation(config, prepared, objective, device),
    )
    if config.validation.every and not prepared.held_out:
        report.warn(problem("nothing_held_out"))
    pin, share = device.torch.type == "cuda", (ranks.number, ranks.count)
    return outputs, prepared.batches(config, drawn, objective.timesteps, pin=pin, share=share)


def validation(config: TrainConfig, prepared: Prepared, objective: Objective, device: Device) -> Validation | None:
    """What measures the error on held-out pictures; None where there are none."""
    if not prepared.held_out:
        return None
    return Validation(
        prepared.held_out,
        prepared.words.captions,
        objective,
        device,
        batch=config.loop.batch,
        degrees=config.validation.timesteps,
        outside_weight=config.dataset.outside_weight,
    )


def facts_of(plan: Plan, objective: Objective, prepared: Prepared, denoiser: Denoiser, pixels: int) -> kohya.Facts:
    """What the finished file will say of this run; `pixels` of a side make one latent."""
    config = plan.config
    sides: Counter[tuple[int, int]] = Counter()
    for picture in prepared.pictures:
        height, width = picture.latents.mean.shape[-2:]
        sides[height, width] += picture.repeats
    return kohya.Facts(
        config=config,
        manifest=plan.dataset.trained,
        name=kohya.file_stem(config.saving.name, config.dataset.trigger, plan.spec.name),
        prediction=objective.prediction,
        started=plan.saved.started if plan.saved else time.time(),
        buckets={(width * pixels, height * pixels): count for (height, width), count in sides.items()},
        untaught=denoiser.untaught(sides),
        parent=plan.saved.parent if plan.saved else plan.parent.hash if plan.parent else "",
    )


def loop(plan: Plan, outputs: Outputs, batches: Batches, report: Reporter, stop: Stop, ranks: Ranks) -> None:
    """Make the steps that are left, write what is due, and end with the finished LoRA or a checkpoint."""
    done, schedule, ladder, update = plan.done, plan.config.schedule, outputs.ladder, outputs.update
    peak = plan.config.optimizer.lr * ladder.adaptation.rate
    adapt = partial(ladder.apply, outputs.denoiser, update, plan.device)
    outputs.begin(done, owed=plan.saved.owed if plan.saved else True)
    report.phase("train", done, plan.total)
    make = delivered(batches.at, plan.device.torch)
    progress = Progress(report, plan.device.torch, streak=outputs.streak, scaled=update.scaler is not None)
    with closing(prefetched(unless_exhausted(make), range(done, plan.total))) as steps:
        for step, ready in enumerate(steps, done):
            batch = ready or ladder.hold(partial(batches.at, step), "train", step, adapt)
            rate = peak * schedule.factor(step, plan.total)
            values = ladder.hold(partial(update, batch, rate), "train", step, adapt)
            done = step + 1
            if ranks.first:
                progress.made(done, values, rate=rate, images=batch.images, names=batch.names)
            if ranks.stopping(stop):
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
