"""The way to a host in full: log in, set up, begin the conversation, and make it again whenever it breaks. No Qt."""

from collections.abc import Callable
from functools import partial
from typing import Literal, Protocol

from loraferry.cancellation import CancelToken
from loraferry.ferry.tagger import LocalTagger
from loraferry.remote import network
from loraferry.remote.agent_code import read_agent_code
from loraferry.remote.bootstrap import DEFAULT_HOME, Deployment, PhaseName, Progress, Removed, deploy, probe, uninstall
from loraferry.remote.client import AgentClient
from loraferry.remote.hosts import Host
from loraferry.remote.link import PASSING, Connection, HostLink, open_agent
from loraferry.remote.liveness import LinkState
from loraferry.remote.local import LocalTransport
from loraferry.remote.ssh.known_hosts import KnownHosts
from loraferry.remote.ssh.prompts import Prompts
from loraferry.remote.transport import Transport
from loraferry.remote.vendors import Vendor, setup_of, vendor_for, work_of
from loraferry_core.host import HostFacts
from loraferry_core.problems import Problem, ProblemError

HANDOVER_S = 10.0
"""Seconds within which the link's thread must have taken over the first connection."""

SetupPhase = Literal["dial", "probe", "code", "uv", "environment", "wait", "start"]
OnSetup = Callable[[SetupPhase, int, int, str], None]
"""Phase, units done and in all (0 of 0 where they cannot be counted), and what the machine printed."""
OnLink = Callable[["LinkState | Problem"], None]
"""How the link stands now, or why it cannot be made again without a person."""


class KeptHost(Protocol):
    """A host that is kept connected."""

    facts: HostFacts
    """As the probe found them at the first connection."""
    vendor: Vendor
    """Whose machine it is: the user's choice, else what was detected."""

    @property
    def client(self) -> AgentClient:
        """The conversation of now. Raises ProblemError `link_lost` between two of them."""
        ...

    @property
    def waits_s(self) -> float | None:
        """Where the link is lost, seconds until it is tried again by itself; None while it is being tried."""
        ...

    def retry(self) -> None:
        """Where the link is lost, try to make it again now."""
        ...

    def close(self) -> None:
        """Leave the host for good. May block."""
        ...


class Door(Protocol):
    """The way to hosts. The window's is `RemoteDoor`."""

    def connect(self, host: Host, prompts: Prompts, progress: OnSetup, on_link: OnLink, token: CancelToken) -> KeptHost:
        """Connect and stay connected. Blocks; raises ProblemError and Cancelled. `on_link` may be called from any
        thread until the host is closed."""
        ...

    def forget_key(self, host: Host) -> None:
        """Know the host's key no longer, so that the next connection asks. May block."""
        ...

    def uninstall(self, host: Host, prompts: Prompts, token: CancelToken) -> Removed:
        """Go there, take away all that this program has put there, and leave. Blocks; raises ProblemError, such as
        `job_state` while a run goes on, and Cancelled."""
        ...


class RemoteDoor:
    """See `Door`. Host keys are looked up in, and after a yes written to, `known`."""

    def __init__(self, known: KnownHosts, tagger: LocalTagger | None = None) -> None:
        self._known = known
        self._tagger = tagger or LocalTagger()

    def connect(self, host: Host, prompts: Prompts, progress: OnSetup, on_link: OnLink, token: CancelToken) -> KeptHost:
        """See `Door`."""
        return _Kept(self._known, host, prompts, progress, on_link, token)

    def forget_key(self, host: Host) -> None:
        """See `Door`."""
        from loraferry.remote.dial import forget_keys  # loads the ssh library, see `_dial`

        if host.address is not None:
            forget_keys(host.address, self._known)

    def uninstall(self, host: Host, prompts: Prompts, token: CancelToken) -> Removed:
        """See `Door`. From this computer the agent that only tags goes too."""
        transport = _dial(host, self._known, prompts)
        try:
            removed = uninstall(transport, token, home=host.home or DEFAULT_HOME, pythons=_pythons(host))
        finally:
            transport.close()
        if host.is_local and self._tagger.is_installed():
            too = self._tagger.uninstall(token)
            return Removed(removed.removed + too.removed, removed.left + too.left)
        return removed


