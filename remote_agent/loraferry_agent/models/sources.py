"""What a source has to offer: the files of a model with address, size and hash, as Hub, ModelScope or Civitai list them.

APIs: huggingface.co `/api/models/ID/revision/REV?blobs=true` and `/ID/resolve/REV/FILE`; modelscope.cn
`/api/v1/models/ID/repo/files` and `/repo?FilePath=`; civitai.com `/api/v1/model-versions/N` and `/api/v1/models/N`.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from loraferry_agent.models.web import Token, Web, shown
from loraferry_core.bounds import MAX_WHOLE
from loraferry_core.model_files import needed
from loraferry_core.model_links import CIVITAI_SECRET, HUB_SECRET
from loraferry_core.models import FetchOrder, FetchSource
from loraferry_core.names import is_safe_relative
from loraferry_core.problems import fail

HUB, MODELSCOPE, CIVITAI = "https://huggingface.co", "https://www.modelscope.cn", "https://civitai.com"
ENDPOINT_VARIABLE = "HF_ENDPOINT"
"""Where the Hub or its mirror is, as all programs of Hugging Face read it."""
SINGLE = "model.safetensors"
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_SHA1 = re.compile(r"[0-9a-f]{40}")
_VERSION = re.compile(r"/api/download/models/(\d+)")
_MODEL = re.compile(r"/models/(\d+)")


@dataclass(frozen=True)
class RemoteFile:
    """A file to be fetched. Size 0 and empty hashes where they are not known; `git` is the SHA-1 that git gives it."""

    path: str
    url: str
    size: int = 0
    sha256: str = ""
    git: str = ""


@dataclass(frozen=True)
class Offer:
    """All files of a model from one place."""

    place: str
    files: tuple[RemoteFile, ...]


@dataclass(frozen=True)
class Endpoints:
    """Where the sites are."""

    hubs: tuple[str, ...] = (HUB,)
    """Tried in this order."""
    modelscope: str = MODELSCOPE
    civitai: str = CIVITAI


def endpoints_from(environment: Mapping[str, str]) -> Endpoints:
    """The sites as this machine is set up. A mirror that it names goes first: the Hub itself may be out of its reach."""
    mirror = environment.get(ENDPOINT_VARIABLE, "").rstrip("/")
    return Endpoints(tuple(dict.fromkeys((mirror, HUB)))) if mirror else Endpoints()


def token_for(order: FetchOrder, secret: str | None, sites: Endpoints) -> Token | None:
    """The order's token, and who may see it. Nobody may where its name is of no site that is known."""
    if not secret:
        return None
    bases = {HUB_SECRET: sites.hubs, CIVITAI_SECRET: (sites.civitai,)}.get(order.secret, ())
    return Token(secret, frozenset(urlsplit(base).netloc.lower() for base in bases))


def places(order: FetchOrder, sites: Endpoints) -> Iterator[tuple[FetchSource, str]]:
    """Every source of an order with every site that has it, in the order in which they are tried."""
    for source in order.sources:
        if source.kind == "hub":
            yield from ((source, base) for base in sites.hubs)
        elif source.kind == "modelscope":
            yield source, sites.modelscope
        else:
            yield source, ""


def offer_of(order: FetchOrder, source: FetchSource, base: str, sites: Endpoints, web: Web) -> Offer:
    """What the source offers for the order. Raises ProblemError, and Interrupted where the site was out of reach."""
    if source.kind == "url":
        place, files = _address(source.place, sites, web)
    elif source.file and order.sha256 and order.size:
        place = f"{urlsplit(base).netloc}/{source.place}"
        files = [_known(order, source, base)]
    else:
        place = f"{urlsplit(base).netloc}/{source.place}"
        listing = _hub_listing if source.kind == "hub" else _modelscope_listing
        files = _chosen(order, source, place, listing(source, base, web))
    if len(files) == 1:
        files = [_checked(order, place, files[0])]
    return Offer(place, tuple(files))


def _known(order: FetchOrder, source: FetchSource, base: str) -> RemoteFile:
    """A file that need not be looked up."""
    url = _hub_url if source.kind == "hub" else _modelscope_url
    return RemoteFile(source.file, url(source, base, source.file, source.revision))


def _checked(order: FetchOrder, place: str, file: RemoteFile) -> RemoteFile:
    """A single file with what the order knows of it. Raises ProblemError where the site lists another one."""
    name = file.path.rpartition("/")[2]
    same_hash = not order.sha256 or file.sha256 in ("", order.sha256)
    same_size = not order.size or file.size in (0, order.size)
    if not same_hash or not same_size:
        raise fail("fetch_corrupt", name=order.name, place=place)
    return RemoteFile(name, file.url, order.size or file.size, order.sha256 or file.sha256, file.git)


def _chosen(order: FetchOrder, source: FetchSource, place: str, listing: list[RemoteFile]) -> list[RemoteFile]:
    by_path = {file.path: file for file in listing}
    names = (source.file,) if source.file else needed(by_path, order.purpose)
    if not names:
        raise fail("fetch_no_model", name=order.name, place=place)
    if not all(name in by_path for name in names):
        raise fail("fetch_not_found", name=order.name, place=f"{place}/{source.file}")
    return [by_path[name] for name in names]


