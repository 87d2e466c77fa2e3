"""One SSH connection and the commands that run over it."""

import shlex
import socket
import threading
import time
from collections.abc import Sequence

import paramiko

from loraferry.remote.ssh.auth import authenticate
from loraferry.remote.ssh.known_hosts import HostKey, KnownHosts
from loraferry.remote.ssh.prompts import Prompts
from loraferry.remote.ssh.proxy import connect_by_proxy
from loraferry.remote.ssh.settings import Route
from loraferry.remote.ssh.tcp import connect_socket, greeting
from loraferry.remote.ssh.verify import verify
from loraferry.remote.transport import Completed, Stream, Tail
from loraferry_core.names import without_control_characters
from loraferry_core.problems import ProblemError, fail

RECEIVE_WINDOW = 16 * 2**20
"""Bytes the machine may send ahead on one channel: 100 MB/s at 160 ms."""
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr", "aes128-ctr")


def connect_ssh(route: Route, known: KnownHosts, prompts: Prompts, timeout: float = 15.0) -> "SshTransport":
    """Dial, verify the host's key, log in; at each host on the way, too. No credential is sent before the key of that
    host is accepted.

    Raises ProblemError: those of `connect_socket` and `authenticate`, `proxy_failed`, `jump_failed`, `banner_missing`, `banner_wrong`,
    `host_key_unknown`, `host_key_changed`, or `ssh_failed` with the library's words.
    """
    passed: list[paramiko.Transport] = []
    try:
        for hop in route.way:
            passed.append(_log_in(_reach(hop, passed, timeout), hop, known, prompts, timeout))
    except ProblemError:
        for transport in reversed(passed):
            transport.close()
        raise
    return SshTransport(passed[-1], route.name, tuple(passed[:-1]))


def _reach(hop: Route, passed: list[paramiko.Transport], timeout: float) -> socket.socket | paramiko.Channel:
    if passed:
        return _through(passed[-1], hop, timeout)
    if hop.proxy_command:
        return connect_by_proxy(hop.proxy_command, hop.name, hop.port, timeout)
    return connect_socket(hop.host, hop.port, timeout)


def _through(transport: paramiko.Transport, hop: Route, timeout: float) -> paramiko.Channel:
    """A way on from a host that was reached."""
    try:
        return transport.open_channel(
            "direct-tcpip", (hop.host, hop.port), ("127.0.0.1", 0), window_size=RECEIVE_WINDOW, timeout=timeout
        )
    except (paramiko.SSHException, EOFError, OSError) as error:
        detail = without_control_characters(str(error) or type(error).__name__)
        raise fail("jump_failed", host=hop.host, port=hop.port, detail=detail) from error


def _log_in(
    way: socket.socket | paramiko.Channel, hop: Route, known: KnownHosts, prompts: Prompts, timeout: float
) -> paramiko.Transport:
    said = greeting(way) if isinstance(way, socket.socket) else ""
    transport = paramiko.Transport(way, default_window_size=RECEIVE_WINDOW)
    transport.daemon = True
    try:
        _prefer(transport, known.lookup(*hop.known_as))
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = timeout
        transport.start_client(timeout=timeout)
        verify(_shown_key(transport), hop, known, prompts)
        authenticate(transport, hop, prompts)
        if not transport.is_authenticated():
            raise fail("connection_timeout", host=hop.name, port=hop.port)
    except (paramiko.SSHException, EOFError, OSError) as error:
        transport.close()
        raise _explain(error, transport, hop, said) from error
    except ProblemError:
        transport.close()
        raise
    return transport


def _explain(error: Exception, transport: paramiko.Transport, hop: Route, said: str) -> ProblemError:
    if transport.remote_version:
        return fail("ssh_failed", host=hop.name, detail=str(error) or type(error).__name__)
    if said and not said.startswith("SSH-"):
        return fail("banner_wrong", host=hop.name, port=hop.port, banner=said)
    return fail("banner_missing", host=hop.name, port=hop.port)


def _prefer(transport: paramiko.Transport, keys: tuple[HostKey, ...]) -> None:
    """Ask for the kinds of key this host is known by first, else a known host could look unknown."""
    options = transport.get_security_options()
    options.ciphers = [cipher for cipher in CIPHERS if cipher in options.ciphers]
    kinds = {name for key in keys for name in _algorithms(key.kind)}
    options.key_types = sorted(options.key_types, key=lambda name: name not in kinds)


