import subprocess
from pathlib import Path

import pytest

from loraferry.remote.ssh.key_files import KeyFile, read_key_file
from tests.fakes.sshd import make_key
from tests.unit.desktop.remote.test_settings import hardware_key

KINDS = {"rsa": "ssh-rsa", "ecdsa": "ecdsa-sha2-nistp256", "ed25519": "ssh-ed25519"}


@pytest.mark.ssh
@pytest.mark.parametrize("passphrase", ["", "open sesame"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_head_tells_kind_and_lock_without_the_passphrase(tmp_path: Path, kind: str, passphrase: str) -> None:
    path = make_key(tmp_path / "key", kind, passphrase)
    public = path.with_suffix(".pub").read_text(encoding="utf-8")
    path.with_suffix(".pub").unlink()
    found = read_key_file(str(path))
    assert (found.path, found.kind, found.locked, found.on_hardware) == (path, KINDS[kind], bool(passphrase), False)
    path.with_suffix(".pub").write_text(public, encoding="utf-8")
    assert read_key_file(f"{path}.pub") == found


@pytest.mark.ssh
@pytest.mark.parametrize("passphrase", ["", "open sesame"])
def test_older_files_have_their_kind_in_the_public_half(tmp_path: Path, passphrase: str) -> None:
    path = tmp_path / "key"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", passphrase, "-f", str(path)], check=True
    )
    found = read_key_file(str(path))
    assert (found.kind, found.locked) == ("ssh-rsa", bool(passphrase))
    assert found.public


def test_a_key_in_hardware(tmp_path: Path) -> None:
    (tmp_path / "k").write_text(hardware_key(), encoding="utf-8")
    assert read_key_file(str(tmp_path / "k")).on_hardware


WHOLE = hardware_key().encode()


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"\xff\x00",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\n!!\n",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n",
        WHOLE[:100],
        WHOLE.replace(b"AAAAB", b"/////"),
    ],
)
def test_what_cannot_be_read_is_left_empty(tmp_path: Path, content: bytes | None) -> None:
    assert content != WHOLE
    if content is not None:
        (tmp_path / "k").write_bytes(content)
        (tmp_path / "k.pub").write_bytes(b"ssh-rsa !!!")
    assert read_key_file(str(tmp_path / "k")) == KeyFile(tmp_path / "k")
