"""Messages and bulk data as bytes, and back.

A frame is either a JSON object on one line, ending in a newline, or a bulk frame: a zero byte, then stream (u32),
offset (u64) and length (u32), big-endian, then that many bytes. The first byte tells them apart.
Both kinds are bounded, so a hostile end cannot make this one hold more than a frame.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from loraferry_core.bounds import MAX_WHOLE
from loraferry_core.names import without_control_characters
from loraferry_core.protocol.messages import MESSAGE, Message

MAX_LINE = 4 * 2**20
MAX_BULK = 2**20
BULK_HEADER = struct.Struct("!xIQI")
MAX_DETAIL = 300
"""Characters of the other end's words that an error repeats."""


class ProtocolError(Exception):
    """The conversation cannot go on."""


class LocalProtocolError(ProtocolError):
    """This end tried to say something it may not say now: a bug here."""


class RemoteProtocolError(ProtocolError):
    """The other end said something that is not in the language."""


@dataclass(frozen=True)
class Bulk:
    """A piece of blob or artifact: `data` stands at `offset` of what `stream` was announced for."""

    stream: int
    offset: int
    data: bytes


Frame = Message | Bulk


def encode(frame: Frame) -> bytes:
    """The bytes of a frame. Raises LocalProtocolError when it is over the bounds."""
    if isinstance(frame, Bulk):
        if len(frame.data) > MAX_BULK:
            raise LocalProtocolError(f"bulk frame of {len(frame.data)} bytes")
        if not (0 <= frame.stream < 2**32 and 0 <= frame.offset < MAX_WHOLE):
            raise LocalProtocolError(f"bulk frame at {frame.offset} of stream {frame.stream}")
        return BULK_HEADER.pack(frame.stream, frame.offset, len(frame.data)) + frame.data
    line = frame.model_dump_json().encode() + b"\n"
    if len(line) > MAX_LINE:
        raise LocalProtocolError(f"message {frame.type} of {len(line)} bytes")
    return line


class Decoder:
    """Cuts a byte stream into frames, whatever the pieces it comes in."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that `data` completes. Raises RemoteProtocolError; nothing after that can be decoded."""
        self._buffer += data
        while self._buffer:
            frame = self._bulk() if self._buffer[0] == 0 else self._message()
            if frame is None:
                return
            yield frame

    def _bulk(self) -> Bulk | None:
        if len(self._buffer) < BULK_HEADER.size:
            return None
        stream, offset, length = BULK_HEADER.unpack_from(self._buffer)
        if length > MAX_BULK:
            raise RemoteProtocolError(f"bulk frame of {length} bytes")
        if offset >= MAX_WHOLE:
            raise RemoteProtocolError(f"bulk frame at offset {offset}")
        end = BULK_HEADER.size + length
        if len(self._buffer) < end:
            return None
        data = bytes(memoryview(self._buffer)[BULK_HEADER.size : end])
        del self._buffer[:end]
        return Bulk(stream, offset, data)

    def _message(self) -> Message | None:
        if self._buffer[0] != ord("{"):
            raise RemoteProtocolError(f"a frame cannot start with byte {self._buffer[0]:#04x}")
        end = self._buffer.find(b"\n", self._searched)
        if end < 0 and len(self._buffer) < MAX_LINE:
            self._searched = len(self._buffer)
            return None
        if end < 0 or end >= MAX_LINE:
            raise RemoteProtocolError(f"a message of over {MAX_LINE} bytes")
        self._searched = 0
        line = bytes(memoryview(self._buffer)[:end])
        del self._buffer[: end + 1]
        try:
            return MESSAGE.validate_json(line)
        except ValidationError as error:
            raise RemoteProtocolError(f"not a message: {_first_finding(error)}") from None


def _first_finding(error: ValidationError) -> str:
    # A hostile line can hold a million mistakes, and listing them takes gigabytes.
    if error.error_count() > 100:
        return f"{error.error_count()} mistakes"
    first = error.errors(include_input=False, include_url=False)[0]
    return without_control_characters(f"{first['loc']} {first['msg']}"[:MAX_DETAIL])
