"""Pictures of every page of the real window, in both themes and languages, with the sample pictures and a finished run.

    python -m tests.gui.screens FOLDER

Starts a virtual screen of its own where there is no display. The suite looks at the pictures for what a program can
see (no page empty, the themes differ); people look at them for the rest.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

SIZE = "1360x860x24"
PAGES = ("dataset", "plan", "runs", "models", "hosts")
SCENES = ("hosts_machine", "hosts_form", "hosts_guards", "hosts_storage", "plan_bases", "runs_queue", "launch", "runs_home",
          "hosts_lost")  # fmt: skip
"""Pictures beside those of the pages as they are at first: with a rented machine that is at work."""
ROUNDS = 15
"""In so many rounds of events the window draws what it draws late: layouts within layouts, pictures from threads."""
LOOKS = tuple((theme, language) for theme in ("light", "dark") for language in ("en", "zh_CN"))


def take(folder: Path) -> None:
    """Write `<page>_<theme>_<language>.png` for all pages and scenes. Raises CalledProcessError with what the program said."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.gui.screens", "--inside", str(folder)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "xcb", "OMP_WAIT_POLICY": "PASSIVE"}
    if not os.environ.get("DISPLAY"):
        command = ["xvfb-run", "--auto-servernum", "--server-args", f"-screen 0 {SIZE}", *command]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def missing() -> str:
    """Why no pictures can be taken here; empty where they can."""
    return "" if os.environ.get("DISPLAY") or shutil.which("xvfb-run") else "needs a display or Xvfb"


def _inside(target: Path) -> None:
    from PySide6.QtWidgets import QApplication

    from loraferry import app as program
    from loraferry.app import Folders, build
    from tests.fakes.door import FakeDoor

    application = QApplication([])
    door = FakeDoor(lines=("Collecting torch==2.9.0", "Installing collected packages: torch, diffusers, peft"))
    program.RemoteDoor = lambda known: door  # type: ignore[assignment, misc]
    with tempfile.TemporaryDirectory() as home:
        own = Path(home)
        folders = Folders(own / "config", own / "data", own / "cache", own / "logs")
        _prepare(folders.data, own)
        app = build(application, folders)
        app.window.resize(1280, 800)
        app.start()
        _open_pictures(application, app.services)
        app.services.plan.set_base("toy")
        app.services.plan.set_trigger("zorblax")
        app.window.open_page("models")
        _settle(application, lambda: app.services.shelf.was_read)
        for theme, language in LOOKS:
            app.window.theme_chosen.emit(theme)
            app.window.language_chosen.emit(language)
            for page in PAGES:
                app.window.open_page(page)
                _settle(application, lambda: True)
                app.window.grab().save(str(target / f"{page}_{theme}_{language}.png"))
        scenes = _Scenes(application, app, door)
        for theme, language in LOOKS:
            app.window.theme_chosen.emit(theme)
            app.window.language_chosen.emit(language)
            for scene in SCENES:
                picture = getattr(scenes, scene)()
                picture.save(str(target / f"{scene}_{theme}_{language}.png"))
        app.shutdown()


