"""What is going on with one host, and the work that is done for it away from the main thread."""

from collections.abc import Callable
from dataclasses import dataclass, field

from loraferry.cancellation import CancelToken
from loraferry.ferry.door import Door, KeptHost, OnLink, SetupPhase
from loraferry.remote.client import AgentClient
from loraferry.remote.hosts import Host
from loraferry.remote.secrets import Secrets
from loraferry.remote.ssh.prompts import Prompts
from loraferry.viewmodels.host_questions import Answers
from loraferry.viewmodels.host_rows import HostState, Setup, SetupLog
from loraferry.viewmodels.tasks import Task
from loraferry_core.host import HostFacts
from loraferry_core.problems import Problem

Then = Callable[[AgentClient], None]


@dataclass
class Contact:
    """What is going on with one host."""

    state: HostState = HostState.OFFLINE
    generation: int = 0
    """Counts connections; what comes from an earlier one is dropped."""
    task: Task[KeptHost] | None = None
    kept: KeptHost | None = None
    facts: HostFacts | None = None
    problem: Problem | None = None
    setup: Setup | None = None
    heard: float = 0.0
    log: SetupLog = field(default_factory=SetupLog)
    answers: Answers | None = None
    waiting: list[Then] = field(default_factory=list)

    @property
    def silent(self) -> bool:
        """Whether the machine should be heard and is not."""
        return self.state in (HostState.SUSPECT, HostState.LOST)

    @property
    def waits(self) -> float | None:
        """Seconds until a lost link is tried again; None while it is being tried."""
        return self.kept.waits_s if self.kept is not None and self.state is HostState.LOST else None


@dataclass(frozen=True)
class Attempt:
    """One try to get to a host, as an operation for the task runner."""

    door: Door
    host: Host
    prompts: Prompts
    log: SetupLog
    on_link: OnLink

    def __call__(self, token: CancelToken) -> KeptHost:
        def progress(phase: SetupPhase, done: int, total: int, line: str) -> None:
            if line:
                self.log.add(line)
            token.report(Setup(phase, done, total))

        kept = self.door.connect(self.host, self.prompts, progress, self.on_link, token)
        if token.cancelled:
            kept.close()
            token.check()
        return kept


def close(kept: KeptHost, _token: CancelToken) -> None:
    """Leave a host."""
    kept.close()


def put(open_secrets: Callable[[], Secrets], new: dict[str, str], _token: CancelToken) -> None:
    """Remember secrets by their names."""
    for name, secret in new.items():
        open_secrets().put(name, secret)


def forget(open_secrets: Callable[[], Secrets], name: str, _token: CancelToken) -> None:
    """Remove a secret."""
    open_secrets().forget(name)


def move(open_secrets: Callable[[], Secrets], name: str, to: str, _token: CancelToken) -> None:
    """Keep a secret under another name."""
    open_secrets().move(name, to)


def forget_key(door: Door, host: Host, _token: CancelToken) -> None:
    """Know a host's key no longer."""
    door.forget_key(host)


def executor(id: str) -> str:
    """The line of work of one host, in which one thing follows the other."""
    return f"host-{id}"
