"""Two sessions joined in memory, and what each refuses of a hostile other."""

import pytest

from loraferry_core import __version__
from loraferry_core.problems import problem
from loraferry_core.protocol import session as sessions
from loraferry_core.protocol.codec import Bulk, LocalProtocolError, RemoteProtocolError, encode
from loraferry_core.protocol.messages import Done, Hello, Ping, Pong, Read, Refused, Reply, Welcome
from loraferry_core.protocol.session import MAX_NOISE, AgentSession, DesktopSession, Phase, speaks
from loraferry_core.protocol.version import PROTOCOL, SENTINEL, sentinel_line
from tests.unit.core.examples import ANSWERS, PUSHES, REQUESTS

HELLO = Hello(protocol=PROTOCOL, product=__version__)
WELCOME = Welcome(agent_id="h1", protocol=1, product="0.1.0", schema_number=1, time=1.0)
REFUSAL = Refused(problem=problem("agent_incompatible", theirs="1", ours="2"))


def greeted(noise=b""):
    desktop = DesktopSession()
    assert list(desktop.receive(noise + sentinel_line())) == []
    return desktop


def joined():
    desktop, agent = greeted(), AgentSession()
    number, data = desktop.request(HELLO)
    (hello,) = agent.receive(data)
    assert hello == HELLO.replace(id=number)
    (reply,) = desktop.receive(agent.reply(Reply(re=number, answer=WELCOME)))
    assert reply.answer == WELCOME
    assert desktop.phase is agent.phase is Phase.OPEN
    return desktop, agent


def refused(session, data, message):
    with pytest.raises(RemoteProtocolError, match=message):
        list(session.receive(data))
    assert session.phase is Phase.CLOSED
    with pytest.raises(RemoteProtocolError, match="bytes after the end"):
        list(session.receive(b""))


# ---- a conversation -------------------------------------------------------------------------------------------------


def test_every_request_and_answer_goes_through():
    desktop, agent = joined()
    for request in REQUESTS[1:]:
        for answer in ANSWERS[1:]:
            number, data = desktop.request(request)
            assert list(agent.receive(data)) == [request.replace(id=number)]
            reply = Reply(re=number, answer=answer)
            assert list(desktop.receive(agent.reply(reply))) == [reply]
    for push in [*PUSHES, Bulk(1, 0, b"abc")]:
        assert list(desktop.receive(agent.push(push))) == [push]
    assert list(agent.receive(desktop.bulk(Bulk(3, 4, b"x")))) == [Bulk(3, 4, b"x")]


def test_answers_may_come_in_any_order():
    desktop, agent = joined()
    numbers = []
    for _ in range(3):
        number, data = desktop.request(Ping())
        list(agent.receive(data))
        numbers.append(number)
    assert numbers == [2, 3, 4]
    for number in reversed(numbers):
        assert [r.re for r in desktop.receive(agent.reply(Reply(re=number, answer=Pong(time=1.0))))] == [number]


def test_hello_and_what_follows_in_one_piece():
    desktop, agent = greeted(), AgentSession()
    _, first = desktop.request(HELLO)
    frames = agent.receive(first + encode(Ping(id=2)))
    assert next(frames) == HELLO.replace(id=1)
    agent.reply(Reply(re=1, answer=WELCOME))
    assert list(frames) == [Ping(id=2)]


def test_a_refused_hello_closes_both():
    desktop, agent = greeted(), AgentSession()
    number, data = desktop.request(HELLO)
    list(agent.receive(data))
    reply = agent.reply(Reply(re=number, answer=REFUSAL))
    assert agent.phase is Phase.CLOSED
    frames = desktop.receive(reply + encode(Reply(re=number, answer=WELCOME)))
    assert next(frames).answer == REFUSAL
    assert desktop.phase is Phase.CLOSED
    with pytest.raises(RemoteProtocolError, match="bytes after the end"):
        next(frames)
    with pytest.raises(LocalProtocolError, match="ping while closed"):
        desktop.request(Ping())
    with pytest.raises(LocalProtocolError, match="a push while closed"):
        agent.push(PUSHES[0])


def test_the_agent_takes_nothing_after_it_refused_hello():
    agent = AgentSession()
    frames = agent.receive(encode(HELLO.replace(id=1)) + encode(HELLO.replace(id=2)))
    assert next(frames).id == 1
    agent.reply(Reply(re=1, answer=REFUSAL))
    with pytest.raises(RemoteProtocolError, match="bytes after the end"):
        next(frames)


def test_speaking():
    assert speaks(PROTOCOL)
    assert not speaks(PROTOCOL + 1)
    assert not speaks(0)


# ---- before the sentinel --------------------------------------------------------------------------------------------


