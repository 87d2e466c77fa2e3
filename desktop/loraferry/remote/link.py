"""Keeps one host connected: dial, deploy where needed, say hello; after a loss again, until told to stop.

A lost link touches no job. Whoever follows one subscribes anew at each reconnection, after the last event it holds.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.remote.bootstrap import Deployment, serve_command
from loraferry.remote.client import AgentClient
from loraferry.remote.liveness import LinkState, Patience, backoff
from loraferry.remote.transport import Transport
from loraferry_core.problems import Problem, ProblemError, fail

PASSING = frozenset({
    "dns_failed", "connection_refused", "connection_timeout", "network_unreachable", "banner_missing", "ssh_failed",
    "link_lost", "agent_silent", "probe_failed",
})  # fmt: skip
"""Problems that may be gone at the next try. All others wait for a person."""


@dataclass(frozen=True)
class Connection:
    """A live way to an agent: the transport, what is deployed, and the conversation."""

    transport: Transport
    deployment: Deployment
    client: AgentClient

    def close(self) -> None:
        """End the conversation, then the transport."""
        self.client.close()
        self.transport.close()


def open_agent(
    transport: Transport,
    deployment: Deployment,
    *arguments: str,
    patience: Patience = Patience(),  # noqa: B008 - frozen
    on_state: Callable[[LinkState], None] | None = None,
) -> AgentClient:
    """Start an agent's `serve` and introduce this end. Raises ProblemError: `agent_silent`, `link_lost`, …"""
    try:
        stream = transport.open(serve_command(deployment, *arguments))
    except OSError as error:
        raise fail("link_lost", host=transport.label) from error
    client = AgentClient(stream, transport.label, patience=patience, on_state=on_state)
    try:
        client.hello()
    except ProblemError:
        client.close()
        raise
    return client


Connect = Callable[[Callable[[LinkState], None], CancelToken], Connection]
"""Dials and comes back with a live connection whose client reports its state to the given listener."""


class HostLink:
    """A host that is to stay connected. Listeners are called on the link's own threads."""

    def __init__(
        self,
        connect: Connect,
        *,
        on_state: Callable[[LinkState], None],
        on_problem: Callable[[Problem], None],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._connect = connect
        self._on_state, self._on_problem, self._jitter = on_state, on_problem, jitter
        self._cancel = CancelToken()
        self._changed = threading.Condition()
        self._connection: Connection | None = None
        self._wake = False
        self._thread = threading.Thread(target=self._keep, name="host link", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def close(self) -> None:
        """Disconnect and stay so. Not to be called from a listener."""
        self._cancel.cancel()
        self.retry()
        self._drop()
        if self._thread.is_alive():
            self._thread.join()
        self._drop()

    def retry(self) -> None:
        """Dial at once: the network is back, or the user has changed something."""
        with self._changed:
            self._wake = True
            self._changed.notify_all()

    def connection(self, timeout: float = 0.0) -> Connection:
        """The live connection, waiting for it at most `timeout` seconds. Raises ProblemError `link_lost`."""
        with self._changed:
            self._changed.wait_for(lambda: self._connection is not None, timeout)
            if self._connection is None:
                raise fail("link_lost", host="")
            return self._connection

    def _keep(self) -> None:
        attempt = 0
        while not self._cancel.cancelled:
            try:
                connection = self._connect(self._hear, self._cancel)
            except ProblemError as error:
                if self._cancel.cancelled:
                    return
                self._on_problem(error.problem)
                self._pause(backoff(attempt, self._jitter()) if error.problem.code in PASSING else None)
                attempt += 1
                continue
            except Cancelled:
                return
            attempt = 0
            self._live_through(connection)
            if not self._cancel.cancelled:
                self._pause(backoff(0, self._jitter()))

    def _live_through(self, connection: Connection) -> None:
        """Serve one connection until it ends."""
        with self._changed:
            self._connection = connection
            self._wake = False
            self._changed.notify_all()
        self._on_state(LinkState.ONLINE)
        with self._changed:
            self._changed.wait_for(lambda: self._cancel.cancelled or connection.client.ended is not None)
        self._drop()

    def _hear(self, state: LinkState) -> None:
        """The client's state moved; its end wakes the thread that keeps the link."""
        with self._changed:
            self._changed.notify_all()
        if not self._cancel.cancelled:
            self._on_state(state)

    def _pause(self, seconds: float | None) -> None:
        """Wait that long, or until `retry`; None waits for that alone."""
        with self._changed:
            self._changed.wait_for(lambda: self._wake or self._cancel.cancelled, seconds)
            self._wake = False

    def _drop(self) -> None:
        with self._changed:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
