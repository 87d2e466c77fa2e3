"""Whatever bytes arrive, both sessions give frames or one typed error, and hold no more than their bounds.

`LORAFERRY_FUZZ_EXAMPLES` is the number of examples of each test (default 500).
"""

import json
import os
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loraferry_core.protocol.codec import Bulk, RemoteProtocolError, encode
from loraferry_core.protocol.messages import Hello, Reply
from loraferry_core.protocol.session import MAX_NOISE, AgentSession, DesktopSession, Phase
from loraferry_core.protocol.version import sentinel_line
from tests.unit.core.examples import ANSWERS, MESSAGES, PUSHES, REQUESTS

Session = DesktopSession | AgentSession
fuzzed = settings(
    max_examples=int(os.environ.get("LORAFERRY_FUZZ_EXAMPLES", "500")),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

WELCOME = ANSWERS[0]
FRAMES = [encode(frame) for frame in [*MESSAGES, Bulk(1, 0, b"abc"), Bulk(2, 2**40, b"\0{\n" * 50)]]
TO_DESKTOP = [encode(Reply(re=n, answer=a)) for n, a in enumerate(ANSWERS, 1)] + [encode(push) for push in PUSHES]
TO_AGENT = [encode(request.replace(id=n)) for n, request in enumerate(REQUESTS, 1)]
PIECES = st.sampled_from([*FRAMES, sentinel_line(), b"", b"\n", b"{", b"{}\n", b"\0", b"\x05", b"\xff", b'{"type":'])


def desktop(asked: int) -> DesktopSession:
    """A desktop that has heard the sentinel, been welcomed, and waits for some answers."""
    session = DesktopSession()
    list(session.receive(sentinel_line()))
    number, _ = session.request(Hello(protocol=1, product="x"))
    list(session.receive(encode(Reply(re=number, answer=WELCOME))))
    for _ in range(asked):
        session.request(REQUESTS[1])
    return session


def agent() -> AgentSession:
    """An agent that has welcomed a desktop."""
    session = AgentSession()
    list(session.receive(encode(Hello(id=1, protocol=1, product="x"))))
    session.reply(Reply(re=1, answer=WELCOME))
    return session


SESSIONS = st.one_of(
    st.builds(DesktopSession), st.builds(desktop, st.integers(0, 12)), st.builds(AgentSession), st.builds(agent)
)


def feed(session: Session, pieces: list[bytes]) -> list[str]:
    """What the session makes of the pieces: each frame, and "error" at the end if it refused them."""
    found = []
    try:
        for piece in pieces:
            for frame in session.receive(piece):
                found.append(repr(frame))
                assert not (isinstance(session, DesktopSession) and session.phase is Phase.SENTINEL)
    except RemoteProtocolError as error:
        assert session.phase is Phase.CLOSED
        assert len(str(error)) < 1000
        found.append("error")
    if isinstance(session, DesktopSession):
        assert len(session.noise) <= MAX_NOISE
    return found


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


CUTS = st.lists(st.integers(0, 2**20), max_size=6)


@fuzzed
@given(SESSIONS, st.lists(st.binary(max_size=300), max_size=5))
def test_bytes_of_any_kind(session, pieces):
    feed(session, pieces)


@fuzzed
@given(SESSIONS, st.lists(st.one_of(PIECES, st.binary(max_size=20)), max_size=10), CUTS)
def test_frames_in_any_order_with_noise_between(session, pieces, places):
    feed(session, cut(b"".join(pieces), places))


@fuzzed
@given(
    st.booleans(),
    st.lists(st.sampled_from(TO_DESKTOP), max_size=8),
    st.lists(st.sampled_from(TO_AGENT), max_size=8),
    CUTS,
)
def test_cuts_change_nothing(to_desktop, answers, requests, places):
    stream = b"".join(answers if to_desktop else requests)
    whole, pieces = (desktop(12), desktop(12)) if to_desktop else (agent(), agent())
    assert feed(whole, [stream]) == feed(pieces, cut(stream, places))
    assert whole.phase is pieces.phase


MUTATIONS = st.lists(
    st.tuples(st.sampled_from(["set", "drop", "double", "insert"]), st.integers(0, 2**20), st.integers(0, 255)),
    min_size=1,
    max_size=4,
)


@fuzzed
@given(SESSIONS, st.lists(PIECES, min_size=1, max_size=6), MUTATIONS, CUTS)
def test_streams_with_broken_bytes(session, pieces, mutations, places):
    stream = bytearray(b"".join(pieces) or b"\n")
    for kind, place, byte in mutations:
        at = place % (len(stream) or 1)
        if kind == "set":
            stream[at : at + 1] = bytes([byte])
        elif kind == "drop":
            del stream[at : at + byte]
        elif kind == "double":
            stream[at:at] = stream[at : at + byte]
        else:
            stream[at:at] = bytes([byte])
    feed(session, cut(bytes(stream), places))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([10**30, 2**63, -(2**63), "\x1b[2J", "a" * 64, "../x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@fuzzed
@given(SESSIONS, st.sampled_from(MESSAGES), st.data())
def test_messages_with_wrong_values(session, message, data):
    value = json.loads(message.model_dump_json())
    inner = value
    while True:
        key = data.draw(st.sampled_from(sorted(inner)))
        if not (isinstance(inner[key], dict) and inner[key]) or data.draw(st.booleans()):
            break
        inner = inner[key]
    inner[key] = data.draw(JSON)
    feed(session, [json.dumps(value).encode() + b"\n"])


@fuzzed
@given(st.lists(st.tuples(st.sampled_from(REQUESTS[1:]), st.sampled_from(ANSWERS[1:])), max_size=8), CUTS)
def test_two_honest_ends_always_understand_each_other(turns, places):
    asking, answering = DesktopSession(), AgentSession()
    feed(asking, cut(b"motd\n" + answering.opening(), places))
    for request, answer in [(REQUESTS[0], WELCOME), *turns]:
        number, data = asking.request(request)
        assert feed(answering, cut(data, places)) == [repr(request.replace(id=number))]
        reply = Reply(re=number, answer=answer)
        assert feed(asking, cut(answering.reply(reply), places)) == [repr(reply)]
    assert asking.phase is answering.phase is Phase.OPEN
