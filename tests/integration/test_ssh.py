"""Connections against a real OpenSSH server, and against a server that takes passwords."""

import errno
import ipaddress
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import paramiko
import pytest

from loraferry.remote.address import Address, parse_address
from loraferry.remote.dial import dial
from loraferry.remote.ssh import tcp
from loraferry.remote.ssh.known_hosts import HostKey, KnownHosts, parse_known_hosts
from loraferry.remote.ssh.prompts import Prompts, UnknownKey
from loraferry.remote.transport import Transport
from loraferry_core.problems import Problem, ProblemError
from tests.fakes.asking_server import asking_server
from tests.fakes.sshd import Sshd, make_key

pytestmark = pytest.mark.ssh
NOBODY = Prompts()


def problem_of(address: Address, known: KnownHosts, prompts: Prompts = NOBODY, timeout: float = 15.0) -> Problem:
    with pytest.raises(ProblemError) as caught:
        dial(address, known, prompts, timeout).close()
    return caught.value.problem


def trusting(server: Sshd, tmp_path: Path) -> KnownHosts:
    return KnownHosts(tmp_path / "own", server.known_hosts)


def test_an_unknown_key_asks_and_is_remembered(server: Sshd, tmp_path: Path) -> None:
    known, address = KnownHosts(tmp_path / "own", tmp_path / "none"), parse_address(server.command)
    asked: list[UnknownKey] = []

    def accept(question: UnknownKey) -> bool:
        asked.append(question)
        return True

    dial(address, known, Prompts(accept_key=accept)).close()
    (question,) = asked
    (line,) = parse_known_hosts(server.known_hosts.read_text(encoding="utf-8"))
    assert (question.host, question.port, question.kind) == (server.host, server.port, "ssh-ed25519")
    assert question.fingerprint == line.key.fingerprint
    dial(address, known, NOBODY).close()
    assert len(asked) == 1


@pytest.mark.parametrize("prompts", [NOBODY, Prompts(accept_key=lambda question: False)])
def test_an_unknown_key_that_nobody_accepts(server: Sshd, tmp_path: Path, prompts: Prompts) -> None:
    known = KnownHosts(tmp_path / "own", tmp_path / "none")
    problem = problem_of(parse_address(server.command), known, prompts)
    assert problem.code == "host_key_unknown"
    assert str(problem.params["fingerprint"]).startswith("SHA256:")
    assert not (tmp_path / "own").exists()


def test_a_changed_key_stops_before_anything_is_sent(server: Sshd, tmp_path: Path) -> None:
    known = KnownHosts(tmp_path / "own", tmp_path / "none")
    known.remember(server.host, server.port, HostKey("ssh-ed25519", b"another key"))
    tried_before = server.log().count("Accepted") + server.log().count("Failed")
    problem = problem_of(parse_address(server.command), known, Prompts(accept_key=lambda question: True))
    assert problem.code == "host_key_changed"
    assert problem.params["known"] == HostKey("ssh-ed25519", b"another key").fingerprint
    assert server.log().count("Accepted") + server.log().count("Failed") == tried_before


def test_a_key_that_is_not_let_in(server: Sshd, tmp_path: Path) -> None:
    other = make_key(tmp_path / "other")
    address = parse_address(server.command).replace(key_path=str(other))
    problem = problem_of(address, trusting(server, tmp_path))
    assert problem.code == "auth_failed"
    assert problem.params == {"user": server.user, "host": server.host, "methods": "publickey"}


