"""F18: a secret is on no command line, in no other process's environment, in no log, event, database or file but one."""

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from loraferry.ferry.door import RemoteDoor
from loraferry.remote.client import AgentClient
from loraferry.remote.dial import dial
from loraferry.remote.hosts import Hosts
from loraferry.remote.link import open_agent
from loraferry.remote.secrets import Secrets
from loraferry.remote.ssh.known_hosts import KnownHosts
from loraferry.remote.ssh.prompts import Prompts
from loraferry.texts.problems import render
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry_core.jobs import JobState
from loraferry_core.model_links import order_of
from loraferry_core.models import FetchState
from loraferry_core.problems import ProblemError
from tests.fakes.asking_server import asking_server
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.login import NoLogin, login
from tests.fakes.model_server import ModelServer, running_model_server
from tests.fakes.prompter import FakePrompter
from tests.fakes.sshd import make_key
from tests.faults.box import DIAL_S, PATIENCE, Box, Home, await_that, running_box, voyage
from tests.faults.canary import most_talkative_log, reported, shown, unseen, written
from tests.faults.interpreter import python_with
from tests.faults.ledger import FULL, LEDGER, count
from tests.faults.naive import naive
from tests.unit.agent.models.conftest import weights

pytestmark = pytest.mark.ssh


@pytest.fixture
def hub() -> Iterator[ModelServer]:
    """Where models are fetched from."""
    with running_model_server(ModelServer()) as server:
        yield server


