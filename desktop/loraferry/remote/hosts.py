"""The machines this user trains on, kept in a small file. A host is its agent, not its address: that may change."""

import json
from pathlib import Path
from uuid import uuid4

from pydantic import Field, ValidationError

from loraferry.platform import private_folder, write_atomically
from loraferry.remote.address import Address, parse_address
from loraferry_core.config.param import Config
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
    python: str = ""
    price_per_hour: float = Field(0.0, ge=0)
    currency: str = "USD"

    @property
    def is_local(self) -> bool:
        """Whether it is this computer."""
        return self.address is None


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
        address = parse_address(text)
        host = Host(id=uuid4().hex, label=label or address.host, address=address)
        self._write((*self.all(), host))
        return host

    def update(self, host: Host) -> None:
        """Replace the host of the same id. Raises ProblemError `host_unknown`."""
        self.get(host.id)
        self._write(tuple(host if old.id == host.id else old for old in self.all()))

    def move(self, id: str, text: str) -> Host:
        """Give a host another address, from a pasted text. Raises ProblemError as `add` and `get` do."""
        host = self.get(id).replace(address=parse_address(text))
        self.update(host)
        return host

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
