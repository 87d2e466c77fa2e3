"""Logging in: keys of every kind, the ssh agent, passwords, and machines that ask for more."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
import pytest

from loraferry.remote.address import Address, parse_address
from loraferry.remote.dial import dial
from loraferry.remote.ssh import auth
from loraferry.remote.ssh.known_hosts import KnownHosts
from loraferry.remote.ssh.prompts import Asked, Prompts
from loraferry_core.problems import Problem, ProblemError
from tests.fakes.asking_server import asking_server
from tests.fakes.sshd import Sshd, make_key

pytestmark = pytest.mark.ssh


@pytest.fixture
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


@dataclass
class Person:
    """Answers what it knows and remembers what it was asked."""

    passphrase: str = ""
    passwords: dict[tuple[str, str], str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def prompts(self) -> Prompts:
        return Prompts(lambda key: True, self._password, self._passphrase, self._answer)

    def _password(self, user: str, host: str) -> str | None:
        self.asked.append(f"password of {user}@{host}")
        return self.passwords.get((user, host))

    def _passphrase(self, path: str) -> str | None:
        self.asked.append(f"passphrase of {Path(path).name}")
        return self.passphrase or None

    def _answer(self, title: str, questions: tuple[Asked, ...]) -> tuple[str, ...] | None:
        self.asked += [f"{title}|{question.text}|{question.echo}" for question in questions]
        known = tuple(self.answers[question.text] for question in questions if question.text in self.answers)
        return known if len(known) == len(questions) else None


def let_in(server: Sshd, key: Path) -> None:
    with (server.folder / "authorized_keys").open("a", encoding="utf-8") as file:
        file.write(Path(f"{key}.pub").read_text(encoding="utf-8"))


def log_in(address: Address, person: Person, folder: Path) -> None:
    known = KnownHosts(folder / "own", folder / "none")
    dial(address, known, person.prompts, way="paramiko", settings=folder / "config").close()


def problem_of(address: Address, person: Person, folder: Path) -> Problem:
    with pytest.raises(ProblemError) as caught:
        log_in(address, person, folder)
    return caught.value.problem


# ---- keys -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_agent")
@pytest.mark.parametrize("form", ["RFC4716", "PEM"])
@pytest.mark.parametrize("passphrase", ["", "öpen sesame 猫"])
@pytest.mark.parametrize("kind", ["rsa:2048", "ecdsa:256", "ecdsa:384", "ecdsa:521", "ed25519"])
def test_keys_of_every_kind(server: Sshd, tmp_path: Path, kind: str, passphrase: str, form: str) -> None:
    name, _, bits = kind.partition(":")
    if form == "PEM" and name == "ed25519":
        form = "PKCS8"
    key = tmp_path / "密钥 x"
    size = ["-b", bits] if bits else []
    subprocess.run(
        ["ssh-keygen", "-q", "-t", name, *size, "-m", form, "-a", "1", "-N", passphrase, "-f", str(key)], check=True
    )
    let_in(server, key)
    person = Person(passphrase)
    log_in(parse_address(server.command).replace(key_path=str(key)), person, tmp_path)
    assert len(person.asked) == bool(passphrase)


@pytest.mark.usefixtures("no_agent")
def test_a_key_of_putty_is_named(server: Sshd, tmp_path: Path) -> None:
    (tmp_path / "k").write_text("PuTTY-User-Key-File-3: ssh-ed25519\n", encoding="utf-8")
    problem = problem_of(parse_address(server.command).replace(key_path=str(tmp_path / "k")), Person(), tmp_path)
    assert (problem.code, problem.params["detail"]) == ("key_unreadable", "a key of PuTTY, not of OpenSSH")


@pytest.mark.usefixtures("no_agent")
def test_usual_keys_are_tried_and_locked_ones_last(server: Sshd, tmp_path: Path) -> None:
    make_key(tmp_path / "id_ed25519", passphrase="open")
    let_in(server, make_key(tmp_path / "id_rsa", "rsa"))
    person = Person()
    log_in(Address(host=server.host, port=server.port, user=server.user), person, tmp_path)
    assert person.asked == []


@pytest.mark.usefixtures("no_agent")
def test_a_locked_usual_key_is_named_only_when_nothing_else_helps(server: Sshd, tmp_path: Path) -> None:
    key = make_key(tmp_path / "id_ed25519", passphrase="open")
    let_in(server, key)
    make_key(tmp_path / "id_rsa", "rsa")
    address = Address(host=server.host, port=server.port, user=server.user)
    problem = problem_of(address, Person(), tmp_path)
    assert (problem.code, problem.params["path"]) == ("key_passphrase", str(key))
    log_in(address, Person("open"), tmp_path)


@pytest.fixture
def ssh_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not shutil.which("ssh-agent"):
        pytest.skip("OpenSSH's agent is not installed")
    place = tmp_path / "a"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(place)], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not place.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
    yield
    process.terminate()
    process.wait(10)


@pytest.mark.usefixtures("ssh_agent")
@pytest.mark.parametrize("kind", ["rsa", "ecdsa", "ed25519"])
def test_the_running_agent_is_asked(server: Sshd, tmp_path: Path, kind: str) -> None:
    key = make_key(tmp_path / "k", kind)
    let_in(server, key)
    subprocess.run(["ssh-add", "-q", str(key)], check=True)
    key.unlink()
    address = Address(host=server.host, port=server.port, user=server.user)
    log_in(address, Person(), tmp_path)
    # A chosen key of which only the public half is here is taken from the agent, before all others it holds.
    for number in range(auth.MAX_KEYS + 1):
        subprocess.run(["ssh-add", "-q", str(make_key(tmp_path / f"other{number}"))], check=True)
    (tmp_path / "config").write_text(f"Host *\n  IdentityFile {key}\n", encoding="utf-8")
    log_in(address, Person(), tmp_path)
    log_in(address.replace(key_path=f"{key}.pub"), Person(), tmp_path)


@pytest.mark.usefixtures("ssh_agent")
def test_a_locked_key_that_the_agent_holds_needs_no_passphrase(server: Sshd, tmp_path: Path) -> None:
    key = make_key(tmp_path / "k")
    let_in(server, key)
    subprocess.run(["ssh-add", "-q", str(key)], check=True)
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", "open", "-f", str(key)], check=True, stdout=subprocess.DEVNULL)
    person = Person()
    log_in(parse_address(server.command).replace(key_path=str(key)), person, tmp_path)
    assert person.asked == []


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # paramiko leaves a socket open there
def test_an_agent_that_is_gone_is_no_obstacle(server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "nothing"))
    (tmp_path / "id_ed25519").write_bytes(server.key_path.read_bytes())
    log_in(Address(host=server.host, port=server.port, user=server.user), Person(), tmp_path)


# ---- machines that ask ----------------------------------------------------------------------------------------------


@dataclass
class Asking(paramiko.ServerInterface):
    """Wants the proofs of `wanted` one after another; by keyboard-interactive it asks the `rounds`. Each question has
    its answer beside it."""

    wanted: list[str]
    rounds: list[list[tuple[str, str]]] = field(default_factory=list)
    failures: int = 0
    also: str = ""
    _at: int = 0

    def get_allowed_auths(self, username: str) -> str:
        return ",".join(filter(None, [self.wanted[0], self.also]))

    def _next(self, accepted: bool) -> int:
        if not accepted:
            self.failures += 1
            return paramiko.AUTH_FAILED
        self.wanted = self.wanted[1:]
        return paramiko.AUTH_PARTIALLY_SUCCESSFUL if self.wanted else paramiko.AUTH_SUCCESSFUL

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return self._next(self.wanted[0] == "publickey")

    def check_auth_password(self, username: str, password: str) -> int:
        return self._next(password == "right" and "password" in (self.wanted[0], self.also))

    def check_auth_interactive(self, username: str, submethods: str) -> "paramiko.InteractiveQuery | int":
        if self.wanted[0] != "keyboard-interactive" or not self.rounds:
            return self._next(False)
        self._at = 0
        return self._query()

    def check_auth_interactive_response(self, responses: list[str]) -> "paramiko.InteractiveQuery | int":
        if list(responses) != [answer for _, answer in self.rounds[self._at]]:
            return self._next(False)
        self._at += 1
        return self._query() if self._at < len(self.rounds) else self._next(True)

    def _query(self) -> paramiko.InteractiveQuery:
        asked = [(question, question.startswith("Name")) for question, _ in self.rounds[self._at]]
        return paramiko.InteractiveQuery("\x1b[31mBastion", "Two factors", *asked)


PASSWORDS = {("ann", "127.0.0.1"): "right"}
ONE_ROUND = [[("Password: ", "right"), ("Verification code: ", "123456")]]
TWO_ROUNDS = [[("(ann@box) Password:", "right")], [("Name of your cat", "猫"), ("One-time password (OTP): ", "9")]]


@pytest.mark.usefixtures("no_agent")
@pytest.mark.parametrize("rounds", [ONE_ROUND, TWO_ROUNDS])
def test_the_password_is_filled_in_and_the_rest_is_asked(tmp_path: Path, rounds: list[list[tuple[str, str]]]) -> None:
    answers = {question.strip(): answer for asked in rounds for question, answer in asked}
    person = Person(passwords=PASSWORDS, answers=answers)
    with asking_server(Asking(["keyboard-interactive"], rounds), tmp_path) as address:
        log_in(address, person, tmp_path)
    assert person.asked[0] == "password of ann@127.0.0.1"
    assert not any("\x1b" in asked for asked in person.asked)
    others = [question for asked in rounds for question, _ in asked][1:]
    assert person.asked[1:] == [f"Bastion\nTwo factors|{text.strip()}|{text.startswith('Name')}" for text in others]


@pytest.mark.usefixtures("no_agent")
def test_a_key_and_then_a_code(tmp_path: Path) -> None:
    key = make_key(tmp_path / "k")
    person = Person(answers={"Verification code:": "123456"})
    behaviour = Asking(["publickey", "keyboard-interactive"], [[("Verification code:", "123456")]])
    with asking_server(behaviour, tmp_path) as address:
        log_in(address.replace(key_path=str(key)), person, tmp_path)
    assert person.asked == ["Bastion\nTwo factors|Verification code:|False"]


@pytest.mark.usefixtures("no_agent")
def test_a_key_and_then_a_password(tmp_path: Path) -> None:
    with asking_server(Asking(["publickey", "password"]), tmp_path) as address:
        log_in(address.replace(key_path=str(make_key(tmp_path / "k"))), Person(passwords=PASSWORDS), tmp_path)


@pytest.mark.usefixtures("no_agent")
def test_a_question_that_nobody_answers_costs_no_try(tmp_path: Path) -> None:
    behaviour = Asking(["keyboard-interactive"], ONE_ROUND)
    with asking_server(behaviour, tmp_path) as address:
        problem = problem_of(address, Person(passwords=PASSWORDS), tmp_path)
        assert (problem.code, problem.params["question"]) == ("answer_missing", "Verification code:")
        problem = problem_of(address, Person(), tmp_path)
        assert (problem.code, problem.params["methods"]) == ("auth_failed", "keyboard-interactive")
    assert behaviour.failures == 0


@pytest.mark.usefixtures("no_agent")
def test_a_wrong_answer_and_a_wrong_password_are_told_apart(tmp_path: Path) -> None:
    wrong = Person(passwords=PASSWORDS, answers={"Verification code:": "0"})
    with asking_server(Asking(["keyboard-interactive"], ONE_ROUND), tmp_path) as address:
        assert problem_of(address, wrong, tmp_path).code == "answer_wrong"
    again = tmp_path / "again"
    again.mkdir()
    with asking_server(Asking(["keyboard-interactive"], [[("Password:", "other")]]), again) as address:
        problem = problem_of(address, Person(passwords=PASSWORDS), again)
    assert problem == Problem(code="password_wrong", params={"user": "ann", "host": "127.0.0.1"})


@pytest.mark.usefixtures("no_agent")
def test_keyboard_interactive_that_asks_nothing_leaves_the_password(tmp_path: Path) -> None:
    person = Person(passwords=PASSWORDS)
    with asking_server(Asking(["keyboard-interactive"], also="password"), tmp_path) as address:
        log_in(address, person, tmp_path)


@pytest.mark.usefixtures("no_agent")
def test_the_password_of_a_machine_behind_a_jump_host_is_asked_under_its_name(server: Sshd, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(
        f"Host gate\n  HostName {server.host}\n  Port {server.port}\n  User {server.user}\n"
        f'  IdentityFile "{server.key_path}"\n',
        encoding="utf-8",
    )
    person = Person(passwords=PASSWORDS)
    with asking_server(Asking(["password"]), tmp_path) as address:
        log_in(address.replace(jump="gate"), person, tmp_path)
    assert person.asked == ["password of ann@127.0.0.1"]


@pytest.mark.usefixtures("no_agent")
def test_no_credential_of_any_kind_is_sent_before_the_key_is_accepted(tmp_path: Path) -> None:
    person = Person(passwords=PASSWORDS)
    behaviour = Asking(["password"])
    refusing = Prompts(lambda key: False, person.prompts.password)
    with asking_server(behaviour, tmp_path) as address, pytest.raises(ProblemError) as caught:
        dial(address, KnownHosts(tmp_path / "own", tmp_path / "none"), refusing, settings=tmp_path / "config")
    assert caught.value.problem.code == "host_key_unknown"
    assert (person.asked, behaviour.failures, behaviour.wanted) == ([], 0, ["password"])
