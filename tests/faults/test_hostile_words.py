"""F11: escapes and other control characters from a machine reach neither a terminal nor a window."""

import io
import json
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QPlainTextEdit, QWidget

from loraferry.cancellation import CancelToken
from loraferry.cli import demo
from loraferry.cli.terminal import ProgressLine
from loraferry.ferry.door import OnLink, OnSetup
from loraferry.remote.agent_code import read_agent_code
from loraferry.remote.bootstrap import probe
from loraferry.remote.client import AgentClient
from loraferry.remote.hosts import Host
from loraferry.remote.installer import shown
from loraferry.remote.liveness import Patience
from loraferry.remote.ssh.prompts import Prompts
from loraferry.texts.problems import render
from loraferry.views.hosts.guards import GuardPanel
from loraferry.views.hosts.load import LoadPanel
from loraferry_core.host import HostFacts
from loraferry_core.jobs import JobState
from loraferry_core.problems import problem
from loraferry_core.protocol.version import sentinel_line
from tests.fakes.door import FakeDoor, FakeKept
from tests.faults.box import Box, Home, await_that, running_box, voyage
from tests.faults.ledger import FULL, LEDGER, count
from tests.faults.naive import naive
from tests.faults.test_hostile_agent import JOB, reply, welcome

pytestmark = pytest.mark.ssh
EVIL = "\x1b[2J\x1b]0;owned\x07\x1b]52;c;cm0gLXJm\x07\x9b31mA10\x08\x7f\u202egpj.exe\x00"
"""Clears the screen, names the window, fills the clipboard, turns the direction of writing."""
RICH = "<img src='file://evil/x'>"
"""Qt would open this for a text that it takes for HTML."""


def control_characters(text: str) -> list[str]:
    return [letter for letter in text if letter not in "\n\t" and not letter.isprintable()]


def texts_of(value: Any) -> Iterator[str]:
    """All texts in what was parsed."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from (key, *texts_of(inner))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts_of(inner)


def check_clean(*texts: str) -> None:
    assert any(texts)
    assert [text for text in texts if control_characters(text)] == []


class Found(FakeDoor):
    """A way to a machine with these facts."""

    def connect(self, host: Host, prompts: Prompts, progress: OnSetup, on_link: OnLink, token: CancelToken) -> FakeKept:
        progress("environment", 0, 0, shown(EVIL.encode()))
        assert isinstance(self.script[0], HostFacts)
        return FakeKept(self.script[0], on_link, "agent")


class Terminal(io.StringIO):
    """One that obeys escapes, so that they would do harm."""

    def isatty(self) -> bool:
        return True


# ---- a card that is called something ---------------------------------------------------------------------------------


@pytest.fixture
def cards(tmp_path: Path) -> Iterator[Box]:
    """A machine whose driver names its card so."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "nvidia-smi").write_text(
        f"#!{sys.executable}\nprint({'NVIDIA ' + EVIL + RICH!r}, 24000, 23000, {'550' + EVIL!r}, '8.6', sep=', ')\n",
        encoding="utf-8",
    )
    (tools / "nvidia-smi").chmod(0o755)
    (tmp_path / "shell.sh").write_text(
        f'PATH={tools}:$PATH; export PATH; printf "\\033[31mhello\\n"; exec sh -c "$SSH_ORIGINAL_COMMAND"\n',
        encoding="utf-8",
    )
    (tmp_path / "box").mkdir()
    with running_box(tmp_path / "box", f"ForceCommand sh {tmp_path / 'shell.sh'}") as box:
        yield box


