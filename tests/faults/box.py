"""A rented machine for the trials: OpenSSH's server behind the relay, the agent's code, and homes to run it in."""

import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random

from loraferry.cancellation import CancelToken
from loraferry.ferry.follow import Follower
from loraferry.remote.address import Address, parse_address
from loraferry.remote.agent_code import read_agent_code
from loraferry.remote.bootstrap import Deployment
from loraferry.remote.client import AgentClient
from loraferry.remote.dial import dial
from loraferry.remote.link import PASSING, Connection, HostLink, open_agent
from loraferry.remote.liveness import LinkState, Patience
from loraferry.remote.ssh.known_hosts import KnownHosts
from loraferry.remote.ssh.prompts import Prompts
from loraferry.remote.sync import upload
from loraferry.remote.transport import Transport
from loraferry.runs.store import Run, RunStore
from loraferry_agent import platform
from loraferry_agent.jobs.atomic import read_json
from loraferry_agent.layout import JOB_VARIABLE, JobFolder, Layout, layout_of
from loraferry_core.config import digest
from loraferry_core.dataset.manifest import Manifest, ManifestEntry, manifest_of
from loraferry_core.events import Event, parse_event
from loraferry_core.jobs import JobSpec, JobState, JobStatus
from loraferry_core.problems import Problem, ProblemError
from tests.fakes.agent_process import end_all, processes_of, spec_for
from tests.fakes.door import FACTS
from tests.fakes.relay import Relay, running_relay
from tests.fakes.sshd import Sshd, running_sshd

SCALE = 50
"""How many times faster than in life the clocks of silence run here."""
PATIENCE = Patience(ping=5 / SCALE, suspect=15 / SCALE, offline=30 / SCALE)
DIAL_S = 5.0
DEADLINE = 60.0
"""Seconds until a state that does not come is given up; a busy machine is slow."""
SERVE = ("--trainer=fake_trainer", "--stop-seconds=3", "--kill-seconds=1", "--silence-seconds=20", "--idle-seconds=60")
SERVER_SETTINGS = ("MaxSessions 200", "LoginGraceTime 20")


@dataclass
class Box:
    """The machine as the network shows it, and its folders, which only the tests can see."""

    server: Sshd
    relay: Relay
    folder: Path
    code: Path
    user: str = ""
    """Who logs in, where it is not the one who runs the tests."""
    _homes: "list[Home]" = field(default_factory=list)
    _restarted: int = 0

    @property
    def address(self) -> Address:
        """Through the relay."""
        address = parse_address(self.server.command).replace(port=self.relay.port)
        return address.replace(user=self.user) if self.user else address

    @property
    def known(self) -> KnownHosts:
        """The key of this machine, under the relay's port."""
        users = self.folder / "known_hosts"
        line = self.server.known_hosts.read_text(encoding="utf-8")
        users.write_text(line.replace(f":{self.server.port} ", f":{self.relay.port} "), encoding="utf-8")
        return KnownHosts(self.folder / "own_known_hosts", users)

    def dial(self, timeout: float = DIAL_S) -> Transport:
        """Log in through the relay. Raises ProblemError."""
        return dial(self.address, self.known, Prompts(), timeout)

    @property
    def listener(self) -> int:
        """Pid of the server that takes connections."""
        return self._restarted or self.server.process.pid

    def kill_server(self) -> None:
        """End the server that listens; connections that it has taken go on."""
        kill(self.listener)
        self.server.process.wait()
        await_that(lambda: not self.answers())

    def restart_server(self) -> None:
        """Start it again, with the same key at the same port; it goes into the background, and is no child of ours."""
        note = self.server.folder / "sshd.pid"
        note.unlink(missing_ok=True)
        command = [part for part in self.server.process.args if part != "-D"]  # type: ignore[union-attr]
        subprocess.run([*command, "-o", f"PidFile={note}"], check=True)
        await_that(self.answers)
        self._restarted = int(note.read_text(encoding="ascii"))

    def answers(self) -> bool:
        """Whether a server is there, seen from the machine's side of the relay."""
        try:
            with socket.create_connection(self.relay.target, timeout=5) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def home(self, name: str, *arguments: str, python: str = sys.executable) -> "Home":
        """A new agent's home. `arguments` are further ones of `serve`; a later one wins."""
        made = Home(self, self.folder / "homes" / name, (*SERVE, *arguments), python)
        self._homes.append(made)
        return made

    def end(self) -> None:
        """End all processes of all homes."""
        for home in self._homes:
            end_all(home.path)
        if self._restarted:
            kill(self._restarted, signal.SIGTERM)


