from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

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


def test_one_unsafe_ring_among_several_is_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring

    class Safe:
        priority = 5.0

    class Plain:
        priority = 0.5

    class Chainer:
        backends: ClassVar = [Safe()]

    Safe.__module__, Plain.__module__ = "keyring.backends.SecretService", "keyrings.alt.file"
    monkeypatch.setattr(keyring, "get_keyring", lambda: Chainer())
    assert open_secrets().lasting
    Chainer.backends = [Safe(), Plain()]
    assert not open_secrets().lasting


def test_without_any_ring_on_the_system_nothing_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import keyring
    import keyring.backends.fail

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(keyring, "get_keyring", keyring.backends.fail.Keyring)
    secrets = open_secrets()
    assert not secrets.put("n", "canary")
    assert secrets.get("n") == "canary"
    assert not list(tmp_path.iterdir())


def test_a_secret_moves_with_its_host_and_the_newest_counts() -> None:
    ring: Any = Ring()
    secrets = Secrets(ring)
    secrets.put("old", "s")
    secrets.move("old", "new")
    assert (secrets.get("old"), secrets.get("new")) == (None, "s")
    secrets.put("other", "t")
    secrets.move("other", "new")
    assert (secrets.get("other"), secrets.get("new")) == (None, "t")
    secrets.move("nothing", "new")
    assert secrets.get("new") == "t"


def test_names() -> None:
    assert password_name("root@h") == "password root@h"
