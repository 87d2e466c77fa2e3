"""What a run does with bad pictures, bad bases, stop requests and numbers that are not finite."""

import io
from pathlib import Path

import pytest
import torch
from PIL import Image

from loraferry_agent.engine import base
from loraferry_agent.engine.device import Device
from loraferry_agent.engine.reading import load_models
from loraferry_agent.families import FAMILIES
from loraferry_agent.families.protocol import Base
from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.events import CheckpointSaved, Failed, Finished, Logged, PhaseChanged, SampleMade, Step, Stopped
from loraferry_core.lora_file.check import check_lora
from loraferry_core.models import FetchOrder
from loraferry_core.problems import Problem, fail
from tests.fakes.job_folder import Machine, Picture, events, png
from tests.unit.agent.engine.conftest import Trainer, changed


def failure(folder: JobFolder) -> Problem:
    last = events(folder)[-1]
    assert isinstance(last, Failed)
    return last.problem


def test_the_phases_come_in_order(trained: Trainer, plan: TrainConfig, machine: Machine) -> None:
    fresh = [("new.png", png("purple"), "purple thing")]
    _, folder = trained(changed(plan, dataset__manifest=machine.dataset(fresh)))
    phases = list(dict.fromkeys(e.phase for e in events(folder) if isinstance(e, PhaseChanged)))
    assert phases == [
        "prepare", "load_text_encoder", "cache_captions", "cache_latents", "load_vae", "load_denoiser", "sample", "train", "save",
    ]  # fmt: skip


def test_encoders_are_not_loaded_where_everything_is_cached(trained: Trainer, plan: TrainConfig) -> None:
    trained(plan)
    _, folder = trained(plan)
    phases = {e.phase for e in events(folder) if isinstance(e, PhaseChanged)}
    assert not phases & {"load_text_encoder", "load_vae"}


def test_a_picture_that_cannot_be_read_is_left_out(
    trained: Trainer, plan: TrainConfig, machine: Machine, pictures: list[Picture]
) -> None:
    broken = [("bad.png", b"no picture", "x"), ("cut.png", png("red")[:-40], "x"), ("empty.png", b"", "x")]
    code, folder = trained(changed(plan, dataset__manifest=machine.dataset(pictures + broken)))
    skipped = [e.problem for e in events(folder) if isinstance(e, Logged) and e.problem]
    assert code == 0 and isinstance(events(folder)[-1], Finished)
    assert [p.code for p in skipped] == ["image_skipped"] * 3
    assert [p.params["name"] for p in skipped] == ["bad.png", "cut.png", "empty.png"]


def test_no_picture_at_all(trained: Trainer, plan: TrainConfig, machine: Machine) -> None:
    only_bad = machine.dataset([("bad.png", b"no picture", "x"), ("worse.png", b"?", "x")])
    code, folder = trained(changed(plan, dataset__manifest=only_bad))
    assert code == 1
    assert (failure(folder).code, failure(folder).params) == ("dataset_unusable", {"count": 2})


def test_a_changed_blob_is_not_trained(
    trained: Trainer, plan: TrainConfig, machine: Machine, pictures: list[Picture]
) -> None:
    manifest = machine.dataset([*pictures, ("new.png", png("pink"), "x")])
    sha256 = machine.store(png("pink"))
    (machine.layout.blobs / sha256[:2] / sha256[2:]).write_bytes(png("grey"))
    code, folder = trained(changed(plan, dataset__manifest=manifest))
    assert code == 0
    assert [e.problem.params["name"] for e in events(folder) if isinstance(e, Logged) and e.problem] == ["new.png"]


@pytest.mark.parametrize(
    ("manifest", "code"), [("", "no_images_approved"), ("0" * 64, "manifest_unknown"), ("EMPTY", "no_images_approved")]
)
def test_no_dataset(trained: Trainer, plan: TrainConfig, machine: Machine, manifest: str, code: str) -> None:
    _, folder = trained(changed(plan, dataset__manifest=machine.dataset([]) if manifest == "EMPTY" else manifest))
    assert failure(folder).code == code