@pytest.fixture
def private(calm: Box, hub: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home that shares its temporary files with nobody; those of this process go there too."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    for name in ("desk", "agent"):
        (tmp_path / "temporary" / name).mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary" / "desk"))
    environment = {"TMPDIR": str(tmp_path / "temporary" / "agent"), "HF_ENDPOINT": hub.url, "NO_PROXY": "127.0.0.1"}
    made = calm.home(tmp_path.name, python=python_with(tmp_path / "bin", environment))
    yield made
    made.end()


def test_a_passphrase_and_a_token(private: Home, hub: ModelServer, tmp_path: Path) -> None:
    home = private
    places = (home.path, home.box.server.folder, tmp_path / "laptop", tmp_path / "temporary")
    log = tmp_path / "laptop" / "log"
    with voyage(home, tmp_path / "laptop") as running, most_talkative_log(log):
        job = running.launch("steps=100000 pause=0.02")
        home.await_state(job, JobState.RUNNING)
        for number in range(count(4, 1)):
            passphrase, token = f"canary-passphrase-{number}-{os.urandom(8).hex()}", f"hf_canary{os.urandom(12).hex()}"
            key = make_key(tmp_path / f"key{number}", passphrase=passphrase)
            with (home.box.server.folder / "authorized_keys").open("a", encoding="utf-8") as keys:
                keys.write(key.with_suffix(".pub").read_text(encoding="utf-8"))
            with LEDGER.trial("F18"), unseen(passphrase, token):
                address = home.box.address.replace(key_path=str(key))
                with pytest.raises(ProblemError) as caught:
                    dial(address, home.box.known, Prompts(passphrase=lambda path, p=passphrase: p + "x"), 5)
                assert passphrase not in reported(caught.value, tmp_path)
                transport = dial(address, home.box.known, Prompts(passphrase=lambda path, p=passphrase: p), 5)
                client = open_agent(transport, home.deployment, *home.arguments, patience=PATIENCE)
                client.set_secret("huggingface", token)
                fetch(client, hub, f"org/repo{number}", token)
                assert client.list_jobs()
                home.await_steps(job)
                assert token not in client.read_log(job)
                assert written(passphrase, *places) == []
                (kept,) = written(token, *places)
                assert kept == home.layout.secrets
                assert stat.S_IMODE(kept.stat().st_mode) == 0o600
                client.set_secret("huggingface", "")
                assert written(token, *places) == []
                client.close()
                transport.close()
        running.client().stop(job)
        running.await_over(job)
    assert log.stat().st_size


def fetch(client: AgentClient, hub: ModelServer, name: str, token: str) -> None:
    """Have the token used for a download, which one without it does not get."""
    hub.repository(name, {"x.safetensors": weights()})
    hub.needs_token.update({path: f"Bearer {token}" for path in hub.files if name in path})
    order = order_of(f"https://huggingface.co/{name}/blob/main/x.safetensors")
    client.fetch(order)
    await_that(lambda: state_of(client, order.id).state != "running")
    assert state_of(client, order.id).state == "done", state_of(client, order.id)
    assert token not in state_of(client, order.id).model_dump_json()


def state_of(client: AgentClient, fetch: str) -> FetchState:
    return next(state for state in client.fetches() if state.id == fetch)


class Asking(paramiko.ServerInterface):
    """Lets in whoever knows the password, in one way of asking for it; nobody may do anything then."""

    def __init__(self, way: str, password: str) -> None:
        self.way, self.password, self.accepted = way, password, 0

    def get_allowed_auths(self, username: str) -> str:
        return self.way

    def check_auth_password(self, username: str, password: str) -> int:
        return self._answer(self.way == "password" and password == self.password)

    def check_auth_interactive(self, username: str, submethods: str) -> "paramiko.InteractiveQuery | int":
        return paramiko.InteractiveQuery("", "", ("Password: ", False))

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        return self._answer(responses == [self.password])

    def _answer(self, right: bool) -> int:
        self.accepted += right
        return paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED


class Agreeable(FakePrompter):
    """Somebody who trusts every key and has a password at hand."""

    def confirm(self, title: str, text: str, *, accept: str, detail: str = "") -> bool:
        self.asked.append(f"{title}: {text}")
        return True


@pytest.mark.usefixtures("private", "qapp")
@pytest.mark.parametrize("way", ["password", "keyboard-interactive"])
def test_a_password_that_was_pasted(tmp_path: Path, way: str) -> None:
    folder = tmp_path / "laptop"
    folder.mkdir()
    for number in range(count(5, 1)):
        password = f"canary-{os.urandom(8).hex()}"
        wrong = f"canary-{os.urandom(8).hex()}"
        behaviour, prompter = Asking(way, password), Agreeable(password)
        with (
            LEDGER.trial("F18", ssh=False), unseen(password, wrong), most_talkative_log(folder / f"log{number}"),
            asking_server(behaviour, tmp_path / make_folder(tmp_path, f"server{number}")) as address,
        ):  # fmt: skip
            door = RemoteDoor(KnownHosts(folder / "known_hosts", folder / "none"))
            hosts = HostsViewModel(Hosts(folder / "hosts.json"), door, lambda: Secrets(None), InlineRunner(), prompter)
            draft = hosts.paste(f"ssh -p {address.port} ann@127.0.0.1\n密码: {wrong}")
            assert draft is not None
            assert draft.password == wrong
            assert wrong not in repr(draft)
            added = hosts.add(draft)
            assert added is not None
            hosts.connect_host(added)
            assert behaviour.accepted == 1, prompter.asked
            told = hosts.host(added).problem
            hosts.shutdown()
        assert told is not None
        for secret in (password, wrong):
            assert secret not in str(render(told)) + str(told) + reported(ProblemError(told), tmp_path)
            assert secret not in hosts.log_of(added) + repr(hosts.host(added)) + repr(hosts.entry(added))
            assert not any(secret in question for question in prompter.asked)
            assert written(secret, tmp_path) == []
    assert (folder / "hosts.json").stat().st_size
    assert (folder / "log0").stat().st_size


def make_folder(folder: Path, name: str) -> str:
    (folder / name).mkdir()
    return name


@pytest.mark.skipif(not FULL, reason="makes a user")
def test_a_password_of_a_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At OpenSSH's own server, which asks the system for it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "box").mkdir()
    try:
        with login(tmp_path) as somebody, running_box(tmp_path / "box", "PasswordAuthentication yes") as box:
            box.user = somebody.name
            for _ in range(count(5, 1)):
                password = f"canary-{os.urandom(8).hex()}"
                somebody.set_password(password)
                address = box.address.replace(key_path="")
                with LEDGER.trial("F18"), unseen(password), most_talkative_log(tmp_path / "log"):
                    for tried in (password + "x", password):
                        prompts = Prompts(password=lambda user, host, tried=tried: tried)
                        try:
                            transport = dial(address, box.known, prompts, DIAL_S)
                        except ProblemError as error:
                            assert error.problem.code == "password_wrong"
                            assert password not in reported(error, tmp_path)
                    assert transport.run(["cat", f"/proc/{os.getpid()}/stat"]).stdout
                    transport.close()
                    assert written(password, tmp_path, box.server.folder) == []
    except NoLogin as reason:
        pytest.skip(str(reason))


def test_a_naive_token_is_on_the_command_line(home: Home) -> None:
    token = f"hf_canary{os.urandom(12).hex()}"
    with naive(home.box) as client:
        client.client.exec_command(f"HF_TOKEN={token} sleep 30")
        await_that(lambda: shown(token))
        found = shown(token)
        for place in found:
            pid = int(place.partition("/")[0])
            if b"sleep" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, 15)
    LEDGER.naive_fails("F18", bool(found))
