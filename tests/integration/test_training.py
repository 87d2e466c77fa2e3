"""The trainer as the process it is, on a model with the real one's layers, and its file in the hands of diffusers."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionPipeline
from diffusers.utils import logging as diffusers_logging

from loraferry_agent import train
from loraferry_agent.engine.stop import Stop
from loraferry_agent.layout import JobFolder
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.events import AttemptStarted, CheckpointSaved, Failed, Finished, SampleMade, Step, Stopped
from loraferry_core.jobs import JobSpec, JobState
from loraferry_core.lora_file.header import read_header
from loraferry_core.lora_file.keys import SD1_UNET, kohya_keys, unet_modules
from loraferry_core.lora_file.metadata import read_facts, tensor_hash
from loraferry_core.lora_file.parts import LORA_PARTS
from loraferry_core.protocol import messages as m
from tests.fakes import tiny_base
from tests.fakes.agent_process import Client, end_all
from tests.fakes.job_folder import Machine, events, png, set_attempt

DEADLINE_S = 240


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base.make(tmp_path_factory.mktemp("小 base"))


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(tmp_path_factory.mktemp("工作 dir"))


@pytest.fixture
def plan(base: Path, machine: Machine) -> TrainConfig:
    pictures = [("红 a.png", png("red"), "red"), ("b\n'🙂.png", png("blue"), "blue")]
    return TrainConfig.model_validate(
        {
            "base": {"source": str(base)},
            "dataset": {"manifest": machine.dataset(pictures), "resolution": 64, "trigger": "zorb"},
            "network": {"kind": "lora", "rank": 2, "alpha": 2, "targets": ["attention", "feed_forward", "projection"]},
            "optimizer": {"kind": "adamw", "lr": 0.02},
            "loop": {"unit": "steps", "steps": 3, "batch": 2},
            "sampling": {"every": 0},
            "saving": {"every": 0},
        }
    )


def start(folder: JobFolder) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    with folder.log.open("wb") as log:
        command = [sys.executable, "-m", "loraferry_agent.train", str(folder.path)]
        return subprocess.Popen(command, stdout=log, stderr=log, env=environment)


def wait_for(seen: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not seen():
        assert process.poll() is None and time.monotonic() < deadline, "the trainer did not get there"
        time.sleep(0.05)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads only wait for each other at tensors this small, and for very long on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _heard_diffusers() -> Iterator[None]:
    diffusers_logging.enable_propagation()
    diffusers_logging.disable_default_handler()
    yield
    diffusers_logging.enable_default_handler()
    diffusers_logging.disable_propagation()


def test_a_file_that_diffusers_reads(
    machine: Machine, plan: TrainConfig, base: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = machine.job(plan)
    assert train.run(folder.path, machine.layout, Stop(folder.stop_request)) == 0
    last = events(folder)[-1]
    assert isinstance(last, Finished)
    path = folder.path / last.file.name

    header = read_header(path)
    wanted = {module for module in unet_modules(SD1_UNET) if "attentions" in module}
    assert set(header.tensors) == set(kohya_keys(dict.fromkeys(wanted, LORA_PARTS))) and len(wanted) == 192
    assert {t.dtype for key, t in header.tensors.items() if not key.endswith("alpha")} == {"F16"}
    assert header.metadata["sshs_model_hash"] == tensor_hash(path, header)
    assert len(header.metadata["sshs_legacy_hash"]) == 8
    facts = read_facts(path)
    assert (facts.title, facts.trigger, facts.rank, facts.steps, facts.config) == ("zorb", "zorb", 2, 3, plan)

    pipeline = StableDiffusionPipeline.from_pretrained(base, safety_checker=None, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    before = drawn(pipeline)
    with caplog.at_level("WARNING"):
        pipeline.load_lora_weights(path.parent, weight_name=path.name, adapter_name="file")
    # It looks for a text encoder's part too, and says that this file has none.
    assert [r.message for r in caplog.records if "prefix='text_encoder'" not in r.message] == []
    layers = {name: module for name, module in pipeline.unet.named_modules() if hasattr(module, "lora_A")}
    assert layers.keys() == wanted
    assert {module.scaling["file"] for module in layers.values()} == {1.0}
    assert (drawn(pipeline) - before).abs().max() > 1e-4


def drawn(pipeline: StableDiffusionPipeline) -> torch.Tensor:
    noise = torch.Generator().manual_seed(0)
    array = pipeline("zorb", height=64, width=64, num_inference_steps=2, generator=noise, output_type="np").images
    return torch.from_numpy(array)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a process could answer")
def test_sigterm_stops_and_the_next_attempt_goes_on(machine: Machine, plan: TrainConfig) -> None:
    folder = machine.job(replace_at(plan, "loop.steps", 100_000))
    process = start(folder)
    try:
        wait_for(lambda: folder.events.exists() and b'"step":3' in folder.events.read_bytes(), process)
        process.terminate()
        assert process.wait(DEADLINE_S) == 0
    finally:
        process.kill()
        process.wait()
    stopped = events(folder)[-1]
    assert isinstance(stopped, Stopped) and stopped.step >= 3 and stopped.file is not None

    set_attempt(folder, 2)
    assert train.run(folder.path, machine.layout, StopAtOnce(folder.stop_request)) == 0
    second = [event for event in events(folder) if event.attempt == 2]
    assert isinstance(second[0], AttemptStarted) and second[0].resume_step == stopped.step
    assert [e.step for e in second if isinstance(e, Step)] == [stopped.step + 1]
    assert isinstance(second[-1], Stopped)
    assert folder.log.read_text(encoding="utf-8") == ""


class StopAtOnce(Stop):
    """Lets everything be prepared, then asks for a stop after one step."""

    requested = True

    def check(self) -> None:
        """Nothing is said while the run prepares."""


def test_a_failure_is_the_last_event_and_the_exit_code_tells(machine: Machine, plan: TrainConfig) -> None:
    folder = machine.job(replace_at(plan, "base.source", "not here"))
    handler = signal.getsignal(signal.SIGTERM)
    try:
        assert train.main([str(folder.path)]) == 1
    finally:
        signal.signal(signal.SIGTERM, handler)
    last = events(folder)[-1]
    assert isinstance(last, Failed) and last.problem.params == {"source": "not here"}


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    client = Client(tmp_path / "home", "--trainer=loraferry_agent.train")
    yield client
    client.close()
    end_all(tmp_path / "home")


def test_saved_sampled_paused_and_resumed_on_wish(agent: Client, base: Path, plan: TrainConfig) -> None:
    assert agent.hello().type == "welcome"
    manifest = agent.ferry({"a.png": png("red"), "b.png": png("blue")})
    config = replace_at(replace_at(plan, "dataset.manifest", manifest), "loop.steps", 100_000)
    config = replace_at(replace_at(config, "sampling.steps", 2), "sampling.prompts", ("zorb",))
    job = "00000000-0000-4000-8000-00000000000a"
    assert agent.ask(m.Submit(spec=JobSpec(job=job, name="wishes", config=config))).type == "job"
    agent.follow(job)
    # Wishes wait while the run prepares.
    agent.pump_until(lambda: any(event.type == "attempt_started" for event in agent.events))
    for action in ("save", "sample"):
        assert agent.ask(m.Order(job=job, action=action)).type == "job"
    agent.pump_until(lambda: {"checkpoint", "sample"} <= {event.type for event in agent.events})
    saved = next(event for event in agent.events if isinstance(event, CheckpointSaved))
    drawn_now = next(event for event in agent.events if isinstance(event, SampleMade))
    assert drawn_now.step >= 1 and saved.step >= 1
    assert saved.file in saved.files
    assert {Path(file.name).name for file in saved.files} == {
        "adapter.safetensors", "chance.safetensors", "ema.safetensors", "manifest.json", "optimizer.safetensors",
        "state.json",
        f"zorb-{saved.step:06d}.safetensors",
    }  # fmt: skip

    agent.ask(m.Order(job=job, action="pause"))
    agent.wait_for(JobState.PAUSED)
    agent.pump_until(lambda: isinstance(agent.events[-1], Stopped))
    last = [event for event in agent.events if isinstance(event, CheckpointSaved)][-1]
    for file in last.files:
        # As the desktop would: a verified copy of all that is needed to go on.
        assert agent.ask(m.Acknowledge(job=job, name=file.name, sha256=file.sha256)).type == "done"
    agent.ask(m.Resume(job=job))
    agent.pump_until(lambda: isinstance(agent.events[-1], Step) and agent.events[-1].attempt == 2)
    again = [event for event in agent.events if isinstance(event, AttemptStarted)][-1]
    assert again.resume_step == last.step
    agent.ask(m.Stop(job=job))
    agent.wait_for(JobState.STOPPED)
    assert sum(isinstance(event, CheckpointSaved) for event in agent.events) == 3
    assert agent.seqs() == list(range(1, len(agent.events) + 1))
