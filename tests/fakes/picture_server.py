"""A web server on loopback that gives pictures, and misbehaves as servers of the web do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """What is given for one path."""

    body: bytes = b""
    kind: str = "image/png"
    status: int = 200
    location: str = ""
    declared: int | None = None
    """The length that is declared, where it is not the true one."""


@dataclass
class PictureServer:
    """Answers by path; everything else is 404."""

    host: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"


class _Handler(BaseHTTPRequestHandler):
    web: PictureServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.web.asked.append(self.path)
        answer = self.web.answers.get(self.path, Answer(b"nothing here", "text/plain", 404))
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        if answer.location:
            self.send_header("Location", answer.location)
        self.send_header("Content-Length", str(len(answer.body) if answer.declared is None else answer.declared))
        self.end_headers()
        self.wfile.write(answer.body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what the tests are about."""


@contextmanager
def running_picture_server() -> Iterator[PictureServer]:
    """The server, on a port of its own until the end of the block."""
    web = PictureServer()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"web": web}))
    web.host = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="picture server")
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
