"""What stands beside the plan: pictures and machines as it sees them, what is in its way, presets, the lid."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication

from loraferry.ferry.own_presets import OwnPresets
from loraferry.library.places import Places
from loraferry.runs.shelf import Shelf
from loraferry.viewmodels.base_models import BaseModels
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.launch import LaunchState
from loraferry.viewmodels.lid import lid_of
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.plan_machines import PlanMachines, disk_of, left_of, place_of
from loraferry.viewmodels.plan_pictures import PlanPictures
from loraferry.viewmodels.plan_presets import PlanPresets
from loraferry.viewmodels.preflight import Preflight
from loraferry.viewmodels.runs import RunsViewModel
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry_core.config.dotted import replace_at
from loraferry_core.guards import Countdown, GuardSettings, GuardState
from loraferry_core.host import Disk
from loraferry_core.jobs import JobState
from tests.fakes.door import FACTS
from tests.fakes.stories import add_run, story
from tests.unit.desktop.viewmodels.conftest import Rented

SD15 = "stable-diffusion-v1-5/stable-diffusion-v1-5"


class Desk:
    """All of it around one rented machine and one folder of pictures."""

    def __init__(self, rented: Rented, folder: Path) -> None:
        self.rented = rented
        tasks, self.prompter = rented.tasks, rented.prompter
        self.plan = PlanViewModel(folder / "plan.json")
        self.plan.set_base(SD15)
        self.plan.set_trigger("zorblax")
        places = Places(folder / "data", folder / "cache")
        self.dataset = DatasetViewModel(tasks, SettingsViewModel(folder / "settings.json"), places)
        self.dataset.changed.connect(self._count)
        self.runs = RunsViewModel(tasks, rented.store, Shelf(folder / "models"), folder / "runs")
        self.pictures = PlanPictures(self.plan, self.dataset, tasks)
        self.clock = 0.0
        self.machines = PlanMachines(
            self.plan, rented.hosts, rented.loads, self.runs, rented.store, clock=lambda: self.clock
        )
        bases = BaseModels(rented.hosts, self.plan, lambda: rented.secrets, tasks, rented.prompter)
        self.preflight = Preflight(self.plan, self.dataset, self.pictures, self.machines, bases)
        self.shelf = OwnPresets(folder / "presets")
        self.presets = PlanPresets(self.plan, self.shelf, rented.store, tasks, rented.prompter)
        self.plan.hosts = rented.hosts.choices
        self.plan.set_host(rented.id)

    def _count(self) -> None:
        self.plan.images = self.dataset.approved_count

    def open(self, folder: Path, count: int = 20, size: int = 600) -> None:
        folder.mkdir()
        for number in range(count):
            Image.effect_noise((size, size), 40 + number).convert("RGB").save(folder / f"{number:02}.png")
            (folder / f"{number:02}.txt").write_text(f"zorblax, view {number}", encoding="utf-8")
        self.dataset.open_folder(folder)
        library = self.dataset.library
        assert library is not None
        self.pictures.watch(True)

    def codes(self) -> set[str]:
        return {finding.problem.code for finding in self.preflight.findings}


@pytest.fixture
def desk(rented: Rented, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(rented, tmp_path)
    yield made
    made.pictures.watch(False)
    made.runs.shutdown()
    made.dataset.close()


# --- pictures


def test_pictures_are_counted_only_while_somebody_looks(desk: Desk, tmp_path: Path) -> None:
    desk.pictures.look()
    assert desk.pictures.seen.size == 0
    desk.open(tmp_path / "set")
    assert desk.plan.pictures.count == 20
    assert desk.pictures.seen.size > 0
    desk.dataset.select([desk.dataset.visible[0]])
    desk.dataset.toggle("reject")
    desk.pictures.look()
    assert desk.plan.pictures.count == 19
    desk.pictures.watch(False)
    desk.dataset.toggle("reject")
    desk.pictures.look()
    assert desk.pictures.seen.pictures.count == 19


def test_a_click_fills_captions_as_one_step_that_can_be_undone(desk: Desk, tmp_path: Path) -> None:
    desk.open(tmp_path / "set")
    names = desk.dataset.visible[:3]
    for name in names:
        desk.dataset.select([name])
        desk.dataset.type_caption("")
        desk.dataset.save_caption()
    desk.pictures.look()
    (missing,) = [one for one in desk.preflight.findings if one.problem.code == "captions_missing"]
    assert missing.names == names
    desk.preflight.repair(missing)
    library = desk.dataset.library
    assert library is not None
    assert [library.item(name).caption for name in names] == ["zorblax"] * 3  # type: ignore[union-attr]
    assert "captions_missing" not in desk.codes()
    desk.dataset.undo()
    assert [library.item(name).caption for name in names] == [""] * 3  # type: ignore[union-attr]


def test_a_click_mends_the_plan(desk: Desk, tmp_path: Path) -> None:
    desk.open(tmp_path / "set")
    desk.plan.set_config(replace_at(desk.plan.config, "network.alpha", 99.0))
    (alpha,) = [one for one in desk.preflight.findings if one.problem.code == "alpha_unusual"]
    desk.preflight.repair(alpha)
    assert desk.plan.config.network.alpha == desk.plan.config.network.rank / 2
    assert "alpha_unusual" not in desk.codes()
    desk.plan.undo()
    assert desk.plan.config.network.alpha == 99.0


def test_errors_block_and_warnings_do_not(desk: Desk, tmp_path: Path) -> None:
    assert not desk.plan.can_train
    desk.open(tmp_path / "set", count=3)
    assert "images_few" in desk.codes()
    assert desk.plan.can_train
    desk.plan.set_config(replace_at(desk.plan.config, "regularisation.make", 10))
    assert "class_word_missing" in desk.codes()
    assert not desk.plan.can_train
    desk.plan.set_class_word("cat")
    assert desk.plan.can_train


def test_a_finding_leads_to_its_pictures(desk: Desk, tmp_path: Path) -> None:
    shown: list[object] = []
    desk.preflight.pictures_requested.connect(shown.append)
    desk.open(tmp_path / "set", size=128)
    library = desk.dataset.library
    assert library is not None
    desk.dataset._measure(  # as the thumbnails do
        [replace(_measure(item.name), width=128, height=128) for item in library.items]
    )
    desk.pictures.look()
    (small,) = [one for one in desk.preflight.findings if one.problem.code == "images_small"]
    desk.preflight.show_pictures(small)
    assert shown == [small.names]
    assert len(small.names) == 20


def _measure(name: str):  # type: ignore[no-untyped-def]
    from loraferry.library.measures import Measure

    return Measure(name, 1, 1, None, None)


# --- machines


def test_a_machine_that_was_never_seen_says_nothing(desk: Desk) -> None:
    outlook = desk.machines.chosen
    assert outlook is not None
    assert (outlook.fit, outlook.place.asked) == ("unknown", False)
    assert desk.machines.cards
    assert all(card.fit != "small" and card.seconds is not None for card in desk.machines.cards)


def test_a_machine_is_known_while_connected_and_remembered_afterwards(desk: Desk) -> None:
    heard: list[None] = []
    desk.machines.changed.connect(lambda: heard.append(None))
    desk.rented.connect()
    desk.plan.images = 20
    assert heard
    there = desk.machines.chosen
    assert there is not None
    assert (there.fit, there.place.card, there.place.cards) == ("fits", "NVIDIA A10G", 1)
    assert there.seconds is not None
    desk.rented.hosts.disconnect_host(desk.rented.id)
    again = desk.machines.chosen
    assert again is not None
    assert (again.fit, again.place.memory_mb) == ("fits", there.place.memory_mb)


def test_the_measured_rate_takes_the_place_of_the_guess(desk: Desk) -> None:
    desk.rented.connect()
    desk.plan.images = 20
    job = add_run(desk.rented.store)
    spec = desk.rented.store.run(job).spec
    config = desk.plan.config
    events = [
        event.replace(device="NVIDIA A10G") if event.type == "attempt_started" else event
        for event in story(40, finished=False)
    ]
    desk.rented.store.remove(job)
    spec = spec.replace(config=config)
    desk.rented.store.add(spec, _status(spec), host="somewhere", folder="", images=20)
    desk.rented.store.apply(spec.job, events)
    assert desk.machines.chosen is not None and desk.machines.chosen.measured is False
    desk.clock += 60
    desk.machines.look()
    found = desk.machines.chosen
    assert found is not None and found.measured and found.seconds is not None
    assert found.seconds.least > config.loop.steps * 0.25 / 1.2


def _status(spec):  # type: ignore[no-untyped-def]
    from tests.fakes.stories import status_of

    return status_of(spec, JobState.RUNNING)


def test_a_plan_that_the_chosen_machine_cannot_run_is_an_error(desk: Desk) -> None:
    desk.plan.images = 20
    desk.rented.connect()
    assert desk.plan.can_train
    desk.plan.set_config(replace_at(desk.plan.config, "dataset.resolution", 4096))
    assert "card_too_small" in desk.codes()
    assert not desk.plan.can_train
    (small,) = [one for one in desk.preflight.findings if one.problem.code == "card_too_small"]
    desk.preflight.repair(small)
    assert desk.plan.can_train


def test_free_memory_is_that_of_now_unless_a_run_of_ours_holds_it(desk: Desk) -> None:
    desk.rented.connect()
    desk.rented.loads.ask(desk.rented.id)
    row, standing = desk.rented.hosts.host(desk.rented.id), desk.rented.loads.standing(desk.rented.id)
    assert standing.reading is not None
    gpu = standing.reading.load.gpus[0]
    idle = place_of(row, FACTS, standing, "", busy=False)
    assert idle.free_mb == gpu.memory_mb - gpu.used_mb
    assert place_of(row, FACTS, standing, "", busy=True).free_mb == FACTS.gpus[0].memory_mb
    bare = place_of(row, FACTS.replace(gpus=()), standing, "", busy=False)
    assert (bare.card, bare.free_mb, bare.device) == ("", None, "cpu")


def test_the_disk_is_that_of_the_folder() -> None:
    disks = (Disk(path="/", total_mb=9, free_mb=1), Disk(path="/root/tmp", total_mb=9, free_mb=2))
    assert disk_of(disks, "/root/tmp/work") == disks[1]
    assert disk_of(disks, "/root/tmpx") == disks[0]
    assert disk_of(disks[1:], "/home") is None


@pytest.mark.parametrize(
    ("settings", "countdowns", "left"),
    [
        ({}, (), None),
        ({"ceiling_s": 7200}, (), 6200),
        ({"ceiling_s": 7200, "armed": False}, (), None),
        ({"ceiling_s": 7200, "off": ("ceiling",)}, (), None),
        ({"ceiling_cost": 2.0, "price_per_hour": 4.0}, (), 800),
        ({"ceiling_s": 7200}, (Countdown(kind="ceiling", fires_at=1500), Countdown(kind="idle", fires_at=1100)), 500),
        ({"ceiling_s": 100}, (), 0),
    ],
)
def test_how_long_a_machine_stays(settings: dict, countdowns: tuple, left: float | None) -> None:
    guards = GuardState(started=0.1, settings=GuardSettings(**{"armed": True, **settings}), countdowns=countdowns)
    found = left_of(guards, 1000)
    assert found == (None if left is None else pytest.approx(left, abs=1))
    assert left_of(None, 1000) is None


# --- presets


def test_a_preset_is_saved_chosen_renamed_and_deleted(desk: Desk) -> None:
    desk.plan.set_config(replace_at(desk.plan.config, "network.rank", 99))
    assert desk.presets.customised
    desk.prompter.answers = ["Mine"]
    desk.presets.save()
    assert (desk.presets.chosen, desk.presets.customised) == ("Mine", False)
    desk.plan.set_config(replace_at(desk.plan.config, "network.rank", 5))
    desk.presets.save()
    desk.presets.choose("")
    assert desk.plan.config.network.rank == 16
    desk.presets.choose("Mine")
    assert desk.plan.config.network.rank == 5
    desk.prompter.answers = ["Ours"]
    desk.presets.rename()
    assert [preset.name for preset in desk.presets.presets] == ["Ours"]
    assert desk.presets.chosen == "Ours"
    desk.prompter.answers = [True]
    desk.presets.delete()
    assert (desk.presets.chosen, desk.presets.presets) == ("", ())
    assert desk.plan.config.network.rank == 5


def test_a_preset_is_never_replaced_unasked(desk: Desk) -> None:
    desk.prompter.answers = ["Mine"]
    desk.presets.save_as()
    desk.plan.set_config(replace_at(desk.plan.config, "network.rank", 99))
    desk.prompter.answers = ["Mine", False]
    desk.presets.save_as()
    assert desk.presets.presets[0].config.network.rank == 16
    desk.prompter.answers = ["", None]
    desk.presets.save_as()
    desk.presets.save_as()
    assert len(desk.presets.presets) == 1


def test_presets_and_settings_go_to_files_and_come_back(desk: Desk, tmp_path: Path) -> None:
    found: list = []
    desk.presets.plan_read.connect(found.append)
    desk.plan.set_config(replace_at(desk.plan.config, "network.rank", 99))
    desk.prompter.answers = [tmp_path / "a.json", tmp_path / "b.toml", None, tmp_path / "b.toml"]
    desk.presets.export_preset()
    desk.presets.export_kohya()
    desk.presets.export_preset()
    desk.presets.choose_file()
    desk.presets.read(tmp_path / "a.json")
    assert [(one.kind, one.config.network.rank) for one in found] == [("kohya", 99), ("preset", 99)]
    desk.plan.reset_to_preset()
    desk.presets.take(found[0])
    assert desk.plan.config.network.rank == 99
    desk.prompter.answers = ["From a file"]
    desk.presets.keep(found[1])
    assert desk.presets.chosen == "From a file"


def test_what_kohya_has_no_place_for_is_told(desk: Desk, tmp_path: Path) -> None:
    desk.plan.set_config(replace_at(desk.plan.config, "loop.ema", 0.99))
    desk.prompter.answers = [tmp_path / "b.toml"]
    desk.presets.export_kohya()
    (told,) = desk.prompter.told
    assert (told.code, told.params["names"]) == ("settings_left_out", "loop.ema")


def test_files_that_cannot_be_used_are_told(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_bytes(b"= =")
    desk.presets.read(tmp_path / "odd.toml")
    desk.prompter.answers = [tmp_path / "nowhere" / "a.json", "Mine"]
    desk.presets.export_preset()
    desk.shelf.folder.write_bytes(b"")
    desk.presets.save_as()
    assert [told.code for told in desk.prompter.told] == ["settings_unreadable", "file_unwritable", "file_unwritable"]


def test_everything_with_a_plan_can_be_compared(desk: Desk) -> None:
    desk.prompter.answers = ["Mine"]
    desk.presets.save_as()
    add_run(desk.rented.store, name="older")
    found = [(plan.source, plan.name) for plan in desk.presets.comparables()]
    assert found == [
        ("plan", ""), ("shipped", "character"), ("shipped", "style"), ("shipped", "object"), ("own", "Mine"),
        ("run", "older"),
    ]  # fmt: skip


# --- the lid


@pytest.mark.parametrize(
    ("part", "state", "host", "unsent", "lid"),
    [
        ("", None, "", "", ""),
        ("pictures", None, "", "", "open"),
        ("done", None, "", "", "closable"),
        ("", JobState.RUNNING, "agent-1", "", "closable"),
        ("", JobState.RUNNING, "here", "", "here"),
        ("", JobState.QUEUED, "agent-1", "queued", "open"),
        ("", JobState.PAUSED, "here", "", ""),
    ],
)
def test_whether_the_lid_may_be_closed(
    rented: Rented, qapp: QCoreApplication, part: str, state: JobState | None, host: str, unsent: str, lid: str
) -> None:
    runs = []
    if state is not None:
        job = add_run(rented.store, state, host=host, unsent=unsent)  # type: ignore[arg-type]
        runs = [rented.store.run(job)]
    assert lid_of(LaunchState(part), runs, "here") == lid  # type: ignore[arg-type]
