"""What the journeys of these tests have in common: a machine in memory, a mirror, and some pictures."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loraferry.ferry.cargo import Cargo
from loraferry.remote.client import AgentClient
from loraferry.runs.store import RunStore
from loraferry_core.dataset.manifest import ManifestEntry, manifest_of
from tests.fakes.loopback_agent import LoopbackAgent


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    store = RunStore(tmp_path / "runs.sqlite")
    yield store
    store.close()


@pytest.fixture
def agent() -> LoopbackAgent:
    return LoopbackAgent()


@pytest.fixture
def dial() -> Iterator[Callable[[LoopbackAgent], AgentClient]]:
    """Connects to a machine in memory; all is closed after the test."""
    clients: list[AgentClient] = []
    agents: list[LoopbackAgent] = []

    def connect(agent: LoopbackAgent) -> AgentClient:
        client = AgentClient(agent.connect(), "box")
        client.hello()
        clients.append(client)
        agents.append(agent)
        return client

    yield connect
    for client in clients:
        client.close()
    for agent in agents:
        for connection in agent.connections:
            connection.thread.join(30)


@pytest.fixture
def cargo(tmp_path: Path) -> Cargo:
    return cargo_of(tmp_path / "rendered", {"猫 1.png": b"one", "猫 2.png": b"two" * 1000})


def cargo_of(folder: Path, files: dict[str, bytes]) -> Cargo:
    """Files on this computer as pictures of a set."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for name, data in files.items():
        (folder / name).write_bytes(data)
        entries.append(
            ManifestEntry(name=name, size=len(data), sha256=hashlib.sha256(data).hexdigest(), caption="a cat")
        )
    return Cargo(manifest_of(entries), {name: folder / name for name in files}, "/pictures/My cats")