def test_the_opening():
    assert AgentSession().opening() == sentinel_line() == f"\x05loraferry-agent 1 {__version__}\n".encode()


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_noise_is_kept_and_skipped(size):
    noise = b"Welcome to the GPU!\n\x05 \x1b[1m{}\0\n\x05loraferry" + b"-" * 300
    stream = noise + sentinel_line()
    desktop = DesktopSession()
    for start in range(0, len(stream), size):
        assert list(desktop.receive(stream[start : start + size])) == []
        assert noise.startswith(desktop.noise) or desktop.noise.startswith(noise)
    assert desktop.phase is Phase.HELLO
    assert (desktop.noise, desktop.agent_protocol, desktop.agent_product) == (noise, 1, __version__)


def test_frames_right_after_the_sentinel():
    desktop = DesktopSession()
    refused(desktop, sentinel_line() + encode(PUSHES[0]), "data before hello was answered")


def test_a_terminal_may_end_lines_its_own_way():
    desktop = DesktopSession()
    assert list(desktop.receive(SENTINEL + b" 12 1.0.0rc1+x\r\n")) == []
    assert (desktop.agent_protocol, desktop.agent_product) == (12, "1.0.0rc1+x")


def test_the_most_noise():
    assert greeted(b"x" * MAX_NOISE).noise == b"x" * MAX_NOISE
    desktop = DesktopSession()
    refused(desktop, b"y" * (MAX_NOISE + 1) + sentinel_line(), "did not say hello")
    assert desktop.noise == b"y" * MAX_NOISE


def test_endless_noise():
    desktop = DesktopSession()
    for _ in range(MAX_NOISE // 4096):
        assert list(desktop.receive(b"y\n" * 2048)) == []
    refused(desktop, b"y", "did not say hello")
    assert len(desktop.noise) == MAX_NOISE


@pytest.mark.parametrize(
    "line",
    [
        b"\n", b" \n", b" 1\n", b" 1 \n", b" one 0.1\n", b" 1 0.1 more\n", b"x 1 0.1\n", b" -1 0.1\n", b" 1  0.1\n",
        b" 1 0.1\x1b[31m\n", b" 1 \xff\n", b" " + "²".encode() + b" 0.1\n", b" " + b"1" * 5000 + b" 0.1\n",
        b" 1 " + b"x" * 65 + b"\n", b" 1 " + b"x" * 200, b" 1 0.1\0\n",
    ],
)  # fmt: skip
def test_an_odd_first_line(line):
    desktop = DesktopSession()
    refused(desktop, b"noise" + SENTINEL + line, "first line is odd")
    assert desktop.noise == b"noise"


# ---- a hostile agent ------------------------------------------------------------------------------------------------


def test_an_answer_nobody_asked_for():
    desktop, _ = joined()
    refused(desktop, encode(Reply(re=2, answer=Done())), "an answer to 2, which was not asked")


def test_an_answer_twice():
    desktop, _ = joined()
    number, _ = desktop.request(Ping())
    reply = encode(Reply(re=number, answer=Done()))
    assert len(list(desktop.receive(reply))) == 1
    refused(desktop, reply, f"an answer to {number}, which was not asked")


@pytest.mark.parametrize("answer", [a for a in ANSWERS if a.type not in ("welcome", "refused")], ids=lambda a: a.type)
def test_hello_answered_with_something_else(answer):
    desktop = greeted()
    desktop.request(HELLO)
    refused(desktop, encode(Reply(re=1, answer=answer)), "hello was not answered with welcome")


@pytest.mark.parametrize("frame", [*PUSHES, Bulk(1, 0, b"")], ids=lambda f: getattr(f, "type", "bulk"))
def test_data_before_hello_was_answered(frame):
    desktop = greeted()
    desktop.request(HELLO)
    refused(desktop, encode(frame), "data before hello was answered")


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: r.type)
def test_the_agent_does_not_ask(request_):
    desktop, _ = joined()
    refused(desktop, encode(request_.replace(id=1)), f"the agent does not say {request_.type}")


# ---- a hostile desktop ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("frame", [Reply(re=1, answer=Done()), *PUSHES], ids=lambda f: f.type)
def test_the_desktop_does_not_answer(frame):
    _, agent = joined()
    refused(agent, encode(frame), f"the desktop does not say {frame.type}")


@pytest.mark.parametrize("request_", REQUESTS[1:], ids=lambda r: r.type)
def test_a_request_before_hello(request_):
    refused(AgentSession(), encode(request_.replace(id=1)), f"{request_.type} before hello")


def test_bulk_data_before_hello():
    refused(AgentSession(), encode(Bulk(1, 0, b"x")), "bulk data before hello")


