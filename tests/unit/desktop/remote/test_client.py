import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from loraferry.remote.client import AgentClient
from loraferry.remote.liveness import LinkState, Patience
from loraferry_core.events import PhaseChanged
from loraferry_core.jobs import JobState, JobStatus
from loraferry_core.problems import ProblemError
from loraferry_core.protocol import messages as m
from loraferry_core.protocol.codec import Bulk
from loraferry_core.protocol.version import sentinel_line
from tests.fakes.loopback_agent import LoopbackAgent

JOB = "00000000-0000-4000-8000-000000000000"
QUICK = Patience(ping=0.01, suspect=0.1, offline=0.3)


@pytest.fixture
def agent() -> LoopbackAgent:
    return LoopbackAgent()


@pytest.fixture
def connect(agent: LoopbackAgent) -> Iterator[Callable[..., AgentClient]]:
    clients = []

    def make(opening: bytes | None = None, stderr: bytes = b"", **options: Any) -> AgentClient:
        clients.append(AgentClient(agent.connect(opening, stderr), "box", **options))
        return clients[-1]

    before = set(threading.enumerate())
    yield make
    for client in clients:
        client.close()
        client.close()
    for connection in agent.connections:
        connection.thread.join(5)
    assert set(threading.enumerate()) <= before


def code(call: Callable[[], Any]) -> str:
    with pytest.raises(ProblemError) as caught:
        call()
    return caught.value.problem.code


def test_asks_and_is_answered(agent: LoopbackAgent, connect: Callable[..., AgentClient]) -> None:
    status = JobStatus(job=JOB, name="n", state=JobState.QUEUED, spec_hash="0" * 64)
    agent.jobs[JOB] = status
    client = connect()
    assert client.hello().agent_id == "loopback"
    assert client.list_jobs() == (status,)
    assert client.stop(JOB) == client.resume(JOB) == status
    assert client.state is LinkState.ONLINE


def test_a_refusal_is_raised(connect: Callable[..., AgentClient]) -> None:
    client = connect()
    client.hello()
    assert code(lambda: client.stop("gone")) == "job_unknown"


def test_control_characters_do_not_pass(connect: Callable[..., AgentClient]) -> None:
    client = connect()
    client.hello()
    assert client.read_log(JOB) == "ab\n"


def test_noise_before_the_agent_is_skipped(agent: LoopbackAgent, connect: Callable[..., AgentClient]) -> None:
    client = connect(b"Welcome to the box!\n" + sentinel_line())
    assert client.hello().agent_id == "loopback"


def test_a_silent_agent_is_quoted(agent: LoopbackAgent, connect: Callable[..., AgentClient]) -> None:
    client = connect(b"bash: no \x1b[31mpython\n", stderr=b"Traceback")
    with pytest.raises(ProblemError) as caught:
        client.hello(timeout=0.05)
    assert caught.value.problem.code == "agent_silent"
    assert caught.value.problem.params["output"] == "bash: no python\nTraceback"


def test_an_agent_that_ends_at_once_is_quoted(agent: LoopbackAgent, connect: Callable[..., AgentClient]) -> None:
    client = connect(b"exec format error\n")
    agent.connections[0].to_client.close()
    with pytest.raises(ProblemError) as caught:
        client.hello(timeout=30)
    assert "exec format error" in str(caught.value.problem.params["output"])


def test_another_protocol_is_incompatible(connect: Callable[..., AgentClient]) -> None:
    client = connect(b"\x05loraferry-agent 99 7.0\n")
    with pytest.raises(ProblemError) as caught:
        client.hello()
    assert caught.value.problem.code == "agent_incompatible"
    assert caught.value.problem.params["theirs"] == "99 (7.0)"


