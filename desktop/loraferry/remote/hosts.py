"""The machines this user trains on, kept in a small file. A host is its agent, not its address: that may change."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import uuid4

from pydantic import Field, ValidationError

from loraferry.platform import private_folder, write_atomically
from loraferry.remote.address import Address
from loraferry.remote.paste import parse_paste
from loraferry_core.config.param import Config
from loraferry_core.guards import GuardSettings
from loraferry_core.problems import fail

LOCAL = "local"
"""The id of this computer."""


class Host(Config):
    """A machine. `address` is None for this computer; `agent_id` is known once its agent has spoken.

    `home` and `work` are folders there (empty: `~/.loraferry`, and in it), `python` an interpreter to prefer.
    """

    id: str = Field(min_length=1, max_length=64)
    label: str = Field(min_length=1, max_length=200)
    address: Address | None = None
    agent_id: str = ""
    home: str = ""
    work: str = ""
    caches: str = ""
    """Folder there for what can be fetched or computed again; empty: as the vendor's profile says."""
    python: str = ""
    vendor: str = ""
    """Id of a vendor's profile; empty: detected."""
    transport: Literal["", "paramiko", "openssh"] = ""
    """Who speaks SSH; empty: chosen by what the host needs."""
    environment: dict[str, str] = {}
    """Variables for what runs there, over those of the vendor's profile."""
    price_per_hour: float = Field(0.0, ge=0)
    currency: str = "USD"
    guards: GuardSettings | None = None
    """What the guards may do, as the user has answered; None until that was asked."""

    @property
    def is_local(self) -> bool:
        """Whether it is this computer."""
        return self.address is None


@dataclass(frozen=True)
class Merged:
    """What is known once the agent at an address has said who it is. `host` is the card that counts from now on.

    `removed` is the card whose address led to a machine that has one already; its secrets belong to `host` now.
    `wiped` is the agent that was there before: this machine was reset, or the address leads to another one, and the
    jobs of that agent can be restored elsewhere.
    """

    hosts: tuple[Host, ...]
    host: Host
    removed: Host | None = None
    wiped: str = ""


def merge(hosts: tuple[Host, ...], id: str, agent_id: str) -> Merged:
    """A host is its agent: what follows from `agent_id` having answered at the address of the host `id`. Pure.

    A new address of a known agent moves that agent's card, with all that was set there. Raises ProblemError
    `host_unknown`.
    """
    reached = next((host for host in hosts if host.id == id), None)
    if reached is None:
        raise fail("host_unknown", host=id)
    if reached.agent_id == agent_id:
        return Merged(hosts, reached)
    known = next((host for host in hosts if host.agent_id == agent_id and host.id != id), None)
    if known is None or known.is_local != reached.is_local:
        learned = reached.replace(agent_id=agent_id)
        return Merged(_with(hosts, learned), learned, wiped=reached.agent_id)
    label = reached.label if known.address and known.label == known.address.host else known.label
    moved = known.replace(address=reached.address, label=label)
    if reached.agent_id:  # its own agent may still be somewhere: that card waits for an address of its own
        return Merged(_with(hosts, moved), moved, wiped=reached.agent_id)
    left = tuple(host for host in _with(hosts, moved) if host.id != id)
    return Merged(left, moved, removed=reached)


def _with(hosts: tuple[Host, ...], changed: Host) -> tuple[Host, ...]:
    return tuple(changed if host.id == changed.id else host for host in hosts)


class _Book(Config):
    version: int = 1
    hosts: tuple[Host, ...] = ()


class Hosts:
    """The list of hosts. The file is read anew before each change, as window and command line may both run."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> tuple[Host, ...]:
        """This computer first, then the others in the order in which they were added.

        Raises ProblemError `file_unreadable` where the file is there but is not a list of hosts.
        """
        hosts = self._read()
        return hosts if any(host.id == LOCAL for host in hosts) else (Host(id=LOCAL, label="localhost"), *hosts)

    def get(self, id: str) -> Host:
        """A host by its id. Raises ProblemError `host_unknown`."""
        for host in self.all():
            if host.id == id:
                return host
        raise fail("host_unknown", host=id)

    def add(self, text: str, label: str = "") -> Host:
        """A new host from a pasted address. Raises ProblemError `address_invalid`, `address_proxied`."""
        address = parse_paste(text).address
        host = Host(id=uuid4().hex, label=label or address.host, address=address)
        self._write((*self.all(), host))
        return host

    def update(self, host: Host) -> None:
        """Replace the host of the same id. Raises ProblemError `host_unknown`."""
        self.get(host.id)
        self._write(_with(self.all(), host))

    def move(self, id: str, text: str) -> Host:
        """Give a host another address, from a pasted text. Raises ProblemError as `add` and `get` do."""
        host = self.get(id).replace(address=parse_paste(text).address)
        self.update(host)
        return host

    def learn(self, id: str, agent_id: str) -> Merged:
        """Note which agent answered at the address of a host; see `merge`. Raises ProblemError `host_unknown`."""
        before = self.all()
        merged = merge(before, id, agent_id)
        if merged.hosts != before:
            self._write(merged.hosts)
        return merged

    def remove(self, id: str) -> None:
        """Forget a host; this computer stays. Raises ProblemError `host_unknown`."""
        self.get(id)
        self._write(tuple(host for host in self.all() if host.id != id))

    def _read(self) -> tuple[Host, ...]:
        if not self._path.exists():
            return ()
        try:
            return _Book.model_validate_json(self._path.read_bytes()).hosts
        except (OSError, ValidationError) as error:
            detail = error.strerror if isinstance(error, OSError) else error.errors(include_url=False)[0]["msg"]
            raise fail("file_unreadable", path=self._path, detail=detail or error) from error

    def _write(self, hosts: tuple[Host, ...]) -> None:
        plain = _Book(hosts=hosts).model_dump(mode="json")
        try:
            private_folder(self._path.parent)
            write_atomically(self._path, json.dumps(plain, ensure_ascii=False, indent=1).encode())
        except OSError as error:
            raise fail("file_unwritable", path=self._path, detail=error.strerror or error) from error
