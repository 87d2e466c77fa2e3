"""Notices that this computer slept, or that its network is another one, from what the system tells for nothing."""

import ipaddress
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

SLACK_S = 5.0
"""A look that comes so much too late was not only held up by a busy computer."""
Look = Callable[[], "Moment"]
_ANYWHERE = {4: "192.0.2.1", 6: "2001:db8::1"}
"""Addresses for documentation (RFC 5737, RFC 3849): nobody has them, so they lead out by the usual way."""


@dataclass(frozen=True)
class Moment:
    """Both clocks, in seconds, and the address by which this computer would reach the machine; empty without a way."""

    wall: float
    monotonic: float
    address: str


def has_slept(before: Moment, now: Moment, period: float) -> bool:
    """Whether the computer slept between two looks that should be `period` seconds apart. On some systems only the wall
    clock goes on meanwhile, on others both do. A wall clock that was set looks the same, which does no harm."""
    return max(now.wall - before.wall, now.monotonic - before.monotonic) > period + SLACK_S


def has_moved(before: Moment, now: Moment) -> bool:
    """Whether there is a way out, and it is another one than before."""
    return bool(now.address) and now.address != before.address


def look(host: str = "") -> Moment:
    """The moment. Nothing is sent and no name is looked up: any name in `host` stands for the usual way out."""
    return Moment(time.time(), time.monotonic(), local_address(host))


def local_address(host: str) -> str:
    """The address that this computer would use towards `host`, or empty."""
    try:
        targets = [(int(ipaddress.ip_address(host).version), host)]
    except ValueError:
        targets = list(_ANYWHERE.items())
    return next(filter(None, (_address_towards(version, target) for version, target in targets)), "")


def _address_towards(version: int, target: str) -> str:
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((target, 9))  # of a datagram socket: chooses a route, sends nothing
            return str(probe.getsockname()[0])
    except OSError:
        return ""
