from pathlib import Path

import pytest

from loraferry.remote.address import Address
from loraferry.remote.openssh import _target, explain
from loraferry.remote.ssh.known_hosts import HostKey, KnownHosts
from loraferry.remote.ssh.settings import Route

GATE = Route("gate", "10.0.0.1", 22, "me", Address(host="gate", user="me", port=2))
ROUTE = Route("h", "10.0.0.9", 5, "ann", Address(host="h", port=5, user="ann", key_path="k", jump="gate"), hops=(GATE,))


@pytest.fixture
def known(tmp_path: Path) -> KnownHosts:
    return KnownHosts(tmp_path / "own", tmp_path / "users")


def test_the_host_cannot_become_an_option() -> None:
    argv = _target(ROUTE.address, ROUTE.hops)
    assert argv == ["-p", "5", "-i", "k", "-o", "IdentitiesOnly=yes", "-J", "me@gate:2", "-l", "ann", "--", "h"]


@pytest.mark.parametrize(
    ("stderr", "code"),
    [
        (b"@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.", "host_key_changed"),
        (b"No ED25519 host key is known for h.\nHost key verification failed.", "host_key_unknown"),
        (b"ann@h: Permission denied (publickey,password).", "auth_failed"),
        (b"Received disconnect from h: 2: Too many authentication failures", "auth_failed"),
        (b"ssh: Could not resolve hostname h: Name or service not known", "dns_failed"),
        (b"ssh: connect to host h port 5: Connection refused", "connection_refused"),
        (b"Connection timed out during banner exchange", "banner_missing"),
        (b"ssh: connect to host h port 5: Connection timed out", "connection_timeout"),
        (b"ssh: connect to host h port 5: Network is unreachable", "network_unreachable"),
        (
            b"channel 0: open failed: connect failed: Connection refused\r\nstdio forwarding failed\r\n"
            b"kex_exchange_identification: Connection closed by remote host\r\n",
            "jump_failed",
        ),
        (b"something \x1b[31mnew", "ssh_failed"),
    ],
)
def test_explains_what_ssh_says(known: KnownHosts, stderr: bytes, code: str) -> None:
    problem = explain(stderr, ROUTE, known).problem
    assert problem.code == code
    assert problem.params["host"] == "h"
    assert "\x1b" not in str(problem.params)


def test_names_the_fingerprints_that_changed(known: KnownHosts, tmp_path: Path) -> None:
    before = HostKey("ssh-ed25519", b"before")
    known.remember("10.0.0.9", 5, before)
    said = b"REMOTE HOST IDENTIFICATION HAS CHANGED\nSHA256:hRA0q37ukd4adQl+dwGoFDHkBe3Z/KZS6pBTv+zBkeE.\n"
    params = explain(said, ROUTE, known).problem.params
    assert params["fingerprint"] == "SHA256:hRA0q37ukd4adQl+dwGoFDHkBe3Z/KZS6pBTv+zBkeE"
    assert (params["known"], params["file"]) == (before.fingerprint, str(tmp_path / "own"))
