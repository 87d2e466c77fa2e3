"""A way to hosts that answers from a list: each connection is a problem to raise or facts to find."""

from loraferry.cancellation import CancelToken
from loraferry.ferry.door import OnLink, OnSetup
from loraferry.remote.bootstrap import Removed
from loraferry.remote.hosts import Host
from loraferry.remote.secrets import Secrets
from loraferry.remote.ssh.prompts import Prompts, UnknownKey
from loraferry_core.host import Disk, Gpu, HostFacts
from loraferry_core.problems import Problem, ProblemError, fail
from tests.fakes.machine import Machine

FINGERPRINT = "SHA256:" + "k" * 43
FACTS = HostFacts(
    hostname="b7f2c1",
    system="Linux",
    machine="x86_64",
    user="root",
    home="/root/.loraferry",
    boot_id="boot",
    cpus=128,
    cpu_limit=12.0,
    memory_mb=515_000,
    memory_limit_mb=62_000,
    gpus=(Gpu(name="NVIDIA A10G", memory_mb=23_028, free_mb=22_700, compute_capability="8.6", driver="550.54.15"),),
    disks=(
        Disk(path="/workspace", total_mb=100_000, free_mb=81_300),
        Disk(path="/", total_mb=20_000, free_mb=12_400),
        Disk(path="/boot", total_mb=500, free_mb=400, writable=False),
    ),
)


class FakeClient(Machine):
    """What view-models see of a conversation."""

    def __init__(self, agent_id: str) -> None:
        super().__init__()
        self.agent_id = agent_id
        self.silence = 16.0


class FakeKept:
    """A host that stays connected until somebody says otherwise through `on_link`."""

    def __init__(self, facts: HostFacts, on_link: OnLink, agent_id: str) -> None:
        self.facts = facts
        self.on_link = on_link
        self.client_now: FakeClient | None = FakeClient(agent_id)
        self.closed = False
        self.waits_s: float | None = None
        self.retries = 0

    def retry(self) -> None:
        self.retries += 1
        self.waits_s = None

    @property
    def client(self) -> FakeClient:
        if self.client_now is None:
            raise fail("link_lost", host="fake")
        return self.client_now

    def close(self) -> None:
        self.closed = True


class FakeDoor:
    """`script` holds what happens at each connection; beyond its end everything works.

    With `password`, `passphrase` or `fingerprint` it asks the prompts as the real one does.
    """

    def __init__(
        self,
        *script: Problem | HostFacts,
        password: str = "",
        passphrase: str = "",
        fingerprint: str = "",
        lines: tuple[str, ...] = (),
    ) -> None:
        self.script = list(script)
        self.password, self.passphrase, self.fingerprint, self.lines = password, passphrase, fingerprint, lines
        self.hosts: list[Host] = []
        self.kept: list[FakeKept] = []
        self.forgotten: list[Host] = []
        self.agents: dict[str, str] = {}
        """Who answers at an address; otherwise each host has an agent of its own."""
        self.uninstalled: list[Host] = []

    def connect(self, host: Host, prompts: Prompts, progress: OnSetup, on_link: OnLink, token: CancelToken) -> FakeKept:
        self.hosts.append(host)
        progress("dial", 0, 0, "")
        next_step = self.script.pop(0) if self.script else FACTS
        if isinstance(next_step, Problem):
            raise ProblemError(next_step)
        self._log_in(host.address.host if host.address else "localhost", prompts)
        progress("probe", 1, 1, "")
        for number, line in enumerate(self.lines):
            progress("environment", number, len(self.lines), line)
        agent = self.agents.get(host.address.host if host.address else "", f"agent-{host.id[:8]}")
        self.kept.append(FakeKept(next_step, on_link, agent))
        return self.kept[-1]

    def forget_key(self, host: Host) -> None:
        self.forgotten.append(host)

    def uninstall(self, host: Host, prompts: Prompts, token: CancelToken) -> Removed:
        next_step = self.script.pop(0) if self.script else None
        if isinstance(next_step, Problem):
            raise ProblemError(next_step)
        self.uninstalled.append(host)
        return Removed(("/root/.loraferry",), ())

    def _log_in(self, name: str, prompts: Prompts) -> None:
        assert prompts.accept_key and prompts.password and prompts.passphrase
        unknown = UnknownKey(name, 22, "ssh-ed25519", self.fingerprint)
        if self.fingerprint and not prompts.accept_key(unknown):
            raise fail("host_key_unknown", host=name, port=22, kind="ssh-ed25519", fingerprint=self.fingerprint)
        if self.passphrase and prompts.passphrase("~/.ssh/id") != self.passphrase:
            raise fail("key_passphrase", path="~/.ssh/id")
        if not self.password:
            return
        given = prompts.password("root", name)
        if given is None:
            raise fail("auth_failed", user="root", host=name, methods="publickey, password")
        if given != self.password:
            raise fail("password_wrong", user="root", host=name)


def no_secrets() -> Secrets:
    """Memory alone, empty."""
    return Secrets(None)
