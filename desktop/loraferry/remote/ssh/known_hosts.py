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

REVOKED, OVERRULED = "@revoked", "@overruled"


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
    """A line of the file: which hosts it speaks of, their key, and what is said of it: nothing, `REVOKED`, or, in this
    program's file alone, `OVERRULED`: the user's own file has it, but it counts no more."""

    names: str
    key: HostKey
    marker: str = ""

    @property
    def revoked(self) -> bool:
        """Whether the key is forbidden."""
        return self.marker == REVOKED


def parse_known_hosts(text: str) -> Iterator[KnownKey]:
    """The readable lines. Certificate authorities are left out: certificates are not used here."""
    for line in text.splitlines():
        fields = line.split()
        marker = fields.pop(0) if fields and fields[0].startswith("@") else ""
        if len(fields) < 3 or fields[0].startswith("#") or marker not in ("", REVOKED, OVERRULED):
            continue
        try:
            blob = base64.b64decode(fields[2], validate=True)
        except binascii.Error:
            continue
        yield KnownKey(fields[0], HostKey(fields[1], blob), marker)


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
        overruled = _keys(self._own, name, OVERRULED)
        return _keys(self._own, name) or tuple(key for key in _keys(self._users, name) if key not in overruled)

    def source(self, host: str, port: int) -> Path:
        """The file that says what `lookup` gives."""
        return self._own if _keys(self._own, host_name(host, port)) else self._users

    def is_revoked(self, host: str, port: int, key: HostKey) -> bool:
        """Whether either file forbids this key for the host."""
        name = host_name(host, port)
        return any(key in _keys(path, name, REVOKED) for path in (self._own, self._users))

    def remember(self, host: str, port: int, key: HostKey) -> None:
        """Accept this key from now on, in place of what this program's file had for the host. Raises OSError."""
        name = host_name(host, port)
        self._write([*self._others(name), KnownKey(_hidden(name), key)])

    def forget(self, host: str, port: int) -> Path | None:
        """Know the host no longer, so that the next connection asks. What the user's own file says of it stays there
        and is overruled here; then the path of that file is given. Raises OSError."""
        name = host_name(host, port)
        theirs = _keys(self._users, name)
        self._write([*self._others(name), *(KnownKey(_hidden(name), key, OVERRULED) for key in theirs)])
        return self._users if theirs else None

    def lines_for(self, host: str, port: int) -> str:
        """All that may be known of a host, as lines for OpenSSH's own program."""
        name = host_name(host, port)
        revoked = [key for path in (self._own, self._users) for key in _keys(path, name, REVOKED)]
        lines = [KnownKey(name, key) for key in self.lookup(host, port)]
        return "".join(map(_written, [*lines, *(KnownKey(name, key, REVOKED) for key in revoked)]))

    def _others(self, name: str) -> list[KnownKey]:
        return [line for line in _lines(self._own) if line.revoked or not matches(line.names, name)]

    def _write(self, lines: list[KnownKey]) -> None:
        private_folder(self._own.parent)
        write_atomically(self._own, "".join(map(_written, lines)).encode())


def _keys(path: Path, name: str, marker: str = "") -> tuple[HostKey, ...]:
    return tuple(line.key for line in _lines(path) if line.marker == marker and matches(line.names, name))


def _lines(path: Path) -> list[KnownKey]:
    if not path.is_file():
        return []
    return list(parse_known_hosts(path.read_text(encoding="utf-8", errors="replace")))


def _hidden(name: str) -> str:
    return hashed(name, os.urandom(20))


def _written(line: KnownKey) -> str:
    marker = f"{line.marker} " if line.marker else ""
    return f"{marker}{line.names} {line.key.kind} {base64.b64encode(line.key.blob).decode()}\n"
