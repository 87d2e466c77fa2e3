"""What the user's own `~/.ssh/config` says about a host."""

import getpass
from dataclasses import dataclass
from pathlib import Path

import paramiko

from loraferry.remote.address import Address
from loraferry_core.problems import fail

USER_SETTINGS = Path.home() / ".ssh" / "config"


@dataclass(frozen=True)
class Route:
    """Everything needed to dial. `needs_openssh` where the way there is one that only OpenSSH's own program can go.
    `name` is the host as it was asked for, perhaps an alias."""

    name: str
    host: str
    port: int
    user: str
    key_paths: tuple[str, ...]
    needs_openssh: bool


def find_route(address: Address, settings: Path = USER_SETTINGS) -> Route:
    """The address, completed by the settings: what the address says itself wins. Raises ProblemError `ssh_failed`
    where the settings cannot be read."""
    found = _lookup(address.host, settings)
    own_key = (address.key_path,) if address.key_path else ()
    return Route(
        name=address.host,
        host=found.get("hostname", address.host),
        port=address.port or int(found.get("port", 22)),
        user=address.user or found.get("user", "") or getpass.getuser(),
        key_paths=own_key or tuple(found.get("identityfile", ())),
        needs_openssh=bool(address.jump) or any(_is_set(found.get(key)) for key in ("proxyjump", "proxycommand")),
    )


def _is_set(value: str | None) -> bool:
    return value not in (None, "none")


def _lookup(host: str, settings: Path) -> paramiko.SSHConfigDict:
    if not settings.is_file():
        return paramiko.SSHConfigDict()
    try:
        return paramiko.SSHConfig.from_text(settings.read_text(encoding="utf-8", errors="replace")).lookup(host)
    except (paramiko.ConfigParseError, OSError) as error:
        raise fail("ssh_failed", host=host, detail=f"{settings}: {error}") from error
