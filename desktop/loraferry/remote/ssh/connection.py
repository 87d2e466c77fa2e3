"""One SSH connection and the commands that run over it."""

import shlex
import threading
import time
from collections.abc import Sequence

import paramiko

from loraferry.remote.ssh.auth import authenticate
from loraferry.remote.ssh.known_hosts import HostKey, KnownHosts
from loraferry.remote.ssh.prompts import Prompts, UnknownKey
from loraferry.remote.ssh.settings import Route
from loraferry.remote.ssh.tcp import connect_socket
from loraferry.remote.transport import Completed, Stream, Tail
from loraferry_core.problems import ProblemError, fail

RECEIVE_WINDOW = 16 * 2**20
"""Bytes the machine may send ahead on one channel: 100 MB/s at 160 ms."""
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr", "aes128-ctr")


def connect_ssh(route: Route, known: KnownHosts, prompts: Prompts, timeout: float = 15.0) -> "SshTransport":
    """Dial, verify the host's key, log in. No credential is sent before the key is accepted.

    Raises ProblemError: those of `connect_socket` and `authenticate`, `host_key_unknown`, `host_key_changed`, or
    `ssh_failed` with the library's words.
    """
    connection = connect_socket(route.host, route.port, timeout)
    transport = paramiko.Transport(connection, default_window_size=RECEIVE_WINDOW)
    transport.daemon = True
    try:
        _prefer(transport, known.lookup(route.host, route.port))
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = timeout
        transport.start_client(timeout=timeout)
        _verify(_shown_key(transport), route, known, prompts)
        authenticate(transport, route, prompts)
        if not transport.is_authenticated():
            raise fail("connection_timeout", host=route.name, port=route.port)
    except (paramiko.SSHException, EOFError, OSError) as error:
        transport.close()
        raise fail("ssh_failed", host=route.name, detail=str(error) or type(error).__name__) from error
    except ProblemError:
        transport.close()
        raise
    return SshTransport(transport, str(route.name))


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


def _verify(shown: HostKey, route: Route, known: KnownHosts, prompts: Prompts) -> None:
    expected = known.lookup(route.host, route.port)
    if known.is_revoked(route.host, route.port, shown) or (expected and shown not in expected):
        raise fail(
            "host_key_changed",
            host=route.name,
            port=route.port,
            fingerprint=shown.fingerprint,
            known=", ".join(key.fingerprint for key in expected) or "revoked",
        )
    if expected:
        return
    question = UnknownKey(route.name, route.port, shown.kind, shown.fingerprint)
    if prompts.accept_key is None or not prompts.accept_key(question):
        raise fail("host_key_unknown", host=route.name, port=route.port, kind=shown.kind, fingerprint=shown.fingerprint)
    known.remember(route.host, route.port, shown)


class SshTransport:
    """A logged-in connection. See `Transport`; commands are quoted for a POSIX shell."""

    def __init__(self, transport: paramiko.Transport, label: str) -> None:
        self._transport = transport
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
        self._transport.close()
        self._transport.join(5.0)

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
        self.stderr_tail()  # stderr shares the window with stdout, so it must be taken too
        data: bytes = self._channel.recv(size)
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
