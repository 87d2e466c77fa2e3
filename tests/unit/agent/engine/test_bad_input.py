"""Odd pictures, captions and settings: each is trained as it should be, or said to be what it is."""

import io

import numpy as np
import pytest
from PIL import Image

from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.config.optimizers import AdamW, AdamW8bit
from loraferry_core.events import Failed, Finished, Logged, PhaseChanged, Step
from loraferry_core.lora_file.check import check_lora
from tests.fakes.job_folder import Machine, Picture, events, png
from tests.unit.agent.engine.conftest import Trainer, changed

SQUARE = (64, 64)


def warnings(folder: JobFolder) -> list[tuple[str, object]]:
    """Codes, each with the picture that it names."""
    told = [event.problem for event in events(folder) if isinstance(event, Logged) and event.problem]
    return [(problem.code, problem.params.get("name")) for problem in told]


def finished(result: tuple[int, JobFolder]) -> JobFolder:
    code, folder = result
    last = events(folder)[-1]
    assert code == 0 and isinstance(last, Finished), last
    assert check_lora(folder.path / last.file.name) == []
    assert all(event.loss is not None for event in events(folder) if isinstance(event, Step))
    return folder


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


@pytest.fixture
def bare(plan: TrainConfig) -> TrainConfig:
    return changed(plan, sampling__every=0, saving__every=0)


ODD: dict[str, bytes] = {
    "one_pixel.png": saved(Image.new("RGB", (1, 1), "red"), "PNG"),
    "one_row.png": saved(Image.new("RGB", (500, 1), "red"), "PNG"),
    "strip.png": saved(Image.effect_noise((400, 20), 50), "PNG"),
    "tower.jpg": saved(Image.effect_noise((20, 400), 50), "JPEG"),
    "deep.png": saved(Image.fromarray(np.linspace(0, 65535, 4096, dtype=np.uint16).reshape(64, 64)), "PNG"),
    "print.jpg": saved(Image.effect_noise(SQUARE, 50).convert("CMYK"), "JPEG"),
    "moving.webp": saved(
        Image.new("RGB", SQUARE, "red"), "WEBP", save_all=True, append_images=[Image.new("RGB", SQUARE, "blue")]
    ),
    "palette.gif": saved(Image.effect_noise(SQUARE, 50).convert("P"), "GIF"),
    "odd_sides.png": saved(Image.effect_noise((37, 53), 50), "PNG"),
}


