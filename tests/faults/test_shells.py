"""F13, F15: servers that change keys all the time, shells that chatter, no SFTP, no Python."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from loraferry.cancellation import CancelToken
from loraferry.remote.agent_code import read_agent_code
from loraferry.remote.bootstrap import probe
from loraferry.remote.sync import upload
from loraferry_core.problems import ProblemError
from tests.faults.box import PATIENCE, Box, Home, await_that, ignore, make_files, manifest_of_files, running_box
from tests.faults.ledger import LEDGER, count
from tests.faults.naive import BROKEN, naive, stays_connected

pytestmark = pytest.mark.ssh
SHELLS = {
    "banner": 'echo "Welcome! {x} 欢迎"; printf "\\033[31m\\000"; exec bash -c "$SSH_ORIGINAL_COMMAND"',
    "stderr": 'echo noise >&2; exec bash -c "$SSH_ORIGINAL_COMMAND"',
    "dash": 'exec dash -c "$SSH_ORIGINAL_COMMAND"',
}


@contextmanager
def machine(folder: Path, *settings: str) -> Iterator[tuple[Box, Home]]:
    folder.mkdir()
    with running_box(folder, *settings) as box:
        yield box, box.home("家")


def forced(folder: Path, script: str) -> str:
    """The setting that runs this in place of what was asked for."""
    path = folder / "shell.sh"
    path.write_text(script + "\n", encoding="utf-8")
    return f"ForceCommand sh {path}"


def ferry(home: Home, seed: int, sizes: tuple[int, ...] = (0, 1000, 300_000)) -> None:
    files = make_files(seed, sizes)
    with home.connected() as client:
        upload([client], manifest_of_files(files), files, ignore, CancelToken())
    LEDGER.shipped(home, manifest_of_files(files), files)


@pytest.mark.parametrize("shell", sorted(SHELLS))
def test_odd_shells(tmp_path: Path, shell: str) -> None:
    settings = (forced(tmp_path, SHELLS[shell]), "Subsystem sftp /bin/false")
    with machine(tmp_path / "box", *settings) as (box, home):
        for number in range(count(5, 1)):
            with LEDGER.trial("F15"):
                ferry(home, number)
        with pytest.raises(BROKEN), naive(box) as client:
            client.put_all({"a": b"x"}, tmp_path / "set")
        LEDGER.naive_fails("F15", not (tmp_path / "set" / "a").exists())


def test_no_python(tmp_path: Path) -> None:
    none = "PATH=/nonexistent; export PATH; exec /bin/sh -c 'exit 127'"
    with machine(tmp_path / "box", forced(tmp_path, none)) as (box, _), LEDGER.trial("F15"):
        transport = box.dial()
        with pytest.raises(ProblemError) as caught:
            probe(transport, read_agent_code(), str(tmp_path / "none"))
        transport.close()
        assert caught.value.problem.code == "python_missing"


def test_new_keys_under_load(tmp_path: Path) -> None:
    with machine(tmp_path / "box", "RekeyLimit 1M") as (box, home):
        for number in range(count(8, 1)):
            with LEDGER.trial("F13"):
                ferry(home, number, (12_000_000, 500_000))
        # The library's keepalive waits while keys change, and sees nothing anyway when the line dies meanwhile.
        script = f"{sys.executable} -c \"import sys; [sys.stdout.write('x' * 65536) for _ in range(400)]\""
        with naive(box) as client:
            client.client.exec_command(script)
            before = box.relay.down_bytes
            await_that(lambda: box.relay.down_bytes > before + 1_000_000)
            box.relay.pause()
            blind = stays_connected(client, 4 * PATIENCE.offline)
            box.relay.resume()
        LEDGER.naive_fails("F13", blind)
