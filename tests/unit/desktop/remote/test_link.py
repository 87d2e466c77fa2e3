import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from loraferry.cancellation import CancelToken
from loraferry.remote.bootstrap import Deployment
from loraferry.remote.client import AgentClient
from loraferry.remote.link import Connection, HostLink
from loraferry.remote.liveness import LinkState, Patience
from loraferry.remote.network import Moment
from loraferry_core.jobs import JobState, JobStatus
from loraferry_core.problems import Problem, ProblemError, fail
from tests.fakes.fake_transport import FakeTransport
from tests.fakes.loopback_agent import LoopbackAgent

JOB = "00000000-0000-4000-8000-000000000000"
NOWHERE: Any = None
ENDLESS = Patience(ping=3600, suspect=80_000, offline=90_000)
"""So that nothing but the link itself asks for a sign of life."""
DEPLOYED = Deployment("", "", "", NOWHERE)


class Desk:
    """What a window would keep: states and problems; and a way to wait for them."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.states: list[LinkState] = []
        self.problems: list[Problem] = []

    def state(self, state: LinkState) -> None:
        with self.changed:
            self.states.append(state)
            self.changed.notify_all()

    def problem(self, problem: Problem) -> None:
        with self.changed:
            self.problems.append(problem)
            self.changed.notify_all()

    def until(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, 30)


class Network:
    """Dials a loopback agent, or fails as told."""

    def __init__(self, agent: LoopbackAgent) -> None:
        self.agent = agent
        self.failures: list[ProblemError] = []
        self.dialled = 0
        self.transports: list[FakeTransport] = []

    def connect(self, on_state: Callable[[LinkState], None], cancel: CancelToken) -> Connection:
        self.dialled += 1
        if self.failures:
            raise self.failures.pop(0)
        client = AgentClient(self.agent.connect(), "box", patience=ENDLESS, on_state=on_state)
        client.hello()
        self.transports.append(FakeTransport())
        return Connection(self.transports[-1], DEPLOYED, client)


@pytest.fixture
def network() -> Network:
    agent = LoopbackAgent()
    agent.jobs[JOB] = JobStatus(job=JOB, name="n", state=JobState.RUNNING, spec_hash="0" * 64)
    return Network(agent)


@pytest.fixture
def desk() -> Desk:
    return Desk()


class Surroundings:
    """Clocks and network as a test wants them. `sleep` is the time that passes, `move` another network."""

    def __init__(self) -> None:
        self.now = Moment(0.0, 0.0, "192.168.0.2")

    def sleep(self, seconds: float) -> None:
        self.now = replace(self.now, wall=self.now.wall + seconds)

    def move(self, address: str) -> None:
        self.now = replace(self.now, address=address)


@pytest.fixture
def surroundings() -> Surroundings:
    return Surroundings()


@pytest.fixture
def sign_s() -> float:
    return 30.0


@pytest.fixture
def link(network: Network, desk: Desk, surroundings: Surroundings, sign_s: float) -> Iterator[HostLink]:
    before = set(threading.enumerate())
    link = HostLink(
        network.connect,
        on_state=desk.state,
        on_problem=desk.problem,
        look=lambda: surroundings.now,
        look_s=0.01,
        sign_s=sign_s,
        jitter=lambda: 0.0,
    )
    yield link
    link.close()
    for connection in network.agent.connections:
        connection.thread.join(5)
    assert set(threading.enumerate()) <= before


def test_connects(link: HostLink, desk: Desk) -> None:
    link.start()
    assert link.connection(30).client.state is LinkState.ONLINE
    desk.until(lambda: desk.states == [LinkState.ONLINE])


def test_comes_back_and_touches_no_job(link: HostLink, network: Network, desk: Desk) -> None:
    link.start()
    first = link.connection(30).client
    network.agent.connections[0].to_client.close()
    desk.until(lambda: desk.states == [LinkState.ONLINE, LinkState.OFFLINE, LinkState.ONLINE])
    assert link.connection(30).client is not first
    assert network.transports[0].closed
    assert network.agent.jobs[JOB].state is JobState.RUNNING


def test_tries_again_after_a_passing_problem(link: HostLink, network: Network, desk: Desk) -> None:
    network.failures = [fail("dns_failed", host="h")]
    link.start()
    desk.until(lambda: desk.states == [LinkState.ONLINE])
    assert [problem.code for problem in desk.problems] == ["dns_failed"]


def test_waits_for_a_person_after_any_other(link: HostLink, network: Network, desk: Desk) -> None:
    network.failures = [fail("password_wrong", user="u", host="h")]
    link.start()
    desk.until(lambda: bool(desk.problems))
    assert network.dialled == 1
    with pytest.raises(ProblemError) as caught:
        link.connection()
    assert caught.value.problem.code == "link_lost"
    link.retry()
    desk.until(lambda: desk.states == [LinkState.ONLINE])
    assert network.dialled == 2


def test_says_when_it_dials_again_and_does_so_at_once_when_asked(
    link: HostLink, network: Network, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loraferry.remote.link.backoff", lambda attempt, jitter: 3600.0)
    network.failures = [fail("dns_failed", host="h")]
    assert link.waits_s is None
    link.start()
    wait_until(lambda: link.waits_s is not None)
    waits = link.waits_s
    assert waits is not None
    assert 0 < waits <= 3600
    link.retry()
    desk.until(lambda: desk.states == [LinkState.ONLINE])
    assert link.waits_s is None


def test_closing_before_starting(link: HostLink) -> None:
    link.close()


@pytest.mark.parametrize("sign_s", [0.3])
@pytest.mark.parametrize("news", ["slept", "moved"])
def test_a_link_that_died_meanwhile_is_made_again_at_once(
    link: HostLink, network: Network, desk: Desk, surroundings: Surroundings, news: str
) -> None:
    link.start()
    first = link.connection(30).client
    network.agent.connections[0].to_client.hold()  # nothing comes any more, and nothing says so
    surroundings.sleep(8 * 3600) if news == "slept" else surroundings.move("10.0.0.7")
    desk.until(lambda: desk.states == [LinkState.ONLINE, LinkState.OFFLINE, LinkState.ONLINE])
    assert first.ended is not None


def test_a_link_that_outlived_the_sleep_is_kept(
    link: HostLink, network: Network, desk: Desk, surroundings: Surroundings
) -> None:
    link.start()
    first = link.connection(30).client
    for _ in range(3):
        pings = first.round_trip
        surroundings.sleep(3600)
        wait_until(lambda before=pings: first.round_trip != before)
    assert link.connection().client is first
    assert desk.states == [LinkState.ONLINE]


@pytest.mark.parametrize("news", ["slept", "moved"])
def test_a_network_that_returns_ends_the_waiting(
    link: HostLink,
    network: Network,
    desk: Desk,
    surroundings: Surroundings,
    monkeypatch: pytest.MonkeyPatch,
    news: str,
) -> None:
    monkeypatch.setattr("loraferry.remote.link.backoff", lambda attempt, jitter: 3600.0)
    network.failures = [fail("network_unreachable", host="h", detail="")]
    link.start()
    desk.until(lambda: bool(desk.problems))

    def is_back() -> bool:
        # Again and again, because the waiting begins a moment after the problem was told.
        surroundings.sleep(8 * 3600) if news == "slept" else surroundings.move(f"10.0.0.{len(seen)}")
        seen.append(news)
        return LinkState.ONLINE in desk.states

    seen: list[str] = []
    wait_until(is_back)


def test_a_network_that_returns_asks_no_person_again(
    link: HostLink, network: Network, desk: Desk, surroundings: Surroundings
) -> None:
    network.failures = [fail("password_wrong", user="u", host="h")]
    link.start()
    desk.until(lambda: bool(desk.problems))
    surroundings.sleep(3600)
    with pytest.raises(ProblemError):
        link.connection(0.2)
    assert network.dialled == 1


def wait_until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.01)
