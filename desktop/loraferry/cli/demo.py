"""`loraferry demo` in a terminal: the sample pictures become a LoRA, here or over SSH, by the path of every other run."""

import getpass
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QCoreApplication

from loraferry.cancellation import CancelToken
from loraferry.cli.terminal import ProgressLine
from loraferry.ferry.cargo import Cargo, LaunchProgress
from loraferry.ferry.contact_sheet import write_contact_sheet
from loraferry.ferry.demo import TRIGGER_PROMPTS, before_and_after, demo_config
from loraferry.ferry.door import KeptHost, RemoteDoor, SetupPhase
from loraferry.ferry.follow import Follower, Mirrored, put_on_shelf
from loraferry.ferry.launch import launch
from loraferry.library.approved import Rendering, approved
from loraferry.library.library import Library
from loraferry.library.places import Places
from loraferry.library.sample import copy_sample
from loraferry.platform import cache_folder, config_folder, data_folder
from loraferry.remote.address import parse_address
from loraferry.remote.hosts import LOCAL, Host
from loraferry.remote.ssh.known_hosts import KnownHosts
from loraferry.remote.ssh.prompts import Prompts, UnknownKey
from loraferry.runs.progress import ProgressMeter
from loraferry.runs.shelf import Model, Shelf
from loraferry.runs.store import Run, RunStore
from loraferry.texts.jobs import phase_text
from loraferry.texts.quantities import bytes_text, duration_text, rate_text, transfer_text
from loraferry_core.jobs import JobState
from loraferry_core.problems import ProblemError, fail
from loraferry_resources import sample_dataset_path
from loraferry_resources.toy import measure

RECONNECT_S = 2.0

translate = QCoreApplication.translate


@dataclass(frozen=True)
class DemoRequest:
    """What the command line asks for."""

    output: Path
    ssh: str = ""
    key: str = ""
    home: str = ""

    def host(self) -> Host:
        """The machine to train on. Raises ProblemError `address_invalid`."""
        if not self.ssh:
            return Host(id=LOCAL, label="localhost", home=self.home)
        address = parse_address(self.ssh)
        if self.key:
            address = address.replace(key_path=self.key)
        return Host(id="demo", label=address.host, address=address, home=self.home)


def run_demo(request: DemoRequest, line: ProgressLine) -> int:
    """The whole way; the exit code. Raises ProblemError; after Ctrl+C the run goes on."""
    started = time.monotonic()
    request.output.mkdir(parents=True, exist_ok=True)
    data = data_folder()
    token = CancelToken(lambda value: _show(line, value))
    store = RunStore(data / "runs.sqlite")
    try:
        cargo = _cargo(request.output / "pictures", token)
        kept = _connect(request.host(), line, token)
        try:
            run = launch(kept.client, store, demo_config(), cargo, name="zorblax", token=token)
            run = _follow(kept, store, data / "runs", run.spec.job, line)
        finally:
            kept.close()
        if run.status.state is not JobState.FINISHED:
            reason = run.status.reason
            raise fail(reason.code, **reason.params) if reason else fail("runner_lost")
        model = put_on_shelf(store, Shelf(data / "models"), run.spec.job)
        assert model is not None, "a finished run has handed its LoRA over"
        _report(request, store, run, model, line, time.monotonic() - started)
    finally:
        store.close()
    return 0


def _cargo(folder: Path, token: CancelToken) -> Cargo:
    config = demo_config()
    places = Places(data_folder(), cache_folder())
    library = Library.open(copy_sample(sample_dataset_path(), folder), places)
    try:
        library.read()
        ready = approved(library, config.dataset.resolution, token, places)
    finally:
        library.close()
    return Cargo(ready.manifest, ready.sources, str(folder), ready.concepts)


def _connect(host: Host, line: ProgressLine, token: CancelToken) -> KeptHost:
    def progress(phase: SetupPhase, done: int, total: int, said: str) -> None:
        line.show(_setup_text(phase), done, total, said.strip()[:80])

    door = RemoteDoor(KnownHosts(config_folder() / "known_hosts"))
    kept = door.connect(host, _prompts(line), progress, lambda _: None, token)
    gpus = ", ".join(gpu.name for gpu in kept.facts.gpus) or translate(
        "Demo", "no graphics card, {n} processor cores"
    ).format(n=kept.facts.cpus)
    line.say(translate("Demo", "Machine: {name} ({gpu})").format(name=kept.facts.hostname, gpu=gpus))
    return kept


