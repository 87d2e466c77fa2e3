"""A TCP connection to an ssh server that has begun to speak; each way to fail has its own problem."""

import errno
import ipaddress
import socket

from loraferry_core.names import without_control_characters
from loraferry_core.problems import ProblemError, fail

SEND_BUFFER = 2 * 2**20
"""Windows' own is so small that uploads crawl (paramiko issue 2476); larger ones would only delay our pings."""
_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL}
FAKE_NETWORKS = tuple(map(ipaddress.ip_network, ("198.18.0.0/15", "28.0.0.0/8", "fc00::/18", "fdfe:dcba:9876::/64")))
"""Addresses that Clash, Mihomo, Surge and sing-box give instead of real ones when they answer for the name server."""
GREETING_BYTES = 255
"""Of the first line, as RFC 4253 4.2 limits it."""


def connect_socket(host: str, port: int, timeout: float) -> socket.socket:
    """Connect and wait for the server's first bytes, each for at most `timeout` seconds.

    Raises ProblemError: `dns_failed`, `connection_refused`, `connection_timeout`, `network_unreachable`,
    `banner_missing` where somebody accepts the connection and says nothing, or `fake_address` where any of these
    happened at an address that a proxy on this computer has made up.
    """
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise fail("dns_failed", host=host) from error
    failure: ProblemError | None = None
    for family, kind, protocol, _, place in places:
        try:
            connection = _connect(socket.socket(family, kind, protocol), place, timeout)
        except OSError as error:
            failure = failure or _explain(error, host, port)
            continue
        try:
            await_banner(connection, host, port, timeout)
        except ProblemError as error:
            raise _suspect_proxy(error, host, port, str(place[0])) from error.__cause__
        return connection
    assert failure is not None  # getaddrinfo gives at least one place
    raise _suspect_proxy(failure, host, port, str(places[0][4][0]))


def greeting(connection: socket.socket) -> str:
    """The first line of what the server says, left to be read again; only for problem texts."""
    try:
        said = connection.recv(GREETING_BYTES, socket.MSG_PEEK)
    except OSError:
        return ""
    return without_control_characters(said.decode("utf-8", "replace")).strip().partition("\n")[0]


def is_fake(address: str) -> bool:
    """Whether a proxy has made this address up."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return any(parsed in network for network in FAKE_NETWORKS if network.version == parsed.version)


def _suspect_proxy(failure: ProblemError, host: str, port: int, address: str) -> ProblemError:
    """A made-up address explains every failure behind it, unless the user gave it instead of a name."""
    if address == host or not is_fake(address):
        return failure
    return fail("fake_address", host=host, port=port, address=address)


def _connect(connection: socket.socket, place: tuple[object, ...], timeout: float) -> socket.socket:
    try:
        connection.settimeout(timeout)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.connect(place)
    except OSError:
        connection.close()
        raise
    return connection


def _explain(error: OSError, host: str, port: int) -> ProblemError:
    if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
        return fail("connection_timeout", host=host, port=port)
    if isinstance(error, ConnectionRefusedError):
        return fail("connection_refused", host=host, port=port)
    if error.errno in _UNREACHABLE:
        return fail("network_unreachable", host=host, detail=error.strerror or error)
    return fail("ssh_failed", host=host, detail=error.strerror or error)


def await_banner(connection: socket.socket, host: str, port: int, timeout: float) -> None:
    """Wait for the first byte without taking it; the ssh library reads it again. Otherwise the connection is closed.
    Raises ProblemError `banner_missing`."""
    try:
        connection.settimeout(timeout)
        first = connection.recv(1, socket.MSG_PEEK)
    except OSError as error:
        connection.close()
        raise fail("banner_missing", host=host, port=port) from error
    if not first:
        connection.close()
        raise fail("banner_missing", host=host, port=port)
