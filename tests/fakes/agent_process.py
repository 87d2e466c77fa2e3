"""The real `serve` as a subprocess with the fake trainer, and a small synchronous client to talk to it."""

import hashlib
import os
import select
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from loraferry_agent import platform
from loraferry_agent.layout import HOME_VARIABLE
from loraferry_core.config.train import TrainConfig
from loraferry_core.dataset.manifest import ManifestEntry, encode, manifest_hash, manifest_of
from loraferry_core.events import TERMINAL
from loraferry_core.jobs import ENDED, JobSpec, JobState
from loraferry_core.protocol import messages as m
from loraferry_core.protocol.codec import Bulk
from loraferry_core.protocol.session import DesktopSession
from loraferry_core.protocol.version import PROTOCOL

DEADLINE = 60.0
FAKES = Path(__file__).parent


class Client:
    """One connection. Everything pushed is kept in `events`, `states` and `bulk`."""

    def __init__(self, home: Path, *options: str) -> None:
        command = [sys.executable, "-m", "loraferry_agent.serve", f"--home={home}", "--trainer=fake_trainer", *options]
        path = os.pathsep.join([str(FAKES), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        environment = {**os.environ, "PYTHONPATH": path, HOME_VARIABLE: str(home)}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
        self.session = DesktopSession()
        self.replies: dict[int, m.Answer] = {}
        self.events: list[Any] = []
        self.last_seqs: list[int] = []
        self.states: list[JobState] = []
        self.bulk: list[Bulk] = []
        self.order: list[str] = []
        self._streams = 0
        self._followed_from = 0

    def hello(self) -> m.Answer:
        """Introduce ourselves once the sentinel is there."""
        self.pump_until(lambda: self.session.agent_protocol != 0)
        return self.ask(m.Hello(protocol=PROTOCOL, product="test"))

    def send(self, request: Any) -> int:
        """Ask without waiting for the answer."""
        number, data = self.session.request(request)
        self.write(data)
        return number

    def write(self, data: bytes) -> None:
        """Raw bytes to the agent."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def ask(self, request: Any) -> Any:
        """Ask and wait for the answer."""
        return self.answer_to(self.send(request))

    def answer_to(self, number: int) -> Any:
        """Wait for the answer to an earlier request."""
        self.pump_until(lambda: number in self.replies)
        return self.replies.pop(number)

    def pump_until(self, done: Callable[[], bool]) -> None:
        """Hear the agent until `done`, or fail."""
        assert self.process.stdout is not None
        give_up_at = time.monotonic() + DEADLINE
        descriptor = self.process.stdout.fileno()
        while not done():
            assert time.monotonic() < give_up_at, f"nothing came: {self.order[-5:]} {self.states}"
            if select.select([descriptor], [], [], 0.05)[0]:
                data = os.read(descriptor, 2**16)
                assert data, "the agent closed the connection: " + self.stderr()
                for frame in self.session.receive(data):
                    self.hear(frame)

    def hear(self, frame: Any) -> None:
        """Keep what came."""
        self.order.append(frame.answer.type if isinstance(frame, m.Reply) else type(frame).__name__)
        if isinstance(frame, m.Reply):
            self.replies[frame.re] = frame.answer
        elif isinstance(frame, m.Events):
            assert frame.last_seq >= frame.events[-1].seq
            self.events += frame.events
            self.last_seqs.append(frame.last_seq)
        elif isinstance(frame, m.JobChanged):
            self.states.append(frame.status.state)
        else:
            self.bulk.append(frame)

    def put(self, data: bytes, sha256: str = "", offset: int = 0, size: int | None = None) -> Any:
        """Send one blob from `offset` on."""
        self._streams += 1
        name = sha256 or hashlib.sha256(data).hexdigest()
        total = len(data) if size is None else size
        number = self.send(m.Put(stream=self._streams, sha256=name, size=total, offset=offset))
        for start in range(offset, len(data), 2**16):
            self.write(self.session.bulk(Bulk(self._streams, start, data[start : start + 2**16])))
        return self.answer_to(number)

    def ferry(self, files: dict[str, bytes], kind: Any = "dataset") -> str:
        """Have, put, commit; gives the hash of the manifest."""
        entries = [
            ManifestEntry(name=name, size=len(data), sha256=hashlib.sha256(data).hexdigest())
            for name, data in files.items()
        ]
        manifest = manifest_of(entries)
        name = manifest_hash(manifest)
        missing = self.ask(m.Have(manifest=name))
        if missing.indexes == (-1,):
            assert self.put(encode(manifest)).type == "stored"
            missing = self.ask(m.Have(manifest=name))
        for index in missing.indexes:
            assert self.put(files[manifest.entries[index].name]).type == "stored"
        committed = self.ask(m.Commit(manifest=name, kind=kind))
        assert committed.type == "committed", committed
        return name

    def submit(self, name: str, *, held: bool = False, resume_when_lost: bool = True) -> str:
        """Queue a job of the fake trainer, with a dataset of two pictures."""
        spec = spec_for(name, self.ferry({"a.png": b"one", "b.png": b"two"}))
        answer = self.ask(m.Submit(spec=spec.replace(resume_when_lost=resume_when_lost), held=held))
        assert answer.type == "job", answer
        return spec.job

    def follow(self, job: str, after_seq: int = 0) -> JobState:
        """Subscribe."""
        self._followed_from = len(self.events)
        state: JobState = self.ask(m.Subscribe(job=job, after_seq=after_seq)).status.state
        self.states.append(state)
        return state

    def wait_for(self, state: JobState) -> None:
        """Hear the agent until the followed job is in a state; if that is an end, until the event that says so."""
        self.pump_until(lambda: state in self.states and (state not in ENDED or self._heard_the_end()))

    def _heard_the_end(self) -> bool:
        return len(self.events) > self._followed_from and isinstance(self.events[-1], TERMINAL)

    def seqs(self) -> list[int]:
        """The sequence numbers of all events that came."""
        return [event.seq for event in self.events]

    def stderr(self) -> str:
        """What the agent printed; waits for its end."""
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def kill(self) -> None:
        """End `serve` as a lost machine would."""
        self.process.kill()
        self.close()

    def close(self) -> int:
        """Hang up and wait for the end; gives the exit status."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        status = self.process.wait(DEADLINE)
        self.process.stdout.close()
        self.process.stderr.close()
        return status


def spec_for(name: str, manifest: str) -> JobSpec:
    """A job with a new identity."""
    config = TrainConfig.model_validate({"dataset": {"manifest": manifest}})
    return JobSpec(job=str(uuid.uuid4()), name=name, config=config)


def processes_of(home: Path) -> list[int]:
    """All living processes of an agent's home but this one."""
    return [pid for pid in platform.tagged_processes(HOME_VARIABLE, str(home)) if pid != os.getpid()]


def end_all(home: Path) -> None:
    """End whatever an agent left running, by pid. Runners restart supervisors, so until none is left."""
    give_up_at = time.monotonic() + DEADLINE
    while pids := processes_of(home):
        assert time.monotonic() < give_up_at, f"still running: {pids}"
        for pid in pids:
            platform.kill(pid)
        time.sleep(0.05)
