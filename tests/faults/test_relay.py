"""The rig itself: a relay that did not do what it says would make every trial through it worthless."""

import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from random import Random

import pytest

from tests.fakes.relay import Relay, running_relay

DEADLINE = 30.0
DATA = Random(3).randbytes(3_000_000)


class Server:
    """Takes connections and keeps what each one sends; `say` sends to the newest."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listening.getsockname()[1])
        self.received: list[bytearray] = []
        self.ends: list[str] = []
        self.connections: list[socket.socket] = []
        self.reading = threading.Event()
        self.reading.set()
        self.threads: list[threading.Thread] = []
        self._begin(self._accept)

    def _begin(self, work, *arguments) -> None:  # type: ignore[no-untyped-def]
        thread = threading.Thread(target=work, args=arguments)
        self.threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            self.connections.append(connection)
            self.received.append(bytearray())
            self._begin(self._read, connection, self.received[-1])

    def _read(self, connection: socket.socket, into: bytearray) -> None:
        try:
            while True:
                self.reading.wait()
                data = connection.recv(1 << 18)
                into += data
                if not data:
                    self.ends.append("end")
                    return
        except ConnectionResetError:
            self.ends.append("reset")
        except OSError:
            self.ends.append("closed")

    def close(self) -> None:
        self.reading.set()
        for end in (self.listening, *self.connections):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        for thread in self.threads:
            thread.join(DEADLINE)


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def relay(server: Server) -> Iterator[Relay]:
    with running_relay("127.0.0.1", server.port) as running:
        yield running


@contextmanager
def connected(relay: Relay, server: Server) -> Iterator[socket.socket]:
    before = len(server.received)
    with socket.create_connection(("127.0.0.1", relay.port), timeout=DEADLINE) as client:
        wait(lambda: relay.port and len(server.received) > before)
        yield client


def wait(what) -> None:  # type: ignore[no-untyped-def]
    give_up_at = time.monotonic() + DEADLINE
    while not what():
        assert time.monotonic() < give_up_at
        time.sleep(0.002)


def how_it_ends(client: socket.socket) -> tuple[bytes, str]:
    """All that comes until the end, and which end it was."""
    said = bytearray()
    try:
        while data := client.recv(1 << 18):
            said += data
    except ConnectionResetError:
        return bytes(said), "reset"
    return bytes(said), "end"


def push(client: socket.socket, data: bytes) -> threading.Thread:
    def work() -> None:
        with suppress(OSError):
            client.sendall(data)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_carries_both_ways_and_the_ends(relay: Relay, server: Server) -> None:
    with connected(relay, server) as client:
        writer = push(client, DATA)
        answering = push(server.connections[0], DATA[::-1])
        answering.join()
        server.connections[0].shutdown(socket.SHUT_WR)
        assert how_it_ends(client) == (DATA[::-1], "end")
        writer.join()
        client.shutdown(socket.SHUT_WR)
        wait(lambda: server.ends)
    assert (bytes(server.received[0]), server.ends) == (DATA, ["end"])
    assert (relay.up_bytes, relay.down_bytes, relay.accepted) == (len(DATA), len(DATA), 1)
    wait(lambda: relay.connections == 0)


@pytest.mark.parametrize("count", [0, 1, 4096, 1_000_001])
def test_a_cut_lets_exactly_so_many_bytes_through(relay: Relay, server: Server, count: int) -> None:
    with connected(relay, server) as client, connected(relay, server) as beside:
        relay.cut_after(count, "up")
        writer = push(client, DATA)
        writer.join()  # whose error it may be, so that the reader sees an end
        assert how_it_ends(beside)[1] == "reset"
    wait(lambda: len(server.ends) == 2)
    assert server.ends == ["reset", "reset"]
    assert [bytes(data) for data in server.received] == [DATA[:count], b""]
    with connected(relay, server) as client:  # once only
        push(client, DATA).join()
        wait(lambda: len(server.received[-1]) == len(DATA))


def test_a_cut_downwards(relay: Relay, server: Server) -> None:
    with connected(relay, server) as client:
        relay.cut_after(70_000, "down")
        writer = push(server.connections[0], DATA)
        assert how_it_ends(client) == (DATA[:70_000], "reset")
        writer.join()


def test_reset_and_finish_end_all(relay: Relay, server: Server) -> None:
    with connected(relay, server) as one, connected(relay, server) as two:
        relay.reset()
        assert [how_it_ends(client)[1] for client in (one, two)] == ["reset", "reset"]
    with connected(relay, server) as one, connected(relay, server) as two:
        relay.finish()
        assert [how_it_ends(client)[1] for client in (one, two)] == ["end", "end"]
    wait(lambda: len(server.ends) == 4)
    assert server.ends == ["reset", "reset", "end", "end"]


def test_a_pause_loses_nothing_closes_nothing_and_blocks_the_sender(relay: Relay, server: Server) -> None:
    with connected(relay, server) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        relay.pause()
        writer = push(client, DATA)
        server.connections[0].sendall(b"hello")
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(5)
        client.settimeout(DEADLINE)
        assert writer.is_alive()
        assert (relay.up_bytes, relay.down_bytes, relay.connections) == (0, 0, 1)
        relay.resume()
        assert client.recv(5) == b"hello"
        writer.join()
        wait(lambda: len(server.received[0]) == len(DATA))
    assert bytes(server.received[0]) == DATA


def test_a_pause_of_one_direction_leaves_the_other(relay: Relay, server: Server) -> None:
    with connected(relay, server) as client:
        relay.pause("down")
        server.connections[0].sendall(b"later")
        client.sendall(b"now")
        wait(lambda: bytes(server.received[0]) == b"now")
        assert relay.down_bytes == 0
        relay.resume("down")
        assert client.recv(5) == b"later"


def test_a_connection_made_in_a_pause_is_silent_until_it_ends(relay: Relay, server: Server) -> None:
    relay.pause()
    with socket.create_connection(("127.0.0.1", relay.port), timeout=DEADLINE) as client:
        client.sendall(b"early")
        wait(lambda: relay.connections == 1)
        assert not server.received
        relay.resume()
        wait(lambda: server.received and bytes(server.received[0]) == b"early")


def test_refuses_and_takes_again_on_the_same_port(relay: Relay, server: Server) -> None:
    with connected(relay, server) as client:
        relay.refuse()
        for _ in range(3):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", relay.port), timeout=DEADLINE)
        client.sendall(b"still here")
        wait(lambda: bytes(server.received[0]) == b"still here")
    relay.refuse(False)
    with connected(relay, server) as client:
        client.sendall(b"again")
        wait(lambda: bytes(server.received[-1]) == b"again")


def test_a_server_that_is_gone_resets_the_client(server: Server) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        nowhere = nobody.getsockname()[1]
        with running_relay("127.0.0.1", nowhere) as relay:
            client = socket.socket()
            with closing(client), pytest.raises(ConnectionResetError):  # by either call
                client.connect(("127.0.0.1", relay.port))
                client.recv(1)


def test_a_reset_in_the_moment_of_accepting_leaves_nothing_open(relay: Relay) -> None:
    here, there = socket.socketpair()

    async def take_and_reset() -> None:
        relay.take(there)
        await relay._reset_all()

    with closing(here):
        relay._call(take_and_reset())
    assert relay.connections == 0
    assert there.fileno() == -1


def test_a_receiver_that_does_not_read_blocks_the_sender(relay: Relay, server: Server) -> None:
    data = DATA * 10
    with connected(relay, server) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        server.connections[0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        server.reading.clear()
        writer = push(client, data)
        writer.join(0.5)
        assert writer.is_alive()
        server.reading.set()
        writer.join(DEADLINE)
        wait(lambda: len(server.received[0]) == len(data))
    assert hashlib.sha256(server.received[0]).digest() == hashlib.sha256(data).digest()


def test_delay_and_jitter_take_time_and_keep_order(relay: Relay, server: Server) -> None:
    relay.delay, relay.jitter = 0.1, 0.02
    with connected(relay, server) as client:
        started = time.monotonic()
        client.sendall(b"?")
        wait(lambda: server.received[0])
        assert time.monotonic() - started >= 0.1
        for at in range(0, 100_000, 1000):
            client.sendall(DATA[at : at + 1000])
        wait(lambda: len(server.received[0]) == 100_001)
    assert bytes(server.received[0])[1:] == DATA[:100_000]


def test_a_rate_is_kept_and_shared(relay: Relay, server: Server) -> None:
    relay.rate = 2_000_000.0
    with connected(relay, server) as one, connected(relay, server) as two:
        started = time.monotonic()
        writers = [push(client, DATA[:500_000]) for client in (one, two)]
        for writer in writers:
            writer.join()
        wait(lambda: sum(map(len, server.received)) == 1_000_000)
        assert time.monotonic() - started >= 0.45