@pytest.mark.skipif(not FULL, reason="probes a machine, which takes seconds")
def test_the_name_of_a_card(cards: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(count(2, 1)):
        with LEDGER.trial("F11"):
            transport = cards.dial()
            facts = probe(transport, read_agent_code(), str(tmp_path / "home"))
            transport.close()
            assert facts.gpus[0].name == "NVIDIA 31mA10gpj.exe" + RICH
            check_clean(*texts_of(facts.model_dump()))
            check_clean(printed(facts, monkeypatch))
    with naive(cards) as client:
        LEDGER.naive_fails("F11", bool(control_characters(client.run("nvidia-smi"))))


def printed(facts: HostFacts, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the command line says of such a machine; its own carriage returns are not counted."""
    said = Terminal()
    with monkeypatch.context() as other:
        other.setattr(demo, "RemoteDoor", lambda known: Found(facts))
        request = demo.DemoRequest(output=Path("unused"), ssh="ssh root@127.0.0.1")
        demo._connect(request.host(), ProgressLine(said), CancelToken()).close()
    return said.getvalue().replace("\r", "")


# ---- an agent that says what it likes --------------------------------------------------------------------------------


CUT = b"\n---\n"
LIAR = """
import sys
greeting, *answers = open(sys.argv[1], "rb").read().split(b"\\n---\\n")
sys.stdout.buffer.write(greeting)
sys.stdout.buffer.flush()
for answer, _ in zip(answers, sys.stdin.buffer):
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
sys.stdin.buffer.read()
"""
"""Says the next thing at each line that it hears."""


def answers() -> Iterator[bytes]:
    """To the questions of `asked`, in their order."""
    status = {"job": JOB, "name": EVIL, "state": "running", "spec_hash": "0" * 64}
    told = {"code": "trainer_crashed", "params": {"exit_code": 1, "tail": EVIL}}
    fired = {"kind": "idle", "time": 1.0, "word": "refused", "output": EVIL + RICH}
    yield reply(2, type="jobs", jobs=[{**status, "state": "failed", "reason": told}])
    gpu = {"name": EVIL + RICH, "memory_mb": 8, "used_mb": 4, "load_percent": 1, "temperature_c": 1}
    disk = {"path": "/" + EVIL, "total_mb": 8, "free_mb": 4}
    guards = {"settings": {"armed": True}, "fired": fired, "countdowns": [unsafe()], "problem": told}
    yield reply(3, type="load_is", load={"time": 1.0, "gpus": [gpu], "disks": [disk], "guards": guards})
    item = {"key": {"kind": "job", "id": JOB}, "label": EVIL, "project": EVIL, "bytes": 1, "files": 1}
    yield reply(4, type="storage_is", items=[item])
    yield reply(5, type="models_are", models=[{"path": "/" + EVIL, "form": "diffusers", "title": EVIL, "family": EVIL}])
    yield reply(6, type="log_tail", text=EVIL)
    yield reply(7, type="job", status=status) + events(
        {"type": "attempt_started", "resume_step": 0, "total_steps": 9, "device": EVIL, "precision": EVIL, "images": 1},
        {"type": "log", "level": "info", "text": EVIL},
        {"type": "adapted", "step": 1, "rung": "retry", "detail": EVIL},
        {"type": "failed", "problem": told},
    )


def unsafe() -> dict[str, Any]:
    return {"kind": "idle", "fires_at": 9.0, "alarm": True, "unsafe": [EVIL + RICH]}


def events(*said: dict[str, Any]) -> bytes:
    numbered = [{"seq": seq, "time": 1.0, "attempt": 1, **event} for seq, event in enumerate(said, 1)]
    return json.dumps({"type": "events", "job": JOB, "events": numbered, "last_seq": len(said)}).encode() + b"\n"


def asked(client: AgentClient) -> Iterator[Any]:
    yield from client.list_jobs()
    yield client.load()
    yield from client.storage()
    yield from client.find_models()
    check_clean(client.read_log(JOB))
    heard: list[Any] = []
    yield client.subscribe(JOB, 0, heard.append)
    await_that(lambda: heard)
    yield from heard[0].events


@pytest.mark.usefixtures("qapp")
def test_the_words_of_an_agent(calm: Box, tmp_path: Path) -> None:
    script = tmp_path / "words"
    greeting = sentinel_line()
    script.write_bytes(CUT.join([greeting, welcome().removeprefix(greeting), *answers()]))
    for _ in range(count(5, 1)):
        with LEDGER.trial("F11"):
            transport = calm.dial()
            stream = transport.open([sys.executable, "-c", LIAR, str(script)])
            client = AgentClient(stream, "liar", patience=Patience())
            try:
                client.hello()
                found = list(asked(client))
            finally:
                client.close()
                transport.close()
            for value in found:
                check_clean(*texts_of(value.model_dump()))
            check_clean(str(render(problem("agent_silent", output=EVIL))))
            show(found[1])


def show(load: Any) -> None:
    """What the window says of it."""
    cards, guards = LoadPanel(), GuardPanel()
    cards.show_load(load, None)
    guards.show_guards(load.guards, "refused", 1.0, "", live=True)
    for panel in (cards, guards):
        check_clean(*words_on(panel))
    assert any("A10gpj" in text for text in words_on(cards))
    assert any("A10gpj" in text for text in words_on(guards))
    assert not any(RICH in tip for tip in tips_on(cards))
    for panel in (cards, guards):
        panel.deleteLater()


def words_on(panel: QWidget) -> list[str]:
    read: dict[type[Any], Callable[[Any], str]] = {
        QLabel: QLabel.text,
        QAbstractButton: QAbstractButton.text,
        QPlainTextEdit: QPlainTextEdit.toPlainText,
    }
    return [text(widget) for kind, text in read.items() for widget in panel.findChildren(kind)] + tips_on(panel)


def tips_on(panel: QWidget) -> list[str]:
    return [widget.toolTip() for widget in panel.findChildren(QWidget)]


# ---- a trainer that prints it ----------------------------------------------------------------------------------------


@pytest.mark.skipif(not FULL, reason="the words of an agent are in the selection")
def test_the_log_and_the_name_of_a_job(home: Home, tmp_path: Path) -> None:
    """The trainer prints in red, and the name is what was asked for: another laptop may have sent it."""
    with voyage(home, tmp_path / "laptop") as running:
        job = running.launch(f"{EVIL[:4]} steps=3 crash")
        with LEDGER.trial("F11"):
            running.await_over(job)
            LEDGER.job(home, job, JobState.FAILED)
            assert b"\x1b" in home.job(job).log.read_bytes()
            check_clean(running.client().read_log(job))
            for status in running.client().list_jobs():
                check_clean(*texts_of(status.model_dump()))
            reason = running.store.run(job).status.reason
            assert reason is not None
            check_clean(str(render(reason)))
        with naive(home.box) as client:
            LEDGER.naive_fails("F11", "\x1b" in client.run(f"cat {shlex.quote(str(home.job(job).log))}"))
