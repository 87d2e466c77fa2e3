"""Captions by a server with OpenAI's interface: what is sent, what is made of the answer, and what goes wrong."""

import io
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.remote.openai_captions import Endpoint, checked_address, describe
from loraferry_core.problems import Problem, ProblemError
from tests.fakes.caption_server import CaptionServer, running_caption_server, says

KEY = "sk-canary0123456789"


def jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 8), (250, 10, 10)).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[CaptionServer]:
    # Nothing for this computer goes through a proxy.
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with running_caption_server(CaptionServer()) as running:
        yield running


def ask(server: CaptionServer, key: str = KEY, token: CancelToken | None = None) -> str:
    endpoint = Endpoint(server.address, "llava:7b", key, timeout=20)
    return describe(endpoint, "What is it?", jpeg(), token or CancelToken(), first_pause_s=0.01)


def problem_of(server: CaptionServer) -> Problem:
    with pytest.raises(ProblemError) as caught:
        ask(server)
    assert KEY not in str(caught.value.problem.params)
    return caught.value.problem


def test_a_picture_goes_out_and_words_come_back(server: CaptionServer) -> None:
    server.answers.append(says(' "A red\x1b[31m square."\n'))
    assert ask(server) == "A red square."
    (asked,) = server.asked
    assert (asked.path, asked.authorization) == ("/v1/chat/completions", f"Bearer {KEY}")
    assert (asked.model, asked.prompt, asked.size) == ("llava:7b", "What is it?", (16, 8))
    assert asked.colour[0] > 200 > asked.colour[1]
    ask(server, key="")
    assert server.asked[1].authorization == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<think>It may be\n red.</think>\nA square.", "A square."),
        ("It may be red.</think> A square.", "A square."),
        ([{"type": "text", "text": "A "}, {"type": "text", "text": "square."}], "A square."),
        ("“一个红色方块。”", "一个红色方块。"),
    ],
)
def test_forms_of_answers(server: CaptionServer, content: Any, words: str) -> None:
    server.answers.append(says(content))
    assert ask(server) == words


def test_a_busy_server_is_asked_again(server: CaptionServer) -> None:
    server.answers += [(429, {}, {"Retry-After": "0.01"}), (503, b"starting", {}), says("done")]
    assert ask(server) == "done"
    assert len(server.asked) == 3


def test_one_that_stays_busy_is_given_up(server: CaptionServer) -> None:
    server.answers += [(500, {"error": {"message": f"no memory for {KEY}"}}, {})] * 4
    found = problem_of(server)
    assert (found.code, len(server.asked)) == ("endpoint_unreachable", 4)
    assert found.params["detail"] == "HTTP 500 no memory for …"


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "endpoint_forbidden"), (403, "endpoint_forbidden"), (404, "endpoint_unknown"), (400, "endpoint_failed")],
)
def test_refusals_are_not_repeated(server: CaptionServer, status: int, code: str) -> None:
    server.answers.append((status, {"error": {"message": "because\x07 so"}}, {}))
    found = problem_of(server)
    assert (found.code, len(server.asked)) == (code, 1)
    assert found.params == {"host": server.address[7:-3], "detail": f"HTTP {status} because so"}


def test_pictures_and_key_are_sent_on_to_no_other_server(server: CaptionServer) -> None:
    with running_caption_server(CaptionServer()) as other:
        for status in (302, 307, 308):
            server.answers.append((status, b"", {"Location": f"{other.address}/chat/completions"}))
            assert problem_of(server).code == "endpoint_unknown"
        assert not other.asked


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>Welcome", {}),
        (200, {"error": "no model"}, {}),
        (200, {"choices": []}, {}),
        (200, [1], {}),
        says(None),
        says("  "),
        says("<think>for ever</think>"),
    ],
)
def test_an_answer_without_words_is_named(server: CaptionServer, answer: Any) -> None:
    server.answers.append(answer)
    assert problem_of(server).code == "endpoint_wordless"


def test_a_model_that_wants_the_newer_name_of_the_limit_gets_it(server: CaptionServer) -> None:
    message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    server.answers += [(400, {"error": {"message": message}}, {}), says("done")]
    assert ask(server) == "done"
    assert "max_tokens" in server.asked[0].body
    assert server.asked[1].body["max_completion_tokens"] == 512
    assert "max_tokens" not in server.asked[1].body


def test_a_server_that_is_not_there_is_named() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = Endpoint(f"http://127.0.0.1:{free.getsockname()[1]}/v1", "m")
    with pytest.raises(ProblemError) as caught:
        describe(endpoint, "?", jpeg(), CancelToken(), first_pause_s=0.01)
    assert caught.value.problem.code == "endpoint_unreachable"


def test_calling_off_waits_for_no_server(server: CaptionServer) -> None:
    server.hold = threading.Event()
    token = CancelToken()
    threading.Timer(0.05, token.cancel).start()
    with pytest.raises(Cancelled):
        ask(server, token=token)
    server.hold.set()


def test_the_key_is_in_no_word_about_it() -> None:
    assert KEY not in repr(Endpoint("http://127.0.0.1/v1", "m", KEY))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" http://127.0.0.1:11434/v1/ ", "http://127.0.0.1:11434/v1"),
        ("https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_addresses(text: str, address: str) -> None:
    assert checked_address(text) == address


@pytest.mark.parametrize(
    "text",
    ["", "127.0.0.1:11434", "ftp://x/v1", "http://", "http://a b/v1", "http://x:port/v1", f"https://me:{KEY}@x/v1",
     f"https://x/v1?key={KEY}", "http://[::1/v1"],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ProblemError) as caught:
        checked_address(text)
    assert caught.value.problem.code == "endpoint_invalid"
    assert KEY not in str(caught.value.problem.params)
