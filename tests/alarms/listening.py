"""A server on this machine that keeps what it is told: for pings and for messages."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Listener:
    """What came, and how many of the next calls are to be refused."""

    port: int = 0
    calls: list[tuple[str, str]] = field(default_factory=list)  # path and body
    refusals: int = 0

    @property
    def ping_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ping/5ecre7"

    @property
    def message_url(self) -> str:
        return f"json://127.0.0.1:{self.port}/message"

    @property
    def pings(self) -> list[str]:
        """The last part of every ping, in order."""
        return [path.rsplit("/", 1)[1] for path, _ in self.calls if path.startswith("/ping/")]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(body) for path, body in self.calls if path.startswith("/message")]


@contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            if listener.refusals:
                listener.refusals -= 1
                self.send_response(503)
            else:
                listener.calls.append((urlsplit(self.path).path, body))
                self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
