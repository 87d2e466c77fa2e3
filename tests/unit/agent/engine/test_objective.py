"""What is predicted, what noise does to latents, and how much each error counts."""

import pytest
import torch

from loraferry_agent.data.noise import NoiseSource
from loraferry_agent.engine.objective import MAX_SNR, Objective, noise_schedule, weights
from loraferry_core.config.objective import Noise
from loraferry_core.config.objective import Objective as Settings
from loraferry_core.problems import ProblemError

SCHEDULE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000}
CPU = torch.device("cpu")
KEPT = torch.tensor([0.999, 0.9, 0.5, 0.1, 0.0])
SNR = KEPT / (1 - KEPT)


def objective(prediction: str = "epsilon", **settings: object) -> Objective:
    return Objective(SCHEDULE, prediction, Settings.model_validate(settings), CPU)  # type: ignore[arg-type]


def test_noise_and_latents_can_be_had_back_from_what_is_predicted() -> None:
    latents, noise = torch.randn((2, 3, 4, 4, 4), generator=torch.Generator().manual_seed(0))
    steps = torch.tensor([0, 500, 999])
    velocity = objective("v_prediction")
    noisy = velocity.noised(latents, noise, steps)
    target = velocity.target(latents, noise, steps)
    signal = velocity.noised(torch.ones_like(latents), torch.zeros_like(noise), steps)
    sigma = velocity.noised(torch.zeros_like(latents), torch.ones_like(noise), steps)
    torch.testing.assert_close(signal * noisy - sigma * target, latents, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(objective().target(latents, noise, steps), noise)


def test_the_plain_error_is_the_mean_square_of_each_picture() -> None:
    predicted, target = torch.randn((2, 3, 4, 4, 4), generator=torch.Generator().manual_seed(1))
    found = objective().errors(predicted, target, torch.tensor([1, 2, 3]))
    torch.testing.assert_close(found, (predicted - target).square().mean(dim=(1, 2, 3)))


def test_huber_is_the_square_for_small_errors_and_a_line_for_large_ones() -> None:
    huber = objective(loss="huber", huber_c=0.1)
    at = torch.tensor([5])

    def error(size: float) -> float:
        return float(huber.errors(torch.full((1, 1, 1, 1), size), torch.zeros(1, 1, 1, 1), at))

    assert error(0.001) == pytest.approx(0.001**2, rel=1e-2)
    assert error(20.0) - error(10.0) == pytest.approx(2 * 0.1 * 10, rel=1e-3)


@pytest.mark.parametrize(
    ("prediction", "settings", "wanted"),
    [
        ("epsilon", {}, torch.ones(5)),
        ("epsilon", {"weighting": "min_snr"}, torch.tensor([5 / 999, 5 / 9, 1.0, 1.0, 1.0])),
        ("v_prediction", {"weighting": "min_snr"}, torch.tensor([5 / 1000, 0.5, 0.5, 0.1, 0.0])),
        ("epsilon", {"weighting": "debiased"}, SNR.clamp(max=MAX_SNR).rsqrt()),
        ("v_prediction", {"weighting": "debiased"}, 1 / (SNR + 1)),
    ],
)
def test_the_weights(prediction: str, settings: dict[str, str], wanted: torch.Tensor) -> None:
    found = weights(KEPT, prediction, Settings.model_validate(settings))  # type: ignore[arg-type]
    torch.testing.assert_close(found, wanted, rtol=1e-3, atol=1e-6)


def test_the_weight_of_a_step_is_applied() -> None:
    weighted, plain = objective(weighting="min_snr", min_snr_gamma=1.0), objective()
    predicted, target = torch.ones((1, 1, 2, 2)), torch.zeros((1, 1, 2, 2))
    early = torch.tensor([10])
    assert float(weighted.errors(predicted, target, early)) < 0.1 * float(plain.errors(predicted, target, early))


def test_zero_terminal_snr_leaves_nothing_of_the_picture_in_the_last_step() -> None:
    schedule = noise_schedule(SCHEDULE, "v_prediction", True)
    rescaled = Objective(schedule, "v_prediction", Settings(), CPU)
    latents, last = torch.ones((1, 1, 1, 1)), torch.tensor([999])
    assert float(rescaled.noised(latents, torch.zeros_like(latents), last)) == pytest.approx(0, abs=1e-4)
    assert float(objective().noised(latents, torch.zeros_like(latents), last)) > 0.05
    assert noise_schedule(SCHEDULE, "epsilon", False) == SCHEDULE
    with pytest.raises(ProblemError) as caught:
        noise_schedule(SCHEDULE, "epsilon", True)
    assert caught.value.problem.code == "zero_snr_needs_velocity"


SHAPE = torch.Size((4, 32, 32))


def drawn(**settings: float) -> torch.Tensor:
    return NoiseSource(Noise.model_validate(settings), 3, 5).draw(SHAPE)[1]


def test_an_offset_is_the_same_for_a_whole_channel() -> None:
    added = drawn(offset=0.5) - drawn()
    torch.testing.assert_close(added, added[:, :1, :1].expand(SHAPE))
    assert len(set(added[:, 0, 0].tolist())) == 4


def test_coarse_noise_keeps_the_variance_and_makes_neighbours_alike() -> None:
    plain, coarse = drawn(), drawn(multires_iterations=6, multires_discount=0.9)
    assert float(coarse.std()) == pytest.approx(1, abs=1e-4)

    def likeness(noise: torch.Tensor) -> float:
        return float((noise[:, :, 1:] * noise[:, :, :-1]).mean())

    assert likeness(coarse) > likeness(plain) + 0.2


def test_what_is_hidden_is_not_in_the_target() -> None:
    source = NoiseSource(Noise(input_perturbation=0.1), 3, 5)
    _, noise = source.draw(SHAPE)
    hidden = source.hidden(SHAPE)
    assert hidden is not None and float(hidden.std()) == pytest.approx(0.1, rel=0.1)
    torch.testing.assert_close(noise, drawn())
    assert NoiseSource(Noise(), 3, 5).hidden(SHAPE) is None
