"""A run fetches its base model first where it has to, tells how far that is, and can be stopped meanwhile."""

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from loraferry_agent import train
from loraferry_agent.engine import outputs
from loraferry_agent.engine.stop import Stop
from loraferry_agent.families import single_file
from loraferry_agent.families.published import SCHEDULER, SD1
from loraferry_agent.families.sd1 import Sd1
from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.events import Failed, Finished, Logged, PhaseChanged, Stopped
from loraferry_core.jobs import JobSpec
from loraferry_core.lora_file.header import read_header
from loraferry_core.model_links import order_of
from loraferry_core.problems import Problem, problem
from tests.fakes.job_folder import Machine, events, set_attempt
from tests.fakes.model_server import ModelServer, running_model_server
from tests.fakes.single_file import pack
from tests.unit.agent.engine.conftest import Trainer, changed

ORDER = order_of("org/tiny")


@pytest.fixture
def server(base: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    """The tiny base model as a repository."""
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    model = ModelServer()
    files = {p.relative_to(base).as_posix(): p.read_bytes() for p in sorted(base.rglob("*")) if p.is_file()}
    model.repository("org/tiny", files)
    with running_model_server(model):
        monkeypatch.setenv("HF_ENDPOINT", model.url)
        yield model


@pytest.fixture
def fresh(tmp_path: Path, machine: Machine) -> Machine:
    """A machine with the pictures of the other one, and nothing fetched."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "blobs").symlink_to(machine.layout.blobs)
    return Machine(work)


def start(machine: Machine, config: TrainConfig, *, ordered: bool = True) -> tuple[int, JobFolder]:
    folder = machine.job(config)
    if ordered:
        spec = JobSpec.model_validate_json(folder.spec.read_bytes()).replace(fetch=ORDER)
        folder.spec.write_text(spec.model_dump_json(), encoding="utf-8")
    set_attempt(folder, 1)
    return train.run(folder.path, machine.layout, Stop(folder.stop_request)), folder


@pytest.mark.parametrize("ordered", [True, False])
def test_a_run_fetches_its_base(fresh: Machine, plan: TrainConfig, server: ModelServer, ordered: bool) -> None:
    source = "A model of my own" if ordered else "org/tiny"
    code, folder = start(fresh, changed(plan, base__source=source), ordered=ordered)
    assert code == 0
    assert isinstance(events(folder)[-1], Finished)
    phases = [event for event in events(folder) if isinstance(event, PhaseChanged)]
    assert [event.phase for event in phases][:2] == ["prepare", "fetch_base"]
    last = [event for event in phases if event.phase == "fetch_base"][-1]
    assert 0 < last.done == last.total
    asked = len(server.asked)
    _, again = start(fresh, changed(plan, base__source=source), ordered=ordered)
    assert "fetch_base" not in {event.phase for event in events(again) if isinstance(event, PhaseChanged)}
    assert len(server.asked) == asked


def test_a_base_that_is_there_is_not_fetched(fresh: Machine, plan: TrainConfig, server: ModelServer) -> None:
    code, _ = start(fresh, plan)
    assert code == 0
    assert server.asked == []


def test_a_stop_while_the_base_comes(fresh: Machine, plan: TrainConfig, server: ModelServer) -> None:
    server.hold = threading.Event()
    folder = fresh.job(changed(plan, base__source="org/tiny"))
    set_attempt(folder, 1)
    stop = Stop(folder.stop_request)
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(train.run(folder.path, fresh.layout, stop)))
    thread.start()
    stop.signal()
    server.hold.set()
    thread.join()
    assert codes == [0]
    assert isinstance(events(folder)[-1], Stopped)


def test_what_the_sites_say_ends_the_run(fresh: Machine, plan: TrainConfig, server: ModelServer) -> None:
    server.files.clear()
    server.statuses["/api/models/org/tiny/revision/main?blobs=true"] = (403, {"X-Error-Code": "GatedRepo"})
    with pytest.MonkeyPatch.context() as patched:
        # The Hub itself must not be asked.
        patched.setattr("loraferry_agent.models.sources.HUB", server.url)
        code, folder = start(fresh, changed(plan, base__source="org/tiny"))
    last = events(folder)[-1]
    assert code == 1
    assert isinstance(last, Failed)
    assert last.problem.code == "fetch_forbidden"


def test_a_low_disk_is_told_before_a_save(trained: Trainer, plan: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Path, int]] = []
    low = problem("disk_low", path="/work/jobs", needed_mb=30, free_mb=20, freeable_mb=10)
    monkeypatch.setattr(outputs, "disk_low", lambda jobs, save: asked.append((jobs, save)) or low)
    code, folder = trained(plan)
    assert code == 0
    assert [e.problem for e in events(folder) if isinstance(e, Logged)] == [low]
    (checkpoint,) = folder.checkpoints.iterdir()
    files = [path.stat().st_size for path in checkpoint.iterdir() if path.suffix == ".safetensors"]
    assert asked[0][0] == folder.path.parent
    # An estimate: headers and generator states are small beside the tensors of a real run.
    assert 0.3 * sum(files) < asked[0][1] < 1.5 * sum(files)


@pytest.fixture
def small(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny model's settings and words for the family's."""
    settings = {name: json.loads((base / name).read_text(encoding="utf-8")) for name in SD1}
    monkeypatch.setattr(Sd1, "release", replace(Sd1.release, settings=settings))

    def write(folder: Path) -> None:
        shutil.copytree(base / "tokenizer", folder, dirs_exist_ok=True)

    monkeypatch.setattr(single_file, "write_vocabulary", write)
    # The tiny model is too small for its width to be one of a family's.
    monkeypatch.setattr("loraferry_agent.models.fitness.kind_of_file", lambda header: "sd1")


@pytest.mark.usefixtures("small")
def test_a_single_file_is_trained_on(
    fresh: Machine, base: Path, plan: TrainConfig, server: ModelServer, tmp_path: Path
) -> None:
    """As it lies in ComfyUI's folder: laid out once, and nothing is fetched."""
    file = pack(base, tmp_path / "a model.safetensors")
    tree = fresh.layout.trees / ("1" * 64)
    tree.mkdir(parents=True)
    ferried = tree / file.name
    # The same file as one that was sent from the desktop: another name, laid out by itself.
    ferried.write_bytes(file.read_bytes())
    for wanted in (changed(plan, base__source=str(file)), changed(plan, base__tree=tree.name)) * 2:
        code, folder = start(fresh, wanted, ordered=False)
        assert code == 0
        assert isinstance(events(folder)[-1], Finished)
    assert len([path.name for path in (fresh.layout.caches / "unpacked").iterdir()]) == 2
    assert server.asked == []


def refusal(machine: Machine, plan: TrainConfig, source: Path, **values: Any) -> Problem:
    code, folder = start(machine, changed(plan, base__source=str(source), **values), ordered=False)
    told = events(folder)
    last = told[-1]
    assert code == 1
    assert isinstance(last, Failed)
    assert not {event.phase for event in told if isinstance(event, PhaseChanged)} - {"prepare"}
    return last.problem


@pytest.mark.parametrize(
    ("kind", "code"), [("sdxl", "base_wrong_family"), ("flux", "base_untrainable"), (None, "base_unknown")]
)
def test_a_file_of_another_kind_is_refused(
    fresh: Machine, base: Path, plan: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, code: str
) -> None:
    monkeypatch.setattr("loraferry_agent.models.fitness.kind_of_file", lambda header: kind)
    assert refusal(fresh, plan, pack(base, tmp_path / "odd.safetensors")).code == code


@pytest.mark.usefixtures("small")
def test_a_file_that_is_damaged_is_refused(fresh: Machine, base: Path, plan: TrainConfig, tmp_path: Path) -> None:
    file = pack(base, tmp_path / "cut.safetensors")
    file.write_bytes(file.read_bytes()[:-100])
    assert refusal(fresh, plan, file).code == "base_cut_short"
    file = pack(base, tmp_path / "odd.safetensors", "sd1", {"model.diffusion_model.out.0.bias": torch.zeros(3)})
    found = refusal(fresh, plan, file)
    assert (found.code, found.params["key"]) == ("base_incomplete", "model.diffusion_model.out.0.bias")


@pytest.mark.usefixtures("small")
def test_a_file_is_laid_out_only_where_there_is_room(
    fresh: Machine, base: Path, plan: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loraferry_agent.engine.unpack.free_bytes", lambda path: 1000)
    assert refusal(fresh, plan, pack(base, tmp_path / "model.safetensors")).code == "disk_full"
    assert list((fresh.layout.caches / "unpacked").iterdir()) == []


@pytest.mark.usefixtures("small")
def test_the_plan_may_say_what_a_silent_model_predicts_and_no_other_one(
    fresh: Machine, base: Path, plan: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = refusal(fresh, plan, base, base__prediction="v_prediction")
    assert (found.code, found.params["prediction"]) == ("base_other_prediction", "epsilon")
    settings = Sd1.release.settings | {SCHEDULER: SD1[SCHEDULER]}
    monkeypatch.setattr(Sd1, "release", replace(Sd1.release, settings=settings))
    silent = pack(base, tmp_path / "silent.safetensors")
    for prediction, written in (("auto", "epsilon"), ("v_prediction", "v")):
        code, folder = start(fresh, changed(plan, base__source=str(silent), base__prediction=prediction), ordered=False)
        (lora,) = folder.output.glob("*.safetensors")
        assert code == 0
        assert read_header(lora).metadata["modelspec.prediction_type"] == written
    marked = pack(base, tmp_path / "marked.safetensors", "sd1", {"v_pred": torch.zeros(0)})
    assert refusal(fresh, plan, marked, base__prediction="epsilon").code == "base_other_prediction"


@pytest.mark.usefixtures("small")
def test_a_guess_is_told(
    fresh: Machine, base: Path, plan: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Sd1.release.settings | {SCHEDULER: SD1[SCHEDULER]}
    monkeypatch.setattr(Sd1, "release", replace(Sd1.release, settings=settings))
    monkeypatch.setattr(Sd1, "guess_prediction", lambda family, base: "v_prediction")
    silent = pack(base, tmp_path / "silent.safetensors")
    code, folder = start(fresh, changed(plan, base__source=str(silent)), ordered=False)
    assert code == 0
    told = [event.problem for event in events(folder) if isinstance(event, Logged) and event.problem]
    assert [(p.code, p.params["prediction"]) for p in told] == [("prediction_guessed", "v_prediction")]


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_a_base_with_broken_weights_ends_before_they_are_used(
    fresh: Machine, base: Path, plan: TrainConfig, tmp_path: Path, part: str
) -> None:
    folder = shutil.copytree(base, tmp_path / "broken")
    (path,) = (folder / part).glob("*.safetensors")
    weights = load_file(path)
    key = sorted(weights)[-1]
    weights[key].view(-1)[0] = torch.nan
    save_file(weights, path, {"format": "pt"})
    code, job = start(fresh, changed(plan, base__source=str(folder)), ordered=False)
    last = events(job)[-1]
    assert code == 1
    assert isinstance(last, Failed)
    assert (last.problem.code, last.problem.params["part"]) == ("base_not_finite", part)
    assert str(last.problem.params["key"]).removeprefix("text_model.") == key.removeprefix("text_model.")
