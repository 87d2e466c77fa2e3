"""From what people paste to an order for a base model: a Hub id, a page, or the address of a file."""

import hashlib
import json
import re
from collections.abc import Sequence
from urllib.parse import parse_qs, unquote, urlsplit

from loraferry_core.models import FetchOrder, FetchSource, Purpose
from loraferry_core.names import is_safe_relative
from loraferry_core.problems import Problem, problem

HUB_HOSTS = ("huggingface.co", "hf.co", "hf-mirror.com")
MODELSCOPE_HOSTS = ("modelscope.cn", "modelscope.ai")
CIVITAI_HOSTS = ("civitai.com", "civitai.red", "civitai.green")
HUB_SECRET, CIVITAI_SECRET = "huggingface", "civitai"
_HUB_PAGES = frozenset({
    "api", "blog", "chat", "collections", "datasets", "docs", "enterprise", "join", "learn", "login", "models",
    "new", "organizations", "papers", "posts", "pricing", "search", "settings", "spaces", "tasks",
})  # fmt: skip
"""First words of addresses on the Hub that are no owner of models."""
_FILE_NAMES = (".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf")
_PICKLED = re.compile(r"[^?#]*\.(ckpt|pt|pth|pkl|bin)([?#].*)?", re.IGNORECASE | re.DOTALL)
_WINDOWS_PLACE = re.compile(r"[A-Za-z]:[\\/].*|\\\\.*", re.DOTALL)
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_CIVITAI_VERSION = re.compile(r"/api/download/models/(\d{1,18})")
_CIVITAI_MODEL = re.compile(r"/models/(\d{1,18})(/.*)?")
_HOST_FIRST = re.compile(r"(www\.)?[\w-]+\.[a-z]{2,}/")
"""How an address begins that was pasted without its scheme: a host with a dot before the first slash."""
_MAX_NAME = 300
MAX_PLACE = 4000
"""Characters of a path; systems take no longer ones."""


class NoModelLink(ValueError):
    """The text names no place that a model can be fetched from."""


def is_repository(text: str) -> bool:
    """Whether the text is an id on the Hub, such as `org/repo`."""
    if not _REPOSITORY.fullmatch(text) or ".." in text or text.endswith((".", ".git")):
        return False
    return text.partition("/")[0] not in _HUB_PAGES and not text.lower().endswith(_FILE_NAMES)


def is_place(text: str) -> bool:
    """Whether the text is a path on a training machine that runs Linux or macOS."""
    return text.startswith(("/", "~"))


def is_pickled(name: str) -> bool:
    """Whether a file or an address is by its ending a pickled model, which may run any program when it is opened."""
    return bool(_PICKLED.fullmatch(name))


def trouble_with(source: str) -> Problem | None:
    """Why what somebody gave as a base model can be none, as far as its text tells; None for an id of the Hub, for what
    `order_of` takes, and for a path on the machine."""
    source = source.strip()
    if is_pickled(source):
        return problem("base_pickled", source=source)
    if _WINDOWS_PLACE.fullmatch(source):
        return problem("base_not_here", path=source)
    if is_place(source) and len(source) <= MAX_PLACE:
        return None
    try:
        order_of(source)
    except NoModelLink:
        is_address = "://" in source or _HOST_FIRST.match(source)
        return problem("base_no_link" if is_address else "base_not_found", source=source)
    return None


def order_of(text: str) -> FetchOrder:
    """The order for what somebody pasted. Raises NoModelLink.

    Taken are `org/repo`, pages and files of Hugging Face (and its mirror) and of ModelScope, model pages and download
    links of Civitai, and the address of a `.safetensors` file anywhere. Tokens in an address are left out: they belong
    into the host's secrets.
    """
    text = text.strip()
    if is_repository(text):
        return order([FetchSource(kind="hub", place=text)], name=text, secret=HUB_SECRET)
    if _HOST_FIRST.match(text):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        host, user = (parts.hostname or "").removeprefix("www."), parts.username
    except ValueError as error:
        raise NoModelLink(text) from error
    if parts.scheme not in ("http", "https") or not host or user is not None:
        raise NoModelLink(text)
    if host in HUB_HOSTS:
        return _repository_order("hub", unquote(parts.path), HUB_SECRET, text)
    if host in MODELSCOPE_HOSTS:
        return _repository_order("modelscope", unquote(parts.path).removeprefix("/models"), "", text)
    if host in CIVITAI_HOSTS:
        return _civitai_order(parts.path, parts.query, text)
    return _file_order(f"{parts.scheme}://{parts.netloc}{parts.path}", parts.path, text)


def order(
    sources: Sequence[FetchSource],
    *,
    name: str,
    secret: str = "",
    sha256: str = "",
    size: int = 0,
    purpose: Purpose = "base",
) -> FetchOrder:
    """An order whose identity follows from where the model is got from and what it must be, so that two laptops that
    want the same model share it."""
    decisive = [sha256, *(source.model_dump() for source in sources)]
    if purpose != "base":  # of the same repository other files
        decisive.append(purpose)
    identity = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:32]
    return FetchOrder(
        id=identity,
        name=name[:_MAX_NAME],
        sources=tuple(sources),
        sha256=sha256,
        size=size,
        purpose=purpose,
        secret=secret,
    )


def _repository_order(kind: str, path: str, secret: str, text: str) -> FetchOrder:
    """`/org/repo`, `/org/repo/tree/REVISION`, `/org/repo/blob|resolve/REVISION/FILE`."""
    words = path.strip("/").split("/")
    repository = "/".join(words[:2])
    if not is_repository(repository):
        raise NoModelLink(text)
    view, revision, file = (words[2:3] or [""])[0], (words[3:4] or [""])[0], "/".join(words[4:])
    if view in ("blob", "resolve") and revision and is_safe_relative(file) and file.endswith(".safetensors"):
        name = f"{repository}: {file.rpartition('/')[2]}"
    elif view in ("", "tree", "files", "summary") and not file:
        name = repository
    else:
        raise NoModelLink(text)
    # The names of the main line differ between sites, and are what an empty revision means.
    revision = "" if revision in ("main", "master") else revision
    source = FetchSource.model_validate({"kind": kind, "place": repository, "file": file, "revision": revision})
    return order([source], name=name, secret=secret)


def _civitai_order(path: str, query: str, text: str) -> FetchOrder:
    """A version's download link, a version's page, or a model's page, which means its newest version."""
    download, page = _CIVITAI_VERSION.fullmatch(path), _CIVITAI_MODEL.fullmatch(path)
    versions = [download[1]] if download else parse_qs(query).get("modelVersionId", [])
    if versions and re.fullmatch(r"\d{1,18}", versions[0], re.ASCII):
        place, name = f"https://civitai.com/api/download/models/{versions[0]}", f"Civitai {versions[0]}"
    elif page and not versions:
        place, name = f"https://civitai.com/models/{page[1]}", f"Civitai {page[1]}"
    else:
        raise NoModelLink(text)
    return order([FetchSource(kind="url", place=place)], name=name, secret=CIVITAI_SECRET)


def _file_order(address: str, path: str, text: str) -> FetchOrder:
    name = unquote(path).rpartition("/")[2]
    if not name.endswith(".safetensors") or not is_safe_relative(name) or len(address) > 2000:
        raise NoModelLink(text)
    return order([FetchSource(kind="url", place=address)], name=name)
