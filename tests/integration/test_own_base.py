"""A base model of one's own: chosen in the window, sent over a line that breaks, gone on with, and trained on."""

import hashlib
import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject

from loraferry.ferry import door as doors
from loraferry.ferry.door import RemoteDoor
from loraferry.library.approved import ApprovedSet
from loraferry.remote.agent_code import read_agent_code
from loraferry.remote.bootstrap import Deployment
from loraferry.remote.hosts import Hosts
from loraferry.remote.secrets import Secrets
from loraferry.remote.ssh.known_hosts import KnownHosts
from loraferry.runs.shelf import Shelf
from loraferry.runs.store import RunStore
from loraferry.viewmodels.base_models import BaseModels
from loraferry.viewmodels.host_rows import HostDraft
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.launch import LaunchState, LaunchViewModel
from loraferry.viewmodels.plan import HostChoice, PlanViewModel
from loraferry.viewmodels.runs import RunsViewModel
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry.viewmodels.tasks import TaskRunner
from loraferry_core.config import TrainConfig
from loraferry_core.dataset.manifest import ManifestEntry, manifest_of
from loraferry_core.jobs import JobState
from tests.fakes import tiny_base
from tests.fakes.agent_process import end_all
from tests.fakes.door import FACTS
from tests.fakes.job_folder import png
from tests.fakes.prompter import FakePrompter
from tests.fakes.relay import Relay, running_relay
from tests.fakes.sshd import Sshd, SshdUnavailable, running_sshd

pytestmark = [pytest.mark.ssh, pytest.mark.timeout(600)]
DEADLINE_MS = 300_000
CUT_AT = 30_000_000
SLACK = CUT_AT // 2
"""Bytes of logins, pictures and questions, and of what was under way at the cut: it lies in buffers of the system, which
a reset empties, and on a busy machine those are full."""


