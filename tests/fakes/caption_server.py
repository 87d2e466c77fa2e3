"""A server on loopback with OpenAI's chat interface, which answers as it is told to."""

import base64
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image


@dataclass
class Asked:
    """A request as it came."""

    path: str
    authorization: str
    model: str
    prompt: str
    body: dict[str, Any]
    colour: tuple[int, int, int]
    """Of the picture's first pixel, roughly: it is a JPEG."""
    size: tuple[int, int]


Answer = tuple[int, Any, dict[str, str]]


def says(words: Any) -> Answer:
    """An answer with these words."""
    return 200, {"choices": [{"message": {"role": "assistant", "content": words}, "finish_reason": "stop"}]}, {}


@dataclass
class CaptionServer:
    """`answers` are given first, in their order; then `usual`."""

    usual: Callable[[Asked], Answer] = lambda asked: says(f"a picture of {asked.colour}")
    answers: list[Answer] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    address: str = ""
    hold: threading.Event | None = None
    """While it is not set, nothing is answered."""


class _Handler(BaseHTTPRequestHandler):
    server_of: CaptionServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        server = self.server_of
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text, picture = body["messages"][0]["content"]
        data = base64.b64decode(picture["image_url"]["url"].removeprefix("data:image/jpeg;base64,"))
        with Image.open(io.BytesIO(data)) as image:
            assert image.format == "JPEG"
            colour, size = image.convert("RGB").getpixel((0, 0)), image.size
        asked = Asked(self.path, self.headers.get("Authorization", ""), body["model"], text["text"], body, colour, size)
        server.asked.append(asked)
        if server.hold is not None:
            server.hold.wait(60)
        status, content, headers = server.answers.pop(0) if server.answers else server.usual(asked)
        said = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away in the middle are what the tests are about."""


@contextmanager
def running_caption_server(server: CaptionServer) -> Iterator[CaptionServer]:
    """The server, on a port of its own until the end of the block."""
    handler = type("Handler", (_Handler,), {"server_of": server})
    listening = _Server(("127.0.0.1", 0), handler)
    server.address = f"http://127.0.0.1:{listening.server_address[1]}/v1"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, name="caption server")
    thread.start()
    try:
        yield server
    finally:
        if server.hold is not None:
            server.hold.set()
        listening.shutdown()
        thread.join()
        listening.server_close()
