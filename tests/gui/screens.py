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
LOOKS = tuple((theme, language) for theme in ("light", "dark") for language in ("en", "zh_CN"))


def take(folder: Path) -> None:
    """Write `<page>_<theme>_<language>.png` for all pages. Raises CalledProcessError with what the program said."""
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

    from loraferry.app import Folders, build

    application = QApplication([])
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
        app.shutdown()


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
    quiet = time.monotonic() + 0.5
    while time.monotonic() < quiet:
        application.processEvents()
        time.sleep(0.01)


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        _inside(Path(sys.argv[2]))
    else:
        take(Path(sys.argv[1]).absolute())
