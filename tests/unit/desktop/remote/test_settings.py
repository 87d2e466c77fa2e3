from pathlib import Path

import pytest

from loraferry.remote.address import Address
from loraferry.remote.ssh.settings import find_route
from loraferry_core.problems import ProblemError

SETTINGS = """
Host box
  HostName 10.0.0.9
  Port 2200
  User ann
  IdentityFile /keys/box
Host far
  ProxyJump bastion
Host plain
  ProxyCommand none
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "config"
    path.write_text(SETTINGS, encoding="utf-8")
    return path


def test_an_alias_is_completed(settings: Path) -> None:
    route = find_route(Address(host="box"), settings)
    assert (route.name, route.host, route.port, route.user, route.key_paths) == (
        "box", "10.0.0.9", 2200, "ann", ("/keys/box",),
    )  # fmt: skip
    assert not route.needs_openssh


def test_what_was_pasted_wins(settings: Path) -> None:
    route = find_route(Address(host="box", port=5, user="bob", key_path="k"), settings)
    assert (route.port, route.user, route.key_paths) == (5, "bob", ("k",))


@pytest.mark.parametrize(("host", "expected"), [("far", True), ("plain", False), ("else", False)])
def test_knows_when_only_openssh_gets_there(settings: Path, host: str, expected: bool) -> None:
    assert find_route(Address(host=host), settings).needs_openssh is expected
    assert find_route(Address(host=host, jump="j"), settings).needs_openssh


def test_no_settings_at_all(tmp_path: Path) -> None:
    route = find_route(Address(host="h"), tmp_path / "none")
    assert (route.host, route.port) == ("h", 22)
    assert route.user


def test_unreadable_settings_are_named(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("Host a\n  =\n", encoding="utf-8")
    with pytest.raises(ProblemError) as caught:
        find_route(Address(host="a"), path)
    assert caught.value.problem.code == "ssh_failed"
    assert str(path) in str(caught.value.problem.params["detail"])
