"""What the user's own `~/.ssh/config` says about a host, and about the hosts on the way to it."""

import getpass
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import paramiko

from loraferry.remote.address import MAX_HOPS, Address, jump_addresses
from loraferry.remote.ssh.key_files import read_key_file
from loraferry_core.problems import fail

USER_SETTINGS = Path.home() / ".ssh" / "config"
USUAL_NAMES = ("id_ed25519", "id_ecdsa", "id_rsa", "id_ed25519_sk", "id_ecdsa_sk")
_RUNS = re.compile(r"^\s*match\s.*\bexec\b", re.IGNORECASE)
"""Settings that depend on a program's answer: running it is left to OpenSSH, as the library would let it read stdin."""
ONLY_OPENSSH = ("PKCS11Provider", "CertificateFile")
"""Settings that only OpenSSH's own program follows."""
MAX_DEPTH = 16
"""Files that include files."""


@dataclass(frozen=True)
class Route:
    """Everything needed to dial. `name` is the host as it was asked for, perhaps an alias; `hops` are passed before it,
    the nearest first. `key_paths` are keys chosen for this host; unless there are `only_keys`, those of the ssh agent
    are tried, too, and where none was chosen the `usual_keys`."""

    name: str
    host: str
    port: int
    user: str
    address: Address
    """As the user wrote it, for OpenSSH's own program."""
    key_paths: tuple[str, ...] = ()
    usual_keys: tuple[str, ...] = ()
    only_keys: bool = False
    key_alias: str = ""
    proxy_command: str = ""
    needs_openssh: str = ""
    """What only OpenSSH's own program can do and this host needs; empty where nothing is."""
    hops: tuple["Route", ...] = field(default=())

    @property
    def known_as(self) -> tuple[str, int]:
        """Host and port under which its key is known."""
        return (self.key_alias, 22) if self.key_alias else (self.host, self.port)

    @property
    def way(self) -> tuple["Route", ...]:
        """The hops, then the host itself."""
        return (*self.hops, self)


def find_route(address: Address, settings: Path = USER_SETTINGS) -> Route:
    """The address, completed by the settings: what the address says itself wins. Raises ProblemError `ssh_failed`
    where the settings cannot be read or lead in a circle."""
    return _route(address, _Settings(settings), ())


class _Settings:
    """The text of the settings, with that of all included files, and the user's keys of the usual names."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.usual_keys = tuple(str(key) for key in (path.parent / name for name in USUAL_NAMES) if key.is_file())

    def lookup(self, address: Address) -> paramiko.SSHConfigDict | None:
        """What they say of a host; None where a program would have to be asked. What the address says stands first, as
        it also counts inside a ProxyCommand. Raises ProblemError `ssh_failed`."""
        said = [f"Port {address.port}"] if address.port else []
        said += [f"User {address.user}"] if address.user else []
        try:
            lines = list(_lines(self._path, self._path.parent, 0))
            if any(map(_RUNS.match, lines)):
                return None
            found = paramiko.SSHConfig.from_text("\n".join([*said, *lines])).lookup(address.host)
            found["port"] = str(int(found.get("port", 22)))
        except (paramiko.ConfigParseError, ValueError, OSError) as error:
            raise fail("ssh_failed", host=address.host, detail=f"{self._path}: {error}") from error
        return found


def _route(address: Address, settings: _Settings, passed: tuple[str, ...]) -> Route:
    if len(passed) > MAX_HOPS:
        raise fail("ssh_failed", host=address.host, detail=f"ProxyJump: {' → '.join(passed)}")
    found = settings.lookup(address)
    if found is None:
        return _only_openssh(address, "Match exec")
    hops = tuple(_hops(address, found, settings, (*passed, address.host)))
    key_paths = (address.key_path,) if address.key_path else _present(found.get("identityfile", []))
    only_keys = bool(address.key_path) or found.get("identitiesonly") == "yes"
    needs = next((hop.needs_openssh for hop in hops if hop.needs_openssh), "")
    return Route(
        name=address.host,
        host=found.get("hostname", address.host),
        port=int(found["port"]),
        user=found.get("user", "") or getpass.getuser(),
        address=address,
        key_paths=key_paths,
        usual_keys=() if key_paths else settings.usual_keys,
        only_keys=only_keys,
        key_alias=found.get("hostkeyalias", ""),
        proxy_command=found["proxycommand"] if not hops and _is_set(found.get("proxycommand")) else "",
        needs_openssh=needs or _needs_openssh(found, key_paths or settings.usual_keys),
        hops=hops,
    )


def _hops(
    address: Address, found: paramiko.SSHConfigDict, settings: _Settings, passed: tuple[str, ...]
) -> Iterator[Route]:
    """The hosts on the way, without the host itself, which settings for all hosts may name; another port of its address
    is another host. As with OpenSSH, only the first may lie behind others that its own settings name."""
    said = address.jump or (found["proxyjump"] if _is_set(found.get("proxyjump")) else "")
    own = (address.host, int(found["port"]))
    jumps = [jump for jump in jump_addresses(said) if (jump.host, jump.port or own[1]) != own]
    for index, jump in enumerate(jumps):
        route = _route(jump, settings, passed)
        yield from route.way if index == 0 else (route,)


def _only_openssh(address: Address, reason: str) -> Route:
    user = address.user or getpass.getuser()
    return Route(address.host, address.host, address.port or 22, user, address, needs_openssh=reason)


def _needs_openssh(found: paramiko.SSHConfigDict, key_paths: tuple[str, ...]) -> str:
    for name in ONLY_OPENSSH:
        if _is_set(found.get(name.lower())):
            return name
    if found.get("identityagent", "SSH_AUTH_SOCK") not in ("SSH_AUTH_SOCK", "none"):
        return "IdentityAgent"
    files = [read_key_file(path) for path in key_paths]
    hardware = [file.kind for file in files if file.on_hardware]
    return hardware[0] if hardware and len(hardware) == len(files) else ""


def _present(paths: list[str]) -> tuple[str, ...]:
    """Key files of the settings that are there, or whose public half is; like OpenSSH, others are passed over."""
    return tuple(path for path in paths if any(Path(path + end).expanduser().is_file() for end in ("", ".pub")))


def _is_set(value: str | None) -> bool:
    return value is not None and value.lower() != "none"


def _lines(path: Path, folder: Path, depth: int) -> Iterator[str]:
    """The lines of the settings with those of included files in their place. After these, the block in which they
    stand goes on."""
    if depth > MAX_DEPTH or not path.is_file():
        return
    block = "Match all"
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        word, _, rest = line.strip().replace("=", " ", 1).partition(" ")
        if word.lower() in ("host", "match"):
            block = line
        if word.lower() != "include":
            yield line
            continue
        for pattern in rest.replace('"', " ").split():
            place = Path(pattern).expanduser()
            base = Path(place.anchor) if place.is_absolute() else folder
            for included in sorted(base.glob(str(place.relative_to(place.anchor)))):
                yield from _lines(included, folder, depth + 1)
        yield block
