import base64
import struct
from pathlib import Path

import pytest

from loraferry.remote.address import Address
from loraferry.remote.ssh.settings import Route, find_route
from loraferry_core.problems import ProblemError

SETTINGS = """
Host box
  HostName 10.0.0.9
  Port 2200
  User ann
  IdentityFile {folder}/id_box
  IdentityFile {folder}/not_there
Host far
  ProxyJump bastion
Host bastion
  HostName bastion.example
  User gate
  Port 2022
Host farther
  ProxyJump far,root@[::1]:99
Host plain
  ProxyCommand none
  ProxyJump none
Host odd
  ProxyCommand nc %h %p
Host behind-odd
  ProxyJump odd
Host behind-sealed
  ProxyJump odd,sealed
Host sealed
  IdentityAgent ~/agent.sock
Host aliased
  HostKeyAlias the-machine
  IdentitiesOnly yes
Host self
  ProxyJump self
Host round1
  ProxyJump round2
Host round2
  ProxyJump round1
"""


def hardware_key() -> str:
    """The head of a key file in a security key, without which ssh-keygen makes none; its private part is not read."""

    def text(data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + data

    public = text(b"sk-ssh-ed25519@openssh.com") + text(b"k" * 32) + text(b"ssh:")
    head = b"openssh-key-v1\0" + text(b"none") + text(b"none") + text(b"") + struct.pack(">I", 1) + text(public)
    return (
        f"-----BEGIN OPENSSH PRIVATE KEY-----\n{base64.b64encode(head).decode()}\n-----END OPENSSH PRIVATE KEY-----\n"
    )


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "config"
    path.write_text(SETTINGS.format(folder=tmp_path), encoding="utf-8")
    (tmp_path / "id_box").write_text("a key", encoding="utf-8")
    return path


def ways(route: Route) -> list[str]:
    return [f"{hop.user}@{hop.host}:{hop.port}" for hop in route.way]


def test_an_alias_is_completed(settings: Path, tmp_path: Path) -> None:
    route = find_route(Address(host="box"), settings)
    assert (route.name, route.host, route.port, route.user) == ("box", "10.0.0.9", 2200, "ann")
    assert route.key_paths == (str(tmp_path / "id_box"),)
    assert not route.only_keys
    assert not route.needs_openssh
    assert route.known_as == ("10.0.0.9", 2200)


def test_what_was_pasted_wins(settings: Path) -> None:
    route = find_route(Address(host="box", port=5, user="bob", key_path="k"), settings)
    assert (route.port, route.user, route.key_paths, route.only_keys) == (5, "bob", ("k",), True)


def test_hops_are_aliases_too(settings: Path) -> None:
    assert ways(find_route(Address(host="far", user="me"), settings)) == ["gate@bastion.example:2022", "me@far:22"]


def test_only_the_first_hop_may_lie_behind_others(settings: Path) -> None:
    route = find_route(Address(host="farther", user="me", port=7), settings)
    assert ways(route)[0] == "gate@bastion.example:2022"
    assert [hop.host for hop in route.way] == ["bastion.example", "far", "::1", "farther"]
    assert ways(route)[2:] == ["root@::1:99", "me@farther:7"]
    second = find_route(Address(host="x", user="me", jump="b@plain:1,far"), settings)
    assert [hop.host for hop in second.way] == ["plain", "far", "x"]


def test_a_jump_that_was_pasted_wins(settings: Path) -> None:
    route = find_route(Address(host="far", user="me", jump="a@b:3"), settings)
    assert ways(route) == ["a@b:3", "me@far:22"]


def test_another_port_of_the_same_address_is_another_host(settings: Path) -> None:
    route = find_route(Address(host="1.2.3.4", port=2222, user="root", jump="u@1.2.3.4:22"), settings)
    assert ways(route) == ["u@1.2.3.4:22", "root@1.2.3.4:2222"]


@pytest.mark.parametrize("host", ["plain", "self", "else"])
def test_no_hop_at_all(settings: Path, host: str) -> None:
    route = find_route(Address(host=host), settings)
    assert route.hops == ()
    assert not route.needs_openssh


def test_a_proxy_command_is_for_the_first_on_the_way_alone(settings: Path) -> None:
    assert find_route(Address(host="odd", port=7), settings).proxy_command == "nc odd 7"
    assert find_route(Address(host="odd"), settings).proxy_command == "nc odd 22"
    assert find_route(Address(host="odd", jump="far"), settings).proxy_command == ""
    assert find_route(Address(host="plain"), settings).proxy_command == ""
    behind = find_route(Address(host="behind-odd"), settings)
    assert [hop.proxy_command for hop in behind.way] == ["nc odd 22", ""]


def test_a_circle_is_an_error(settings: Path) -> None:
    with pytest.raises(ProblemError) as caught:
        find_route(Address(host="round1"), settings)
    assert caught.value.problem.code == "ssh_failed"
    assert "round2" in str(caught.value.problem.params["detail"])


@pytest.mark.parametrize(
    ("host", "needed"),
    [("odd", ""), ("sealed", "IdentityAgent"), ("behind-sealed", "IdentityAgent"), ("far", ""), ("else", "")],
)
def test_knows_when_only_openssh_gets_there(settings: Path, host: str, needed: str) -> None:
    assert find_route(Address(host=host), settings).needs_openssh == needed


def test_a_key_in_hardware_needs_openssh(settings: Path, tmp_path: Path) -> None:
    (tmp_path / "hard").write_text(hardware_key(), encoding="utf-8")
    route = find_route(Address(host="h", key_path=str(tmp_path / "hard")), settings)
    assert route.needs_openssh == "sk-ssh-ed25519@openssh.com"
    (tmp_path / "id_ed25519_sk").write_text(hardware_key(), encoding="utf-8")
    assert find_route(Address(host="h"), settings).needs_openssh == "sk-ssh-ed25519@openssh.com"
    (tmp_path / "id_rsa").write_text("another key that can be tried first", encoding="utf-8")
    assert find_route(Address(host="h"), settings).needs_openssh == ""


def test_a_key_may_have_another_name(settings: Path) -> None:
    route = find_route(Address(host="aliased", port=7), settings)
    assert route.known_as == ("the-machine", 22)
    assert route.only_keys


def test_included_files_are_read_where_they_stand(tmp_path: Path) -> None:
    (tmp_path / "config.d").mkdir()
    (tmp_path / "config.d" / "a").write_text("Host in-a\n  Port 11\n", encoding="utf-8")
    (tmp_path / "config.d" / "b").write_text(f"Include {tmp_path}/c\nHost in-b\n  Port 12\n", encoding="utf-8")
    (tmp_path / "c").write_text("Host in-c\n  Port 13\nInclude c\n", encoding="utf-8")
    config = tmp_path / "config"
    config.write_text("Include config.d/* missing\nUser all\nHost own\n  Include c\n  Port 14\n", encoding="utf-8")
    ports = [find_route(Address(host=host), config).port for host in ("in-a", "in-b", "in-c", "own", "else")]
    assert ports == [11, 12, 13, 14, 22]
    assert find_route(Address(host="else"), config).user == "all"


def test_no_settings_at_all(tmp_path: Path) -> None:
    route = find_route(Address(host="h"), tmp_path / "none")
    assert (route.host, route.port, route.usual_keys) == ("h", 22, ())
    assert route.user
    (tmp_path / "id_ecdsa").touch()
    assert find_route(Address(host="h"), tmp_path / "none").usual_keys == (str(tmp_path / "id_ecdsa"),)


@pytest.mark.parametrize("text", ["Host a\n  =\n", "Host a\n  Port many\n"])
def test_unreadable_settings_are_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProblemError) as caught:
        find_route(Address(host="a"), path)
    assert caught.value.problem.code == "ssh_failed"
    assert str(path) in str(caught.value.problem.params["detail"])


def test_settings_that_run_programs_are_left_to_openssh(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text('Match exec "true"\n  Port 7\n', encoding="utf-8")
    route = find_route(Address(host="a", user="u", port=5), path)
    assert (route.needs_openssh, route.host, route.port, route.user) == ("Match exec", "a", 5, "u")
