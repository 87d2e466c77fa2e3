import base64
import os
from pathlib import Path

import pytest

from loraferry.remote.ssh.known_hosts import HostKey, KnownHosts, hashed, host_name, matches, parse_known_hosts

KEY = HostKey("ssh-ed25519", b"one")
OTHER = HostKey("ssh-ed25519", b"two")


def line(names: str, key: HostKey) -> str:
    return f"{names} {key.kind} {base64.b64encode(key.blob).decode()}\n"


@pytest.mark.parametrize(
    ("names", "name", "expected"),
    [
        ("host", "host", True),
        ("host", "hosts", False),
        ("a,host,b", "host", True),
        ("*.example.com", "x.example.com", True),
        ("*.example.com,!x.example.com", "x.example.com", False),
        ("[host]:2222", "[host]:2222", True),
        ("[host]:2222", "host", False),
        ("HOST", "host", True),
        ("h?st", "host", True),
        ("|1|bad", "host", False),
        ("|1|!!|!!", "host", False),
    ],
)
def test_matches(names: str, name: str, expected: bool) -> None:
    assert matches(names, name) is expected


def test_a_hashed_name_matches_its_host_alone() -> None:
    names = hashed("[host]:2222", os.urandom(20))
    assert matches(names, "[host]:2222")
    assert not matches(names, "host")


def test_openssh_hashes_alike() -> None:
    # Printed by `ssh-keygen -H` for the host "example.org".
    assert not matches("|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=", "example.org")
    assert matches("|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=", "192.168.1.61")


def test_unreadable_lines_are_passed_over() -> None:
    text = (
        "# c\n\nhost ssh-rsa !!!\nhost\n@cert-authority *"
        + line(" h", KEY)
        + line("host", KEY)
        + line("@revoked h", OTHER)
    )
    assert [(known.names, known.revoked) for known in parse_known_hosts(text)] == [("host", False), ("h", True)]


def test_host_name_leaves_out_the_usual_port() -> None:
    assert (host_name("Host", 22), host_name("Host", 23)) == ("host", "[host]:23")


def test_remembers_without_touching_the_users_file(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text(line("[h]:5", OTHER), encoding="utf-8")
    known = KnownHosts(tmp_path / "own" / "known_hosts", users)
    assert known.lookup("h", 5) == (OTHER,)
    known.remember("h", 5, KEY)
    known.remember("other", 22, OTHER)
    known.remember("h", 5, KEY)
    assert known.lookup("h", 5) == (KEY,)
    assert known.lookup("other", 22) == (OTHER,)
    assert users.read_text(encoding="utf-8") == line("[h]:5", OTHER)
    own = (tmp_path / "own" / "known_hosts").read_text(encoding="utf-8")
    assert own.count("\n") == 2
    assert "other" not in own


def test_forgetting_overrules_the_users_file_and_leaves_it_alone(tmp_path: Path) -> None:
    users, own = tmp_path / "users", tmp_path / "own" / "known_hosts"
    text = line("[h]:5", OTHER) + line("*", KEY)
    users.write_text(text, encoding="utf-8")
    known = KnownHosts(own, users)
    assert known.source("h", 5) == users
    assert known.forget("h", 5) == users
    assert known.lookup("h", 5) == ()
    assert known.lookup("elsewhere", 22) == (KEY,)
    assert users.read_text(encoding="utf-8") == text
    new = HostKey("ssh-ed25519", b"three")
    known.remember("h", 5, new)
    assert (known.lookup("h", 5), known.source("h", 5)) == ((new,), own)
    assert own.read_text(encoding="utf-8").count("\n") == 1


def test_forgetting_a_host_that_only_this_program_knows(tmp_path: Path) -> None:
    known = KnownHosts(tmp_path / "own", tmp_path / "none")
    known.remember("h", 5, KEY)
    assert known.forget("h", 5) is None
    assert known.lookup("h", 5) == ()
    assert (tmp_path / "own").read_text(encoding="utf-8") == ""


def test_lines_for_openssh_hold_what_counts_and_nothing_else(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text(line("[h]:5", OTHER) + line("*", KEY) + "@revoked " + line("h*", OTHER), encoding="utf-8")
    known = KnownHosts(tmp_path / "own", users)
    assert known.lines_for("h", 5) == line("[h]:5", OTHER) + line("[h]:5", KEY)
    assert known.lines_for("h", 22) == line("h", KEY) + "@revoked " + line("h", OTHER)
    known.remember("h", 5, KEY)
    assert known.lines_for("h", 5) == line("[h]:5", KEY)


def test_knows_revoked_keys(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("@revoked " + line("*", KEY), encoding="utf-8")
    known = KnownHosts(tmp_path / "own", users)
    assert known.is_revoked("h", 22, KEY)
    assert not known.is_revoked("h", 22, OTHER)
    assert known.lookup("h", 22) == ()


def test_fingerprints_as_openssh_prints_them() -> None:
    assert HostKey("k", b"").fingerprint == "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
