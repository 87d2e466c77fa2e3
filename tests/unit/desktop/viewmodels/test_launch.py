"""Launching: one at a time, paused and limited, taken up again, and told when the lid may close."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject

from loraferry.ferry.cargo import Cargo, LaunchProgress
from loraferry.ferry.own_base import address_of
from loraferry.library.approved import ApprovedSet
from loraferry.remote.hosts import LOCAL
from loraferry.remote.secrets import token_name
from loraferry.remote.sync import SyncProgress
from loraferry.runs.shelf import Shelf
from loraferry.runs.store import Run
from loraferry.viewmodels import launch as module
from loraferry.viewmodels.launch import LaunchState, LaunchViewModel
from loraferry.viewmodels.runs import RunsViewModel
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry_core.config import TrainConfig
from loraferry_core.dataset.manifest import ManifestEntry, manifest_of
from loraferry_core.jobs import JobState
from loraferry_core.problems import fail, problem
from tests.fakes.stories import add_run
from tests.unit.desktop.viewmodels.conftest import Rented

MANIFEST = manifest_of([ManifestEntry(name="a.png", size=1, sha256="0" * 64)])


class FakeDataset(QObject):
    """Approves one picture."""

    folder = Path("/pictures/zorblax")

    def make_approved(self, resolution: int, *, success: Any, failure: Any, progress: Any) -> None:
        success(ApprovedSet(MANIFEST, {"a.png": Path("/pictures/zorblax/a.png")}, ()))


class Desk:
    def __init__(self, rented: Rented, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rented, self.store = rented, rented.store
        self.settings = SettingsViewModel(folder / "settings.json")
        self.runs = RunsViewModel(rented.tasks, rented.store, Shelf(folder / "models"), folder / "runs")
        self.model = LaunchViewModel(
            rented.tasks, rented.store, FakeDataset(), rented.hosts, self.runs,  # type: ignore[arg-type]
            self.settings, rented.prompter, lambda: rented.secrets,
        )  # fmt: skip
        self.states: list[LaunchState] = []
        self.model.changed.connect(lambda: self.states.append(self.model.state))
        self.reports: list[LaunchProgress] = []
        self.calls: list[tuple[Any, ...]] = []
        self.raises: list[Exception] = []
        for name in ("launch", "restore", "start_over", "resume_unsent"):
            monkeypatch.setattr(module, name, self._answer(name))

    def _answer(self, name: str) -> Any:
        def call(way: Any, store: Any, *rest: Any, **named: Any) -> Any:
            token = named.get("token") or rest[-1]
            self.calls.append((name, way, *rest))
            if self.raises:
                raise self.raises.pop(0)
            for report in self.reports:
                token.report(report)
            run = self.store.run(add_run(self.store, JobState.QUEUED, host=way.client.agent_id))
            return [run] if name == "resume_unsent" else run

        return call

    @property
    def parts(self) -> list[str]:
        return [state.part for state in self.states]


@pytest.fixture
def desk(rented: Rented, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    made = Desk(rented, tmp_path, monkeypatch)
    yield made
    made.model._closable.stop()
    made.runs.shutdown()


def test_the_lid_may_close_when_the_run_is_queued(desk: Desk) -> None:
    sync = SyncProgress(5, 10, 1, 2, 3.0, 4.0, slow="uplink")
    desk.reports = [LaunchProgress("pictures", sync), LaunchProgress("submit"), LaunchProgress("done")]
    launched: list[Run] = []
    desk.model.launched.connect(launched.append)
    desk.model.start(TrainConfig(), desk.rented.id)
    assert desk.parts == ["prepare", "connect", "base", "pictures", "submit", "done", "done"]
    assert desk.states[3] == LaunchState("pictures", 5, 10, 1, 2, 3.0, 4.0, "uplink", False)
    assert desk.states[3].sending
    assert not desk.model.busy
    assert len(launched) == 1
    desk.model.dismiss()
    assert desk.model.state == LaunchState()


def test_a_limit_holds_now_and_at_the_next_start(desk: Desk, tmp_path: Path) -> None:
    desk.model.set_cap(2e6)
    assert (desk.model.pace.limit, desk.runs.pace.limit) == (2e6, 2e6)
    assert SettingsViewModel(tmp_path / "settings.json").value.bandwidth_cap == 2e6


def test_a_pause_ends_with_the_launch(desk: Desk) -> None:
    desk.model.pause(True)
    assert desk.model.paused
    desk.model.start(TrainConfig(), desk.rented.id)
    assert not desk.model.paused
    assert desk.calls[0][1].pace is desk.model.pace
    desk.model.pause(True)
    desk.model.cancel()
    assert not desk.model.paused


def test_the_token_of_a_base_model_is_handed_over_first(desk: Desk) -> None:
    desk.rented.secrets.put(token_name("huggingface"), "hf_abc")
    config = TrainConfig()
    config = config.replace(base=config.base.replace(source="owner/name"))
    desk.model.start(config, desk.rented.id)
    assert ("set_secret", "huggingface", "hf_abc") in desk.rented.door.kept[0].client.wanted


def test_a_launch_that_was_cut_off_is_taken_up_when_its_machine_is_back(desk: Desk, rented: Rented) -> None:
    rented.connect()
    assert desk.calls == []
    rented.hosts.disconnect_host(rented.id)
    agent = rented.hosts.agent_of(rented.id)
    other = desk.store.run(add_run(desk.store))
    desk.store.add(
        other.spec.replace(job="0" * 8 + other.spec.job[8:]), other.status, host=agent, folder="", images=1,
        unsent="queued",
    )  # fmt: skip
    rented.connect()
    assert [call[0] for call in desk.calls] == ["resume_unsent"]
    assert desk.parts == ["pictures", "done"]


def test_a_failure_is_told_and_leaves_nothing_half_done(desk: Desk) -> None:
    desk.raises = [fail("file_changed", path="a.png")]
    desk.model.start(TrainConfig(), desk.rented.id)
    assert desk.model.state == LaunchState()
    assert desk.rented.tasks.problems == [problem("file_changed", path="a.png")]


def test_a_run_goes_on_elsewhere(desk: Desk) -> None:
    run = desk.store.run(add_run(desk.store))
    desk.model.restore(run, desk.rented.id)
    ((name, way, folder, told, _token),) = desk.calls
    assert (name, folder, told) == ("restore", desk.runs.folder, run)
    assert way.client is desk.rented.door.kept[0].client
    assert desk.model.state.part == "done"


def test_without_a_checkpoint_it_is_asked_whether_to_begin_anew(desk: Desk) -> None:
    run = desk.store.run(add_run(desk.store, name="猫"))
    desk.raises = [fail("checkpoint_missing", name="猫"), fail("checkpoint_missing", name="猫")]
    desk.rented.prompter.answers = [False, True]
    desk.model.restore(run, desk.rented.id)
    assert desk.model.state == LaunchState()
    assert "猫" in desk.rented.prompter.asked[0]
    desk.raises = desk.raises[:1]
    desk.model.restore(run, desk.rented.id)
    assert [call[0] for call in desk.calls] == ["restore", "restore", "start_over"]
    assert desk.model.state.part == "done"


def test_cargo_names_the_folder(desk: Desk) -> None:
    desk.model.start(TrainConfig(), desk.rented.id)
    cargo = desk.calls[0][3]
    assert isinstance(cargo, Cargo)
    assert cargo.folder == str(FakeDataset.folder)


def test_a_base_of_this_computer_is_sent_but_where_it_is_trained_here(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "龙.safetensors"
    config = TrainConfig()
    config = config.replace(base=config.base.replace(source=address_of(file)))
    for host in (desk.rented.id, LOCAL):
        desk.model.start(config, host)
    assert [call[2].base.source for call in desk.calls] == [address_of(file), str(file)]


def test_the_lid_stays_open_while_the_base_is_sent(desk: Desk) -> None:
    desk.reports = [LaunchProgress("base"), LaunchProgress("base", SyncProgress(1, 9, 0, 1)), LaunchProgress("done")]
    desk.model.start(TrainConfig(), desk.rented.id)
    base = [state for state in desk.states if state.part == "base"]
    assert [state.sending for state in base] == [True] * 3
    assert desk.states[-1].part == "done"
    assert not desk.states[-1].sending
