"""Frames survive any way of cutting the stream; what is no frame is refused before it takes memory."""

import json
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraferry_core.protocol.codec import (
    BULK_HEADER,
    MAX_BULK,
    MAX_LINE,
    Bulk,
    Decoder,
    LocalProtocolError,
    RemoteProtocolError,
    encode,
)
from loraferry_core.protocol.messages import LogTail, Reply
from tests.unit.core.examples import MESSAGES

BULKS = [Bulk(1, 0, b""), Bulk(2**32 - 1, 2**63 - 1, b"{}\n\0"), Bulk(7, 5, bytes(range(256)) * 40)]
FRAMES = [*MESSAGES, *BULKS]


def decoded(*pieces):
    decoder = Decoder()
    return [frame for piece in pieces for frame in decoder.feed(piece)]


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: getattr(frame, "type", "bulk"))
def test_round_trip(frame):
    (found,) = decoded(encode(frame))
    assert found == frame
    assert type(found) is type(frame)


def test_the_bytes_of_a_bulk_frame():
    data = bytes.fromhex("00 00000002 0000000000000003 00000002 6162")
    assert encode(Bulk(2, 3, b"ab")) == data
    assert decoded(data) == [Bulk(2, 3, b"ab")]
    assert BULK_HEADER.size == 17


def test_a_message_is_one_line():
    data = encode(Reply(re=1, answer=LogTail(text="a\nb")))
    assert data == b'{"type":"reply","re":1,"answer":{"type":"log_tail","text":"a\\nb"}}\n'


def test_byte_by_byte():
    stream = b"".join(map(encode, MESSAGES[:4] + BULKS))
    assert decoded(*(stream[i : i + 1] for i in range(len(stream)))) == MESSAGES[:4] + BULKS


@given(st.lists(st.sampled_from(FRAMES), max_size=6), st.data())
def test_any_way_of_cutting_gives_the_same_frames(frames, data):
    stream = b"".join(map(encode, frames))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    edges = [0, *cuts, len(stream)]
    assert decoded(*(stream[a:b] for a, b in pairwise(edges))) == frames


def test_a_reader_that_stops_between_frames_loses_nothing():
    decoder = Decoder()
    stream = encode(MESSAGES[0]) + encode(BULKS[2]) + encode(MESSAGES[1])
    assert next(decoder.feed(stream)) == MESSAGES[0]
    assert list(decoder.feed(b"")) == [BULKS[2], MESSAGES[1]]


def line_of(size):
    """A message whose line has exactly `size` bytes, the newline included."""
    empty = len(encode(Reply(re=1, answer=LogTail(text=""))))
    return Reply(re=1, answer=LogTail(text="x" * (size - empty)))


def test_the_longest_line():
    longest = line_of(MAX_LINE)
    data = encode(longest)
    assert len(data) == MAX_LINE
    assert decoded(data) == [longest]
    assert decoded(data[:-1], data[-1:]) == [longest]
    with pytest.raises(LocalProtocolError, match=f"message reply of {MAX_LINE + 1} bytes"):
        encode(line_of(MAX_LINE + 1))


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_line_too_long(end):
    with pytest.raises(RemoteProtocolError, match=f"over {MAX_LINE} bytes"):
        decoded(b"{" + b" " * (MAX_LINE - 1) + end)
    assert decoded(b"{" + b" " * (MAX_LINE - 2)) == []


def test_the_largest_bulk_frame():
    largest = Bulk(1, 0, b"x" * MAX_BULK)
    assert decoded(encode(largest)) == [largest]
    with pytest.raises(LocalProtocolError, match=f"bulk frame of {MAX_BULK + 1} bytes"):
        encode(Bulk(1, 0, b"x" * (MAX_BULK + 1)))
    with pytest.raises(RemoteProtocolError, match=f"bulk frame of {MAX_BULK + 1} bytes"):
        decoded(BULK_HEADER.pack(1, 0, MAX_BULK + 1))


