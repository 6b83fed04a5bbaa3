"""A receiver of notices on loopback: it keeps what comes, and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.waiting import wait_until


@dataclass
class Received:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Receiver:
    """`answers` are used up one a request; then each is answered with 200."""

    url: str = ""
    got: list[Received] = field(default_factory=list)
    answers: list[Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def texts(self, name: str = "text") -> list[str]:
        return [one.body[name] for one in self.got]

    def wait_for(self, count: int, timeout: float = 20.0) -> list[Received]:
        wait_until(lambda: len(self.got) >= count, timeout, what=f"{count} of {len(self.got)}")
        return self.got

    # ways to answer

    def code(self, code: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(code)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        return answer

    def hang(self, handler: BaseHTTPRequestHandler) -> None:
        self.closing.wait(60)

    def drip(self, handler: BaseHTTPRequestHandler) -> None:
        """A header that never ends, a byte now and then: no read ever times out."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not self.closing.wait(0.05):
            handler.wfile.write(b"x")

    def huge(self, handler: BaseHTTPRequestHandler) -> None:
        """An answer without an end."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not self.closing.is_set():
            handler.wfile.write(b"x" * 65536)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Listens on a free port of 127.0.0.1 until the block is left."""
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            made.got.append(
                Received(self.command, self.path, dict(self.headers), json.loads(raw or b"null"))
            )
            (made.answers.pop(0) if made.answers else made.code(200))(self)
            self.close_connection = True

        do_GET = do_POST

        def log_message(self, format: str, *words: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Whoever asked has gone: that is what the tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
