"""A TCP connection to an ssh server that has begun to speak; each way to fail has its own problem."""

import errno
import socket
import time

from loraferry_core.problems import ProblemError, fail

SEND_BUFFER = 2 * 2**20
"""Windows' own is so small that uploads crawl (paramiko issue 2476); larger ones would only delay our pings."""
_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL}


def connect_socket(host: str, port: int, timeout: float) -> socket.socket:
    """Connect and wait for the server's first bytes, each for at most `timeout` seconds.

    Raises ProblemError: `dns_failed`, `connection_refused`, `connection_timeout`, `network_unreachable`, or
    `banner_missing` where somebody accepts the connection and says nothing.
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
        else:
            _await_banner(connection, host, port, timeout)
            return connection
    assert failure is not None  # getaddrinfo gives at least one place
    raise failure


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


def _await_banner(connection: socket.socket, host: str, port: int, timeout: float) -> None:
    """Look at the first bytes without taking them; the ssh library reads them again."""
    deadline = time.monotonic() + timeout
    try:
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        first = connection.recv(1, socket.MSG_PEEK)
    except OSError as error:
        connection.close()
        raise fail("banner_missing", host=host, port=port) from error
    if not first:
        connection.close()
        raise fail("banner_missing", host=host, port=port)