def _algorithms(kind: str) -> tuple[str, ...]:
    return ("rsa-sha2-512", "rsa-sha2-256") if kind == "ssh-rsa" else (kind,)


def _shown_key(transport: paramiko.Transport) -> HostKey:
    key = transport.get_remote_server_key()
    return HostKey(key.get_name(), key.asbytes())


class SshTransport:
    """A logged-in connection. See `Transport`; commands are quoted for a POSIX shell. `passed` are the connections to
    the hosts on the way, the nearest first."""

    def __init__(self, transport: paramiko.Transport, label: str, passed: tuple[paramiko.Transport, ...] = ()) -> None:
        self._transport = transport
        self._passed = passed
        self.label = label

    def run(self, command: Sequence[str], stdin: bytes = b"", timeout: float = 60.0) -> Completed:
        """See `Transport`."""
        stream = self._open(command)
        overrun = threading.Timer(timeout, stream.close)
        overrun.daemon = True
        overrun.start()
        deadline = time.monotonic() + timeout
        try:
            feeder = threading.Thread(target=_feed, args=(stream, stdin), daemon=True)
            feeder.start()
            parts = []
            while data := stream.read(1 << 16):
                parts.append(data)
            code = stream.returncode(max(0.0, deadline - time.monotonic()))
            feeder.join()
        finally:
            overrun.cancel()
            stream.close()
        if code is None and not self._transport.is_active():
            raise ConnectionError(f"{self.label} is gone")
        if code is None:
            raise TimeoutError(f"{command[0]} took over {timeout} s")
        return Completed(code, b"".join(parts), stream.stderr_tail())

    def open(self, command: Sequence[str]) -> Stream:
        """See `Transport`."""
        return self._open(command)

    def close(self) -> None:
        """See `Transport`."""
        for transport in (self._transport, *reversed(self._passed)):
            transport.close()
            transport.join(5.0)

    def _open(self, command: Sequence[str]) -> "ChannelStream":
        try:
            channel = self._transport.open_session(window_size=RECEIVE_WINDOW, timeout=30.0)
            channel.exec_command(shlex.join(command))
        except (paramiko.SSHException, EOFError) as error:
            raise ConnectionError(f"{self.label}: {error}") from error
        return ChannelStream(channel)


def _feed(stream: "ChannelStream", data: bytes) -> None:
    try:
        stream.write(data)
        stream.finish_writing()
    except OSError:
        return  # the command ended without reading all; its exit status tells


class ChannelStream:
    """One command on a channel. See `Stream`."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel
        self._tail = Tail()
        self._tail_lock = threading.Lock()
        # What one packet carries; a longer piece would be copied again for each packet it is cut into.
        self._piece = max(1024, channel.out_max_packet_size - 64)

    def read(self, size: int) -> bytes:
        """See `Stream`."""
        try:
            self.stderr_tail()  # stderr shares the window with stdout, so it must be taken too
            data: bytes = self._channel.recv(size)
        except (OSError, EOFError, paramiko.SSHException):
            return b""  # it tells the other end how much was taken, and found the connection gone
        return data

    def write(self, data: bytes) -> None:
        """See `Stream`."""
        view, at = memoryview(data), 0
        while at < len(view):
            try:
                sent = self._channel.send(bytes(view[at : at + self._piece]))
            except (paramiko.SSHException, EOFError) as error:
                raise BrokenPipeError("the connection is gone") from error
            if not sent:
                raise BrokenPipeError("the channel is closed")
            at += sent

    def finish_writing(self) -> None:
        """See `Stream`."""
        try:
            self._channel.shutdown_write()
        except (OSError, EOFError, paramiko.SSHException):
            return  # already closed, which is all that this would say

    def stderr_tail(self) -> bytes:
        """See `Stream`."""
        with self._tail_lock:
            while self._channel.recv_stderr_ready():
                self._tail.add(self._channel.recv_stderr(1 << 16))
            return self._tail.get()

    def returncode(self, timeout: float) -> int | None:
        """See `Stream`."""
        if not self._channel.status_event.wait(timeout):
            return None
        status = int(self._channel.recv_exit_status())
        return None if status == -1 else status

    def close(self) -> None:
        """See `Stream`."""
        try:
            self._channel.close()
        except (OSError, EOFError, paramiko.SSHException):
            return  # the connection went first
