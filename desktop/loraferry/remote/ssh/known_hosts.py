"""Which keys a host is known by: the lines of OpenSSH's `known_hosts`, read and written.

Format: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". Lines that cannot be read are passed over, as OpenSSH does.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from loraferry.platform import private_folder, write_atomically


@dataclass(frozen=True)
class HostKey:
    """A public host key: its kind, such as `ssh-ed25519`, and its bytes as they go over the wire."""

    kind: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` prints it: `SHA256:` and the base64 of the hash without padding."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")


@dataclass(frozen=True)
class KnownKey:
    """A line of the file: which hosts it speaks of, their key, and whether that key was revoked."""

    names: str
    key: HostKey
    revoked: bool = False


def parse_known_hosts(text: str) -> Iterator[KnownKey]:
    """The readable lines. Certificate authorities are left out: certificates are not used here."""
    for line in text.splitlines():
        fields = line.split()
        marker = fields.pop(0) if fields and fields[0].startswith("@") else ""
        if len(fields) < 3 or fields[0].startswith("#") or marker not in ("", "@revoked"):
            continue
        try:
            blob = base64.b64decode(fields[2], validate=True)
        except binascii.Error:
            continue
        yield KnownKey(fields[0], HostKey(fields[1], blob), marker == "@revoked")


def host_name(host: str, port: int) -> str:
    """How a host is written in the file: the port only where it is not 22."""
    return host.lower() if port == 22 else f"[{host.lower()}]:{port}"


def matches(names: str, name: str) -> bool:
    """Whether the first field of a line, hashed or a list of patterns, means the host `name`."""
    if names.startswith("|1|"):
        return _matches_hashed(names, name)
    found = False
    for pattern in names.lower().split(","):
        # In these patterns a bracket is a plain character, unlike in a shell's.
        plain = pattern.removeprefix("!").replace("[", "[[]")
        if fnmatchcase(name, plain):
            if pattern.startswith("!"):
                return False
            found = True
    return found


def _matches_hashed(names: str, name: str) -> bool:
    try:
        _, _, salt, digest = names.split("|")
        expected = base64.b64decode(digest, validate=True)
        key = base64.b64decode(salt, validate=True)
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(hmac.digest(key, name.encode(), "sha1"), expected)


def hashed(name: str, salt: bytes) -> str:
    """The first field of a line that does not tell which host it speaks of."""
    digest = hmac.digest(salt, name.encode(), "sha1")
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


class KnownHosts:
    """The user's own file, which is only read, and this program's, which is written and wins where both know a host.

    So a key that the user replaced here on purpose counts, and nothing of the user's is changed.
    """

    def __init__(self, own: Path, users: Path | None = None) -> None:
        self._own = own
        self._users = Path.home() / ".ssh" / "known_hosts" if users is None else users

    def lookup(self, host: str, port: int) -> tuple[HostKey, ...]:
        """The keys that this host may show; empty where it is unknown. Raises OSError for a file that is unreadable."""
        name = host_name(host, port)
        return _valid(self._own, name) or _valid(self._users, name)

    def is_revoked(self, host: str, port: int, key: HostKey) -> bool:
        """Whether either file forbids this key for the host."""
        name = host_name(host, port)
        lines = [*_lines(self._own), *_lines(self._users)]
        return any(line.revoked and line.key == key and matches(line.names, name) for line in lines)

    def remember(self, host: str, port: int, key: HostKey) -> None:
        """Accept this key from now on, in place of what this program's file had for the host. Raises OSError."""
        name = host_name(host, port)
        self._write([*self._others(name), KnownKey(hashed(name, os.urandom(20)), key)])

    def forget(self, host: str, port: int) -> None:
        """Drop the host from this program's file; what the user's own says of it still counts. Raises OSError."""
        self._write(self._others(host_name(host, port)))

    def _others(self, name: str) -> list[KnownKey]:
        return [line for line in _lines(self._own) if line.revoked or not matches(line.names, name)]

    def _write(self, lines: list[KnownKey]) -> None:
        private_folder(self._own.parent)
        write_atomically(self._own, "".join(map(_written, lines)).encode())


def _valid(path: Path, name: str) -> tuple[HostKey, ...]:
    return tuple(line.key for line in _lines(path) if not line.revoked and matches(line.names, name))


def _lines(path: Path) -> list[KnownKey]:
    if not path.is_file():
        return []
    return list(parse_known_hosts(path.read_text(encoding="utf-8", errors="replace")))


def _written(line: KnownKey) -> str:
    marker = "@revoked " if line.revoked else ""
    return f"{marker}{line.names} {line.key.kind} {base64.b64encode(line.key.blob).decode()}\n"