def test_hello_twice():
    _, agent = joined()
    refused(agent, encode(HELLO.replace(id=2)), "hello a second time")


def test_hello_twice_before_the_answer():
    agent = AgentSession()
    list(agent.receive(encode(HELLO.replace(id=1))))
    refused(agent, encode(HELLO.replace(id=2)), "hello a second time")


@pytest.mark.parametrize("number", [0, 1, 5])
def test_numbers_going_backwards(number):
    _, agent = joined()
    list(agent.receive(encode(Ping(id=5))))
    refused(agent, encode(Ping(id=number)), f"request number {number} after 5")


def test_numbers_may_leap():
    _, agent = joined()
    assert [f.id for f in agent.receive(encode(Ping(id=9)) + encode(Ping(id=2**63 - 1)))] == [9, 2**63 - 1]


def test_more_requests_than_can_wait(monkeypatch):
    monkeypatch.setattr(sessions, "MAX_OPEN_REQUESTS", 3)
    _, agent = joined()
    assert len(list(agent.receive(b"".join(encode(Ping(id=n)) for n in (2, 3, 4))))) == 3
    agent.reply(Reply(re=3, answer=Done()))
    assert len(list(agent.receive(encode(Ping(id=5))))) == 1
    refused(agent, encode(Ping(id=6)), "too many requests at once")


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n", b"{}\n", b"\0" + b"\xff" * 16])
@pytest.mark.parametrize("side", [0, 1])
def test_what_is_no_frame_closes(side, data):
    refused(joined()[side], data, r"cannot start|not a message|bulk frame of")


# ---- what this end may not say --------------------------------------------------------------------------------------


def test_the_desktop_says_nothing_before_the_sentinel():
    desktop = DesktopSession()
    for request in REQUESTS:
        with pytest.raises(LocalProtocolError, match=f"{request.type} while sentinel"):
            desktop.request(request)
    with pytest.raises(LocalProtocolError, match="bulk data while sentinel"):
        desktop.bulk(Bulk(1, 0, b""))


def test_the_desktop_says_hello_first_and_once():
    desktop = greeted()
    with pytest.raises(LocalProtocolError, match="ping while hello"):
        desktop.request(Ping())
    desktop.request(HELLO)
    with pytest.raises(LocalProtocolError, match="hello a second time"):
        desktop.request(HELLO)
    desktop, _ = joined()
    with pytest.raises(LocalProtocolError, match="hello while open"):
        desktop.request(HELLO)


@pytest.mark.parametrize("frame", [Reply(re=1, answer=Done()), *PUSHES], ids=lambda f: f.type)
def test_the_desktop_only_asks(frame):
    desktop, _ = joined()
    with pytest.raises(LocalProtocolError, match=f"the desktop does not say {frame.type}"):
        desktop.request(frame)


def test_a_request_too_large_was_not_asked():
    desktop, agent = joined()
    with pytest.raises(LocalProtocolError, match="message read of 4194"):
        desktop.request(Read(job="x", name="n" * 2**22, offset=0, length=1, stream=1))
    number, data = desktop.request(Ping())
    assert (number, len(list(agent.receive(data)))) == (2, 1)


def test_the_agent_answers_what_was_asked_once():
    desktop, agent = joined()
    with pytest.raises(LocalProtocolError, match="nothing was asked under 2"):
        agent.reply(Reply(re=2, answer=Done()))
    number, data = desktop.request(Ping())
    list(agent.receive(data))
    agent.reply(Reply(re=number, answer=Done()))
    with pytest.raises(LocalProtocolError, match=f"nothing was asked under {number}"):
        agent.reply(Reply(re=number, answer=Done()))


def test_an_answer_too_large_can_be_refused_instead():
    desktop, agent = joined()
    number, data = desktop.request(Ping())
    list(agent.receive(data))
    with pytest.raises(LocalProtocolError, match="message reply of"):
        agent.reply(Reply(re=number, answer=ANSWERS[8].replace(text="x" * 2**22)))
    assert agent.reply(Reply(re=number, answer=REFUSAL))


def test_hello_is_answered_with_welcome_and_nothing_else_is():
    agent = AgentSession()
    list(agent.receive(encode(HELLO.replace(id=1))))
    with pytest.raises(LocalProtocolError, match="done while hello"):
        agent.reply(Reply(re=1, answer=Done()))
    with pytest.raises(LocalProtocolError, match="a push while hello"):
        agent.push(PUSHES[0])
    agent.reply(Reply(re=1, answer=WELCOME))
    list(agent.receive(encode(Ping(id=2))))
    with pytest.raises(LocalProtocolError, match="welcome while open"):
        agent.reply(Reply(re=2, answer=WELCOME))
