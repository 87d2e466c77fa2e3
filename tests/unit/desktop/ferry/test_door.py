"""The way to a host in full, against a machine in memory: a fake transport, and the loopback agent behind it."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.ferry import door as door_module
from loraferry.ferry.door import KeptHost, RemoteDoor
from loraferry.remote import dial as dialling
from loraferry.remote.address import parse_address
from loraferry.remote.bootstrap import Removed
from loraferry.remote.hosts import Host
from loraferry.remote.liveness import LinkState
from loraferry.remote.ssh.known_hosts import KnownHosts
from loraferry.remote.ssh.prompts import Prompts
from loraferry.remote.transport import Completed, Stream
from loraferry_core.problems import Problem, ProblemError, fail
from tests.fakes.fake_transport import FakeTransport, ScriptedStream
from tests.fakes.loopback_agent import LoopbackAgent

FACTS: dict[str, Any] = {
    "hostname": "pod", "system": "Linux", "machine": "x86_64", "user": "root", "home": "/root/.loraferry",
    "boot_id": "b", "cpus": 2, "memory_mb": 1000, "markers": ["env:RUNPOD_POD_ID"],
    "disks": [{"path": "/workspace", "total_mb": 100_000, "free_mb": 90_000}],
    "interpreters": [{
        "path": "/opt/python", "version": "3.12.0", "torch": "2.13.0", "packages": {"torch": "2.13.0"},
        "has_venv": True,
    }],
}  # fmt: skip
HOST = Host(id="h", label="pod", address=parse_address("ssh -p 17445 root@198.51.100.7"), python="/opt/python")


class Machine:
    """Answers the probe, takes the installer's orders, and serves; dials fail as told."""

    def __init__(self) -> None:
        self.agent = LoopbackAgent()
        self.dials: list[tuple[str, str]] = []
        self.failures: list[ProblemError] = []
        self.transports: list[FakeTransport] = []
        self.orders: list[dict[str, Any]] = []
        self.said = b""
        self.facts = FACTS

    def dial(self, address: Any, known: KnownHosts, prompts: Prompts, way: str = "") -> FakeTransport:
        self.dials.append((address.host, way))
        if self.failures:
            raise self.failures.pop(0)
        return self.transport()

    def transport(self) -> FakeTransport:
        self.transports.append(FakeTransport(self.run, self.open))
        return self.transports[-1]

    def run(self, command: Sequence[str], stdin: bytes) -> Completed:
        return Completed(0, b"\x05loraferry-probe " + json.dumps(self.facts).encode() + b"\n", b"")

    def open(self, command: Sequence[str]) -> Stream:
        if any("loraferry_agent.serve" in word for word in command):
            return self.agent.connect()
        return Ordered(self, self.said or done("/x"))


class Ordered(ScriptedStream):
    """An order to the installer, noted when it is over."""

    def __init__(self, machine: Machine, output: bytes) -> None:
        super().__init__(output)
        self.machine = machine

    def close(self) -> None:
        if not self.closed:
            order = self.written[self.written.index(b'{"home"') :]
            self.machine.orders.append(json.loads(order.split(b"\n")[0]))
        super().close()


def done(result: str) -> bytes:
    return b"\n\x05loraferry-install " + json.dumps({"done": result}).encode() + b"\n"