class _Kept:
    """See `KeptHost`. The first connection is made here, so that its failure reaches whoever asked; the link takes it
    over and makes the following ones."""

    def __init__(
        self, known: KnownHosts, host: Host, prompts: Prompts, progress: OnSetup, on_link: OnLink, token: CancelToken
    ) -> None:
        self._known, self._host, self._prompts, self._on_link = known, host, prompts, on_link
        self._hear: Callable[[LinkState], None] = lambda state: None
        first = self._go(progress, token, self._relay)
        self._first: Connection | None = first
        self.facts = first.deployment.facts
        self.vendor = vendor_for(host, self.facts)
        self._link = HostLink(
            self._connect,
            on_state=on_link,
            on_problem=self._tell_problem,
            look=partial(network.look, host.address.host if host.address else "127.0.0.1"),
        )
        self._link.start()
        try:
            self._link.connection(timeout=HANDOVER_S)
        except ProblemError:
            self._link.close()
            raise

    @property
    def client(self) -> AgentClient:
        """See `KeptHost`."""
        return self._link.connection().client

    @property
    def waits_s(self) -> float | None:
        """See `KeptHost`."""
        return self._link.waits_s

    def retry(self) -> None:
        """See `KeptHost`."""
        self._link.retry()

    def close(self) -> None:
        """See `KeptHost`."""
        self._link.close()

    def _relay(self, state: LinkState) -> None:
        self._hear(state)

    def _connect(self, hear: Callable[[LinkState], None], token: CancelToken) -> Connection:
        first, self._first = self._first, None
        if first is not None:
            self._hear = hear
            return first
        return self._go(lambda *_: None, token, hear)

    def _go(self, progress: OnSetup, token: CancelToken, hear: Callable[[LinkState], None]) -> Connection:
        progress("dial", 0, 0, "")
        transport = _dial(self._host, self._known, self._prompts)
        try:
            deployment = _deploy(self._host, transport, partial(_tell, progress), token)
            progress("start", 0, 0, "")
            token.check()
            return Connection(transport, deployment, open_agent(transport, deployment, on_state=hear))
        except BaseException:
            transport.close()
            raise

    def _tell_problem(self, found: Problem) -> None:
        """The link tries again by itself after what may pass; anything else needs a person."""
        if found.code not in PASSING:
            self._on_link(found)


def _dial(host: Host, known: KnownHosts, prompts: Prompts) -> Transport:
    if host.address is None:
        return LocalTransport()
    # The ssh library takes a quarter of a second to load, which the start of the window need not wait for.
    from loraferry.remote.dial import dial

    return dial(host.address, known, prompts, way=host.transport)


def _pythons(host: Host) -> tuple[str, ...]:
    return (host.python,) if host.python else ()


def _deploy(host: Host, transport: Transport, progress: Progress, token: CancelToken) -> Deployment:
    """Look at the machine, and set it up as its vendor's profile and the user say. Raises ProblemError, Cancelled."""
    code, home = read_agent_code(), host.home or DEFAULT_HOME
    progress("probe", 0, 1, "")
    facts = probe(transport, code, home, _pythons(host))
    token.check()
    vendor = vendor_for(host, facts)
    return deploy(
        transport,
        progress,
        token,
        home=home,
        work=work_of(vendor, host, facts),
        pythons=_pythons(host),
        code=code,
        facts=facts,
        setup=setup_of(vendor, host),
    )


def _tell(progress: OnSetup, phase: PhaseName, done: int, total: int, line: str) -> None:
    """Pass on what the deployment tells; once the code is there, the long and silent part has begun."""
    if phase == "code" and total and done == total:
        progress("environment", 0, 0, line)
    else:
        progress(phase, done, total, line)
