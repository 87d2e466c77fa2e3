"""Fetches are processes of their own: they outlive whoever asked, join, are cancelled, and their deaths are noticed."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loraferry_agent import platform
from loraferry_agent.jobs.launch import Settings
from loraferry_agent.models import orders
from loraferry_agent.models.folder import model_folder
from loraferry_agent.storage.secrets import set_secret
from loraferry_core.model_links import order as make_order
from loraferry_core.models import FetchOrder, FetchSource, FetchState
from loraferry_core.problems import ProblemError
from tests.fakes.model_server import ModelServer
from tests.unit.agent.models.conftest import weights

DATA = weights()
ORDER = make_order([FetchSource(kind="hub", place="org/repo", file="x.safetensors")], name="x", secret="huggingface")
SECRET = "hf_canary0123456789"


@pytest.fixture
def settings(tmp_path: Path, server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    server.repository("org/repo", {"x.safetensors": DATA})
    server.hold = threading.Event()
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    home = tmp_path / "龙 home"
    home.mkdir()
    yield Settings(home)
    server.hold.set()
    for child in orders._children:
        child.kill()
        child.wait(60)
    orders._children.clear()


def state_of(settings: Settings, accept: Callable[[FetchState], bool] = lambda state: True) -> FetchState:
    """The state of the one order, when it is as wished."""
    give_up_at = time.monotonic() + 60
    while time.monotonic() < give_up_at:
        (state,) = orders.states(settings.layout)
        if accept(state):
            return state
        time.sleep(0.02)
    raise AssertionError(state)


def pid_of(settings: Settings) -> int:
    fetcher = model_folder(settings.layout, ORDER.id).fetcher()
    assert fetcher is not None
    return fetcher.pid


def test_a_fetch_runs_by_itself_and_is_joined(settings: Settings, server: ModelServer) -> None:
    orders.start(settings, ORDER)
    state = state_of(settings, lambda state: state.total > 0)
    assert (state.state, state.total) == ("running", len(DATA))
    pid = pid_of(settings)
    orders.start(settings, ORDER)
    assert pid_of(settings) == pid
    assert server.hold is not None
    server.hold.set()
    assert state_of(settings, lambda state: state.state != "running").state == "done"
    assert len(server.ranges_asked()) == 1
    asked = len(server.asked)
    orders.start(settings, ORDER)
    assert len(server.asked) == asked


def test_cancelled_while_the_server_is_silent(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "CANCEL_SECONDS", 0.2)
    orders.start(settings, ORDER)
    state_of(settings, lambda state: state.total > 0)
    orders.cancel(settings.layout, ORDER.id)
    state = state_of(settings, lambda state: state.state == "failed")
    assert state.problem is not None
    assert state.problem.code == "fetch_cancelled"
    orders.cancel(settings.layout, ORDER.id)
    orders.cancel(settings.layout, "unknown")


def test_a_killed_fetch_is_noticed_and_goes_on_when_asked(settings: Settings, server: ModelServer) -> None:
    orders.start(settings, ORDER)
    folder = model_folder(settings.layout, ORDER.id)
    part = folder.part / "x.safetensors.part"
    give_up_at = time.monotonic() + 60
    while not part.exists() or not part.stat().st_size:
        assert time.monotonic() < give_up_at
        time.sleep(0.02)
    platform.kill(pid_of(settings))
    state = state_of(settings, lambda state: state.state == "failed")
    assert state.problem is not None
    assert state.problem.code == "fetch_interrupted"
    assert server.hold is not None
    server.hold.set()
    orders.start(settings, ORDER)
    assert state_of(settings, lambda state: state.state != "running").state == "done"
    assert server.ranges_asked()[1] == f"bytes={16}-"


def test_the_token_is_in_no_argument_and_no_log(settings: Settings, server: ModelServer) -> None:
    set_secret(settings.layout, "huggingface", SECRET)
    server.needs_token = dict.fromkeys(server.files, f"Bearer {SECRET}")
    orders.start(settings, ORDER)
    state_of(settings, lambda state: state.total > 0)
    if platform.sys.platform == "linux":
        process = Path(f"/proc/{pid_of(settings)}")
        assert SECRET.encode() not in (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    assert server.hold is not None
    server.hold.set()
    assert state_of(settings, lambda state: state.state != "running").state == "done"
    holders = [p for p in settings.home.rglob("*") if p.is_file() and SECRET.encode() in p.read_bytes()]
    assert holders == [settings.layout.secrets]


def test_a_refused_order_says_so(settings: Settings, server: ModelServer) -> None:
    gone = make_order([FetchSource(kind="url", place=f"{server.url}/gone.safetensors")], name="gone")
    orders.start(settings, gone)
    state = state_of(settings, lambda state: state.state != "running")
    assert state.problem is not None
    assert (state.name, state.problem.code) == ("gone", "fetch_not_found")


def test_a_process_that_cannot_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "python_module", lambda *words: ["/bin/sh", "-c", "echo no such module >&2; exit 3"])
    if platform.sys.platform == "win32":
        pytest.skip("needs a shell")
    with pytest.raises(ProblemError) as caught:
        orders.start(settings, ORDER)
    assert caught.value.problem.params["detail"] == "no such module"


def test_folders_without_an_order_are_passed_over(settings: Settings) -> None:
    folder = model_folder(settings.layout, "odd")
    folder.path.mkdir(parents=True)
    assert orders.states(settings.layout) == ()
    folder.order_file.write_text("{}")
    assert orders.states(settings.layout) == ()
    folder.write_order(FetchOrder(id="odd", name="odd", sources=ORDER.sources))
    (state,) = orders.states(settings.layout)
    assert state.state == "failed"
