"""Fetches one picture that a person dragged out of a browser: web addresses only, bounded in size and time."""

import http.client
import time
import urllib.error
import urllib.request
from urllib.parse import quote, urlsplit, urlunsplit

from loraferry_core.problems import fail

MAX_BYTES = 100 << 20
TIMEOUT_S = 15.0
"""For each answer of the server."""
DEADLINE_S = 120.0
"""For all of it."""
_BLOCK = 1 << 16
# What a browser would say it takes; without AVIF and WebP first, some servers answer with a smaller JPEG.
_HEADERS = {"User-Agent": "LoRA-Ferry", "Accept": "image/avif,image/webp,image/png,image/jpeg,image/*;q=0.8"}


def fetched(address: str) -> bytes:
    """What is at a web address. Whether it is a sound picture is for the opener of pictures to say.

    Raises ProblemError `download_failed`, `download_too_large` or `download_no_picture`.
    """
    shown = _shown(address)
    try:
        request = urllib.request.Request(_ascii(address), headers=_HEADERS)
        with _opener().open(request, timeout=TIMEOUT_S) as answer:
            kind = answer.headers.get_content_type()
            if kind.startswith(("text/", "application/json", "video/", "audio/")):
                raise fail("download_no_picture", address=shown, kind=kind)
            return _read(answer, shown)
    except urllib.error.HTTPError as error:
        error.close()
        raise fail("download_failed", address=shown, detail=f"{error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        reason = error.reason
        detail = (isinstance(reason, OSError) and reason.strerror) or str(reason)
        raise fail("download_failed", address=shown, detail=detail) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise fail("download_failed", address=shown, detail=str(error) or type(error).__name__) from error


def _read(answer: http.client.HTTPResponse, shown: str) -> bytes:
    end = time.monotonic() + DEADLINE_S
    data = bytearray()
    while block := answer.read(_BLOCK):
        data += block
        if len(data) > MAX_BYTES:
            raise fail("download_too_large", address=shown, limit_mb=MAX_BYTES >> 20)
        if time.monotonic() > end:
            raise TimeoutError("timed out")
    # `read` with a size tells nothing of an answer that was cut short.
    if answer.length:
        raise http.client.IncompleteRead(bytes(data[:1]), answer.length)
    return bytes(data)


def _opener() -> urllib.request.OpenerDirector:
    """One that knows no files, no FTP and no data, so that no redirection leads there. Honours the system's proxies."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _ascii(address: str) -> str:
    """An address with what browsers show unquoted (Chinese, spaces) quoted, and without its fragment."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not a web address")
    host = parts.netloc.rsplit("@", 1)[-1].encode("idna").decode("ascii")
    safe = "/:?#[]@!$&'()*+,;=%~-._"
    return urlunsplit((parts.scheme, host, quote(parts.path, safe), quote(parts.query, safe), ""))


def _shown(address: str) -> str:
    """An address short enough to be read, without what may be a secret in it."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address[:60]
    return f"{parts.hostname or ''}{parts.path}"[:80]
