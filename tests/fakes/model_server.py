"""A web server on loopback that gives files as the Hub does, and misbehaves where it is told to."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Asked:
    """A request as it came."""

    path: str
    range: str
    authorization: str


@dataclass
class ModelServer:
    """What is given under which path, and how. Paths hold their query."""

    host: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    html: set[str] = field(default_factory=set)
    needs_token: dict[str, str] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    """Of the next answers with a file so many bytes are sent; then the connection breaks."""
    ranges: bool = True
    tags: bool = True
    asked: list[Asked] = field(default_factory=list)
    hold: threading.Event | None = None
    """While it is not set, files stop after their first bytes."""
    weights: str = "safetensors"
    """Part of the addresses of the files that are cut and held."""

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def repository(self, name: str, files: dict[str, bytes], revision: str = "main") -> None:
        """A repository of the Hub at `revision`: its list, and its files under a commit."""
        commit = hashlib.sha1(repr(sorted(files)).encode()).hexdigest()
        siblings = [_sibling(path, data) for path, data in files.items()]
        listing = {"id": name, "sha": commit, "siblings": siblings}
        self.files[f"/api/models/{name}/revision/{revision}?blobs=true"] = json.dumps(listing).encode()
        for path, data in files.items():
            self.files[f"/{name}/resolve/{commit}/{path}"] = data
            self.files[f"/{name}/resolve/{revision}/{path}"] = data

    def modelscope(self, name: str, files: dict[str, bytes]) -> None:
        """The same on ModelScope."""
        entries = [{"Path": path, "Type": "blob", "Size": len(d), "Sha256": sha(d)} for path, d in files.items()]
        entries.append({"Path": "unet", "Type": "tree", "Size": 0})
        listing = json.dumps({"Code": 200, "Data": {"Files": entries}}).encode()
        self.files[f"/api/v1/models/{name}/repo/files?Revision=master&Recursive=true"] = listing
        for path, data in files.items():
            quoted = path.replace("/", "%2F")
            self.files[f"/api/v1/models/{name}/repo?Revision=master&FilePath={quoted}"] = data

    def ranges_asked(self) -> list[str]:
        """The ranges of all requests for weights."""
        return [asked.range for asked in self.asked if "safetensors" in asked.path]


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _sibling(path: str, data: bytes) -> dict:
    git = hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
    entry: dict = {"rfilename": path, "size": len(data), "blobId": git}
    if path.endswith(".safetensors"):
        entry["lfs"] = {"sha256": sha(data), "size": len(data), "pointerSize": 130}
    return entry


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model: ModelServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        model = self.model
        model.asked.append(Asked(self.path, self.headers.get("Range", ""), self.headers.get("Authorization", "")))
        path = self.path
        if path in model.statuses:
            status, headers = model.statuses[path]
            self._say(status, b"no", headers)
        elif self.headers.get("Authorization", "") != model.needs_token.get(
            path, self.headers.get("Authorization", "")
        ):
            self._say(401, b"who are you", {})
        elif path in model.redirects:
            self._say(302, b"", {"Location": model.redirects[path]})
        elif path in model.html:
            self._say(200, b"<!doctype html><title>Log in</title>", {"Content-Type": "text/html; charset=utf-8"})
        elif path in model.files:
            self._give(model.files[path])
        else:
            self._say(404, b"", {})

    def _say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _give(self, data: bytes) -> None:
        model, wanted = self.model, self.headers.get("Range", "")
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and model.ranges else 0
        tag = f'"{sha(data)[:16]}"'
        if start and self.headers.get("If-Range", tag) != tag:
            start = 0
        if start >= len(data) > 0:
            self._say(416, b"", {})
            return
        self.send_response(206 if start else 200)
        if model.tags:
            self.send_header("ETag", tag)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        rest = data[start:]
        if model.weights in self.path and model.hold is not None:
            self.wfile.write(rest[:16])
            self.wfile.flush()
            model.hold.wait(60)
            rest = rest[16:]
        if model.weights in self.path and model.cuts:
            self.wfile.write(rest[: model.cuts.pop(0)])
            self.wfile.flush()
            self.close_connection = True
            return
        self.wfile.write(rest)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away in the middle are what the tests are about."""


@contextmanager
def running_model_server(model: ModelServer) -> Iterator[ModelServer]:
    """The server, on a port of its own until the end of the block."""
    handler = type("Handler", (_Handler,), {"model": model})
    server = _Server(("127.0.0.1", 0), handler)
    model.host = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="model server")
    thread.start()
    try:
        yield model
    finally:
        if model.hold is not None:
            model.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()
