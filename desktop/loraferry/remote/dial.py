"""The right transport for an address."""

from loraferry.remote.address import Address
from loraferry.remote.openssh import OpenSshTransport
from loraferry.remote.ssh.connection import connect_ssh
from loraferry.remote.ssh.known_hosts import KnownHosts
from loraferry.remote.ssh.prompts import Prompts
from loraferry.remote.ssh.settings import find_route
from loraferry.remote.transport import Transport


def dial(address: Address, known: KnownHosts, prompts: Prompts, timeout: float = 15.0) -> Transport:
    """Connect and log in: by paramiko, or by OpenSSH's program where the user's settings lead through other hosts.
    Raises ProblemError with what is in the way."""
    route = find_route(address)
    if not route.needs_openssh:
        return connect_ssh(route, known, prompts, timeout)
    transport = OpenSshTransport(address)
    transport.check()
    return transport
