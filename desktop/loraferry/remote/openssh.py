"""OpenSSH's own `ssh` program as the way there: for jump hosts, hardware keys and whatever else the user has set up.

It never asks (BatchMode): host keys and keys must already be known to it.
"""

import re
import shlex
import shutil
from collections.abc import Sequence

from loraferry.remote.address import Address
from loraferry.remote.process import ProcessStream, run_process
from loraferry.remote.transport import Completed, Stream
from loraferry_core.names import without_control_characters
from loraferry_core.problems import ProblemError, fail

FAILED = 255
"""The exit status by which `ssh` says that it, and not the command, failed."""
OPTIONS = (
    "BatchMode=yes",
    "ForwardAgent=no",
    "ClearAllForwardings=yes",
    "Compression=no",
    "StrictHostKeyChecking=yes",
    "ConnectTimeout=15",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=6",
)

# What `ssh` prints, in English whatever the locale, and what it means. The first that fits counts.
_MEANINGS = (
    (r"REMOTE HOST IDENTIFICATION HAS CHANGED|REVOKED HOST KEY", "host_key_changed"),
    (r"Host key verification failed|host key is known", "host_key_unknown"),
    (r"Permission denied \((?P<methods>[^)]*)\)|Too many authentication failures", "auth_failed"),
    (r"Could not resolve hostname", "dns_failed"),
    (r"Connection refused", "connection_refused"),
    (r"banner exchange|kex_exchange_identification", "banner_missing"),
    (r"timed out", "connection_timeout"),
    (r"(?P<detail>Network is unreachable|No route to host)", "network_unreachable"),
)


def openssh_argv(address: Address, extra: Sequence[str] = ()) -> list[str]:
    """The command line up to the remote command. `extra` are further `-o` settings."""
    argv = ["ssh", "-T"]
    for option in (*extra, *OPTIONS):
        argv += ["-o", option]
    if address.port:
        argv += ["-p", str(address.port)]
    if address.key_path:
        argv += ["-i", address.key_path, "-o", "IdentitiesOnly=yes"]
    if address.jump:
        argv += ["-J", address.jump]
    if address.user:
        argv += ["-l", address.user]
    return [*argv, "--", address.host]


def explain(stderr: bytes, address: Address) -> ProblemError:
    """The problem behind what `ssh` printed before it gave up."""
    text = without_control_characters(stderr.decode("utf-8", "replace"))
    for pattern, code in _MEANINGS:
        found = re.search(pattern, text)
        if found:
            return fail(code, **_parameters(code, text, address, found.groupdict()))
    return fail("ssh_failed", host=address.host, detail=text.strip()[-2000:])


def _parameters(code: str, text: str, address: Address, found: dict[str, str | None]) -> dict[str, str | int]:
    port = address.port or 22
    fingerprint = re.search(r"SHA256:[A-Za-z0-9+/]{43}", text)
    shown = fingerprint[0] if fingerprint else ""
    parameters: dict[str, dict[str, str | int]] = {
        "host_key_changed": {"port": port, "fingerprint": shown, "known": "known_hosts"},
        "host_key_unknown": {"port": port, "kind": "", "fingerprint": shown},
        "auth_failed": {"user": address.user, "methods": found.get("methods") or ""},
        "dns_failed": {},
        "network_unreachable": {"detail": found.get("detail") or ""},
    }
    return {"host": address.host, **parameters.get(code, {"port": port})}


class OpenSshTransport:
    """See `Transport`. Each command is a process and a connection of its own, unless the user's settings share one."""

    def __init__(self, address: Address, extra: Sequence[str] = ()) -> None:
        if shutil.which("ssh") is None:
            raise fail("ssh_failed", host=address.host, detail="ssh: command not found")
        self.label = address.host
        self._address = address
        self._argv = openssh_argv(address, extra)
        self._streams: list[ProcessStream] = []

    def check(self, timeout: float = 60.0) -> None:
        """Go there once. Raises ProblemError with what is in the way."""
        try:
            self.run(("true",), timeout=timeout)
        except TimeoutError as error:
            raise fail("connection_timeout", host=self.label, port=self._address.port or 22) from error

    def run(self, command: Sequence[str], stdin: bytes = b"", timeout: float = 60.0) -> Completed:
        """See `Transport`. Raises ProblemError where `ssh` itself fails."""
        done = run_process([*self._argv, shlex.join(command)], stdin, timeout)
        if done.returncode == FAILED:
            raise explain(done.stderr, self._address)
        return done

    def open(self, command: Sequence[str]) -> Stream:
        """See `Transport`."""
        stream = ProcessStream([*self._argv, shlex.join(command)])
        self._streams.append(stream)
        return stream

    def close(self) -> None:
        """See `Transport`."""
        while self._streams:
            self._streams.pop().close()