@dataclass
class Home:
    """One agent: its files, its processes, and ways to it."""

    box: Box
    path: Path
    arguments: tuple[str, ...] = SERVE
    python: str = sys.executable

    @property
    def deployment(self) -> Deployment:
        """What a deployment would have given."""
        return Deployment(self.python, str(self.box.code), str(self.path), FACTS)

    @property
    def layout(self) -> Layout:
        """Its paths."""
        return layout_of(self.path)

    def job(self, job: str) -> JobFolder:
        """Paths of one job."""
        return self.layout.job(job)

    # ---- ways to it -------------------------------------------------------------------------------------------------

    def open(
        self,
        patience: Patience = PATIENCE,
        on_state: Callable[[LinkState], None] | None = None,
        timeout: float = DIAL_S,
    ) -> Connection:
        """Dial and greet. Raises ProblemError."""
        transport = self.box.dial(timeout)
        try:
            client = open_agent(transport, self.deployment, *self.arguments, patience=patience, on_state=on_state)
        except BaseException:
            transport.close()
            raise
        return Connection(transport, self.deployment, client)

    @contextmanager
    def connected(self, patience: Patience = PATIENCE) -> Iterator[AgentClient]:
        """A conversation for a while."""
        connection = self.open(patience)
        try:
            yield connection.client
        finally:
            connection.close()

    # ---- what is true there -----------------------------------------------------------------------------------------

    def status(self, job: str) -> JobStatus:
        """The state of record."""
        return JobStatus.model_validate_json(self.job(job).state.read_bytes())

    def events(self, job: str) -> list[Event]:
        """All complete lines."""
        path = self.job(job).events
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        return [parse_event(line) for line in lines if line.endswith(b"\n")]

    def steps(self, job: str) -> int:
        """The last step made."""
        return max((event.step for event in self.events(job) if event.type == "step"), default=0)

    def await_state(self, job: str, *states: JobState, seconds: float = DEADLINE) -> JobStatus:
        """Wait until a job is in one of these states."""
        await_that(lambda: self.job(job).state.exists() and self.status(job).state in states, seconds)
        return self.status(job)

    def await_steps(self, job: str, more: int = 3) -> None:
        """Wait until a job has made so many further steps."""
        before = self.steps(job)
        await_that(lambda: self.steps(job) >= before + more)

    def processes(self) -> list[int]:
        """All that run for this home."""
        return processes_of(self.path)

    def processes_of_job(self, job: str) -> list[int]:
        """All that run for one job."""
        return platform.tagged_processes(JOB_VARIABLE, job)

    def supervisor(self) -> int:
        """Pid of the supervisor at work, 0 where there is none."""
        beat = read_json(self.layout.heartbeat)
        return 0 if beat is None or beat["retired"] else int(beat["process"]["pid"])

    def serves(self) -> list[int]:
        """Pids of the conversations. Nothing in their environment tells whose they are, but their arguments do."""
        pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
        home = os.fsencode(self.path)
        words = {pid: command_line(pid).split(b"\0") for pid in pids}
        return [pid for pid, line in words.items() if line[1:2] == [b"-c"] and b"python" in line[0] and home in line]

    def runner(self, job: str) -> int:
        """Pid of the runner of the latest attempt."""
        return int((read_json(self.job(job).runner) or {})["runner"]["pid"])

    def trainer(self, job: str) -> int:
        """Pid of the training process of the latest attempt."""
        await_that(lambda: "trainer" in (read_json(self.job(job).runner) or {}))
        return int((read_json(self.job(job).runner) or {})["trainer"]["pid"])

    def end(self) -> None:
        """End all of its processes."""
        end_all(self.path)


