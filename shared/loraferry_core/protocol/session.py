"""The state of one conversation, without any I/O: bytes in, frames out; frames in, bytes out.

Rule: everything that may or may not be said at a moment is decided here.
"""

import re
from collections.abc import Iterator
from enum import Enum

from loraferry_core.protocol.codec import Bulk, Decoder, Frame, LocalProtocolError, RemoteProtocolError, encode
from loraferry_core.protocol.messages import Events, Hello, JobChanged, Message, Refused, Reply, Welcome
from loraferry_core.protocol.version import PROTOCOL, SENTINEL, sentinel_line

MAX_NOISE = 256 * 1024
"""Bytes a shell may print before the sentinel."""
MAX_SENTINEL_LINE = 200
MAX_OPEN_REQUESTS = 65_536
"""Requests that may wait for their answer at the agent."""
_FIRST_LINE = re.compile(re.escape(SENTINEL) + rb" ([0-9]{1,9}) ([0-9A-Za-z.+_-]{1,64})\r?")


class Phase(str, Enum):
    """How far the conversation is."""

    SENTINEL = "sentinel"
    HELLO = "hello"
    OPEN = "open"
    CLOSED = "closed"


class DesktopSession:
    """The side that asks. `noise` is what the remote shell said before the agent did."""

    def __init__(self) -> None:
        self.phase = Phase.SENTINEL
        self.noise = b""
        self.agent_protocol = 0
        self.agent_product = ""
        self._head = bytearray()
        self._decoder = Decoder()
        self._next_id = 1
        self._waiting: set[int] = set()

    def request(self, message: Message) -> tuple[int, bytes]:
        """Number a request; returns the number and the bytes to send. Raises LocalProtocolError out of turn."""
        if isinstance(message, Reply | Events | JobChanged):
            raise LocalProtocolError(f"the desktop does not say {message.type}")
        expected = Phase.HELLO if isinstance(message, Hello) else Phase.OPEN
        if self.phase is not expected:
            raise LocalProtocolError(f"{message.type} while {self.phase.value}")
        if self.phase is Phase.HELLO and self._waiting:
            raise LocalProtocolError("hello a second time")
        number = self._next_id
        data = encode(message.replace(id=number))
        self._next_id += 1
        self._waiting.add(number)
        return number, data

    def bulk(self, frame: Bulk) -> bytes:
        """The bytes of a piece of a blob."""
        if self.phase is not Phase.OPEN:
            raise LocalProtocolError(f"bulk data while {self.phase.value}")
        return encode(frame)

    def receive(self, data: bytes) -> Iterator[Frame]:
        """Frames completed by `data`. Raises RemoteProtocolError, after which the session is closed."""
        if self.phase is Phase.CLOSED:
            raise RemoteProtocolError("bytes after the end of the conversation")
        try:
            if self.phase is Phase.SENTINEL:
                data = self._find_sentinel(data)
            for frame in self._decoder.feed(data):
                self._check(frame)
                yield frame
        except RemoteProtocolError:
            self.phase = Phase.CLOSED
            raise

    def _find_sentinel(self, data: bytes) -> bytes:
        searched = max(0, len(self._head) - MAX_SENTINEL_LINE - len(SENTINEL))
        self._head += data
        start = self._head.find(SENTINEL, searched)
        end = self._head.find(b"\n", start) if start >= 0 else -1
        noise_end = start if start >= 0 else len(self._head)
        self.noise = bytes(self._head[: min(noise_end, MAX_NOISE)])
        if noise_end > MAX_NOISE:
            raise RemoteProtocolError("the agent did not say hello")
        if end < 0 and (start < 0 or len(self._head) - start <= MAX_SENTINEL_LINE):
            return b""
        words = _FIRST_LINE.fullmatch(self._head[start:end]) if end >= 0 else None
        if words is None:
            raise RemoteProtocolError("the agent's first line is odd")
        self.agent_protocol, self.agent_product = int(words[1]), words[2].decode("ascii")
        self.phase = Phase.HELLO
        rest = bytes(self._head[end + 1 :])
        self._head.clear()
        return rest

    def _check(self, frame: Frame) -> None:
        if self.phase is Phase.CLOSED:
            raise RemoteProtocolError("bytes after the end of the conversation")
        if isinstance(frame, Bulk | Events | JobChanged):
            if self.phase is not Phase.OPEN:
                raise RemoteProtocolError("data before hello was answered")
        elif isinstance(frame, Reply):
            if frame.re not in self._waiting:
                raise RemoteProtocolError(f"an answer to {frame.re}, which was not asked")
            self._waiting.discard(frame.re)
            if self.phase is Phase.HELLO:
                if not isinstance(frame.answer, Welcome | Refused):
                    raise RemoteProtocolError("hello was not answered with welcome")
                self.phase = Phase.OPEN if isinstance(frame.answer, Welcome) else Phase.CLOSED
        else:
            raise RemoteProtocolError(f"the agent does not say {frame.type}")


