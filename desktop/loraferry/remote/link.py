"""Keeps one host connected: dial, deploy where needed, say hello; after a loss again, until told to stop.

A lost link touches no job. Whoever follows one subscribes anew at each reconnection, after the last event it holds.
"""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.remote import network
from loraferry.remote.bootstrap import Deployment, serve_command
from loraferry.remote.client import AgentClient
from loraferry.remote.liveness import LinkState, Patience, backoff
from loraferry.remote.network import Look, has_moved, has_slept
from loraferry.remote.transport import Transport
from loraferry_core.problems import Problem, ProblemError, fail

PASSING = frozenset({
    "dns_failed", "connection_refused", "connection_timeout", "network_unreachable", "banner_missing", "ssh_failed",
    "fake_address", "jump_failed", "proxy_failed", "link_lost", "agent_silent", "probe_failed",
})  # fmt: skip
"""Problems that may be gone at the next try. All others wait for a person."""
LOOK_S = 1.0
"""Time between two looks at the clocks and the network."""
SIGN_S = 4.0
"""How long a link that may have died, in our sleep or with the old network, has to give a sign of life."""
SIGN_POLL_S = 0.05


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
    more = partial(open_agent, transport, deployment, *arguments, patience=patience)
    client = AgentClient(stream, transport.label, patience=patience, on_state=on_state, more=more)
    try:
        client.hello()
    except ProblemError:
        client.close()
        raise
    return client


Connect = Callable[[Callable[[LinkState], None], CancelToken], Connection]
"""Dials and comes back with a live connection whose client reports its state to the given listener."""


class HostLink:
    """A host that is to stay connected. Listeners are called on the link's own threads.

    `look` tells the clocks and the network of now: after sleep or a change of network a link is asked for a sign of
    life, and a lost one is made again, at once.
    """

    def __init__(
        self,
        connect: Connect,
        *,
        on_state: Callable[[LinkState], None],
        on_problem: Callable[[Problem], None],
        look: Look = network.look,
        look_s: float = LOOK_S,
        sign_s: float = SIGN_S,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._connect = connect
        self._on_state, self._on_problem, self._jitter = on_state, on_problem, jitter
        self._look, self._look_s, self._sign_s = look, look_s, sign_s
        self._seen = look()
        self._cancel = CancelToken()
        self._changed = threading.Condition()
        self._connection: Connection | None = None
        self._wake = False
        self._next_try: float | None = None
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

    @property
    def waits_s(self) -> float | None:
        """Seconds until it dials again by itself; None while it does, or lives, or waits for a person."""
        until = self._next_try
        return None if until is None else max(0.0, until - time.monotonic())

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
                again = self._pause(backoff(attempt, self._jitter()) if error.problem.code in PASSING else None)
                attempt = 0 if again else attempt + 1
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
        self._seen = self._look()
        while not self._is_over(connection, self._look_s):
            if self._is_shaken() and not self._gives_sign(connection):
                break
        self._drop()

    def _is_over(self, connection: Connection, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(
                lambda: self._cancel.cancelled or connection.client.ended is not None, seconds
            )

    def _is_shaken(self) -> bool:
        """Whether the computer slept since the last look, or has another way out."""
        before, self._seen = self._seen, self._look()
        return has_slept(before, self._seen, self._look_s) or has_moved(before, self._seen)

    def _gives_sign(self, connection: Connection) -> bool:
        """Whether anything is heard of the machine now that it is asked."""
        asked = time.monotonic()
        try:
            connection.client.poke()
        except ProblemError:
            return False
        while time.monotonic() < asked + self._sign_s:
            if connection.client.silence < time.monotonic() - asked:
                return True
            if self._is_over(connection, SIGN_POLL_S):
                return False
        return False

    def _hear(self, state: LinkState) -> None:
        """The client's state moved; its end wakes the thread that keeps the link."""
        with self._changed:
            self._changed.notify_all()
        if not self._cancel.cancelled:
            self._on_state(state)

    def _pause(self, seconds: float | None) -> bool:
        """Wait that long, or until `retry`; None waits for that alone. Whether there is reason to hope for more now."""
        self._seen = self._look()
        self._next_try = None if seconds is None else time.monotonic() + seconds
        try:
            return self._wait_until(self._next_try)
        finally:
            self._next_try = None

    def _wait_until(self, until: float | None) -> bool:
        while True:
            left = None if until is None else max(0.0, min(self._look_s, until - time.monotonic()))
            with self._changed:
                if self._changed.wait_for(lambda: self._wake or self._cancel.cancelled, left):
                    self._wake = False
                    return True
            if self._is_shaken():
                return True
            if until is not None and time.monotonic() >= until:
                return False

    def _drop(self) -> None:
        with self._changed:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