def _follow(kept: KeptHost, store: RunStore, folder: Path, job: str, line: ProgressLine) -> Run:
    """Follow over as many connections as it takes."""
    meter = ProgressMeter()

    def report(value: object) -> None:
        if isinstance(value, Mirrored):
            for event in value.events:
                meter.add(event)
            _show_progress(line, meter)

    while True:
        try:
            return Follower(kept.client, store, folder, job).follow(CancelToken(report))
        except ProblemError as error:
            if error.problem.code != "link_lost":
                raise
            line.show(translate("Demo", "Connection lost, the run goes on"), 0, 0)
            time.sleep(RECONNECT_S)


def _show(line: ProgressLine, value: object) -> None:
    if isinstance(value, Rendering):
        line.show(translate("Demo", "Preparing pictures"), value.done, value.total)
    elif isinstance(value, LaunchProgress) and value.sync is not None:
        label = (
            translate("Demo", "Sending base model") if value.part == "base" else translate("Demo", "Sending pictures")
        )
        sync = value.sync
        detail = f"{bytes_text(sync.bytes_done)} / {bytes_text(sync.bytes_total)}  {transfer_text(sync.rate)}"
        line.show(label, sync.bytes_done, sync.bytes_total, detail)


def _show_progress(line: ProgressLine, meter: ProgressMeter) -> None:
    now = meter.now
    if now.phase == "train":
        loss = "" if now.loss is None else translate("Demo", "loss {loss}").format(loss=f"{now.loss:.4f}")
        left = (
            ""
            if now.remaining_s is None
            else translate("Demo", "{time} left").format(time=duration_text(now.remaining_s))
        )
        detail = "  ".join(
            part for part in (f"{now.step}/{now.total_steps}", loss, rate_text(now.steps_per_s), left) if part
        )
        line.show(phase_text("train"), now.step, now.total_steps, detail)
    elif now.phase:
        line.show(phase_text(now.phase), now.done, now.total)


def _report(request: DemoRequest, store: RunStore, run: Run, model: Model, line: ProgressLine, seconds: float) -> None:
    """Say where the LoRA is and what it has learned, and write the contact sheet."""
    pairs = before_and_after(store, run.spec.job)
    sheet = request.output / "before_after.png"
    write_contact_sheet(
        sheet,
        pairs,
        title=translate("Demo", "What was learned"),
        before=translate("Demo", "before"),
        after=translate("Demo", "after"),
        columns=3,
    )
    copy = request.output / model.path.name
    shutil.copyfile(model.path, copy)
    asked = pairs[:TRIGGER_PROMPTS]
    before, after = (
        sum(_shows_it(path) for path in paths) for paths in zip(*((p.before, p.after) for p in asked), strict=True)
    )
    word = run.spec.config.dataset.trigger
    line.say("")
    line.say(
        translate("Demo", "Done in {time}. The LoRA has passed its self-check.").format(time=duration_text(seconds))
    )
    line.say(
        translate(
            "Demo", "“{word}” was drawn in {before} of {n} test pictures before, and in {after} of {n} after."
        ).format(word=word, before=before, after=after, n=len(asked))
    )
    line.say(translate("Demo", "LoRA: {path} ({size})").format(path=copy, size=bytes_text(model.size)))
    line.say(translate("Demo", "Before and after: {path}").format(path=sheet))


def _shows_it(path: Path) -> bool:
    with Image.open(path) as image:
        return measure.read(image).zorblax


def _prompts(line: ProgressLine) -> Prompts:
    """Questions in the terminal; where nobody sits at it, the connection fails and says why."""
    if not sys.stdin.isatty():
        return Prompts()

    def accept(key: UnknownKey) -> bool:
        line.say(
            translate("Demo", "{host} shows a key that is not known yet: {kind} {fingerprint}").format(**vars(key))
        )
        line.say(translate("Demo", "Compare it with what your provider shows."))
        return input(translate("Demo", "Trust it? Type yes: ")).strip().lower() in ("yes", "是")

    return Prompts(
        accept_key=accept,
        password=lambda user, host: getpass.getpass(
            translate("Demo", "Password of {user} on {host}: ").format(user=user, host=host)
        ),
        passphrase=lambda path: getpass.getpass(translate("Demo", "Passphrase of {path}: ").format(path=path)),
    )


def _setup_text(phase: SetupPhase) -> str:
    texts: dict[SetupPhase, str] = {
        "dial": translate("Demo", "Connecting"),
        "probe": translate("Demo", "Looking at the machine"),
        "code": translate("Demo", "Sending the agent"),
        "uv": translate("Demo", "Sending the installer"),
        "environment": translate("Demo", "Preparing its environment"),
        "wait": translate("Demo", "Waiting for another computer that sets the machine up"),
        "start": translate("Demo", "Starting the agent"),
    }
    return texts[phase]
