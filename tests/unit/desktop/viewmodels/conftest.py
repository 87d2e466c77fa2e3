"""A rented machine that answers from memory, with the view-models around it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication

from loraferry.remote.hosts import Hosts
from loraferry.remote.secrets import Secrets
from loraferry.runs.store import RunStore
from loraferry.viewmodels.host_load import HostLoads
from loraferry.viewmodels.host_rows import HostDraft
from loraferry.viewmodels.hosts import HostsViewModel
from tests.fakes.door import FakeClient, FakeDoor
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.prompter import FakePrompter


class Rented:
    """One rented host, not connected yet, and everything that speaks with it."""

    def __init__(self, folder: Path) -> None:
        self.door, self.prompter, self.tasks = FakeDoor(), FakePrompter(), InlineRunner()
        self.secrets = Secrets(None)
        self.store = RunStore(folder / "runs.sqlite")
        self.clock, self.now = 100.0, 1_790_000_000.0
        self.hosts = HostsViewModel(
            Hosts(folder / "hosts.json"),
            self.door,
            lambda: self.secrets,
            self.tasks,
            self.prompter,
            clock=lambda: self.clock,
        )
        self.loads = HostLoads(
            self.hosts, self.tasks, self.store.machines, clock=lambda: self.clock, now=lambda: self.now
        )
        added = self.hosts.add(HostDraft(name="A10G", host="connect.westb.seetacloud.com", port=17445, user="root"))
        assert added
        self.id = added

    def connect(self) -> FakeClient:
        """Go there; the conversation."""
        self.hosts.connect_host(self.id)
        client = self.door.kept[-1].client_now
        assert client is not None
        return client


@pytest.fixture
def rented(qapp: QCoreApplication, tmp_path: Path) -> Iterator[Rented]:
    made = Rented(tmp_path)
    yield made
    made.loads.look(False)
    made.hosts.shutdown()
    made.store.close()