class _Scenes:
    """A rented machine with a queue, and what the window shows of it; each method gives a picture."""

    def __init__(self, application, app, door) -> None:  # type: ignore[no-untyped-def]
        from loraferry.viewmodels.host_rows import HostDraft
        from loraferry_core.guards import Countdown, GuardSettings
        from loraferry_core.jobs import JobState
        from tests.fakes.machine import TIME
        from tests.fakes.stories import add_run, status_of, story

        self.application, self.app, services = application, app, app.services
        draft = HostDraft("A10G", "connect.westb.seetacloud.com", 17445, "root", price=1.88, currency="CNY")
        self.host = services.hosts.add(draft)
        services.hosts.note(self.host, guards=GuardSettings(armed=True))
        app.window.open_page("hosts")
        services.hosts.connect_host(self.host)
        _settle(application, lambda: services.hosts.client(self.host) is not None)
        self.kept = door.kept[0]
        client = self.client = self.kept.client
        _settle(application, lambda: any(wanted[0] == "set_guards" for wanted in client.wanted))
        client.count_down(Countdown(kind="finished", fires_at=TIME + 724), Countdown(kind="idle", fires_at=TIME + 3424))
        services.loads.poll()
        agent, store = client.agent_id, app._store
        for number, (name, state) in enumerate(
            (("ink style", JobState.HELD), ("zorblax, second try", JobState.QUEUED), ("小猫", JobState.QUEUED))
        ):
            job = add_run(store, state, host=agent, name=name)
            client.jobs[job] = status_of(store.run(job).spec, state).replace(turn=3.0 - number)
            store.set_status(client.jobs[job])
        self.running = add_run(store, JobState.RUNNING, host=agent, name="ink, all of it")
        store.apply(self.running, list(story(120, finished=False)))
        client.jobs[self.running] = status_of(store.run(self.running).spec, JobState.RUNNING)
        services.runs._reload()
        services.plan.set_host(self.host)
        _settle(application, lambda: bool(services.bases.found))

    def _page(self, name: str):  # type: ignore[no-untyped-def]
        self.app.window.open_page(name)
        _settle(self.application, lambda: True)
        return self.app.window.grab()

    def hosts_machine(self):  # type: ignore[no-untyped-def]
        return self._page("hosts")

    def hosts_form(self):  # type: ignore[no-untyped-def]
        page = self.app.window.page("hosts")
        page._add._paste.setPlainText("登录指令: ssh -p 33426 root@connect.nmb2.seetacloud.com\n密码: aB3/xY9")
        page._add._form._details.open(True)
        picture = self._page("hosts")
        page._add._paste.clear()
        return picture

    def hosts_guards(self):  # type: ignore[no-untyped-def]
        from loraferry.viewmodels.guard_terms import suggested, terms_of
        from loraferry.views.dialogs.guards import GuardsDialog

        row = self.app.services.hosts.host(self.host)
        return self._dialog(GuardsDialog(terms_of(row), suggested(row), self.app.window))

    def hosts_storage(self):  # type: ignore[no-untyped-def]
        from loraferry.views.hosts.storage import StorageDialog

        services = self.app.services
        parts = (services.hosts, services.storage, services.uninstall, services.prompter)
        return self._dialog(StorageDialog(self.host, *parts, self.app.window))

    def plan_bases(self):  # type: ignore[no-untyped-def]
        self.app.services.plan.set_base("owner/a-model-of-my-own")
        picture = self._page("plan")
        self.app.services.plan.set_base("toy")
        return picture

    def runs_queue(self):  # type: ignore[no-untyped-def]
        runs = self.app.services.runs
        runs.select(runs.queues[self.app.services.hosts.agent_of(self.host)][1].spec.job)
        return self._page("runs")

    def runs_home(self):  # type: ignore[no-untyped-def]
        """A run that brings a checkpoint home, on a disk that is nearly full, at a machine out of sight."""
        from loraferry.ferry.haul import Haulage
        from loraferry.remote.sync import SyncProgress
        from loraferry_core.problems import problem

        runs, agent = self.app.services.runs, self.client.agent_id
        low = problem("disk_low", path="/workspace/jobs", needed_mb=930, free_mb=410, freeable_mb=5120)
        runs.select(self.running)
        runs._progressed(Haulage(self.running, SyncProgress(64_000_000, 178_000_000, 0, 1, 2e6, 57.0, False, "cap")))
        runs.disk_told.emit(agent, low)
        self._lose()
        picture = self._page("runs")
        self._find()
        self.app.window.notices.withdraw(agent)
        runs._haulage.clear()
        return picture

    def hosts_lost(self):  # type: ignore[no-untyped-def]
        self._lose()
        picture = self._page("hosts")
        self._find()
        return picture

    def _lose(self) -> None:
        from loraferry.remote.liveness import LinkState

        self.kept.client_now, self.kept.waits_s = None, 12.0
        self.kept.on_link(LinkState.OFFLINE)
        _settle(self.application, lambda: True)

    def _find(self) -> None:
        from loraferry.remote.liveness import LinkState

        self.kept.client_now, self.kept.waits_s = self.client, None
        self.kept.on_link(LinkState.ONLINE)
        _settle(self.application, lambda: True)

    def launch(self):  # type: ignore[no-untyped-def]
        from loraferry.viewmodels.launch import LaunchState

        model = self.app.services.launch
        model.state = LaunchState("pictures", 92_000_000, 178_000_000, 260, 511, 0.72e6, 119.0, "uplink")
        model.changed.emit()
        picture = self._page("dataset")
        model.state = LaunchState()
        model.changed.emit()
        return picture

    def _dialog(self, dialog):  # type: ignore[no-untyped-def]
        dialog.show()
        _settle(self.application, lambda: True)
        picture = dialog.grab()
        dialog.close()
        dialog.deleteLater()
        return picture


def _prepare(data: Path, own: Path) -> None:
    """A finished run with test pictures, a second one that was stopped, and a LoRA on the shelf."""
    import random

    from loraferry.ferry.demo import demo_config
    from loraferry.runs.shelf import Shelf
    from loraferry.runs.store import RunStore
    from loraferry_core.events import SampleMade
    from loraferry_core.jobs import JobState
    from loraferry_resources.toy import shapes, zorblax
    from tests.fakes.stories import add_run, story, write
    from tests.unit.desktop.runs.test_shelf import lora

    store = RunStore(data / "runs.sqlite")
    add_run(store, JobState.STOPPED, name="first try")
    job = add_run(store, JobState.FINISHED)
    events = list(story(300, sample_every=100, prompts=3))
    store.apply(job, events)
    chance = random.Random(3)
    preview = None
    for event in events:
        if isinstance(event, SampleMade):
            picture = (
                shapes.render(shapes.random_scene(chance), 128)
                if event.index
                else zorblax.render(zorblax.random_zorblax(chance), 128)
            )
            path = write(data / "runs" / job, event.file, b"")
            picture.save(path)
            store.set_pulled(job, event.file.name, path)
            preview = path if event.index == 0 else preview
    store.close()
    metadata = {
        "modelspec.title": "zorblax", "modelspec.trigger_phrase": "zorblax", "ss_base_model_version": "sd_v1",
        "ss_network_dim": "16", "ss_sd_model_name": "toy", "ss_steps": "300", "modelspec.resolution": "64x64",
        "loraferry_config": demo_config().model_dump_json(),
    }  # fmt: skip
    Shelf(data / "models").add(lora(own / "made", metadata=metadata), "zorblax", preview)


def _open_pictures(application, services) -> None:  # type: ignore[no-untyped-def]
    services.dataset.open_sample()
    _settle(application, lambda: services.dataset.library is not None and services.dataset.listed)
    names = [item.name for item in services.dataset.library.items]
    services.dataset.select([names[3]], names[3])
    services.dataset.toggle("reject")
    services.dataset.select([names[0]], names[0])


def _settle(application, done: Callable[[], bool], seconds: float = 30.0) -> None:  # type: ignore[no-untyped-def]
    """Let the window work until `done`, and a little longer for what is drawn late."""
    import time

    give_up = time.monotonic() + seconds
    while not done() and time.monotonic() < give_up:
        application.processEvents()
        time.sleep(0.01)
    for _ in range(ROUNDS):
        application.processEvents()
        time.sleep(0.01)


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        _inside(Path(sys.argv[2]))
    else:
        take(Path(sys.argv[1]).absolute())