@pytest.mark.parametrize(("stream", "offset"), [(-1, 0), (2**32, 0), (1, -1), (1, 2**63)])
def test_bulk_frames_that_cannot_be_said(stream, offset):
    with pytest.raises(LocalProtocolError, match=f"bulk frame at {offset} of stream {stream}"):
        encode(Bulk(stream, offset, b""))


def test_an_offset_beyond_any_file():
    with pytest.raises(RemoteProtocolError, match="bulk frame at offset 9223372036854775808"):
        decoded(BULK_HEADER.pack(1, 2**63, 0))


BAD_LINES = {
    "no type": b"{}",
    "not JSON": b"{type}",
    "cut": b'{"type":"ping"',
    "not text": b'{"type":"\xff"}',
    "type unknown": b'{"type":"pong","time":1}',
    "type null": b'{"type":null}',
    "type object": b'{"type":{}}',
    "two": b'{"type":"ping"}{"type":"ping"}',
    "extra key": b'{"type":"ping","x":1}',
    "id text": b'{"type":"ping","id":"one"}',
    "id negative": b'{"type":"ping","id":-1}',
    "id too large": b'{"type":"ping","id":9223372036854775808}',
    "id of many digits": b'{"type":"ping","id":' + b"9" * 10_000 + b"}",
    "answer unknown": b'{"type":"reply","re":1,"answer":{"type":"ping"}}',
    "answer missing": b'{"type":"reply","re":1}',
    "time NaN": b'{"type":"reply","re":1,"answer":{"type":"pong","time":NaN}}',
    "time infinite": b'{"type":"reply","re":1,"answer":{"type":"pong","time":1e999}}',
    "problem unknown": b'{"type":"reply","re":1,"answer":{"type":"refused","problem":{"code":"x"}}}',
    "half a surrogate pair": b'{"type":"hello","protocol":1,"product":"\\ud800"}',
    "encoded surrogate": b'{"type":"hello","protocol":1,"product":"\xed\xa0\x80"}',
    "a deep nest": b'{"a":' * 100_000,
    "a deep nest of lists": b'{"type":"ping","x":' + b"[" * 1_000_000,
    "rank of 0": b'{"type":"submit","spec":{"job":"01234567-89ab-cdef-0123-456789abcdef","name":"x",'
    b'"config":{"network":{"kind":"lora","rank":0}}}}',
}


@pytest.mark.parametrize("line", BAD_LINES.values(), ids=list(BAD_LINES))
def test_refused(line):
    with pytest.raises(RemoteProtocolError, match="not a message: ") as caught:
        decoded(line + b"\n")
    assert len(str(caught.value)) < 400


def test_the_place_of_the_mistake_is_named():
    with pytest.raises(RemoteProtocolError, match="'config', 'network', 'lora', 'rank'"):
        decoded(BAD_LINES["rank of 0"] + b"\n")


def test_words_of_the_other_end_are_cut_and_cleaned():
    with pytest.raises(RemoteProtocolError) as caught:
        decoded(json.dumps({"type": "\u202e" + "x" * 1_000_000}).encode() + b"\n")
    assert len(str(caught.value)) < 400
    assert "\u202e" not in str(caught.value)


@pytest.mark.parametrize("byte", [b for b in range(256) if b not in (0, ord("{"))])
def test_no_other_byte_starts_a_frame(byte):
    with pytest.raises(RemoteProtocolError, match=f"cannot start with byte {byte:#04x}"):
        decoded(bytes([byte]))


def test_a_million_mistakes_take_little_memory():
    line = b'{"type":"reply","re":1,"answer":{"type":"missing","indexes":[' + b"{}," * 1_000_000 + b"{}]}}\n"
    tracemalloc.start()
    try:
        with pytest.raises(RemoteProtocolError, match="not a message: 1000001 mistakes"):
            decoded(line)
        assert tracemalloc.get_traced_memory()[1] < 400 * 2**20
    finally:
        tracemalloc.stop()