@pytest.mark.parametrize("content", [None, "no key at all"])
def test_a_key_file_that_cannot_be_read_is_named(server: Sshd, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "密钥"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    problem = problem_of(parse_address(server.command).replace(key_path=str(path)), trusting(server, tmp_path))
    assert problem.code == "key_unreadable"
    assert problem.params["path"] == str(path)


def test_a_locked_key_asks_for_its_passphrase(server: Sshd, tmp_path: Path) -> None:
    path = make_key(tmp_path / "locked", passphrase="open sesame")
    with (server.folder / "authorized_keys").open("a", encoding="utf-8") as file:
        file.write(path.with_suffix(".pub").read_text(encoding="utf-8"))
    address = parse_address(server.command).replace(key_path=str(path))
    known = trusting(server, tmp_path)
    dial(address, known, Prompts(passphrase=lambda path: "open sesame")).close()
    for prompts in (NOBODY, Prompts(passphrase=lambda path: "wrong"), Prompts(passphrase=lambda path: None)):
        assert problem_of(address, known, prompts).code == "key_passphrase"


@pytest.fixture(params=["paramiko", "openssh"])
def transport(request: pytest.FixtureRequest, server: Sshd, tmp_path: Path) -> Iterator[Transport]:
    address = parse_address(server.command)
    if request.param == "paramiko":
        way: Transport = dial(address, trusting(server, tmp_path), NOBODY, way="paramiko")
    else:
        way = dial(address, trusting(server, tmp_path), NOBODY, way="openssh")
    yield way
    way.close()


def test_runs_commands_with_any_argument(transport: Transport) -> None:
    odd = "a b'c\"d\n猫 $HOME ; *"
    done = transport.run(("printf", "%s", odd))
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, odd, b"")
    done = transport.run(("sh", "-c", "cat; echo no >&2; exit 7"), b"x" * 1_000_000)
    assert (done.returncode, done.stdout, done.stderr) == (7, b"x" * 1_000_000, b"no\n")


def test_a_command_that_takes_too_long(transport: Transport) -> None:
    with pytest.raises(TimeoutError):
        transport.run(("sleep", "60"), timeout=1.0)


def test_streams_both_ways(transport: Transport) -> None:
    stream = transport.open(("cat",))
    data = bytes(range(256)) * 20_000
    writer = threading.Thread(target=lambda: (stream.write(data), stream.finish_writing()))
    writer.start()
    said = bytearray()
    while piece := stream.read(1 << 16):
        said += piece
    writer.join(30)
    assert bytes(said) == data
    assert stream.returncode(30) == 0
    stream.close()
    with pytest.raises(OSError):
        stream.write(b"more")


# ---- what answers is no good ssh server -----------------------------------------------------------------------------


@contextmanager
def listener() -> Iterator[socket.socket]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield listening


def address_of(listening: socket.socket) -> Address:
    return Address(host="127.0.0.1", port=listening.getsockname()[1], user="u", key_path="none")


@pytest.fixture
def nothing_known(tmp_path: Path) -> KnownHosts:
    return KnownHosts(tmp_path / "own", tmp_path / "none")


def test_a_server_that_accepts_and_says_nothing(nothing_known: KnownHosts) -> None:
    with listener() as listening:
        problem = problem_of(address_of(listening), nothing_known, timeout=0.3)
        assert problem.code == "banner_missing"
        assert problem.params == {"host": "127.0.0.1", "port": listening.getsockname()[1]}


def test_a_server_that_hangs_up(nothing_known: KnownHosts) -> None:
    with listener() as listening:
        thread = threading.Thread(target=lambda: listening.accept()[0].close())
        thread.start()
        assert problem_of(address_of(listening), nothing_known).code == "banner_missing"
        thread.join()


def test_a_server_of_another_kind(nothing_known: KnownHosts) -> None:
    def answer(listening: socket.socket) -> None:
        with closing(listening.accept()[0]) as connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 5)

    with listener() as listening:
        thread = threading.Thread(target=answer, args=(listening,))
        thread.start()
        problem = problem_of(address_of(listening), nothing_known, timeout=5)
        assert (problem.code, problem.params["banner"]) == ("banner_wrong", "HTTP/1.1 400 Bad Request")
        thread.join()


def test_nobody_listens(nothing_known: KnownHosts) -> None:
    with listener() as listening:
        address = address_of(listening)
    assert problem_of(address, nothing_known).code == "connection_refused"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems answer for a full queue")
