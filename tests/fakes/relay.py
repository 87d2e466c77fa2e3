"""A TCP relay that behaves like a bad line: delay, rate, silence, cuts at an exact byte; no help of the kernel needed.

"up" is towards the server. Settings may change while it runs, from any thread; the calls return when they hold.
"""

import asyncio
import socket
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from random import Random
from typing import Any, Literal

Direction = Literal["up", "down"]

PIECE = 256 * 1024
"""Bytes read at once; under a rate fewer, see `Relay.piece`."""
BACKLOG = 256 * 1024
"""Bytes kept for a receiver that does not read; more would hide its slowness from the sender."""
ON_THE_WAY = 64 * 1024 * 1024
"""Bytes that a delayed line holds at most."""
BURST_S = 0.02
"""How late a sleep may end without any of the rate being lost."""
RESET_AT_CLOSE = struct.pack("ii", 1, 0)
DRAIN_S = 5.0


class Relay:
    """One line to `host:port`. Made by `running_relay`."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.delay = 0.0
        """Seconds from one end to the other."""
        self.jitter = 0.0
        """Up to so many seconds more, drawn for each piece; order is kept."""
        self.rate = 0.0
        """Bytes a second in each direction, shared by all connections; 0 for no limit."""
        self.up_bytes = 0
        """Bytes handed to the server."""
        self.down_bytes = 0
        """Bytes handed to the client."""
        self.accepted = 0
        """Connections taken in so far."""
        self._listener, self.port = _listener()
        self._lines: set[_Line] = set()
        self._open = {"up": asyncio.Event(), "down": asyncio.Event()}
        self._free_at = {"up": 0.0, "down": 0.0}
        self._cut: dict[str, int | None] = {"up": None, "down": None}
        self._accepting: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._random = Random(1)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay")

    @property
    def connections(self) -> int:
        """Connections that are open now."""
        return len(self._lines)

    def pause(self, direction: Direction | None = None) -> None:
        """Let nothing through any more, in one direction or both, and close nothing; senders soon block."""
        self._call(self._gate(direction, is_open=False))

    def resume(self, direction: Direction | None = None) -> None:
        """Let everything through again that waits."""
        self._call(self._gate(direction, is_open=True))

    def cut_after(self, count: int, direction: Direction) -> None:
        """Hand on exactly `count` more bytes in this direction, then reset all connections."""
        self._call(self._cut_after(count, direction))

    def reset(self) -> None:
        """Reset (RST) all connections, at both ends. A cut that is still to come is called off."""
        self._call(self._reset_all())

    def finish(self) -> None:
        """End (FIN) all connections, at both ends; what is on the way is lost."""
        self._call(self._finish_all())

    def refuse(self, refused: bool = True) -> None:
        """Refuse new connections, as a port where nobody listens does, or take them again."""
        self._call(self._refuse(refused))

    def piece(self) -> int:
        """How many bytes to read at once: under a rate what passes in 5 ms, so that streams mix finely."""
        return PIECE if not self.rate else max(1024, min(PIECE, int(self.rate * 0.005)))

    # ---- in the loop's thread ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to take connections."""
        self._thread.start()
        self._call(self._gate(None, is_open=True))
        self._call(self._refuse(False))

    def stop(self) -> None:
        """Refuse, reset, end the thread."""
        self._call(self._refuse(True))
        self._call(self._reset_all())
        self._call(self._end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._listener.close()
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run beside."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _end_tasks(self) -> None:
        await _cancel(*(self._tasks - {asyncio.current_task()}))

    async def _gate(self, direction: Direction | None, is_open: bool) -> None:
        for name in [direction] if direction else ["up", "down"]:
            event = self._open[name]
            event.set() if is_open else event.clear()

    async def _cut_after(self, count: int, direction: Direction) -> None:
        self._cut[direction] = count
        if count == 0:
            await self._reset_all()

    async def _reset_all(self) -> None:
        self._cut = {"up": None, "down": None}
        await asyncio.gather(*(line.reset() for line in list(self._lines)))

    async def _finish_all(self) -> None:
        for line in self._lines:
            line.finish()

    async def _refuse(self, refused: bool) -> None:
        if refused and self._accepting:
            await _cancel(self._accepting)
            self._accepting = None
            self._listener.shutdown(socket.SHUT_RDWR)  # keeps the port, which closing would give away
        elif not refused and not self._accepting:
            self._listener.listen(128)
            self._accepting = self.spawn(self._accept())

    async def _accept(self) -> None:
        while True:
            client, _ = await self._loop.sock_accept(self._listener)
            self.take(client)

    def take(self, client: socket.socket) -> None:
        """Carry one connection from now on."""
        self.accepted += 1
        client.setblocking(False)
        line = _Line(self, client)
        self._lines.add(line)
        line.task = self.spawn(line.run())
        # However it ends: a reset may come before it has begun, or twice.
        line.task.add_done_callback(line.close)

    def gone(self, line: "_Line") -> None:
        """A connection has ended."""
        self._lines.discard(line)

    async def opened(self, direction: str) -> None:
        """Wait while this direction is paused."""
        await self._open[direction].wait()

    def leaves_at(self, direction: str, size: int) -> float:
        """When the last of so many bytes has passed the narrowest place (a token bucket)."""
        now = time.monotonic()
        if not self.rate:
            return now
        free = max(self._free_at[direction], now - BURST_S) + size / self.rate
        self._free_at[direction] = free
        return max(free, now)  # what the credit lets pass at once still has the whole way before it

    def travel(self) -> float:
        """Seconds that a piece is on the way."""
        return self.delay + (self._random.uniform(0, self.jitter) if self.jitter else 0.0)

    def allowed(self, direction: str, size: int) -> int:
        """How many of so many bytes may pass before the cut."""
        left = self._cut[direction]
        return size if left is None else min(left, size)

    async def passed(self, direction: Direction, size: int, sink: socket.socket) -> None:
        """Count bytes that were handed on; cut where asked to."""
        if direction == "up":
            self.up_bytes += size
        else:
            self.down_bytes += size
        left = self._cut[direction]
        if left is None:
            return
        self._cut[direction] = left - size
        if left == size:
            self._cut[direction] = 0
            await _drained(sink)
            self.spawn(self._reset_all())
            await asyncio.Event().wait()  # until the reset cancels this


class _Line:
    """One connection: the two sockets and the flow each way."""

    def __init__(self, relay: Relay, client: socket.socket) -> None:
        self.relay = relay
        self.task: asyncio.Task[None] | None = None
        self.client = client
        self.server = _socket()
        self.flows: tuple[_Flow, ...] = ()

    async def run(self) -> None:
        """Connect and carry both ways; a reset of one end resets the other."""
        loop = asyncio.get_running_loop()
        tasks: list[asyncio.Task[None]] = []
        try:
            await self.relay.opened("up")
            await loop.sock_connect(self.server, self.relay.target)
            for end in (self.client, self.server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.flows = (
                _Flow(self.relay, "up", self.client, self.server),
                _Flow(self.relay, "down", self.server, self.client),
            )
            tasks = [loop.create_task(work) for flow in self.flows for work in (flow.read(), flow.write())]
            await asyncio.gather(*tasks)
        except OSError:
            self._reset_at_close()
        finally:
            await _cancel(*tasks)

    def close(self, _ended: object) -> None:
        """Close both ends."""
        self.relay.gone(self)
        self.client.close()
        self.server.close()

    async def reset(self) -> None:
        """End with RST at both ends."""
        self._reset_at_close()
        assert self.task is not None
        await _cancel(self.task)

    def finish(self) -> None:
        """End with FIN at both ends; what comes in meanwhile is thrown away."""
        for flow in self.flows:
            flow.finish()

    def _reset_at_close(self) -> None:
        for end in (self.client, self.server):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)


class _Flow:
    """One direction: what was read waits until it is due, then is written. A reader and a writer share it."""

    def __init__(self, relay: Relay, direction: Direction, source: socket.socket, sink: socket.socket) -> None:
        self.relay, self.direction, self.source, self.sink = relay, direction, source, sink
        self.waiting: deque[tuple[float, bytes]] = deque()
        self.bytes_waiting = 0
        self.last_due = 0.0
        self.blocked = False
        self.finished = False
        self.changed = asyncio.Event()
        self.taken = asyncio.Event()

    async def read(self) -> None:
        """Take in pieces, at most as fast as the rate; an empty one is the end."""
        loop = asyncio.get_running_loop()
        while True:
            await self.relay.opened(self.direction)
            while self.bytes_waiting > (BACKLOG if self.blocked else ON_THE_WAY):
                self.taken.clear()
                await self.taken.wait()
            data = await loop.sock_recv(self.source, self.relay.piece())
            await self.relay.opened(self.direction)
            if not self.finished:
                leaves = self.relay.leaves_at(self.direction, len(data))
                self.last_due = max(self.last_due, leaves + self.relay.travel())
                self.waiting.append((self.last_due, data))
                self.bytes_waiting += len(data)
                self.changed.set()
                # In any case a turn for the others: where data wait, nothing above gives up the thread.
                await asyncio.sleep(max(0.0, leaves - time.monotonic()))
            if not data:
                return

    async def write(self) -> None:
        """Hand on pieces when they are due."""
        loop = asyncio.get_running_loop()
        while True:
            while not self.waiting:
                if self.finished:
                    return
                self.changed.clear()
                await self.changed.wait()
            due, data = self.waiting[0]
            if (ahead := due - time.monotonic()) > 0:
                await asyncio.sleep(ahead)
            await self.relay.opened(self.direction)
            if self.finished:
                return
            if not data:
                self.finish()
                return
            size = self.relay.allowed(self.direction, len(data))
            self.waiting.popleft()
            self.bytes_waiting -= len(data)
            self.blocked = True
            await loop.sock_sendall(self.sink, data[:size])
            self.blocked = False
            self.taken.set()
            await self.relay.passed(self.direction, size, self.sink)

    def finish(self) -> None:
        """Say the end to the receiver; the writer stops at once, the reader at its own end."""
        if not self.finished:
            self.finished = True
            self.waiting.clear()
            self.bytes_waiting = 0
            self.changed.set()
            self.taken.set()
            with suppress(OSError):  # it has gone already
                self.sink.shutdown(socket.SHUT_WR)


@contextmanager
def running_relay(host: str, port: int) -> Iterator[Relay]:
    """A relay in a thread of its own, on a free port of loopback."""
    relay = Relay(host, port)
    relay.start()
    try:
        yield relay
    finally:
        relay.stop()


def _socket() -> socket.socket:
    end = socket.socket()
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BACKLOG)  # a line's queue, not the kernel's megabytes
    end.setblocking(False)
    return end


def _listener() -> tuple[socket.socket, int]:
    """A socket bound to a port it keeps while it does not listen: bound by number, not by the kernel's choice."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        end = _socket()
        end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            end.bind(("127.0.0.1", port))
        except OSError:  # somebody was faster
            end.close()
            continue
        return end, port


async def _cancel(*tasks: "asyncio.Task[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _drained(sink: socket.socket) -> None:
    """Wait until the receiver's kernel has everything, for a reset throws away what it has not."""
    if not sys.platform.startswith("linux"):
        return
    import fcntl
    import termios

    give_up_at = time.monotonic() + DRAIN_S
    while time.monotonic() < give_up_at:
        (unsent,) = struct.unpack("i", fcntl.ioctl(sink, termios.TIOCOUTQ, b"\0\0\0\0"))
        if not unsent:
            return
        await asyncio.sleep(0.001)