def test_pictures_of_every_kind_are_trained_and_broken_ones_named(
    trained: Trainer, bare: TrainConfig, machine: Machine
) -> None:
    whole = saved(Image.effect_noise(SQUARE, 80).convert("RGB"), "JPEG")
    broken = {"cut.jpg": whole[: len(whole) // 2], "header_only.jpg": whole[:200]}
    pictures = [(name, data, "a dot") for name, data in {**ODD, **broken}.items()]
    config = changed(bare, dataset__manifest=machine.dataset(pictures), loop__unit="epochs", loop__epochs=1)
    folder = finished(trained(config))
    assert sorted(warnings(folder)) == [("image_skipped", "cut.jpg"), ("image_skipped", "header_only.jpg")]


@pytest.mark.parametrize("setting", ["loop__batch", "loop__accumulation"])
@pytest.mark.parametrize("count", [1, 2])
def test_fewer_pictures_than_a_batch(
    trained: Trainer, bare: TrainConfig, machine: Machine, pictures: list[Picture], count: int, setting: str
) -> None:
    config = changed(bare, dataset__manifest=machine.dataset(pictures[:count]), **{setting: 8})
    folder = finished(trained(config))
    assert [event.step for event in events(folder) if isinstance(event, Step)] == [1, 2, 3]


def test_a_single_picture_is_never_held_out(
    trained: Trainer, bare: TrainConfig, machine: Machine, pictures: list[Picture]
) -> None:
    config = changed(bare, dataset__manifest=machine.dataset(pictures[:1]), validation__every=1)
    assert warnings(finished(trained(config))) == [("nothing_held_out", None)]


def test_a_picture_that_is_alone_in_its_bucket(trained: Trainer, bare: TrainConfig, machine: Machine) -> None:
    shapes = [png("red"), png("blue"), png("green"), png("black", (128, 40)), png("orange", (20, 20))]
    pictures = [(f"{index}.png", data, "") for index, data in enumerate(shapes)]
    config = changed(
        bare, dataset__manifest=machine.dataset(pictures), dataset__resolution=48, loop__batch=2, loop__unit="epochs"
    )
    finished(trained(changed(config, loop__epochs=2)))


@pytest.mark.parametrize("resolution", [33, 37, 50, 100])
def test_a_resolution_of_no_whole_latents(trained: Trainer, plan: TrainConfig, resolution: int) -> None:
    folder = finished(trained(changed(plan, dataset__resolution=resolution)))
    picture = Image.open(io.BytesIO((folder.samples / "000003-0.png").read_bytes()))
    assert picture.size == (resolution // 4 * 4,) * 2


CAPTIONS = {
    "empty": "",
    "spaces": " \n\t ",
    "emoji": "🦊🏳️‍🌈 👩‍👩‍👧, 😀",
    "chinese": "一只红色的狐狸，雪地",
    "control": "a\x00b\x1b[31mred\x07\u202e\ufeff",
    "special": "a <|endoftext|> b <|startoftext|>",
    "braces": "{{{|}}|} {a|} }{ ||",
    "commas": ",,, , ,",
    "backslash": "\\n \\u0000 \"'",
}


@pytest.mark.parametrize("chance", [False, True])
def test_captions_of_every_kind(trained: Trainer, bare: TrainConfig, machine: Machine, chance: bool) -> None:
    pictures = [(f"{name}.png", png("red"), text) for name, text in CAPTIONS.items()]
    config = changed(bare, dataset__manifest=machine.dataset(pictures), loop__unit="epochs", loop__epochs=1)
    config = changed(config, dataset__shuffle_tags=chance, dataset__tag_dropout=0.5 if chance else 0.0)
    assert not warnings(finished(trained(config)))


def test_only_an_endless_caption_is_cut_and_named(trained: Trainer, bare: TrainConfig, machine: Machine) -> None:
    endless = ", ".join(f"tag {number}" for number in range(20_000))
    pictures = [("endless.png", png("red"), endless), ("short.png", png("blue"), "a dot")]
    config = changed(bare, dataset__manifest=machine.dataset(pictures), dataset__shuffle_tags=True)
    assert warnings(finished(trained(config))) == [("caption_long", "endless.png")]


@pytest.mark.parametrize(
    "trigger", ["zorb " * 20, "🦊" * 100, "龙" * 100, "x" * 100], ids=["words", "fox", "dragon", "x"]
)
def test_a_trigger_of_more_tokens_than_a_chunk(
    trained: Trainer, plan: TrainConfig, machine: Machine, trigger: str
) -> None:
    pictures = [("a.png", png("red"), ""), ("b.png", png("blue"), "a dot")]
    config = changed(plan, dataset__manifest=machine.dataset(pictures), dataset__trigger=trigger.strip())
    folder = finished(trained(config))
    assert {code for code, _ in warnings(folder)} <= {"caption_long"}


def test_a_rate_far_too_high_ends_with_a_word_or_a_sound_file(trained: Trainer, bare: TrainConfig) -> None:
    code, folder = trained(changed(bare, optimizer=AdamW(lr=1.0), loop__steps=8, loop__max_grad_norm=0.0))
    last = events(folder)[-1]
    if code:
        assert isinstance(last, Failed) and last.problem.code in ("loss_not_finite", "lora_not_finite")
    else:
        assert isinstance(last, Finished) and check_lora(folder.path / last.file.name) == []


def test_an_optimizer_that_is_not_there_is_told_before_anything_is_loaded(
    trained: Trainer, bare: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AdamW8bit, "target", "a_library_that_is_not_there:AdamW8bit")
    code, folder = trained(changed(bare, optimizer=AdamW8bit()))
    last = events(folder)[-1]
    assert code == 1 and isinstance(last, Failed) and last.problem.code == "optimizer_missing"
    assert not [event for event in events(folder) if isinstance(event, PhaseChanged)]
