"""OpenSSH's own `ssh` program as the way there: for proxies, hardware keys and whatever else the user has set up.

It never asks (BatchMode), and it gets the very host keys that this program has verified, nothing else: those of a host
it does not know are fetched without logging in, shown to the person, and only then handed over.
"""

import re
import shlex
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from loraferry.platform import system_ssh_settings
from loraferry.remote.address import Address
from loraferry.remote.process import ProcessStream, run_process
from loraferry.remote.ssh.known_hosts import HostKey, KnownHosts, parse_known_hosts
from loraferry.remote.ssh.prompts import Prompts
from loraferry.remote.ssh.settings import USER_SETTINGS, Route
from loraferry.remote.ssh.verify import verify
from loraferry.remote.transport import Completed, Stream
from loraferry_core.names import without_control_characters
from loraferry_core.problems import ProblemError, fail

FAILED = 255
"""The exit status by which `ssh` says that it, and not the command, failed."""
SETTINGS = (
    "IgnoreUnknown *",  # an older `ssh` does not know all of these
    "BatchMode yes",
    "ForwardAgent no",
    "ForwardX11 no",
    "Compression no",
    "StrictHostKeyChecking yes",
    "GlobalKnownHostsFile none",
    "KnownHostsCommand none",
    "VerifyHostKeyDNS no",
    "UpdateHostKeys no",
    "CheckHostIP no",
    "ControlMaster no",  # a connection that another program opened was verified by that program's rules
    "ControlPath none",
    "ServerAliveInterval 5",
    "ServerAliveCountMax 6",
)
"""Before the user's own settings, so that these count: in `ssh` the first mention does, and, unlike those of a command
line, they also count for the `ssh` processes that pass jump hosts."""
CIPHERS = (
    "Ciphers aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,"
    "aes128-ctr,aes192-ctr,aes256-ctr"
)
"""Those OpenSSH offers by itself, the fastest first; what the user's settings say comes before."""
OPTIONS = ("-o", "ClearAllForwardings=yes", "-o", "RequestTTY=no", "-o", "RemoteCommand=none")
SCAN = ("-o", "StrictHostKeyChecking=accept-new", "-o", "PreferredAuthentications=none", "-o", "HashKnownHosts=no")
"""Goes as far as the key, and no credential is sent: `none` is what OpenSSH calls asking for what is allowed."""

# What `ssh` prints, in English whatever the locale, and what it means. The first that fits counts.
_MEANINGS = (
    (r"REMOTE HOST IDENTIFICATION HAS CHANGED|REVOKED HOST KEY", "host_key_changed"),
    (r"Host key verification failed|host key is known", "host_key_unknown"),
    (r"Permission denied \((?P<methods>[^)]*)\)|Too many authentication failures", "auth_failed"),
    (r"Could not resolve hostname", "dns_failed"),
    (r"open failed: (?P<detail>[^\n]*)\n[^\n]*stdio forwarding failed", "jump_failed"),
    (r"Connection refused", "connection_refused"),
    (r"banner exchange|kex_exchange_identification", "banner_missing"),
    (r"timed out", "connection_timeout"),
    (r"(?P<detail>Network is unreachable|No route to host)", "network_unreachable"),
)


def connect_openssh(
    route: Route, known: KnownHosts, prompts: Prompts, timeout: float = 15.0, settings: Path = USER_SETTINGS
) -> "OpenSshTransport":
    """Verify the key of each host on the way, then log in once.

    Raises ProblemError: `host_key_unknown`, `host_key_changed`, and those of `explain`.
    """
    if shutil.which("ssh") is None:
        raise fail("ssh_failed", host=route.name, detail="ssh: command not found")
    folder = tempfile.TemporaryDirectory(prefix="loraferry-ssh-", ignore_cleanup_errors=True)
    program = _Program(Path(folder.name), known, settings, timeout)
    try:
        for index, hop in enumerate(route.way):
            if not known.lookup(*hop.known_as):
                verify(program.scan(hop, route.way[:index]), hop, known, prompts)
            program.trust(hop)
        transport = OpenSshTransport(route, program.argv(route, route.hops), folder, known)
        try:
            transport.check(2 * timeout + 30)
        except ProblemError as error:
            if error.problem.code in ("host_key_changed", "host_key_unknown"):
                program.find_stranger(route, prompts)
            raise
    except BaseException:
        folder.cleanup()
        raise
    return transport


