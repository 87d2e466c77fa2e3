"""Asking web servers: proxies and certificates of the machine, tokens only for whom they are meant, errors by name."""

import http.client
import importlib.util
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import urlsplit

from loraferry_core import __version__
from loraferry_core.problems import ProblemError, fail

TIMEOUT = 20.0
"""Seconds without a byte until a server counts as silent."""
MAX_JSON = 32 * 2**20
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ABSENT = ("RepoNotFound", "EntryNotFound", "RevisionNotFound")
"""The Hub says 401 for what does not exist, and tells the reason in `X-Error-Code`."""


class Interrupted(Exception):
    """The server could not be reached, was busy, or the connection broke: worth another try."""


class PastEnd(Exception):
    """The file has no bytes from there on."""


@dataclass(frozen=True)
class Token:
    """A secret and the hosts that may see it."""

    value: str = field(repr=False)
    hosts: frozenset[str]

    def may_go_to(self, url: str) -> bool:
        """Whether this address may see the token: one of the hosts, encrypted or on this machine."""
        parts = urlsplit(url)
        encrypted = parts.scheme == "https" or parts.hostname in _LOOPBACK
        return encrypted and parts.netloc.lower() in self.hosts


class Web:
    """Requests on behalf of one order. `name` is the model's, for problems."""

    def __init__(self, name: str, token: Token | None = None, timeout: float = TIMEOUT) -> None:
        self._name = name
        self._token = token
        self._timeout = timeout
        self._opener = urllib.request.build_opener(
            _Redirects(token), urllib.request.HTTPSHandler(context=_certificates())
        )

    def open(self, url: str, headers: Mapping[str, str] | None = None) -> http.client.HTTPResponse:
        """The response to a GET: 200 or 206.

        Raises ProblemError (fetch_not_found, fetch_forbidden, fetch_failed), PastEnd and Interrupted.
        """
        request = urllib.request.Request(url, headers={"User-Agent": f"loraferry/{__version__}", **(headers or {})})
        _show(self._token, request)
        try:
            response: http.client.HTTPResponse = self._opener.open(request, timeout=self._timeout)
        except urllib.error.HTTPError as error:
            error.close()
            raise self._refused(url, error) from error
        except (OSError, http.client.HTTPException) as error:
            raise Interrupted(f"{_host(url)}: {reason_of(error)}") from error
        return response

    def json(self, url: str) -> Any:
        """The JSON that a server answers with. Raises like `open`, and ProblemError fetch_failed for anything else."""
        try:
            with self.open(url, {"Accept": "application/json"}) as response:
                data = response.read(MAX_JSON)
        except (OSError, http.client.HTTPException) as error:
            raise Interrupted(f"{_host(url)}: {reason_of(error)}") from error
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            raise fail("fetch_failed", name=self._name, detail=f"{_host(url)}: no JSON") from error

    def _refused(self, url: str, error: urllib.error.HTTPError) -> ProblemError | Interrupted | PastEnd:
        host, status = _host(url), error.code
        if status == 416:
            return PastEnd()
        absent = error.headers.get("X-Error-Code", "") in _ABSENT
        if absent or status in (404, 410, 451):
            return fail("fetch_not_found", name=self._name, place=shown(url))
        if status in (401, 403):
            return fail("fetch_forbidden", name=self._name, host=host)
        if status in (408, 425, 429) or status >= 500:
            return Interrupted(f"{host}: HTTP {status}")
        return fail("fetch_failed", name=self._name, detail=f"{host}: HTTP {status}")


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects; the token comes along only where it may be seen."""

    def __init__(self, token: Token | None) -> None:
        self._token = token

    # Python 3.10 does not know 308.
    http_error_308 = urllib.request.HTTPRedirectHandler.http_error_302

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme not in ("http", "https"):
            raise urllib.error.HTTPError(req.full_url, code, "redirected to no web page", headers, fp)
        request = urllib.request.Request(newurl, headers=dict(req.headers), unverifiable=True)
        _show(self._token, request)
        return request


def _show(token: Token | None, request: urllib.request.Request) -> None:
    """An unredirected header: the library never copies it into a following request."""
    if token is not None and token.may_go_to(request.full_url):
        request.add_unredirected_header("Authorization", f"Bearer {token.value}")


def _certificates() -> ssl.SSLContext:
    """The system's authorities, and those that came with the environment: bare images have none."""
    context = ssl.create_default_context()
    if importlib.util.find_spec("certifi"):
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def reason_of(error: BaseException) -> str:
    """What went wrong, in the words of the system."""
    reason = getattr(error, "reason", None) or error
    return str(reason) or type(reason).__name__


def _host(url: str) -> str:
    return urlsplit(url).netloc


def shown(url: str) -> str:
    """An address as it may be shown: without what stands behind the path, where servers put signatures."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}"
