"""Small models that this computer uses itself: fetched once, when first needed, and checked by their hash."""

import hashlib
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlsplit

from pydantic import TypeAdapter

from loraferry.cancellation import CancelToken
from loraferry.platform import private_folder, sync_folder
from loraferry.remote.hashes import hash_file
from loraferry_core import __version__
from loraferry_core.config import Config
from loraferry_core.models import FetchSource, Sha256OrNone
from loraferry_core.problems import ProblemError, fail
from loraferry_resources import catalogue_path

TIMEOUT_S = 20.0
"""Seconds without a byte until a server counts as silent."""
CHUNK = 64 * 2**10
HUBS = ("https://huggingface.co", "https://hf-mirror.com")
"""The Hub and the mirror that can be reached where it cannot."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class LocalModel(Config):
    """One model of the catalogue, a single file. `label` and `licence` are shown as they are."""

    id: str
    label: str
    file: str
    """Its name on this computer."""
    licence: str
    size: int
    """Bytes."""
    sha256: Sha256OrNone
    sources: tuple[FetchSource, ...]
    """Where it is got from, tried in order."""


@cache
def local_models() -> dict[str, LocalModel]:
    """The catalogue, by id."""
    content = json.loads((catalogue_path() / "local_models.json").read_text(encoding="utf-8"))
    models = TypeAdapter(tuple[LocalModel, ...]).validate_python(content["models"])
    return {model.id: model for model in models}


def kept(model: LocalModel, folder: Path) -> Path | None:
    """Where the model lies in `folder`, if it does, whole. Reads all of it."""
    path = folder / model.file
    try:
        whole = path.stat().st_size == model.size and hash_file(path) == model.sha256
    except OSError:
        return None
    return path if whole else None


def fetch(model: LocalModel, folder: Path, cancel: CancelToken, addresses: Sequence[str] = ()) -> Path:
    """The model in `folder`, downloaded if it is not there; `cancel` hears of (bytes that are here, bytes in all).

    Goes on where an earlier download broke off, and takes the next address where one fails. `addresses` stand in for
    those of the catalogue. Raises ProblemError `local_model_failed`, `local_model_corrupt`, `file_unwritable`; Cancelled.
    """
    found = kept(model, folder)
    if found is not None:
        return found
    trouble: ProblemError | None = None
    for address in addresses or tuple(addresses_of(model)):
        try:
            return _fetch_from(address, model, folder, cancel)
        except ProblemError as error:
            if error.problem.code == "file_unwritable":
                raise
            # The first address is the one that a person would look at.
            trouble = trouble or error
    raise trouble or fail("local_model_failed", name=model.label, detail="")


def adopt(model: LocalModel, file: Path, folder: Path) -> Path:
    """A copy in `folder` of the model that a person has downloaded elsewhere.

    Raises ProblemError `local_model_corrupt` where it is another file, `file_unreadable`, `file_unwritable`.
    """
    try:
        data = file.read_bytes() if file.stat().st_size == model.size else b""
    except OSError as error:
        raise fail("file_unreadable", path=file, detail=error.strerror or error) from error
    if hashlib.sha256(data).hexdigest() != model.sha256:
        raise fail("local_model_corrupt", name=model.label, place=file)
    try:
        private_folder(folder)
        _part(model, folder).write_bytes(data)
        return _finished(model, folder)
    except OSError as error:
        raise fail("file_unwritable", path=folder, detail=error.strerror or error) from error


def addresses_of(model: LocalModel) -> Iterator[str]:
    """Where the file can be downloaded, in the order in which it is tried."""
    for source in model.sources:
        if source.kind == "hub":
            file = quote(source.file)
            yield from (f"{hub}/{source.place}/resolve/{source.revision or 'main'}/{file}" for hub in HUBS)
        elif source.kind == "modelscope":
            revision = source.revision or "master"
            yield f"https://modelscope.cn/models/{source.place}/resolve/{revision}/{quote(source.file)}"
        else:
            yield source.place


def _fetch_from(address: str, model: LocalModel, folder: Path, cancel: CancelToken) -> Path:
    part = _part(model, folder)
    try:
        private_folder(folder)
        if _here(part) < model.size:
            _download(address, model, part, cancel)
        if _here(part) == model.size and hash_file(part) == model.sha256:
            return _finished(model, folder)
        part.unlink()
    except OSError as error:
        raise fail("file_unwritable", path=folder, detail=error.strerror or error) from error
    raise _corrupt(address, model)


def _download(address: str, model: LocalModel, part: Path, cancel: CancelToken) -> None:
    """Fill the part up to the model's size, from where it is. Raises OSError for the part alone."""
    here = _here(part)
    headers = {"User-Agent": f"loraferry/{__version__}", **({"Range": f"bytes={here}-"} if here else {})}
    opener = urllib.request.build_opener(_SafeRedirects())
    try:
        response = opener.open(urllib.request.Request(address, headers=headers), timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        raise _failed(address, model, error) from error
    except (OSError, http.client.HTTPException) as error:
        raise _failed(address, model, error) from error
    with response:
        goes_on = response.status == 206 and response.headers.get("Content-Range", "") == _rest(here, model.size)
        here = here if goes_on else 0
        # A page that asks to log in has another length: what is here already is not given up for that.
        if not goes_on and response.headers.get("Content-Length", "") != str(model.size):
            raise _corrupt(address, model)
        with part.open("ab" if goes_on else "wb") as file:
            while here < model.size:
                cancel.check()
                data = _read(response, min(CHUNK, model.size - here), address, model)
                file.write(data)
                here += len(data)
                cancel.report((here, model.size))


def _read(response: http.client.HTTPResponse, count: int, address: str, model: LocalModel) -> bytes:
    try:
        data = response.read(count)
    except (OSError, http.client.HTTPException) as error:
        raise _failed(address, model, error) from error
    if not data:
        raise _failed(address, model, ConnectionError("the connection was cut"))
    return data


def _here(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _rest(here: int, size: int) -> str:
    """What a server says that gives the bytes from `here` on (RFC 9110, 14.4)."""
    return f"bytes {here}-{size - 1}/{size}"


def _failed(address: str, model: LocalModel, error: Exception) -> ProblemError:
    reason = getattr(error, "reason", None) or error
    detail = f"{urlsplit(address).netloc}: {str(reason) or type(error).__name__}"
    return fail("local_model_failed", name=model.label, detail=detail)


def _corrupt(address: str, model: LocalModel) -> ProblemError:
    return fail("local_model_corrupt", name=model.label, place=urlsplit(address).netloc)


def _part(model: LocalModel, folder: Path) -> Path:
    return folder / f"{model.file}.part"


def _finished(model: LocalModel, folder: Path) -> Path:
    path = folder / model.file
    _part(model, folder).replace(path)
    sync_folder(folder)
    return path


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to encrypted pages only."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        parts = urlsplit(newurl)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise urllib.error.HTTPError(req.full_url, code, "redirected to no encrypted page", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)
