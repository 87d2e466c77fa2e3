"""What a picture is trained with follows from the seed and its place, not from how a step is split."""

import torch

from loraferry_agent.data.batches import Batches, MicroBatch, Picture
from loraferry_agent.data.captions import NONE, Captions
from loraferry_agent.data.latents import Latents
from loraferry_agent.data.order import Order
from loraferry_core.config.objective import Noise

PLAIN = Noise()
ALL = Noise(offset=0.1, multires_iterations=6, input_perturbation=0.1)


def picture(number: int, *captions: str, mirrored: bool = False) -> Picture:
    mean, std = torch.full((4, 2, 2), float(number)), torch.zeros(4, 2, 2)
    mirror = (-mean, std) if mirrored else (None, None)
    return Picture(Latents(mean, std, *mirror), Captions(captions or (f"c{number}",)))


def batches(
    pictures: list[Picture], batch: int, *, seed: int = 0, dropout: float = 0.0, noise: Noise = PLAIN
) -> Batches:
    texts = {text for p in pictures for text in p.captions.variants} | {NONE}
    numbers = {text: float(index) for index, text in enumerate(sorted(texts))}
    conditioning = {text: {"states": torch.full((3,), number)} for text, number in numbers.items()}
    order = Order(["same"] * len(pictures), 1, 4, seed)
    return Batches(
        pictures, conditioning, order, batch=batch, seed=seed, caption_dropout=dropout, noise=noise, timesteps=1000
    )


def learned(*pictures: Picture, outside: float = 0.0) -> MicroBatch:
    """The one batch of a step on all of these."""
    source = Batches(
        pictures, {"c": {"states": torch.zeros(3)}, NONE: {"states": torch.zeros(3)}},
        Order(["same"] * len(pictures), 1, len(pictures), 0), batch=8, seed=0, caption_dropout=0.0, noise=PLAIN,
        timesteps=1000, outside_weight=outside,
    )  # fmt: skip
    (micro,) = source.at(0).micro
    return micro


def joined(micro: tuple[MicroBatch, ...]) -> list[torch.Tensor]:
    parts = [(m.latents, m.noise, m.disturbed, m.timesteps, m.conditioning["states"]) for m in micro]
    return [torch.cat(column) for column in zip(*parts, strict=True)]


def test_the_split_changes_nothing() -> None:
    pictures = [picture(n, "a", "b", "c") for n in range(6)]
    for noise in (PLAIN, ALL):
        whole, halves, ones = (batches(pictures, size, dropout=0.5, noise=noise) for size in (4, 2, 1))
        for step in range(4):
            wanted = joined(whole.at(step).micro)
            for other in (halves, ones):
                found = joined(other.at(step).micro)
                assert all(torch.equal(a, b) for a, b in zip(wanted, found, strict=True))


def test_any_step_can_be_made_at_any_time() -> None:
    source = batches([picture(n) for n in range(6)], 2)
    late = joined(source.at(7).micro)
    for step in range(7):
        source.at(step)
    assert all(torch.equal(a, b) for a, b in zip(late, joined(source.at(7).micro), strict=True))


def test_steps_and_seeds_have_their_own_noise() -> None:
    pictures = [picture(n) for n in range(4)]
    noises = [joined(batches(pictures, 4, seed=seed).at(step).micro)[1] for seed in (0, 1) for step in (0, 1)]
    assert len({noise.flatten()[0].item() for noise in noises}) == 4
    assert len(noises[0].unique()) == noises[0].numel()


def test_dropout_mirroring_and_variants_are_drawn_as_often_as_asked() -> None:
    pictures = [picture(1, "a", "b", mirrored=True) for _ in range(4)]
    source = batches(pictures, 4, dropout=0.25)
    steps = [joined(source.at(step).micro) for step in range(300)]
    latents, _, _, timesteps, states = (torch.cat(column) for column in zip(*steps, strict=True))
    mirrored = (latents[:, 0, 0, 0] < 0).float().mean()
    shares = [(states[:, 0] == number).float().mean() for number in range(3)]
    assert 0.45 < mirrored < 0.55
    assert 0.2 < shares[0] < 0.3 and all(0.33 < share < 0.42 for share in shares[1:])
    assert timesteps.min() < 20 and timesteps.max() > 980


def test_the_posterior_is_sampled_anew_at_each_step() -> None:
    one = Picture(Latents(torch.zeros(4, 2, 2), torch.full((4, 2, 2), 2.0)), Captions(("a",)))
    source = batches([one], 1)
    drawn = torch.cat([source.at(step).micro[0].latents for step in range(400)])
    assert abs(drawn.mean()) < 0.1 and 1.9 < drawn.std() < 2.1


def test_weights_are_there_where_one_differs() -> None:
    latents, captions = picture(0).latents, Captions(("c",))
    assert learned(Picture(latents, captions), Picture(latents, captions)).weights is None
    several = learned(Picture(latents, captions), Picture(latents, captions, weight=0.5)).weights
    assert several is not None and sorted(several.tolist()) == [0.5, 1.0]


def test_masks_say_what_counts() -> None:
    half = torch.tensor([[[0.0, 1.0], [0.5, 1.0]]])
    plain, captions = picture(0).latents, Captions(("c",))
    masked = Latents(plain.mean, plain.std, mask=half)
    assert learned(Picture(plain, captions)).mask is None
    found = learned(Picture(masked, captions), outside=0.2).mask
    assert found is not None
    torch.testing.assert_close(found[0], torch.tensor([[[0.2, 1.0], [0.6, 1.0]]]))
    both = learned(Picture(masked, captions), Picture(plain, captions)).mask
    assert both is not None and sorted(both.sum((1, 2, 3)).tolist()) == [2.5, 4.0]


def test_a_mask_is_mirrored_with_its_picture() -> None:
    left = torch.tensor([[[1.0, 0.0]]])
    mean, std = torch.tensor([[[3.0, -3.0]]]), torch.zeros(1, 1, 2)
    both = Picture(Latents(mean, std, mean.flip(-1), std, left), Captions(("c",)))
    micro = learned(*[both] * 8)
    assert micro.mask is not None
    assert len(micro.mask[:, 0, 0, 0].unique()) == 2
    assert torch.equal(micro.mask.bool(), micro.latents > 0)
