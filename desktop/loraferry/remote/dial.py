"""The right transport for an address, and forgetting the keys on the way there."""

from pathlib import Path
from typing import Literal

from loraferry.remote.address import Address, refuse_proxy
from loraferry.remote.openssh import connect_openssh
from loraferry.remote.ssh.connection import connect_ssh
from loraferry.remote.ssh.known_hosts import KnownHosts
from loraferry.remote.ssh.prompts import Prompts
from loraferry.remote.ssh.settings import USER_SETTINGS, find_route
from loraferry.remote.transport import Transport
from loraferry_core.problems import fail

Way = Literal["", "paramiko", "openssh"]
"""Who speaks SSH; empty: paramiko, and OpenSSH's own program where the host needs what only that can do."""


def dial(
    address: Address,
    known: KnownHosts,
    prompts: Prompts,
    timeout: float = 15.0,
    way: Way = "",
    settings: Path = USER_SETTINGS,
) -> Transport:
    """Connect and log in. Raises ProblemError with what is in the way, `transport_unfit` where `way` cannot do it."""
    route = find_route(address, settings)
    refuse_proxy(route.host)
    if way == "openssh" or (not way and route.needs_openssh):
        return connect_openssh(route, known, prompts, timeout, settings)
    if route.needs_openssh:
        raise fail("transport_unfit", host=route.name, needed=route.needs_openssh)
    return connect_ssh(route, known, prompts, timeout)


def forget_keys(address: Address, known: KnownHosts, settings: Path = USER_SETTINGS) -> Path | None:
    """Know the keys of a host, and of those on the way to it, no longer: the next connection shows and asks. Where the
    user's own file still has one, it is overruled, not changed, and the path of that file is given."""
    kept = [known.forget(*hop.known_as) for hop in find_route(address, settings).way]
    return next((path for path in kept if path), None)
