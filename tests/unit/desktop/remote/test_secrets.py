from types import SimpleNamespace
from typing import Any

import pytest

from loraferry.remote.secrets import Secrets, open_secrets, password_name


class KeyringError(Exception):
    pass


class Ring:
    """A keyring in memory that can be locked."""

    errors = SimpleNamespace(KeyringError=KeyringError)

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def _check(self) -> None:
        if self.locked:
            raise KeyringError

    def get_password(self, service: str, name: str) -> str | None:
        self._check()
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, secret: str) -> None:
        self._check()
        self.kept[service, name] = secret

    def delete_password(self, service: str, name: str) -> None:
        self._check()
        if (service, name) not in self.kept:
            raise KeyringError
        del self.kept[service, name]


def test_outlives_the_program_in_a_ring() -> None:
    ring: Any = Ring()
    assert Secrets(ring).put("n", "s")
    again = Secrets(ring)
    assert again.lasting
    assert again.get("n") == "s"
    again.forget("n")
    again.forget("n")
    assert Secrets(ring).get("n") is None


def test_a_locked_ring_leaves_it_in_memory() -> None:
    ring: Any = Ring()
    ring.locked = True
    secrets = Secrets(ring)
    assert not secrets.put("n", "s")
    assert secrets.get("n") == "s"
    assert secrets.get("other") is None


def test_without_a_ring_only_memory() -> None:
    secrets = Secrets(None)
    assert not secrets.lasting
    assert not secrets.put("n", "s")
    assert secrets.get("n") == "s"
    assert Secrets(None).get("n") is None


def test_a_ring_that_stores_nothing_or_plain_text_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    import keyring.backends.fail
    import keyring.backends.null

    class PlaintextKeyring(keyring.backends.null.Keyring):
        priority = 9.0

    PlaintextKeyring.__module__ = "keyrings.alt.file"
    for backend in (keyring.backends.fail.Keyring(), keyring.backends.null.Keyring(), PlaintextKeyring()):
        monkeypatch.setattr(keyring, "get_keyring", lambda backend=backend: backend)
        assert not open_secrets().lasting


def test_names() -> None:
    assert password_name("root", "h", 22) == "password root@h:22"
