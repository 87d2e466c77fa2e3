from loraferry.runs.progress import ProgressMeter
from loraferry_core.events import AttemptStarted, PhaseChanged, Step


def test_rate_and_remaining_time_come_from_the_last_steps() -> None:
    meter = ProgressMeter()
    meter.add(
        AttemptStarted(
            seq=1, time=0, attempt=1, resume_step=0, total_steps=100, device="cpu", precision="fp32", images=3
        )
    )
    assert meter.now.remaining_s is None
    meter.add(PhaseChanged(seq=2, time=1, attempt=1, phase="cache_latents", done=2, total=4))
    assert (meter.now.phase, meter.now.done, meter.now.total) == ("cache_latents", 2, 4)
    for number in range(1, 31):
        meter.add(Step(seq=2 + number, time=10 + number / 4, attempt=1, step=number, loss=0.1, lr=1, images_per_s=8))
    assert meter.now.phase == "train"
    assert meter.now.steps_per_s == 4.0
    assert meter.now.remaining_s == 70 / 4


def test_a_skipped_loss_keeps_the_last_one_and_a_new_attempt_starts_over() -> None:
    meter = ProgressMeter()
    meter.add(Step(seq=1, time=0, attempt=1, step=1, loss=0.5, lr=1, images_per_s=1))
    assert meter.add(Step(seq=2, time=1, attempt=1, step=2, loss=None, lr=1, images_per_s=1)).loss == 0.5
    restarted = meter.add(
        AttemptStarted(seq=3, time=9, attempt=2, resume_step=1, total_steps=4, device="cpu", precision="fp32", images=1)
    )
    assert (restarted.step, restarted.loss, restarted.steps_per_s) == (1, None, 0.0)