def test_missing_blobs(trained: Trainer, plan: TrainConfig, machine: Machine, pictures: list[Picture]) -> None:
    gone = png("brown")
    manifest = machine.dataset([*pictures, ("gone.png", gone, "x")])
    sha256 = machine.store(gone)
    (machine.layout.blobs / sha256[:2] / sha256[2:]).unlink()
    _, folder = trained(changed(plan, dataset__manifest=manifest))
    assert (failure(folder).code, failure(folder).params) == ("blobs_missing", {"count": 1})


def test_stop_before_the_first_step(trained: Trainer, plan: TrainConfig, machine: Machine) -> None:
    job = machine.job(changed(plan, loop__seed=99))
    job.stop_request.parent.mkdir()
    job.stop_request.touch()
    code, _ = trained(plan, folder=job)
    last = events(job)[-1]
    assert code == 0 and isinstance(last, Stopped)
    assert (last.step, last.file) == (0, None)


def test_stop_writes_a_checkpoint_and_the_file_so_far(trained: Trainer, plan: TrainConfig) -> None:
    code, folder = trained(changed(plan, loop__steps=1000), stop_after=2)
    last, before = events(folder)[-1], next(e for e in events(folder) if isinstance(e, CheckpointSaved))
    assert code == 0 and isinstance(last, Stopped)
    assert last.step == before.step == 2
    assert last.file is not None and last.file.name == "output/zorb.safetensors"
    assert check_lora(folder.path / last.file.name) == []


def test_announced_files_are_what_they_are_said_to_be(trained: Trainer, plan: TrainConfig) -> None:
    import hashlib

    _, folder = trained(plan)
    announced = [e.file for e in events(folder) if isinstance(e, SampleMade | CheckpointSaved | Finished)]
    assert len(announced) == 4
    for file in announced:
        data = (folder.path / file.name).read_bytes()
        assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    picture = Image.open(io.BytesIO((folder.samples / "000003-0.png").read_bytes()))
    assert picture.size == (32, 32)


def test_steps_are_reported_with_their_numbers(trained: Trainer, plan: TrainConfig) -> None:
    _, folder = trained(plan)
    steps = [e for e in events(folder) if isinstance(e, Step)]
    assert [e.step for e in steps] == [1, 2, 3]
    assert all(e.loss and e.grad_norm and e.images_per_s > 0 and e.lr == 0.01 for e in steps)


@pytest.mark.parametrize("name", ["missing/folder", "/missing/folder", "toy", "C:\\models\\sd"])
def test_a_base_that_is_not_there(
    trained: Trainer, plan: TrainConfig, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(order: FetchOrder, *_: object) -> Path:
        raise fail("fetch_not_found", name=order.name, place=order.sources[0].place)

    monkeypatch.setattr(base, "ensure", offline)
    _, folder = trained(changed(plan, base__source=name))
    assert (failure(folder).code, failure(folder).params) == ("base_not_found", {"source": name})


def test_a_tree_that_is_not_there(trained: Trainer, plan: TrainConfig) -> None:
    _, folder = trained(changed(plan, base__tree="1" * 64))
    assert failure(folder).code == "base_not_found"


def test_a_file_is_no_base(trained: Trainer, plan: TrainConfig, tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"x")
    _, folder = trained(changed(plan, base__source=str(file)))
    assert failure(folder).code == "base_unreadable"


def test_gradient_checkpointing_recomputes(plan: TrainConfig) -> None:
    family, place = FAMILIES["sd1"], Base("tiny", Path(plan.base.source))
    passes = {}
    for checkpointing in (False, True):
        config = changed(plan, loop__gradient_checkpointing=checkpointing)
        denoiser = load_models(config, family, place, Device(torch.device("cpu"), "fp32")).denoiser
        block = denoiser.model.get_submodule("down_blocks.0.attentions.0.transformer_blocks.0.attn1")
        count: list[int] = []
        block.register_forward_hook(lambda *_, count=count: count.append(1))
        states = torch.zeros(1, 20, 16, requires_grad=True)
        denoiser.predict(torch.zeros(1, 4, 8, 8), torch.tensor([5]), {"states": states}).sum().backward()
        passes[checkpointing] = len(count)
    assert passes == {False: 1, True: 2}