def test_events_reach_their_listener(agent: LoopbackAgent, connect: Callable[..., AgentClient]) -> None:
    agent.jobs[JOB] = JobStatus(job=JOB, name="n", state=JobState.RUNNING, spec_hash="0" * 64)
    agent.events[JOB] = [PhaseChanged(seq=i, time=1.0, attempt=1, phase="train") for i in range(1, 6)]
    client = connect()
    client.hello()
    heard: list[Any] = []
    client.subscribe(JOB, 2, heard.append)
    client.list_jobs()  # whatever was pushed before its answer has been heard
    assert [event.seq for push in heard for event in push.events] == [3, 4, 5]
    client.unsubscribe(JOB)
    agent.connections[0].push(m.JobChanged(status=agent.jobs[JOB]))
    client.list_jobs()
    assert len(heard) == 1


def test_a_lost_link_fails_what_waits(agent: LoopbackAgent, connect: Callable[..., AgentClient]) -> None:
    states: list[LinkState] = []
    client = connect(on_state=states.append)
    client.hello()
    agent.connections[0].mute = True
    future = client.send(m.ListJobs())
    agent.connections[0].to_client.close()
    assert code(future.result) == "link_lost"
    assert code(client.list_jobs) == "link_lost"
    assert states == [LinkState.OFFLINE]
    assert client.ended is not None


def test_no_answer_in_time_is_a_lost_link(agent: LoopbackAgent, connect: Callable[..., AgentClient]) -> None:
    client = connect(answer_timeout=0.05)
    client.hello()
    agent.connections[0].mute = True
    assert code(client.list_jobs) == "link_lost"


def test_silence_is_noticed_though_nothing_closes(agent: LoopbackAgent, connect: Callable[..., AgentClient]) -> None:
    states: list[LinkState] = []
    offline = threading.Event()

    def note(state: LinkState) -> None:
        states.append(state)
        if state is LinkState.OFFLINE:
            offline.set()

    client = connect(patience=QUICK, on_state=note)
    client.hello()
    agent.connections[0].mute = True
    assert offline.wait(30)
    assert states[-2:] == [LinkState.SUSPECT, LinkState.OFFLINE]


def test_a_suspect_link_recovers(agent: LoopbackAgent, connect: Callable[..., AgentClient]) -> None:
    states: list[LinkState] = []
    changed = threading.Condition()

    def note(state: LinkState) -> None:
        with changed:
            states.append(state)
            changed.notify_all()

    client = connect(patience=Patience(ping=0.01, suspect=0.1, offline=60.0), on_state=note)
    client.hello()
    agent.connections[0].mute = True
    with changed:
        assert changed.wait_for(lambda: states == [LinkState.SUSPECT], 30)
    agent.connections[0].mute = False
    with changed:
        assert changed.wait_for(lambda: states == [LinkState.SUSPECT, LinkState.ONLINE], 30)
    assert client.list_jobs() == ()


@pytest.mark.parametrize(
    "said", [b"garbage\n", b'{"type":"hello"}\n', b'{"type":"reply","re":77,"answer":{"type":"done"}}\n', b"\0" * 17]
)
def test_nonsense_ends_the_conversation(agent: LoopbackAgent, connect: Callable[..., AgentClient], said: bytes) -> None:
    client = connect()
    client.hello()
    agent.connections[0].mute = True
    future = client.send(m.ListJobs())
    agent.connections[0].to_client.write(said)
    assert code(future.result) == "protocol_violation"


def test_a_block_larger_than_asked_for_ends_the_conversation(
    agent: LoopbackAgent, connect: Callable[..., AgentClient]
) -> None:
    client = connect()
    client.hello()
    agent.connections[0].mute = True
    future = client.read_block(JOB, "x", 0, 10)
    agent.connections[0].push(Bulk(1, 0, b"y" * 11))
    assert code(future.result) == "protocol_violation"


def test_a_wrong_answer_is_a_violation(agent: LoopbackAgent, connect: Callable[..., AgentClient]) -> None:
    client = connect()
    client.hello()
    agent.connections[0]._simple_answer = lambda message: m.Done()  # type: ignore[method-assign]
    assert code(client.list_jobs) == "protocol_violation"
