"""A stand-in for a cluster's API server, over TLS, with what `dockyard check` asks of it."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standin import certificate

TOKEN = "of the tests"  # noqa: S105 - nobody's
PODS = "/api/v1/namespaces/default/pods"
EVENTS = "/api/v1/namespaces/default/events"
NODE = {
    "metadata": {"name": "node1"},
    "status": {"conditions": [{"type": "Ready", "status": "True"}]},
}


@dataclass
class Cluster:
    """`statuses` are those of the pod, one a look, the last one from then on; `pods` are there."""

    kubeconfig: str = ""
    statuses: list[dict[str, Any]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    refuses_pods: bool = False
    pods: dict[str, Any] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)

    def answer(self, method: str, path: str, body: Any) -> tuple[int, object]:  # noqa: ANN401 - JSON
        path = path.partition("?")[0]
        if path in ("/readyz", "/version", "/api/v1/nodes"):
            return 200, {"gitVersion": "v1.34.2", "items": [NODE]}
        if path == EVENTS:
            return 200, {"items": [{"message": text} for text in self.events]}
        if method == "POST":
            return self._made(body)
        return self._pod(method, path.removeprefix(f"{PODS}/"))

    def _made(self, body: Any) -> tuple[int, object]:  # noqa: ANN401 - JSON
        self.asked.append(body)
        if self.refuses_pods:
            return 403, {"message": "pods is forbidden"}
        self.pods["dockyard-check-1"] = body
        return 201, {"metadata": {"name": "dockyard-check-1"}}

    def _pod(self, method: str, name: str) -> tuple[int, object]:
        if name not in self.pods:
            return 404, {}
        if method == "DELETE":
            return 200, self.pods.pop(name)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return 200, {"metadata": {"name": name}, "status": status}


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    """A pod's status while its container does not run."""
    return {"containerStatuses": [{"state": {"waiting": {"reason": reason, "message": message}}}]}


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """Serve one; its kubeconfig leads to it."""
    trusted, tls = certificate.make(folder)
    found = Cluster()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            code, said = 401, {}
            if self.headers.get("Authorization") == f"Bearer {TOKEN}":
                code, said = found.answer(self.command, self.path, body)
            self.send_response(code)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        do_GET = do_POST = do_DELETE = _any  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.kubeconfig = _kubeconfig(server.server_port, trusted.read_bytes())
    yield found
    server.shutdown()
    server.server_close()


def _kubeconfig(port: int, trusted: bytes) -> str:
    cluster = {
        "server": f"https://127.0.0.1:{port}",
        "certificate-authority-data": base64.b64encode(trusted).decode(),
    }
    document = {
        "apiVersion": "v1",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": {"token": TOKEN}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    return json.dumps(document)  # JSON is YAML too
