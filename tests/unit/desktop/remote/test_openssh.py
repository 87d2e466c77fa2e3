import pytest

from loraferry.remote.address import Address
from loraferry.remote.openssh import explain, openssh_argv

ADDRESS = Address(host="h", port=5, user="ann", key_path="k", jump="j")


def test_the_host_cannot_become_an_option() -> None:
    argv = openssh_argv(ADDRESS)
    assert argv[-2:] == ["--", "h"]
    assert "ForwardAgent=no" in argv
    assert argv[argv.index("-J") + 1] == "j"


@pytest.mark.parametrize(
    ("stderr", "code"),
    [
        (b"@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.", "host_key_changed"),
        (b"No ED25519 host key is known for h.\nHost key verification failed.", "host_key_unknown"),
        (b"ann@h: Permission denied (publickey,password).", "auth_failed"),
        (b"ssh: Could not resolve hostname h: Name or service not known", "dns_failed"),
        (b"ssh: connect to host h port 5: Connection refused", "connection_refused"),
        (b"Connection timed out during banner exchange", "banner_missing"),
        (b"ssh: connect to host h port 5: Connection timed out", "connection_timeout"),
        (b"ssh: connect to host h port 5: Network is unreachable", "network_unreachable"),
        (b"something \x1b[31mnew", "ssh_failed"),
    ],
)
def test_explains_what_ssh_says(stderr: bytes, code: str) -> None:
    problem = explain(stderr, ADDRESS).problem
    assert problem.code == code
    assert problem.params["host"] == "h"
    assert "\x1b" not in str(problem.params)


def test_names_the_fingerprint_that_changed() -> None:
    said = b"REMOTE HOST IDENTIFICATION HAS CHANGED\nSHA256:hRA0q37ukd4adQl+dwGoFDHkBe3Z/KZS6pBTv+zBkeE.\n"
    assert explain(said, ADDRESS).problem.params["fingerprint"] == "SHA256:hRA0q37ukd4adQl+dwGoFDHkBe3Z/KZS6pBTv+zBkeE"