class AgentSession:
    """The side that answers. Send `opening()` first."""

    def __init__(self) -> None:
        self.phase = Phase.HELLO
        self._decoder = Decoder()
        self._open_requests: set[int] = set()
        self._last_id = 0

    def opening(self) -> bytes:
        """The first bytes of the stream."""
        return sentinel_line()

    def receive(self, data: bytes) -> Iterator[Frame]:
        """Requests and bulk frames completed by `data`. Raises RemoteProtocolError; the session is closed then."""
        if self.phase is Phase.CLOSED:
            raise RemoteProtocolError("bytes after the end of the conversation")
        try:
            for frame in self._decoder.feed(data):
                self._check(frame)
                yield frame
        except RemoteProtocolError:
            self.phase = Phase.CLOSED
            raise

    def reply(self, reply: Reply) -> bytes:
        """The bytes of the one answer to a request. Raises LocalProtocolError when none is due."""
        if reply.re not in self._open_requests:
            raise LocalProtocolError(f"nothing was asked under {reply.re}")
        welcome = isinstance(reply.answer, Welcome)
        if welcome is not (self.phase is Phase.HELLO) and not isinstance(reply.answer, Refused):
            raise LocalProtocolError(f"{reply.answer.type} while {self.phase.value}")
        data = encode(reply)
        self._open_requests.discard(reply.re)
        if self.phase is Phase.HELLO:
            self.phase = Phase.OPEN if welcome else Phase.CLOSED
        return data

    def push(self, frame: Events | JobChanged | Bulk) -> bytes:
        """The bytes of something that was not asked for."""
        if self.phase is not Phase.OPEN:
            raise LocalProtocolError(f"a push while {self.phase.value}")
        return encode(frame)

    def _check(self, frame: Frame) -> None:
        if self.phase is Phase.CLOSED:
            raise RemoteProtocolError("bytes after the end of the conversation")
        if isinstance(frame, Reply | Events | JobChanged):
            raise RemoteProtocolError(f"the desktop does not say {frame.type}")
        if isinstance(frame, Bulk):
            if self.phase is not Phase.OPEN:
                raise RemoteProtocolError("bulk data before hello")
            return
        if frame.id <= self._last_id:
            raise RemoteProtocolError(f"request number {frame.id} after {self._last_id}")
        if self.phase is Phase.HELLO and not isinstance(frame, Hello):
            raise RemoteProtocolError(f"{frame.type} before hello")
        if isinstance(frame, Hello) and self._last_id:
            raise RemoteProtocolError("hello a second time")
        if len(self._open_requests) >= MAX_OPEN_REQUESTS:
            raise RemoteProtocolError("too many requests at once")
        self._last_id = frame.id
        self._open_requests.add(frame.id)


def speaks(protocol: int) -> bool:
    """Whether this end understands an agent that speaks `protocol`."""
    return protocol == PROTOCOL