class Voyage:
    """A job followed as the program does it: a kept link, and a mirror that takes up again after each loss."""

    def __init__(self, home: Home, folder: Path, patience: Patience = PATIENCE, dial_s: float = 1.0) -> None:
        self.home = home
        self.folder = folder
        self.store = RunStore(folder / "runs.sqlite")
        self.states: list[LinkState] = []
        self.problems: list[Problem] = []
        self.over: dict[str, Run] = {}
        self.failure: ProblemError | None = None
        self._token = CancelToken()
        self._dial_s, self._patience = dial_s, patience
        self._threads: list[threading.Thread] = []
        self.link = HostLink(
            lambda hear, token: home.open(patience, hear, dial_s),
            on_state=self.states.append,
            on_problem=self.problems.append,
            jitter=lambda: 0.0,
        )
        self.link.start()

    def client(self) -> AgentClient:
        """The conversation of now; waits for one."""
        return self.link.connection(DEADLINE).client

    def launch(self, name: str, files: dict[str, bytes] | None = None) -> str:
        """Ship a small set, submit a job of the fake trainer, and follow it."""
        manifest = manifest_of_files(files or {"a.png": b"one", "b.png": b"two"})
        upload([self.client()], manifest, files or {"a.png": b"one", "b.png": b"two"}, ignore, CancelToken())
        spec = spec_for(name, manifest_name(manifest))
        remember(self.store, spec)
        self.store.set_status(self.client().submit(spec))
        self.follow(spec.job)
        return spec.job

    def follow(self, job: str) -> None:
        """Mirror a job in a thread, over as many connections as it takes."""
        thread = threading.Thread(target=self._follow, args=(job,), name=f"voyage {job}")
        self._threads.append(thread)
        thread.start()

    def _follow(self, job: str) -> None:
        while not self._token.cancelled:
            try:
                client = self.link.connection(0.2).client
                self.over[job] = Follower(client, self.store, self.folder / "files", job).follow(self._token)
            except ProblemError as error:
                if error.problem.code not in PASSING:
                    self.failure = error
                    return
            else:
                return

    def await_over(self, job: str, seconds: float = DEADLINE) -> Run:
        """Wait until the job has ended and everything of it is here."""
        await_that(lambda: job in self.over or self.failure, seconds)
        assert self.failure is None, self.failure
        return self.over[job]

    def seen(self, job: str) -> int:
        """The last event here."""
        return self.store.last_seq(job)

    def close(self) -> None:
        """Leave."""
        self._token.cancel()
        self.link.close()
        for thread in self._threads:
            thread.join(DEADLINE)
        self.store.close()


@contextmanager
def voyage(home: Home, folder: Path, patience: Patience = PATIENCE, dial_s: float = 1.0) -> Iterator[Voyage]:
    """See `Voyage`."""
    folder.mkdir(parents=True, exist_ok=True)
    running = Voyage(home, folder, patience, dial_s)
    try:
        yield running
    finally:
        running.close()


@contextmanager
def running_box(folder: Path, *settings: str) -> Iterator[Box]:
    """A machine with the agent's code in place. Raises SshdUnavailable."""
    code = folder / "code"
    put_code(code)
    with (
        running_sshd(*settings, *SERVER_SETTINGS) as server,
        running_relay(server.host, server.port) as relay,
    ):
        box = Box(server, relay, folder, code)
        try:
            yield box
        finally:
            box.end()


def put_code(folder: Path) -> None:
    """Lay out the agent's code as a deployment does, and beside it the trainer that needs no torch."""
    zipfile.ZipFile(io.BytesIO(read_agent_code().archive())).extractall(folder)
    trainer = Path(__file__).parents[1] / "fakes" / "fake_trainer.py"
    (folder / trainer.name).write_bytes(trainer.read_bytes())


# ---- small things ---------------------------------------------------------------------------------------------------


def ignore(*_: object) -> None:
    """A listener that does not listen."""


def await_that(what: Callable[[], object], seconds: float = DEADLINE) -> None:
    """Wait for a state of the world, or fail."""
    give_up_at = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < give_up_at, "it did not come to that"
        time.sleep(0.01)


def make_files(seed: int, sizes: Sequence[int]) -> dict[str, bytes]:
    """Files of random bytes with names in two scripts."""
    random = Random(seed)
    return {f"图 {number:03d}.png": random.randbytes(size) for number, size in enumerate(sizes)}


def manifest_of_files(files: dict[str, bytes]) -> Manifest:
    """The manifest of these bytes."""
    return manifest_of(
        [ManifestEntry(name=n, size=len(d), sha256=sha256(d).hexdigest(), caption="猫") for n, d in files.items()]
    )


def manifest_name(manifest: Manifest) -> str:
    """Its hash."""
    from loraferry_core.dataset.manifest import manifest_hash

    return manifest_hash(manifest)


def remember(store: RunStore, spec: JobSpec) -> None:
    """Keep a run in the mirror before it is submitted, as a launch does."""
    status = JobStatus(job=spec.job, name=spec.name, state=JobState.HELD, spec_hash=digest(spec), created=time.time())
    store.add(spec, status, host="box", folder="", images=2)


def command_line(pid: int) -> bytes:
    """What `ps` shows of a process."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to a process of a test's own."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def children_of(pid: int) -> list[int]:
    """Pids of a process's children."""
    found: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(child) for child in listing.read_text(encoding="ascii").split()]
    return found


def new_job() -> str:
    """An identity."""
    return str(uuid.uuid4())


def ssh_sessions(box: Box) -> list[int]:
    """The server's processes of single connections."""
    return children_of(box.listener)


def free_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