class Pictures(QObject):
    """Two approved pictures."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        folder.mkdir()
        self.folder = folder
        entries = []
        for name, colour in (("红.png", "red"), ("蓝.png", "blue")):
            data = png(colour)
            (folder / name).write_bytes(data)
            sha256 = hashlib.sha256(data).hexdigest()
            entries.append(ManifestEntry(name=name, size=len(data), sha256=sha256, caption=f"zorb, {colour}"))
        self._manifest = manifest_of(entries)

    def make_approved(self, resolution: int, *, success: Any, failure: Any, progress: Any) -> None:
        sources = {entry.name: self.folder / entry.name for entry in self._manifest.entries}
        success(ApprovedSet(self._manifest, sources, ()))


class Laptop:
    """The view-models of the window, without one."""

    def __init__(self, folder: Path, server: Sshd, relay: Relay) -> None:
        known = folder / "known_hosts"
        line = server.known_hosts.read_text(encoding="utf-8")
        known.write_text(line.replace(f":{server.port} ", f":{relay.port} "), encoding="utf-8")
        secrets = Secrets(None)
        self.tasks, self.prompter = TaskRunner(), FakePrompter()
        self.problems: list[Any] = []
        self.tasks.failed.connect(self.problems.append)
        self.store = RunStore(folder / "runs.sqlite")
        door = RemoteDoor(KnownHosts(folder / "own_known_hosts", known))
        self.hosts = HostsViewModel(Hosts(folder / "hosts.json"), door, lambda: secrets, self.tasks, self.prompter)
        self.plan = PlanViewModel(folder / "plan.json")
        self.bases = BaseModels(self.hosts, self.plan, lambda: secrets, self.tasks, self.prompter)
        self.runs = RunsViewModel(self.tasks, self.store, Shelf(folder / "models"), folder / "runs")
        self.launch = LaunchViewModel(
            self.tasks, self.store, Pictures(folder / "pictures"), self.hosts, self.runs,  # type: ignore[arg-type]
            SettingsViewModel(folder / "settings.json"), self.prompter, lambda: secrets,
        )  # fmt: skip
        self.states: list[LaunchState] = []
        self.launch.changed.connect(self._note_state)
        self.hosts.online.connect(self._attach)
        draft = HostDraft("box", server.host, relay.port, server.user, str(server.key_path), transport="paramiko")
        self.host = self.hosts.add(draft) or ""
        self.plan.hosts = [HostChoice(self.host, "box")]

    def _note_state(self) -> None:
        self.states.append(self.launch.state)

    def _attach(self, host: str) -> None:
        client = self.hosts.client(host)
        if client is not None:
            self.runs.attach(client)

    def shutdown(self) -> None:
        self.launch._closable.stop()
        self.bases._timer.stop()
        self.runs.shutdown()
        self.hosts.shutdown()
        self.tasks.shutdown()
        self.plan.shutdown()
        self.store.close()


@pytest.fixture
def server() -> Iterator[Sshd]:
    """One whose sessions are offline and keep to one thread."""
    try:
        with running_sshd("SetEnv OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE HF_HUB_OFFLINE=1") as running:
            yield running
    except SshdUnavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture
def laptop(server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: Any) -> Iterator[tuple[Laptop, Relay]]:
    """Connected over a relay to a machine on which the agent lies already."""
    zipfile.ZipFile(io.BytesIO(read_agent_code().archive())).extractall(tmp_path / "code")
    home = tmp_path / "家"
    deployed = Deployment(sys.executable, str(tmp_path / "code"), str(home), FACTS)
    monkeypatch.setattr(doors, "_deploy", lambda *_: deployed)
    (tmp_path / "laptop").mkdir()
    with running_relay("127.0.0.1", server.port) as relay:
        made = Laptop(tmp_path / "laptop", server, relay)
        yield made, relay
        made.shutdown()
    end_all(home)


def test_a_base_that_is_sent_goes_on_after_a_cut_and_trains(
    laptop: tuple[Laptop, Relay], qtbot: Any, tmp_path: Path
) -> None:
    desk, relay = laptop
    folder = tiny_base.make(tmp_path / "小 base", levels=2, width=768)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert size > CUT_AT
    desk.hosts.connect_host(desk.host)
    qtbot.waitUntil(lambda: desk.hosts.client(desk.host) is not None and desk.bases.was_searched, timeout=DEADLINE_MS)
    desk.prompter.answers = [folder]
    desk.bases.choose_folder()
    qtbot.waitUntil(lambda: desk.bases.own is not None, timeout=DEADLINE_MS)
    assert desk.plan.base_trouble is None
    config = TrainConfig.model_validate(
        {
            "base": desk.plan.config.base.model_dump(),
            "dataset": {"resolution": 64, "trigger": "zorb"},
            "loop": {"unit": "steps", "steps": 2, "batch": 1},
            "sampling": {"every": 0},
            "saving": {"every": 0},
        }
    )
    before = relay.up_bytes
    relay.cut_after(CUT_AT, "up")
    desk.launch.start(config, desk.host)
    qtbot.waitUntil(lambda: any(state.part == "done" for state in desk.states), timeout=DEADLINE_MS)
    sent = relay.up_bytes - before
    assert size < sent < size + SLACK, "something was sent twice"
    assert relay.accepted > 1
    assert [state.done for state in desk.states if state.part == "base" and state.total][-1] == size
    assert {found.code for found in desk.problems} == {"link_lost"}

    (run,) = desk.store.runs()
    assert run.spec.config.base.source == folder.name
    client = desk.hosts.client(desk.host)
    assert client is not None
    (tree,) = [item for item in client.storage() if item.key.kind == "tree"]
    assert tree.label == folder.name
    assert size <= tree.bytes < size + 10_000  # with its list
    ended = (JobState.FINISHED, JobState.FAILED)
    qtbot.waitUntil(lambda: desk.store.run(run.spec.job).status.state in ended, timeout=DEADLINE_MS)
    status = desk.store.run(run.spec.job).status
    assert (status.state, status.reason) == (JobState.FINISHED, None)
    qtbot.waitUntil(lambda: bool(list((tmp_path / "laptop" / "models").rglob("*.safetensors"))), timeout=DEADLINE_MS)