def test_nobody_answers(nothing_known: KnownHosts) -> None:
    with closing(socket.socket()) as listening, ExitStack() as stack:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        address = address_of(listening)
        for _ in range(4):  # more than the queue holds; the system drops what comes after
            waiting = stack.enter_context(closing(socket.socket()))
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", address.port))
        problem = problem_of(address, nothing_known, timeout=0.5)
    assert problem == Problem(code="connection_timeout", params={"host": "127.0.0.1", "port": address.port})


LOOPBACK = tuple(map(ipaddress.ip_network, ("127.0.0.0/8", "::1/128")))


def test_silence_at_a_made_up_address_is_the_proxys(nothing_known: KnownHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "FAKE_NETWORKS", LOOPBACK)
    with listener() as listening:
        silent = address_of(listening).replace(host="localhost")
        problem = problem_of(silent, nothing_known, timeout=0.3)
        assert (problem.code, problem.params["host"], problem.params["port"]) == (
            "fake_address",
            "localhost",
            silent.port,
        )
        assert problem.params["address"] in ("127.0.0.1", "::1")
        by_number = problem_of(address_of(listening), nothing_known, timeout=0.3)
    assert by_number.code == "banner_missing"
    assert problem_of(silent, nothing_known).code == "fake_address"


def test_a_made_up_address_that_works_is_fine(server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "FAKE_NETWORKS", LOOPBACK)
    known = KnownHosts(tmp_path / "own", tmp_path / "none")
    address = parse_address(server.command).replace(host="localhost")
    dial(address, known, Prompts(accept_key=lambda question: True)).close()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (errno.ENETUNREACH, "network_unreachable"),
        (errno.EHOSTUNREACH, "network_unreachable"),
        (errno.ETIMEDOUT, "connection_timeout"),
        (errno.ECONNREFUSED, "connection_refused"),
        (errno.ECONNRESET, "ssh_failed"),
    ],
)
def test_what_the_system_says_of_a_connection(
    nothing_known: KnownHosts, monkeypatch: pytest.MonkeyPatch, code: int, expected: str
) -> None:
    class Failing(socket.socket):
        def connect(self, place: object) -> None:
            raise OSError(code, os.strerror(code))

    monkeypatch.setattr(tcp.socket, "socket", Failing)
    assert problem_of(Address(host="127.0.0.1", port=9, user="u"), nothing_known).code == expected


def test_a_name_that_does_not_exist(nothing_known: KnownHosts) -> None:
    problem = problem_of(Address(host="no-such-host.invalid", user="u"), nothing_known)
    assert problem.code == "dns_failed"


# ---- passwords ------------------------------------------------------------------------------------------------------


class PasswordServer(paramiko.ServerInterface):
    """Takes one password, typed in or asked for."""

    def __init__(self, method: str) -> None:
        self.method = method

    def get_allowed_auths(self, username: str) -> str:
        return self.method

    def check_auth_password(self, username: str, password: str) -> int:
        return paramiko.AUTH_SUCCESSFUL if password == "right" else paramiko.AUTH_FAILED

    def check_auth_interactive(self, username: str, submethods: str) -> paramiko.InteractiveQuery:
        return paramiko.InteractiveQuery("", "", ("Password: ", False))

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        return paramiko.AUTH_SUCCESSFUL if list(responses) == ["right"] else paramiko.AUTH_FAILED


@pytest.fixture(params=["password", "keyboard-interactive"])
def password_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Address]:
    with asking_server(PasswordServer(request.param), tmp_path) as address:
        yield address


def answering(password: str | None) -> Prompts:
    return Prompts(accept_key=lambda question: True, password=lambda user, host: password)


def test_the_right_password_lets_in(password_server: Address, nothing_known: KnownHosts) -> None:
    dial(password_server, nothing_known, answering("right")).close()


def test_a_wrong_password_names_user_and_host(password_server: Address, nothing_known: KnownHosts) -> None:
    problem = problem_of(password_server, nothing_known, answering("wrong"))
    assert (problem.code, problem.params) == ("password_wrong", {"user": "ann", "host": "127.0.0.1"})


def test_no_password_at_all(password_server: Address, nothing_known: KnownHosts) -> None:
    problem = problem_of(password_server, nothing_known, answering(None))
    assert problem.code == "auth_failed"
