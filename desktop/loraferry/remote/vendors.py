"""What is known about those who rent out machines: profiles as data, which one a machine belongs to, what it asks for.

Whatever the user has changed stands in `Host` and wins.
"""

import json
from fnmatch import fnmatchcase
from functools import cache
from pathlib import PurePosixPath

from pydantic import Field

from loraferry.remote.address import Address
from loraferry.remote.hosts import Host
from loraferry_core.config.param import Config
from loraferry_core.guards import StopPlan
from loraferry_core.host import HostFacts, HostSetup
from loraferry_resources import vendors_path

GENERIC = "generic"
"""The id of the profile for machines of whom nothing is known."""


class Price(Config):
    """What one card of a kind costs an hour, as the page `source` said on that `date` (ISO 8601)."""

    gpu: str = Field(min_length=1)
    per_hour: float = Field(gt=0)
    currency: str = Field(pattern="^[A-Z]{3}$")
    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    source: str = Field(pattern="^https://")


class Vendor(Config):
    """One profile. Sentences are English and are translated where they are shown; empty where there is nothing to say.

    `addresses` and `host:` markers are patterns with `*`; one that fits is enough. `work` may hold a `*` for one folder
    that is there. There is no mirror for Python packages: an image's own settings of pip name the one that is near.
    """

    id: str = Field(pattern="^[a-z]{1,32}$")
    label: str = Field(min_length=1)
    addresses: tuple[str, ...]
    markers: tuple[str, ...]
    console: str
    """Where the machines are listed; empty where that is not known."""
    check_key: str = Field(min_length=1)
    """Where the fingerprint of a machine's key can be looked up."""
    work: str
    """The folder for what must last, on the disk that a stop keeps; empty for that of the agent."""
    caches: str
    environment_files: tuple[str, ...]
    environment: dict[str, str]
    stop: StopPlan
    stop_keeps: str = Field(min_length=1)
    stop_costs: str = Field(min_length=1)
    deadline_days: float = Field(ge=0)
    """After how many days of being switched off a machine is deleted; 0 for no such limit."""
    deadline_note: str
    prices: tuple[Price, ...]


@cache
def vendors() -> tuple[Vendor, ...]:
    """All profiles by their label; the one for any other machine comes last."""
    files = sorted(vendors_path().glob("*.json"))
    found = [Vendor.model_validate(json.loads(file.read_text(encoding="utf-8"))) for file in files]
    return tuple(sorted(found, key=lambda vendor: (vendor.id == GENERIC, vendor.label)))


def vendor_of(id: str) -> Vendor:
    """The profile of that id; the one for any other machine where there is none."""
    by_id = {vendor.id: vendor for vendor in vendors()}
    return by_id.get(id, by_id[GENERIC])


def detect(address: Address | None, facts: HostFacts | None) -> Vendor:
    """The profile of a machine; `facts` is None before anybody has been there.

    What was found on it counts more than its address, which may be a proxy's. Where the traces of several were found,
    the one with most of them wins.
    """
    traces = (*facts.markers, f"host:{facts.hostname.lower()}") if facts else ()
    most, vendor = max(((_count(vendor, traces), vendor) for vendor in vendors()), key=lambda counted: counted[0])
    return vendor if most else _at(address)


def _count(vendor: Vendor, traces: tuple[str, ...]) -> int:
    return sum(any(fnmatchcase(trace, marker) for trace in traces) for marker in vendor.markers)


def _at(address: Address | None) -> Vendor:
    host = address.host.lower() if address else ""
    fits = (vendor for vendor in vendors() if any(fnmatchcase(host, pattern) for pattern in vendor.addresses))
    return next(fits, vendor_of(GENERIC))


def vendor_for(host: Host, facts: HostFacts | None = None) -> Vendor:
    """The profile that counts for a host: the user's choice, else what is detected."""
    return vendor_of(host.vendor) if host.vendor else detect(host.address, facts)


def setup_of(vendor: Vendor, host: Host) -> HostSetup:
    """What the machine's agent is told: the profile, with the user's changes over it."""
    return HostSetup(
        vendor=vendor.id,
        caches=host.caches or vendor.caches,
        environment_files=vendor.environment_files,
        environment={**vendor.environment, **host.environment},
    )


def work_of(vendor: Vendor, host: Host, facts: HostFacts) -> str:
    """The durable folder on this machine: the user's choice, else the profile's where the disk or folder it lies in was
    found and can be written; empty for that of the agent."""
    if host.work or not vendor.work:
        return host.work
    work = PurePosixPath(vendor.work)
    mounts = [disk.path for disk in facts.disks if disk.writable]
    found = [marker.removeprefix("path:") for marker in facts.markers if marker.startswith("path:")]
    for place in (*mounts, *found):
        if PurePosixPath(place).match(str(work.parent)):
            return str(PurePosixPath(place) / work.name)
    return ""


def stop_of(vendor: Vendor, facts: HostFacts | None) -> StopPlan:
    """How this machine's meter is stopped. A folder that the profile's stop keeps counts only where a disk is mounted:
    RunPod's images have a /workspace even on pods without a volume, and that one is wiped."""
    mounts = [PurePosixPath(disk.path) for disk in facts.disks] if facts else []
    kept = [folder for folder in vendor.stop.keeps if any(_stays(mount, folder) for mount in mounts)]
    return vendor.stop.replace(keeps=tuple(kept))


def _stays(mount: PurePosixPath, folder: str) -> bool:
    return folder == "/" or mount.is_relative_to(folder)
