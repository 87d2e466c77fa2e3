"""A trainer without torch: the same command line, files, events and stop file as the real one, and failures on demand.

The job's name chooses: words are `steps=N` (default 5), `pause=S` seconds a step (default 0.01), `size=N` bytes of the
LoRA (default 700000), `checkpoint=N` bytes of the LoRA in each checkpoint (default 1000), and at most one of `crash`, `sigkill`, `hang`, `silent_end`, `orphan`, `failed`, `deaf`, `chatty`,
`greedy`, `launcher` or `abort=N`, which aborts at step 7 until N rungs of the ladder were taken.
"""

import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from loraferry_agent.jobs.adaptations import read_adaptation
from loraferry_agent.jobs.event_log import EventLog
from loraferry_agent.layout import JobFolder
from loraferry_core.events import (
    Artifact,
    AttemptStarted,
    CheckpointSaved,
    Failed,
    Finished,
    PhaseChanged,
    SampleMade,
    Step,
    Stopped,
)
from loraferry_core.jobs import JobSpec, JobStatus
from loraferry_core.problems import problem

CHECKPOINT_EVERY = 5


class FakeTrainer:
    """One attempt of one job."""

    def __init__(self, folder: JobFolder) -> None:
        self.folder = folder
        spec = JobSpec.model_validate_json(folder.spec.read_bytes())
        attempt = JobStatus.model_validate_json(folder.state.read_bytes()).attempt
        words = dict(word.partition("=")[::2] for word in spec.name.split())
        self.steps = int(words.get("steps", "5"))
        self.pause = float(words.get("pause", "0.01"))
        self.size = int(words.get("size", "700000"))
        self.saved_size = int(words.get("checkpoint", "1000"))
        self.words = words
        self.log = EventLog(folder.events, attempt)
        self.at = self.last_checkpoint()

    def last_checkpoint(self) -> int:
        """The step to go on from."""
        return max((int(path.name) for path in self.folder.checkpoints.glob("[0-9]*")), default=0)

    def run(self) -> None:
        """Train."""
        print("fake trainer starts\x1b[31m in red\x1b[0m")
        self.log.append(
            AttemptStarted, resume_step=self.at, total_steps=self.steps, device="cpu", precision="fp32", images=2
        )
        self.log.append(PhaseChanged, phase="prepare")
        self.log.append(PhaseChanged, phase="train", done=self.at, total=self.steps)
        while self.at < self.steps:
            if self.folder.stop_request.exists() and "deaf" not in self.words:
                self.checkpoint()
                self.log.append(Stopped, step=self.at, file=self.artifact("output/stopped.safetensors"))
                return
            self.at += 1
            self.log.append(Step, step=self.at, loss=1 / self.at, lr=1e-4, images_per_s=1.0)
            if self.at == 2:
                self.misbehave()
            if self.at == 7 and "abort" in self.words:
                self.abort(int(self.words["abort"]))
            due = self.at % CHECKPOINT_EVERY == 0
            if due or self.folder.save_request.exists():
                self.checkpoint()
            if due or self.folder.sample_request.exists():
                self.sample()
            time.sleep(self.pause)
        self.log.append(Finished, step=self.at, file=self.artifact("output/lora.safetensors", self.size))

    def checkpoint(self) -> None:
        """Commit a checkpoint, whole or not at all, and the same bytes at the same step."""
        final = self.folder.checkpoints / f"{self.at:06d}"
        part = final.with_name(f".{final.name}.part")
        data = lora_bytes(final.name, self.saved_size)
        try:
            part.mkdir(parents=True, exist_ok=True)
            (part / "lora.safetensors").write_bytes(data)
            shutil.rmtree(final, ignore_errors=True)
            part.replace(final)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        file = artifact(f"checkpoints/{final.name}/lora.safetensors", data)
        self.log.append(CheckpointSaved, step=self.at, file=file, files=(file,))
        self.folder.save_request.unlink(missing_ok=True)

    def sample(self) -> None:
        """Make a test picture."""
        file = self.artifact(f"samples/{self.at}.png")
        self.log.append(SampleMade, step=self.at, index=0, prompt="a star", seed=1, file=file)
        self.folder.sample_request.unlink(missing_ok=True)

    def artifact(self, name: str, size: int = 1000) -> Artifact:
        """Write a file, whole or not at all, whose bytes follow from its name."""
        data = lora_bytes(name, size) if name.endswith(".safetensors") else filling(name, size)
        path = self.folder.path / name
        part = path.with_name(f".{path.name}.part")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(data)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return artifact(name, data)

    def misbehave(self) -> None:
        """Fail as the job's name says."""
        if "crash" in self.words:
            raise RuntimeError("planted \x1b[1mcrash\x1b[0m")
        if "sigkill" in self.words:
            print("about to die", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        if "silent_end" in self.words:
            os._exit(0)
        if "failed" in self.words:
            self.log.append(Failed, problem=problem("loss_not_finite", step=self.at))
            sys.exit(1)
        if "greedy" in self.words:
            self.take_all_memory()
        if "hang" in self.words:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            self.wait_for_ever()
        if "orphan" in self.words:
            sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
            worker = subprocess.Popen(sleep, start_new_session=True)
            (self.folder.path / "worker.json").write_text(json.dumps(worker.pid), encoding="utf-8")
            os._exit(1)
        if "launcher" in self.words:
            self.launch_workers()
        if "chatty" in self.words:
            for number in range(20_000):
                self.log.append(Step, step=2, loss=0.5, lr=1e-4, images_per_s=1.0)
                print(f"line {number}")

    def abort(self, rungs: int) -> None:
        """Die as a library does that is refused memory, unless enough of it was given up."""
        given_up = read_adaptation(self.folder)
        if given_up.checkpointing + given_up.quantise < rungs:
            os.abort()

    def launch_workers(self) -> None:
        """Start two processes with sessions of their own, as torchrun does; they know nothing of each other's end."""
        work = [sys.executable, "-c", "import time\nwhile True: time.sleep(0.05)"]
        workers = [subprocess.Popen(work, start_new_session=True) for _ in range(2)]
        (self.folder.path / "workers.json").write_text(json.dumps([w.pid for w in workers]), encoding="utf-8")

    def take_all_memory(self) -> None:
        """Hold ever more, until somebody objects."""
        held = []
        while True:
            held.append(b"x" * 2**20)

    def wait_for_ever(self) -> None:
        """Hang; whoever started this must end it."""
        while True:
            time.sleep(0.2)


def artifact(name: str, data: bytes) -> Artifact:
    """How a file is announced."""
    return Artifact(name=name, size=len(data), sha256=hashlib.sha256(data).hexdigest())


def filling(name: str, size: int) -> bytes:
    """Bytes that follow from a name."""
    return (hashlib.sha256(name.encode()).digest() * (size // 32 + 1))[:size]


def lora_bytes(name: str, size: int) -> bytes:
    """A well-formed safetensors file of exactly so many bytes, with one tensor that follows from a name."""
    for length in range(64, 128):
        data = size - 8 - length
        table = {"x": {"dtype": "U8", "shape": [data], "data_offsets": [0, data]}}
        header = json.dumps(table).encode()
        if len(header) <= length:
            return length.to_bytes(8, "little") + header.ljust(length) + filling(name, data)
    raise ValueError(f"no header for {size} bytes")


if __name__ == "__main__":
    trainer = FakeTrainer(JobFolder(Path(sys.argv[1])))
    try:
        trainer.run()
    except OSError as full:
        if full.errno != errno.ENOSPC:
            raise
        trainer.log.append(Failed, problem=problem("disk_full", path=sys.argv[1], needed_mb=0, free_mb=0))
        sys.exit(1)
