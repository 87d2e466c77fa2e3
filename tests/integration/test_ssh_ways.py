"""Jump hosts, proxies, and OpenSSH's own program: each host on the way is verified, whoever speaks SSH."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from loraferry.remote.address import Address, parse_address
from loraferry.remote.dial import Way, dial, forget_keys
from loraferry.remote.ssh.known_hosts import HostKey, KnownHosts, host_name
from loraferry.remote.ssh.prompts import Prompts, UnknownKey
from loraferry.remote.transport import Transport
from loraferry_core.problems import Problem, ProblemError
from tests.fakes.sshd import Sshd, SshdUnavailable, make_key, running_sshd

pytestmark = pytest.mark.ssh
WAYS: tuple[Way, ...] = ("paramiko", "openssh")
NOBODY = Prompts()


@dataclass(frozen=True)
class Chain:
    """Servers in a row, and a settings file by which each is known as `one`, `two`, `three`; `far` lies behind all."""

    servers: tuple[Sshd, ...]
    settings: Path
    folder: Path

    @property
    def known(self) -> KnownHosts:
        """A new file of this program's own, beside which the user's is empty."""
        return KnownHosts(self.folder / "own", self.folder / "none")

    def logins(self) -> list[int]:
        return [server.log().count("Accepted publickey") for server in self.servers]


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Sshd, ...]]:
    try:
        with ExitStack() as stack:
            yield tuple(stack.enter_context(running_sshd()) for _ in range(3))
    except SshdUnavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture
def chain(servers: tuple[Sshd, ...], tmp_path: Path) -> Chain:
    text = ""
    for name, server in zip(("one", "two", "three"), servers, strict=True):
        text += (
            f"Host {name}\n  HostName {server.host}\n  Port {server.port}\n  User {server.user}\n"
            f'  IdentityFile "{server.key_path}"\n  IdentitiesOnly yes\n'
        )
    settings = tmp_path / "设置 folder" / "config"
    settings.parent.mkdir()
    settings.write_text(text, encoding="utf-8")
    return Chain(servers, settings, tmp_path)


def adding(chain: Chain, text: str) -> None:
    with chain.settings.open("a", encoding="utf-8") as file:
        file.write(text)


def accepting(asked: list[UnknownKey]) -> Prompts:
    def accept(question: UnknownKey) -> bool:
        asked.append(question)
        return True

    return Prompts(accept_key=accept)


def works(transport: Transport) -> None:
    try:
        assert transport.run(("echo", "there")).stdout == b"there\n"
    finally:
        transport.close()


def problem_of(chain: Chain, address: Address, known: KnownHosts, prompts: Prompts, way: Way) -> Problem:
    with pytest.raises(ProblemError) as caught:
        dial(address, known, prompts, way=way, settings=chain.settings).close()
    return caught.value.problem


@pytest.mark.parametrize("way", WAYS)
def test_each_hop_is_asked_about_and_logged_into_in_turn(chain: Chain, way: Way) -> None:
    asked: list[UnknownKey] = []
    known, before = chain.known, chain.logins()
    address = Address(host="three", jump="one,two")
    works(dial(address, known, accepting(asked), way=way, settings=chain.settings))
    assert [question.host for question in asked] == ["one", "two", "three"]
    fingerprints = {
        key.fingerprint
        for server in chain.servers
        for key in KnownHosts(server.known_hosts).lookup("127.0.0.1", server.port)
    }
    assert {question.fingerprint for question in asked} == fingerprints
    assert all(after > then for after, then in zip(chain.logins(), before, strict=True))
    works(dial(address, known, NOBODY, way=way, settings=chain.settings))


@pytest.mark.parametrize("way", WAYS)
def test_an_alias_with_a_jump_of_its_own(chain: Chain, way: Way) -> None:
    server = chain.servers[1]
    adding(chain, f"Host far\n  HostName {server.host}\n  Port {server.port}\n  ProxyJump one\n  User {server.user}\n")
    address = Address(host="far", key_path=str(server.key_path))
    asked: list[UnknownKey] = []
    works(dial(address, chain.known, accepting(asked), way=way, settings=chain.settings))
    assert [question.host for question in asked] == ["one", "far"]


def test_a_pasted_jump_with_user_and_port(chain: Chain) -> None:
    one, two = chain.servers[:2]
    (one.folder / "authorized_keys").write_text(
        two.key_path.with_suffix(".pub").read_text(encoding="utf-8")
        + one.key_path.with_suffix(".pub").read_text(encoding="utf-8"),
        encoding="utf-8",
    )
    hop = f"{one.user}@{one.host}:{one.port}"
    target = parse_address(f"ssh -J {hop} -p {two.port} {two.user}@{two.host} -i '{two.key_path}'")
    adding(chain, f'Host 127.0.0.1\n  IdentityFile "{two.key_path}"\n')
    works(dial(target, chain.known, accepting([]), way="paramiko", settings=chain.settings))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("changed", [0, 1, 2])
def test_a_changed_key_anywhere_on_the_way_stops_there(chain: Chain, way: Way, changed: int) -> None:
    known = chain.known
    works(dial(Address(host="three", jump="one,two"), known, accepting([]), settings=chain.settings))
    server = chain.servers[changed]
    known.remember(
        server.host, server.port, HostKey("ssh-ed25519", b"\0\0\0\x0bssh-ed25519" + b"\0\0\0\x20" + b"k" * 32)
    )
    before = chain.logins()
    asked: list[UnknownKey] = []
    problem = problem_of(chain, Address(host="three", jump="one,two"), known, accepting(asked), way)
    assert (problem.code, problem.params["host"]) == ("host_key_changed", ("one", "two", "three")[changed])
    assert str(problem.params["fingerprint"]).startswith("SHA256:")
    assert asked == []
    assert chain.logins()[changed:] == before[changed:]


@pytest.mark.parametrize("way", WAYS)
def test_a_key_that_nobody_accepts_ends_it_before_any_login(chain: Chain, way: Way) -> None:
    before = chain.logins()
    problem = problem_of(chain, Address(host="two", jump="one"), chain.known, NOBODY, way)
    assert (problem.code, problem.params["host"]) == ("host_key_unknown", "one")
    assert chain.logins() == before


@pytest.mark.parametrize("way", WAYS)
def test_a_forgotten_key_is_asked_about_again_and_wins_over_the_users_file(chain: Chain, way: Way) -> None:
    server, users = chain.servers[0], chain.folder / "users"
    users.write_text(f"{host_name(server.host, server.port)} ssh-ed25519 {'A' * 68}\n", encoding="utf-8")
    before = users.read_bytes()
    known = KnownHosts(chain.folder / "own", users)
    address = Address(host="one")
    problem = problem_of(chain, address, known, accepting([]), way)
    assert (problem.code, problem.params["file"]) == ("host_key_changed", str(users))
    assert forget_keys(address, known, chain.settings) == users
    asked: list[UnknownKey] = []
    works(dial(address, known, accepting(asked), way=way, settings=chain.settings))
    assert len(asked) == 1
    works(dial(address, known, NOBODY, way=way, settings=chain.settings))
    assert users.read_bytes() == before


@pytest.mark.parametrize("way", WAYS)
def test_a_hop_that_cannot_go_on(chain: Chain, way: Way) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port = listening.getsockname()[1]
    adding(chain, f"Host gone\n  HostName 127.0.0.1\n  Port {port}\n")
    problem = problem_of(chain, Address(host="gone", jump="one"), chain.known, accepting([]), way)
    assert problem.code == "jump_failed"
    assert problem.params["port"] == port


def test_a_hop_that_forbids_to_go_on(chain: Chain) -> None:
    with running_sshd("AllowTcpForwarding no") as strict:
        adding(
            chain,
            f"Host strict\n  HostName {strict.host}\n  Port {strict.port}\n  User {strict.user}\n"
            f'  IdentityFile "{strict.key_path}"\n',
        )
        problem = problem_of(chain, Address(host="one", jump="strict"), chain.known, accepting([]), "paramiko")
    assert problem.code == "jump_failed"


# ---- proxies, and what only OpenSSH can do ---------------------------------------------------------------------------

COPIER = """import socket, sys, threading
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
def up():
    while data := sys.stdin.buffer.raw.read(65536):
        connection.sendall(data)
    connection.shutdown(1)
