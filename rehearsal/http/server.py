"""An HTTP server for one cloud's face; it knows requests and replies, and no cloud."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """names in lower case"""
    body: bytes
    base: str
    """where this server is: http://127.0.0.1:1234"""
    peer: str = ""
    """the address of who asks"""


@dataclass(frozen=True)
class Reply:
    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    hops: int | None = None
    """how far its packets go; None: as far as they must"""

    @classmethod
    def of(cls, value: object, status: int = 200, **headers: str) -> Reply:
        """A reply in JSON; `retry_after` is the header Retry-After."""
        named = {name.replace("_", "-").title(): text for name, text in headers.items()}
        return cls(status, json.dumps(value), {"Content-Type": "application/json", **named})


class Face(Protocol):
    """What a cloud answers over HTTP."""

    def answer(self, request: Request) -> Reply:
        """Every answer, refusals too."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    face: Face

    def _answer(self) -> None:
        url = urlsplit(self.path)
        request = Request(
            self.command,
            url.path,
            dict(parse_qsl(url.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self._body(),
            f"http://{self.headers.get('Host')}",
            str(self.client_address[0]),
        )
        reply = self.face.answer(request)
        if reply.hops:
            self.connection.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, reply.hops)
        body = reply.body.encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _body(self) -> bytes:
        """As long as is said before, or piece by piece, each with its length before it."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _answer  # noqa: N815 - its names

    def log_message(self, *_: object) -> None:
        """Who calls is counted by the face."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        """Without asking the network for the name of the address, as its own would."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.socket.getsockname()


@contextmanager
def serving(
    face: Face, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1"
) -> Iterator[str]:
    """Serve it; what is yielded is where."""
    handler = type("Handler", (_Handler,), {"face": face})
    server = _Server((address, 0), handler)
    if tls:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://{address}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