class _Program:
    """Command lines of `ssh` with settings and known hosts of our own, in a folder of theirs."""

    def __init__(self, folder: Path, known: KnownHosts, settings: Path, timeout: float) -> None:
        self._known, self._timeout = known, timeout
        self._hosts, self._scanned, self._config = (folder / name for name in ("known_hosts", "scanned", "config"))
        self._hosts.touch()
        own = [*SETTINGS, f"UserKnownHostsFile {_quoted(self._hosts)}", f"ConnectTimeout {max(1, round(timeout))}"]
        theirs = [f"Match all\nInclude {_quoted(path)}" for path in (settings, system_ssh_settings()) if path.is_file()]
        self._config.write_text("\n".join([*own, *theirs, "Match all", CIPHERS, ""]), encoding="utf-8")

    def trust(self, hop: Route) -> None:
        """Hand over what is known of a host."""
        with self._hosts.open("a", encoding="utf-8") as file:
            file.write(self._known.lines_for(*hop.known_as))

    def argv(self, route: Route, hops: Sequence[Route], *extra: str) -> list[str]:
        """The command line up to the remote command."""
        return ["ssh", "-F", str(self._config), "-T", *OPTIONS, *extra, *_target(route.address, hops)]

    def scan(self, hop: Route, hops: Sequence[Route]) -> HostKey:
        """The key that a host shows. Raises ProblemError where it cannot be reached."""
        self._scanned.write_bytes(b"")
        files = ("-o", f"UserKnownHostsFile={_quoted(self._scanned)}")
        try:
            done = run_process([*self.argv(hop, hops, *files, *SCAN), "true"], b"", 2 * self._timeout + 30)
        except TimeoutError as error:
            raise fail("connection_timeout", host=hop.name, port=hop.port) from error
        found = [line.key for line in parse_known_hosts(self._scanned.read_text(encoding="utf-8"))]
        if not found:
            raise explain(done.stderr, hop, self._known)
        return found[0]

    def find_stranger(self, route: Route, prompts: Prompts) -> None:
        """Raise the problem of the first host on the way that shows another key than it should: `ssh` says neither
        which host it was nor, for a key of another kind, which key."""
        for index, hop in enumerate(route.way):
            verify(self.scan(hop, route.way[:index]), hop, self._known, prompts)


def _quoted(path: Path) -> str:
    """A path in the settings of `ssh`, which takes `%` for the beginning of a token."""
    return '"' + path.as_posix().replace("%", "%%") + '"'


def _target(address: Address, hops: Sequence[Route]) -> list[str]:
    argv: list[str] = []
    if address.port:
        argv += ["-p", str(address.port)]
    if address.key_path:
        argv += ["-i", str(Path(address.key_path).expanduser()), "-o", "IdentitiesOnly=yes"]
    if hops:
        argv += ["-J", ",".join(str(hop.address) for hop in hops)]
    if address.user:
        argv += ["-l", address.user]
    return [*argv, "--", address.host]


def explain(stderr: bytes, route: Route, known: KnownHosts) -> ProblemError:
    """The problem behind what `ssh` printed before it gave up."""
    text = without_control_characters(stderr.decode("utf-8", "replace"))
    for pattern, code in _MEANINGS:
        found = re.search(pattern, text)
        if found:
            return fail(code, **_parameters(code, text, route, known, found.groupdict()))
    return fail("ssh_failed", host=route.name, detail=text.strip()[-2000:])


def _parameters(
    code: str, text: str, route: Route, known: KnownHosts, found: dict[str, str | None]
) -> dict[str, str | int]:
    fingerprint = re.search(r"SHA256:[A-Za-z0-9+/]{43}", text)
    shown = fingerprint[0] if fingerprint else ""
    before = ", ".join(key.fingerprint for hop in route.way for key in known.lookup(*hop.known_as))
    detail = found.get("detail") or ""
    parameters: dict[str, dict[str, str | int]] = {
        "host_key_changed": {
            "port": route.port,
            "fingerprint": shown,
            "known": before or "revoked",
            "file": str(known.source(*route.known_as)),
        },
        "host_key_unknown": {"port": route.port, "kind": "", "fingerprint": shown},
        "auth_failed": {"user": route.user, "methods": found.get("methods") or ""},
        "dns_failed": {},
        "jump_failed": {"port": route.port, "detail": detail},
        "network_unreachable": {"detail": detail},
    }
    return {"host": route.name, **parameters.get(code, {"port": route.port})}


class OpenSshTransport:
    """See `Transport`. Each command is a process and a connection of its own."""

    def __init__(
        self, route: Route, argv: Sequence[str], folder: "tempfile.TemporaryDirectory[str]", known: KnownHosts
    ) -> None:
        self.label = route.name
        self._route, self._argv, self._folder, self._known = route, list(argv), folder, known
        self._streams: list[ProcessStream] = []

    def check(self, timeout: float) -> None:
        """Go there once. Raises ProblemError with what is in the way."""
        try:
            self.run(("true",), timeout=timeout)
        except TimeoutError as error:
            raise fail("connection_timeout", host=self.label, port=self._route.port) from error

    def run(self, command: Sequence[str], stdin: bytes = b"", timeout: float = 60.0) -> Completed:
        """See `Transport`. Raises ProblemError where `ssh` itself fails."""
        done = run_process([*self._argv, shlex.join(command)], stdin, timeout)
        if done.returncode == FAILED:
            raise explain(done.stderr, self._route, self._known)
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
        self._folder.cleanup()
