"""Captions by any server with OpenAI's chat interface: Ollama, vLLM, LM Studio, and those in the cloud.

The interface: POST `<address>/chat/completions` with a picture as a data address (platform.openai.com/docs/guides/vision).
"""

import base64
import contextlib
import http.client
import json
import re
import ssl
import threading
import urllib.error
import urllib.request
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import urlsplit

from loraferry.cancellation import CancelToken
from loraferry_core import __version__
from loraferry_core.captioning import MAX_WORDS
from loraferry_core.names import without_control_characters
from loraferry_core.problems import ProblemError, fail

ATTEMPTS = 4
"""Tries for one picture where the server is busy or the connection breaks."""
MOST_PAUSE_S = 60.0
MAX_ANSWER = 2**20
MAX_DETAIL = 300
POLL_S = 0.05
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_BUSY = (408, 409, 425, 429, 500, 502, 503, 504)
_THOUGHTS = re.compile(r"<think>.*?</think>|<thinking>.*?</thinking>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Endpoint:
    """A server and one of its models. `address` is what OpenAI's libraries call the base URL; it mostly ends with /v1."""

    address: str
    model: str
    key: str = field(default="", repr=False)
    timeout: float = 180.0
    """Seconds without a byte until the server counts as silent: a large model on a small card thinks long."""
    max_tokens: int = 512

    @property
    def host(self) -> str:
        """Name and port of the server, for people."""
        return urlsplit(self.address).netloc.rpartition("@")[2]

    @property
    def is_near(self) -> bool:
        """Whether it runs on this computer."""
        return urlsplit(self.address).hostname in _LOOPBACK


class _Busy(Exception):
    """Worth another try, after so many seconds where the server says how many."""

    def __init__(self, detail: str, pause: float = 0.0) -> None:
        super().__init__(detail)
        self.pause = pause


def checked_address(text: str) -> str:
    """The address of a server as a person entered it, fit for an `Endpoint`. Raises ProblemError endpoint_invalid.

    A whole address of the chat interface counts for its base. Names and passwords in it are refused: they would be shown.
    """
    address = text.strip().rstrip("/").removesuffix("/chat/completions")
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        hidden = parts.username is not None or bool(parts.query or parts.fragment)
    except ValueError:
        usable, hidden = False, False
    if not usable or hidden or re.search(r"\s", address):
        raise fail("endpoint_invalid", address=urlsplit(address).netloc.rpartition("@")[2] if hidden else text.strip())
    return address


def describe(endpoint: Endpoint, prompt: str, jpeg: bytes, token: CancelToken, *, first_pause_s: float = 1.0) -> str:
    """The server's words for one picture. Between tries it waits, longer each time, or as long as the server says.

    Raises ProblemError: endpoint_unreachable, endpoint_forbidden, endpoint_unknown, endpoint_failed, endpoint_wordless;
    Cancelled within a moment, whatever the server does.
    """
    limit = "max_tokens"
    for tried in range(ATTEMPTS):
        try:
            return _words(endpoint, _ask(endpoint, _question(endpoint, prompt, jpeg, limit), token))
        except _Busy as error:
            reason: Exception = error
            if tried < ATTEMPTS - 1:
                token.wait(min(max(error.pause, first_pause_s * 2**tried), MOST_PAUSE_S))
                token.check()
        except _OtherLimit as error:
            reason, limit = error, "max_completion_tokens"
    raise fail("endpoint_unreachable", host=endpoint.host, detail=reason)


class _OtherLimit(Exception):
    """The model wants the length of its answer under the newer name."""


def _question(endpoint: Endpoint, prompt: str, jpeg: bytes, limit: str) -> bytes:
    picture = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"
    content = [{"type": "text", "text": prompt}, {"type": "image_url", "image_url": {"url": picture}}]
    question = {
        "model": endpoint.model,
        "messages": [{"role": "user", "content": content}],
        limit: endpoint.max_tokens,
        "stream": False,
    }
    return json.dumps(question).encode()


def _ask(endpoint: Endpoint, body: bytes, token: CancelToken) -> Any:
    """What the server answers. The request has a thread of its own, which is left to its end when the work is called
    off: nothing wakes a thread that waits for a server."""
    result: Future[Any] = Future()

    def work() -> None:
        try:
            result.set_result(_post(endpoint, body))
        except (ProblemError, _Busy, _OtherLimit) as error:
            result.set_exception(error)

    threading.Thread(target=work, name="caption request", daemon=True).start()
    while True:
        token.check()
        with contextlib.suppress(NotInTime):
            return result.result(POLL_S)


def _post(endpoint: Endpoint, body: bytes) -> Any:
    headers = {"Content-Type": "application/json", "User-Agent": f"loraferry/{__version__}"}
    request = urllib.request.Request(f"{endpoint.address}/chat/completions", body, headers, method="POST")
    if endpoint.key:
        request.add_unredirected_header("Authorization", f"Bearer {endpoint.key}")
    try:
        with _opener(endpoint).open(request, timeout=endpoint.timeout) as response:
            data = response.read(MAX_ANSWER)
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(endpoint, error) from None  # its words may hold what was sent
    except (OSError, http.client.HTTPException) as error:
        raise _Busy(_reason(error)) from error
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise fail("endpoint_wordless", host=endpoint.host, detail="no JSON") from error


def _opener(endpoint: Endpoint) -> urllib.request.OpenerDirector:
    handlers: list[urllib.request.BaseHandler] = [
        _NoRedirects(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
    ]
    if endpoint.is_near:
        handlers.append(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener(*handlers)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Pictures go to the server that was named, and to no other."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        return None


def _refused(endpoint: Endpoint, error: urllib.error.HTTPError) -> ProblemError | _Busy | _OtherLimit:
    detail = _shown(endpoint, f"HTTP {error.code} {_message(error)}")
    if error.code in _BUSY:
        return _Busy(detail, _retry_after(error))
    if error.code in (401, 402, 403):
        return fail("endpoint_forbidden", host=endpoint.host, detail=detail)
    if error.code in (404, 405, 410) or 300 <= error.code < 400:
        return fail("endpoint_unknown", host=endpoint.host, detail=detail)
    if error.code == 400 and "max_completion_tokens" in detail:
        return _OtherLimit(detail)
    return fail("endpoint_failed", host=endpoint.host, detail=detail)


def _message(error: urllib.error.HTTPError) -> str:
    """What the server says is wrong: OpenAI's form, or its first words."""
    try:
        data = error.read(MAX_ANSWER)
    except (OSError, http.client.HTTPException):
        return ""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return data[:MAX_DETAIL].decode("utf-8", "replace")
    inner = told.get("error", told) if isinstance(told, dict) else told
    message = inner.get("message", inner) if isinstance(inner, dict) else inner
    return str(message)


def _retry_after(error: urllib.error.HTTPError) -> float:
    text = error.headers.get("Retry-After", "")
    return min(float(text), MOST_PAUSE_S) if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", text) else 0.0


def _shown(endpoint: Endpoint, text: str) -> str:
    """A server's words fit to be shown: a key that they quote is taken out."""
    plain = " ".join(without_control_characters(text).split())
    return (plain.replace(endpoint.key, "…") if endpoint.key else plain)[:MAX_DETAIL]


def _reason(error: BaseException) -> str:
    reason = getattr(error, "reason", None) or error
    return str(getattr(reason, "strerror", None) or reason) or type(reason).__name__


def _words(endpoint: Endpoint, answer: Any) -> str:
    """The text of an answer, without what a model thought before it. Raises ProblemError endpoint_wordless."""
    choices = answer.get("choices") if isinstance(answer, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if not isinstance(content, str):
        raise fail("endpoint_wordless", host=endpoint.host, detail=_shown(endpoint, _message_of(answer)))
    words = _THOUGHTS.sub("", content).rpartition("</think>")[2]
    words = without_control_characters(words).strip().strip('"“”').strip()[:MAX_WORDS]
    if not words:
        raise fail("endpoint_wordless", host=endpoint.host, detail=_ending(first))
    return words


def _message_of(answer: Any) -> str:
    return str(answer.get("error", answer) if isinstance(answer, dict) else answer)[:MAX_DETAIL]


def _ending(choice: Any) -> str:
    """Why an answer is empty, as far as the server says: `length` where a model spent it all on thinking."""
    reason = choice.get("finish_reason") if isinstance(choice, dict) else None
    return without_control_characters(str(reason))[:40] if reason else "empty"
