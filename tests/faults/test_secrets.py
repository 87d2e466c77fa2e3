"""F18: a secret is on no command line, in no other process's environment, in no log, event, database or file but one."""

import os
import stat
from pathlib import Path

import pytest

from loraferry.remote.dial import dial
from loraferry.remote.link import open_agent
from loraferry.remote.ssh.prompts import Prompts
from loraferry_core.jobs import JobState
from tests.fakes.sshd import make_key
from tests.faults.box import PATIENCE, Home, await_that, voyage
from tests.faults.ledger import LEDGER, count
from tests.faults.naive import naive

pytestmark = pytest.mark.ssh


def shown(secret: str) -> list[str]:
    """Processes that show a secret to whoever asks: on the command line, or in an environment that is not ours."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                if secret.encode() in (entry / name).read_bytes() and int(entry.name) != os.getpid():
                    found.append(f"{entry.name}/{name}")
            except OSError:
                continue
    return found


def written(secret: str, *folders: Path) -> list[Path]:
    """Files that hold it."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path for path in files if secret.encode() in content(path)]


def content(path: Path) -> bytes:
    """Its bytes; none where it has gone meanwhile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def test_a_passphrase_and_a_token(home: Home, tmp_path: Path) -> None:
    with voyage(home, tmp_path / "laptop") as running:
        job = running.launch("steps=100000 pause=0.02")
        home.await_state(job, JobState.RUNNING)
        for number in range(count(10, 1)):
            passphrase, token = f"canary-passphrase-{number}-{os.urandom(8).hex()}", f"hf_canary{os.urandom(12).hex()}"
            key = make_key(tmp_path / f"key{number}", passphrase=passphrase)
            with (home.box.server.folder / "authorized_keys").open("a", encoding="utf-8") as keys:
                keys.write(key.with_suffix(".pub").read_text(encoding="utf-8"))
            with LEDGER.trial("F18"):
                address = home.box.address.replace(key_path=str(key))
                transport = dial(address, home.box.known, Prompts(passphrase=lambda path, p=passphrase: p), 5)
                client = open_agent(transport, home.deployment, *home.arguments, patience=PATIENCE)
                client.set_secret("huggingface", token)
                assert client.list_jobs()
                home.await_steps(job)
                assert shown(passphrase) == shown(token) == []
                assert token not in client.read_log(job)
                places = (home.path, home.box.server.folder, tmp_path / "laptop")
                assert written(passphrase, *places) == []
                (kept,) = written(token, *places)
                assert stat.S_IMODE(kept.stat().st_mode) == 0o600
                client.set_secret("huggingface", "")
                assert written(token, *places) == []
                client.close()
                transport.close()
        running.client().stop(job)
        running.await_over(job)


def test_a_naive_token_is_on_the_command_line(home: Home) -> None:
    token = f"hf_canary{os.urandom(12).hex()}"
    with naive(home.box) as client:
        client.client.exec_command(f"HF_TOKEN={token} sleep 30")
        await_that(lambda: shown(token))
        found = shown(token)
        for place in found:
            pid = int(place.partition("/")[0])
            if b"sleep" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, 15)
    LEDGER.naive_fails("F18", bool(found))