class News:
    """What the window would hear of the link, and a way to wait for it."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.all: list[LinkState | Problem] = []

    def __call__(self, news: LinkState | Problem) -> None:
        with self.changed:
            self.all.append(news)
            self.changed.notify_all()

    def until(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, 60), self.all


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(dialling, "dial", machine.dial)
    monkeypatch.setattr(door_module, "LocalTransport", machine.transport)
    return machine


@pytest.fixture
def news() -> News:
    return News()


@pytest.fixture
def told() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def door(tmp_path: Path) -> RemoteDoor:
    return RemoteDoor(KnownHosts(tmp_path / "known"))


Connect = Callable[..., KeptHost]


@pytest.fixture
def connect(machine: Machine, door: RemoteDoor, news: News, told: list[tuple[str, str]]) -> Iterator[Connect]:
    kept: list[KeptHost] = []

    def go(host: Host = HOST, token: CancelToken | None = None) -> KeptHost:
        def progress(phase: str, done: int, total: int, line: str) -> None:
            told.append((phase, line))

        kept.append(door.connect(host, Prompts(), progress, news, token or CancelToken()))
        return kept[-1]

    yield go
    for host in kept:
        host.close()
    for connection in machine.agent.connections:
        connection.thread.join(30)


def test_the_whole_way_is_told_step_by_step(connect: Connect, machine: Machine, told: list[tuple[str, str]]) -> None:
    kept = connect()
    assert kept.client.agent_id == "loopback"
    assert kept.facts.hostname == "pod"
    phases = [phase for phase, _ in told]
    told_once = sorted(set(phases) - {"code"}, key=phases.index)  # code that is sent in one piece is there at once
    assert told_once == ["dial", "probe", "environment", "start"]
    assert machine.dials == [("198.51.100.7", "")]


def test_the_machine_is_set_up_as_its_vendors_profile_says(connect: Connect, machine: Machine) -> None:
    kept = connect()
    assert kept.vendor.id == "runpod"
    setup = next(order for order in machine.orders if order["action"] == "setup")
    assert setup["work"] == kept.vendor.work
    assert setup["setup"]["vendor"] == "runpod"
    assert setup["setup"]["environment_files"] == list(kept.vendor.environment_files)


def test_what_the_user_chose_wins_over_what_is_detected(connect: Connect, machine: Machine) -> None:
    kept = connect(HOST.replace(vendor="generic", work="/mnt/big", transport="openssh"))
    assert kept.vendor.id == "generic"
    setup = next(order for order in machine.orders if order["action"] == "setup")
    assert (setup["work"], setup["setup"]["vendor"]) == ("/mnt/big", "generic")
    assert machine.dials == [("198.51.100.7", "openssh")]


def test_this_computer_is_reached_without_dialling(connect: Connect, machine: Machine) -> None:
    kept = connect(Host(id="local", label="localhost"))
    assert kept.client.agent_id == "loopback"
    assert machine.dials == []


def test_a_broken_link_is_made_again_and_the_machine_looked_at_anew(
    connect: Connect, machine: Machine, news: News
) -> None:
    kept = connect()
    first = kept.client
    orders = len(machine.orders)
    machine.failures = [fail("connection_refused", host="h", port=22)]
    news.until(lambda: news.all == [LinkState.ONLINE])
    machine.agent.connections[0].to_client.close()
    news.until(lambda: news.all == [LinkState.ONLINE, LinkState.OFFLINE, LinkState.ONLINE])
    assert kept.client is not first
    assert len(machine.dials) == 3
    assert machine.transports[0].closed
    assert len(machine.orders) > orders, "a machine that was wiped meanwhile is set up again"


def test_what_needs_a_person_is_told_and_waits_until_asked_again(
    connect: Connect, machine: Machine, news: News
) -> None:
    kept = connect()
    machine.failures = [fail("host_key_changed", host="h", port=22, fingerprint="f", known="k", file="x")]
    news.until(lambda: news.all == [LinkState.ONLINE])
    machine.agent.connections[0].to_client.close()
    news.until(lambda: isinstance(news.all[-1], Problem))
    with pytest.raises(ProblemError) as caught:
        _ = kept.client
    assert caught.value.problem.code == "link_lost"
    kept.retry()
    news.until(lambda: news.all[-1] is LinkState.ONLINE)


def test_further_conversations_go_over_the_same_connection(connect: Connect, machine: Machine) -> None:
    client = connect().client
    assert client.more is not None
    more = client.more()
    assert more is not client
    assert more.agent_id == "loopback"
    assert len(machine.dials) == 1
    more.close()
    assert client.ended is None


def test_a_first_way_that_fails_raises_and_leaves_nothing_open(connect: Connect, machine: Machine, news: News) -> None:
    machine.failures = [fail("dns_failed", host="h")]
    with pytest.raises(ProblemError) as caught:
        connect()
    assert caught.value.problem.code == "dns_failed"
    machine.said = (
        b"\x05loraferry-install " + json.dumps({"problem": "home_unwritable", "params": {"path": "/"}}).encode()
    )
    machine.said += b"\n"
    with pytest.raises(ProblemError) as caught:
        connect()
    assert caught.value.problem.code == "home_unwritable"
    assert [transport.closed for transport in machine.transports] == [True]
    assert news.all == []


def test_giving_up_ends_it_at_the_next_step(connect: Connect, machine: Machine, told: list[tuple[str, str]]) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        connect(token=token)
    assert machine.orders == []
    assert machine.transports[0].closed


def test_closing_leaves_the_machine(connect: Connect, machine: Machine) -> None:
    kept = connect()
    kept.close()
    assert machine.transports[0].closed
    with pytest.raises(ProblemError):
        _ = kept.client


def test_uninstalling_goes_there_once_and_leaves(door: RemoteDoor, machine: Machine) -> None:
    answer = {"done": {"removed": ["/root/.loraferry"], "left": []}}
    machine.said = b"\x05loraferry-install " + json.dumps(answer).encode() + b"\n"
    door.uninstall(HOST, Prompts(), CancelToken())
    assert [order["action"] for order in machine.orders] == ["uninstall"]
    assert machine.transports[0].closed


class Tagger:
    """This computer's other agent, there or not."""

    def __init__(self, installed: bool) -> None:
        self.installed = installed

    def is_installed(self) -> bool:
        return self.installed

    def uninstall(self, token: CancelToken) -> Removed:
        self.installed = False
        return Removed(("/tagger",), ("/mine",))


def test_with_this_computers_agent_the_one_that_only_tags_goes_too(tmp_path: Path, machine: Machine) -> None:
    answer = {"done": {"removed": ["/home/me/.loraferry"], "left": []}}
    machine.said = b"\x05loraferry-install " + json.dumps(answer).encode() + b"\n"
    local = Host(id="local", label="localhost")
    tagger = Tagger(installed=True)
    door = RemoteDoor(KnownHosts(tmp_path / "known"), tagger)  # type: ignore[arg-type]
    door.uninstall(HOST, Prompts(), CancelToken())
    assert tagger.installed
    removed = door.uninstall(local, Prompts(), CancelToken())
    assert (removed.removed, removed.left) == (("/home/me/.loraferry", "/tagger"), ("/mine",))
    again = door.uninstall(local, Prompts(), CancelToken())
    assert again.removed == ("/home/me/.loraferry",)


def test_a_key_is_forgotten_by_its_address(door: RemoteDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten: list[str] = []
    monkeypatch.setattr(dialling, "forget_keys", lambda address, known: forgotten.append(address.host))
    door.forget_key(HOST)
    door.forget_key(Host(id="local", label="localhost"))
    assert forgotten == ["198.51.100.7"]
