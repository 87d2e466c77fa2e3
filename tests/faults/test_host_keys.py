"""F7: a machine shows another key than before; nothing that proves who the user is leaves this computer."""

from pathlib import Path

import pytest

from loraferry.remote.dial import dial
from loraferry.remote.ssh.known_hosts import HostKey, KnownHosts
from loraferry.remote.ssh.prompts import Prompts
from loraferry_core.problems import ProblemError
from tests.fakes.sshd import make_key, running_sshd
from tests.faults.box import Box
from tests.faults.ledger import LEDGER, count
from tests.faults.naive import BROKEN, Naive

pytestmark = pytest.mark.ssh
PASSWORD = "correct horse battery"
KINDS = ("ed25519", "ecdsa", "rsa")
ASKS = "userauth-request"
"""What the server's log says of each attempt to log in, the very first included."""


@pytest.mark.parametrize("kind", KINDS)
def test_another_key_is_told_nothing(calm: Box, tmp_path: Path, kind: str) -> None:
    asked: list[str] = []
    prompts = Prompts(accept_key=lambda question: True, password=lambda *_: asked.append("password") or PASSWORD)
    with running_sshd("LogLevel DEBUG3", host_key=make_key(tmp_path / "impostor", kind)) as impostor:
        calm.relay.target = (impostor.host, impostor.port)
        try:
            for number in range(count(6, 1)):
                with LEDGER.trial("F7"):
                    known = KnownHosts(tmp_path / f"own{number}", tmp_path / "none")
                    known.remember(calm.address.host, calm.relay.port, HostKey("ssh-ed25519", b"the one of before"))
                    with pytest.raises(ProblemError) as caught:
                        dial(calm.address, known, prompts, 5).close()
                    assert caught.value.problem.code == "host_key_changed"
                    assert (asked, ASKS in impostor.log()) == ([], False)
            with pytest.raises(BROKEN):
                Naive(calm, PASSWORD)
            LEDGER.naive_fails("F7", ASKS in impostor.log())
        finally:
            calm.relay.target = (calm.server.host, calm.server.port)
