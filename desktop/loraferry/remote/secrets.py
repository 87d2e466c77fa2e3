"""Passwords and passphrases: in the system's keyring where there is a real one, else only in memory."""

import threading
from types import ModuleType

SERVICE = "loraferry"


def password_name(owner: str) -> str:
    """Under which name a password is kept. `owner` is the id of a host, so that a new address keeps it, or
    `user@host` for a jump host."""
    return f"password {owner}"


def passphrase_name(path: str) -> str:
    """Under which name the passphrase of a key file is kept."""
    return f"passphrase {path}"


def token_name(service: str) -> str:
    """Under which name the token for a service, such as `huggingface`, is kept."""
    return f"token {service}"


class Secrets:
    """What the user chose to have remembered. `ring` is the `keyring` module, or None for memory alone."""

    def __init__(self, ring: ModuleType | None) -> None:
        self._ring = ring
        self._memory: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def lasting(self) -> bool:
        """Whether secrets outlive this program."""
        return self._ring is not None

    def get(self, name: str) -> str | None:
        """A secret; None where it is not known, or the user keeps the keyring locked."""
        with self._lock:
            if name in self._memory or self._ring is None:
                return self._memory.get(name)
            try:
                found = self._ring.get_password(SERVICE, name)
            except self._ring.errors.KeyringError:
                return None
            return None if found is None else str(found)

    def put(self, name: str, secret: str) -> bool:
        """Remember a secret; whether it will outlive this program. A locked keyring leaves it in memory."""
        with self._lock:
            self._memory[name] = secret
            if self._ring is None:
                return False
            try:
                self._ring.set_password(SERVICE, name, secret)
            except self._ring.errors.KeyringError:
                return False
            return True

    def move(self, name: str, to: str) -> None:
        """Keep a secret under another name, in place of what was there. Nothing happens where there is none."""
        secret = self.get(name)
        if secret is not None:
            self.put(to, secret)
            self.forget(name)

    def forget(self, name: str) -> None:
        """Remove a secret everywhere."""
        with self._lock:
            self._memory.pop(name, None)
            if self._ring is None:
                return
            try:
                self._ring.delete_password(SERVICE, name)
            except self._ring.errors.KeyringError:
                return  # not there, or locked


def open_secrets() -> Secrets:
    """The system's keyring, if it has one that is safe; never a file of plain text."""
    import keyring
    import keyring.errors

    chosen = keyring.get_keyring()
    # Several at once would fall back from a safe one to any other, which may be a file of plain text.
    backends = getattr(chosen, "backends", [chosen])
    return Secrets(keyring if backends and all(map(_is_safe, backends)) else None)


def _is_safe(backend: object) -> bool:
    """Whether it is one of those that come with `keyring`, which hand secrets to the system; `fail` and `null` keep
    none."""
    package, _, name = type(backend).__module__.rpartition(".")
    return package == "keyring.backends" and name not in ("fail", "null") and backend.priority >= 1  # type: ignore[attr-defined]