threading.Thread(target=up, daemon=True).start()
while data := connection.recv(65536):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
"""


@pytest.fixture
def proxied(chain: Chain) -> Chain:
    """`behind` is reached through a program that copies bytes."""
    server = chain.servers[0]
    (chain.folder / "copy.py").write_text(COPIER, encoding="utf-8")
    adding(
        chain,
        f"Host behind\n  HostName {server.host}\n  Port {server.port}\n  User {server.user}\n"
        f'  IdentityFile "{server.key_path}"\n  ProxyCommand "{sys.executable}" "{chain.folder}/copy.py" %h %p\n',
    )
    return chain


@pytest.mark.parametrize("way", WAYS)
def test_a_proxy_command_is_followed_and_the_same_is_asked(proxied: Chain, way: Way) -> None:
    asked: list[UnknownKey] = []
    known, before = proxied.known, proxied.logins()
    assert problem_of(proxied, Address(host="behind"), known, NOBODY, way).code == "host_key_unknown"
    assert proxied.logins() == before
    works(dial(Address(host="behind"), known, accepting(asked), way=way, settings=proxied.settings))
    (question,) = asked
    server = proxied.servers[0]
    (key,) = KnownHosts(server.known_hosts).lookup(server.host, server.port)
    assert (question.host, question.fingerprint) == ("behind", key.fingerprint)
    assert known.lookup(server.host, server.port) == (key,)
    for other in WAYS:
        works(dial(Address(host="one"), known, NOBODY, way=other, settings=proxied.settings))


def test_much_goes_through_a_proxy_command_and_a_jump_behind_it(proxied: Chain) -> None:
    transport = dial(Address(host="two", jump="behind"), proxied.known, accepting([]), settings=proxied.settings)
    data = os.urandom(1 << 22)
    try:
        assert transport.run(("cat",), data).stdout == data
    finally:
        transport.close()


def test_a_proxy_command_that_fails_is_said(chain: Chain) -> None:
    adding(chain, "Host broken\n  ProxyCommand no-such-proxy-program %h\nHost mute\n  ProxyCommand exit 0\n")
    problem = problem_of(chain, Address(host="broken"), chain.known, NOBODY, "")
    assert (problem.code, problem.params["host"]) == ("proxy_failed", "broken")
    assert "no-such-proxy-program" in str(problem.params["detail"])
    assert problem_of(chain, Address(host="mute"), chain.known, NOBODY, "").code == "banner_missing"


def test_what_only_openssh_can_do_is_left_to_it(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    adding(chain, "Match originalhost one\n  IdentityAgent ~/no-such-agent.sock\n")
    address, known = Address(host="one"), chain.known
    works(dial(address, known, accepting([]), settings=chain.settings))
    problem = problem_of(chain, address, known, NOBODY, "paramiko")
    assert problem == Problem(code="transport_unfit", params={"host": "one", "needed": "IdentityAgent"})
    monkeypatch.setenv("PATH", str(chain.folder))
    problem = problem_of(chain, address, known, NOBODY, "")
    assert problem.params == {"host": "one", "detail": "ssh: command not found"}


def test_openssh_trusts_no_file_but_ours(chain: Chain) -> None:
    """Neither the user's settings nor another program's open connection can weaken the check."""
    adding(chain, f"Host *\n  StrictHostKeyChecking no\n  UserKnownHostsFile {os.devnull}\n")
    before = chain.logins()
    assert problem_of(chain, Address(host="one"), chain.known, NOBODY, "openssh").code == "host_key_unknown"
    assert chain.logins() == before


def test_openssh_leaves_nothing_behind(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = chain.folder / "tmp %h"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    known = chain.known
    transport = dial(Address(host="one"), known, accepting([]), way="openssh", settings=chain.settings)
    assert list(temporary.iterdir())
    transport.close()
    with pytest.raises(ProblemError):
        dial(Address(host="two"), known, NOBODY, way="openssh", settings=chain.settings)
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("way", WAYS)
def test_a_key_that_is_not_let_in_is_said_by_both(chain: Chain, way: Way) -> None:
    server = chain.servers[0]
    address = parse_address(server.command).replace(key_path=str(make_key(chain.folder / "other")))
    problem = problem_of(chain, address, chain.known, accepting([]), way)
    assert (problem.code, problem.params["methods"]) == ("auth_failed", "publickey")
    assert problem.params["user"] == server.user


def test_a_host_key_alias_counts_for_both(chain: Chain) -> None:
    server = chain.servers[0]
    adding(
        chain,
        f"Host alias\n  HostName {server.host}\n  Port {server.port}\n  User {server.user}\n"
        f'  IdentityFile "{server.key_path}"\n  HostKeyAlias pod-7\n',
    )
    known = chain.known
    works(dial(Address(host="alias"), known, accepting([]), way="paramiko", settings=chain.settings))
    assert known.lookup("pod-7", 22)
    assert not known.lookup(server.host, server.port)
    works(dial(Address(host="alias"), known, NOBODY, way="openssh", settings=chain.settings))