# ---- Hub ------------------------------------------------------------------------------------------------------------


def _hub_listing(source: FetchSource, base: str, web: Web) -> list[RemoteFile]:
    answer = web.json(
        f"{base}/api/models/{quote(source.place)}/revision/{_quoted(source.revision or 'main')}?blobs=true"
    )
    # All files of the commit that was listed, whatever is pushed meanwhile.
    revision = _text(answer, "sha") or source.revision
    files = []
    for entry in _tables(answer, "siblings"):
        large = entry.get("lfs")
        large = large if isinstance(large, dict) else {}
        path = _text(entry, "rfilename")
        files.append(
            RemoteFile(
                path,
                _hub_url(source, base, path, revision),
                _whole(large or entry, "size"),
                _hash(large, "sha256"),
                _hash(entry, "blobId", _SHA1) if not large else "",
            )
        )
    return files


def _hub_url(source: FetchSource, base: str, path: str, revision: str) -> str:
    return f"{base}/{quote(source.place)}/resolve/{_quoted(revision or 'main')}/{quote(path)}"


# ---- ModelScope -----------------------------------------------------------------------------------------------------


def _modelscope_listing(source: FetchSource, base: str, web: Web) -> list[RemoteFile]:
    revision = _quoted(source.revision or "master")
    answer = web.json(f"{base}/api/v1/models/{quote(source.place)}/repo/files?Revision={revision}&Recursive=true")
    data = answer.get("Data") if isinstance(answer, dict) else None
    return [
        RemoteFile(path, _modelscope_url(source, base, path, ""), _whole(entry, "Size"), _hash(entry, "Sha256"))
        for entry in _tables(data, "Files")
        if entry.get("Type") != "tree" and (path := _text(entry, "Path"))
    ]


def _modelscope_url(source: FetchSource, base: str, path: str, revision: str) -> str:
    query = f"Revision={_quoted(revision or source.revision or 'master')}&FilePath={_quoted(path)}"
    return f"{base}/api/v1/models/{quote(source.place)}/repo?{query}"


# ---- Civitai and plain addresses ------------------------------------------------------------------------------------


def _address(url: str, sites: Endpoints, web: Web) -> tuple[str, list[RemoteFile]]:
    parts = urlsplit(url)
    if parts.netloc == urlsplit(CIVITAI).netloc:
        version, model = _VERSION.fullmatch(parts.path), _MODEL.fullmatch(parts.path)
        if version:
            answer = web.json(f"{sites.civitai}/api/v1/model-versions/{version[1]}")
            of = answer.get("model") if isinstance(answer, dict) else None
            return shown(url), [_civitai_file(answer, _text(of, "type"), url, sites)]
        if model:
            answer = web.json(f"{sites.civitai}/api/v1/models/{model[1]}")
            versions = _tables(answer, "modelVersions")
            newest = versions[0] if versions else {}
            return shown(url), [_civitai_file(newest, _text(answer, "type"), url, sites)]
    name = parts.path.rpartition("/")[2]
    return shown(url), [RemoteFile(name if _is_model_name(name) else SINGLE, url)]


def _civitai_file(version: Any, kind: str, url: str, sites: Endpoints) -> RemoteFile:
    """The primary file of a version. Its download link follows from the version's number, not from what is answered.

    Raises ProblemError fetch_no_model for LoRAs and other additions: nobody trains on those.
    """
    if kind not in ("", "Checkpoint"):
        raise fail("fetch_no_model", name=_text(version, "name") or shown(url), place=shown(url))
    files = [entry for entry in _tables(version, "files") if _is_model_name(_text(entry, "name"))]
    files.sort(key=lambda entry: (entry.get("type") != "Model", entry.get("primary") is not True))
    number = _whole(version, "id") if isinstance(version, dict) else 0
    if not files or not number:
        raise fail("fetch_no_model", name=_text(version, "name") or shown(url), place=shown(url))
    hashes = files[0].get("hashes")
    sha256 = _hash(hashes if isinstance(hashes, dict) else {}, "SHA256")
    return RemoteFile(_text(files[0], "name"), f"{sites.civitai}/api/download/models/{number}", 0, sha256)


# ---- reading what sites answer --------------------------------------------------------------------------------------


def _tables(answer: Any, key: str) -> list[dict[str, Any]]:
    entries = answer.get(key) if isinstance(answer, dict) else None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _text(answer: Any, key: str) -> str:
    value = answer.get(key) if isinstance(answer, dict) else None
    return value if isinstance(value, str) else ""


def _whole(answer: dict[str, Any], key: str) -> int:
    value = answer.get(key)
    return value if isinstance(value, int) and 0 <= value < MAX_WHOLE else 0


def _hash(answer: dict[str, Any], key: str, shape: "re.Pattern[str]" = _SHA256) -> str:
    value = _text(answer, key)
    return value.lower() if shape.fullmatch(value) else ""


def _is_model_name(name: str) -> bool:
    return name.endswith(".safetensors") and "/" not in name and is_safe_relative(name)


def _quoted(text: str) -> str:
    return quote(text, safe="")


def this_machine() -> Endpoints:
    """The sites as the environment of this process names them."""
    return endpoints_from(os.environ)
