"""A registry of images for tests: read-only and strict, with a login, limits and faults at request.

Images hold one file of random bytes for each layer, so that layers cost what they weigh; they are
pulled and looked at, not run.
"""

import base64
import gzip
import hashlib
import io
import json
import random
import re
import tarfile
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
CONFIG = "application/vnd.docker.container.image.v1+json"
PATH = re.compile(r"^/v2/(?P<name>[a-z0-9/._-]+)/(?P<kind>manifests|blobs)/(?P<what>[\w.:-]+)$")
PREVIEW = "ratelimitpreview/test"


class Registry(ThreadingHTTPServer):
    """Serves until `end`. `private` names need USER and PASSWORD; `left` is what Docker Hub would
    say of its limit; `refused` names answer 429; `slow` names send each layer in so many seconds;
    `spoilt` layers are other bytes than their digest says. `sent` counts layers and manifests by
    name; `most` is how many images were being sent at once.
    """

    USER, PASSWORD = "alice", "dckr-pat-of-a-test"

    def __init__(self, address: str) -> None:
        super().__init__((address, 0), _Handler)
        self.name = f"{address}:{self.server_port}"
        self.things: dict[str, tuple[str, bytes]] = {}
        self.tags: dict[tuple[str, str], str] = {}
        self.private: set[str] = set()
        self.refused: set[str] = set()
        self.slow: dict[str, float] = {}
        self.spoilt: set[str] = set()
        self.left: int | None = None
        self.sent: Counter[str] = Counter()
        self.busy: Counter[str] = Counter()
        self.most = 0
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def end(self) -> None:
        self.shutdown()
        self.server_close()

    def add(self, name: str, *architectures: str, layers: int = 2, size: int = 50_000) -> str:
        """An image, with the tag 1, in a list when it is built for several; as it is pulled."""
        found = [(arch, self._manifest(arch, layers, size)) for arch in architectures]
        digest = found[0][1]
        if len(found) > 1:
            digest = self._keep(
                LIST,
                {
                    "schemaVersion": 2,
                    "mediaType": LIST,
                    "manifests": [
                        self._entry(one) | {"platform": {"architecture": arch, "os": "linux"}}
                        for arch, one in found
                    ],
                },
            )
        self.tags[name, "1"] = digest
        return f"{self.name}/{name}:1"

    def layers_of(self, name: str) -> list[str]:
        """Digests of the layers of an image for one architecture."""
        whole = json.loads(self.things[self.tags[name, "1"]][1])
        return [one["digest"] for one in whole["layers"]]

    def _manifest(self, architecture: str, layers: int, size: int) -> str:
        made = [_layer(size) for _ in range(layers)]
        diffs = ["sha256:" + hashlib.sha256(gzip.decompress(one)).hexdigest() for one in made]
        config = {
            "architecture": architecture,
            "os": "linux",
            "config": {"Cmd": ["/file"]},
            "rootfs": {"type": "layers", "diff_ids": diffs},
        }
        whole = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self._entry(self._keep(CONFIG, config)),
            "layers": [self._entry(self._keep(LAYER, one)) for one in made],
        }
        return self._keep(MANIFEST, whole)

    def _keep(self, media: str, thing: "bytes | dict[str, object]") -> str:
        data = thing if isinstance(thing, bytes) else json.dumps(thing).encode()
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        self.things[digest] = (media, data)
        return digest

    def _entry(self, digest: str) -> dict[str, object]:
        media, data = self.things[digest]
        return {"mediaType": media, "size": len(data), "digest": digest}


def _layer(size: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        member = tarfile.TarInfo("file")
        member.size = size
        tar.addfile(member, io.BytesIO(random.randbytes(size)))  # noqa: S311 - no secret
    return gzip.compress(out.getvalue(), 1)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Registry

    def _any(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/token":
            self._token(url.query)
        elif self.path == "/v2/":
            if self._let_in("", needs=False):
                self._say(200, b"{}")
        elif found := PATH.match(url.path):
            self._thing(found["name"], found["kind"], found["what"])
        else:
            self._error(404, "NAME_UNKNOWN", f"no such path: {self.path}")

    do_GET = do_HEAD = do_POST = _any  # noqa: N815 - http.server's names

    def _token(self, query: str) -> None:
        """Everybody gets one; who logs in, another."""
        length = int(self.headers.get("Content-Length") or 0)
        asked = parse_qs(self.rfile.read(length).decode()) or parse_qs(query)
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        name, _, password = base64.b64decode(given).decode().partition(":")
        name = name or (asked.get("username") or [""])[0]
        password = password or (asked.get("password") or [""])[0]
        if not name:
            self._say(200, b'{"token": "of-anybody", "access_token": "of-anybody"}')
        elif (name, password) == (Registry.USER, Registry.PASSWORD):
            self._say(200, b'{"token": "of-alice", "access_token": "of-alice"}')
        else:
            self._error(401, "UNAUTHORIZED", "incorrect username or password")

    def _let_in(self, name: str, *, needs: bool) -> bool:
        """Docker Hub, too, wants a token of everybody."""
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token == "of-alice" or (token == "of-anybody" and not needs):  # noqa: S105 - a test's
            return True
        realm = f'Bearer realm="http://{self.server.name}/token",service="{self.server.name}"'
        scope = f',scope="repository:{name}:pull"' if name else ""
        self._error(401, "UNAUTHORIZED", "login needed", {"WWW-Authenticate": realm + scope})
        return False

    def _thing(self, name: str, kind: str, what: str) -> None:
        if not self._let_in(name, needs=name in self.server.private):
            return
        if name == PREVIEW:
            self._preview()
        elif name in self.server.refused:
            self._error(429, "TOOMANYREQUESTS", "You have reached your pull rate limit.")
        else:
            digest = self.server.tags.get((name, what), what)
            media, data = self.server.things.get(digest, ("", b""))
            if not media:
                self._error(404, "MANIFEST_UNKNOWN", f"{name}:{what} is not here")
                return
            self._send(name, kind, digest, media, data)

    def _preview(self) -> None:
        limits = {}
        if self.server.left is not None:
            limits = {
                "RateLimit-Limit": "100;w=21600",
                "RateLimit-Remaining": f"{self.server.left};w=21600",
            }
        self._say(200, b"{}", {"Content-Type": MANIFEST, **limits})

    def _send(self, name: str, kind: str, digest: str, media: str, data: bytes) -> None:
        server = self.server
        if digest in server.spoilt:
            data = data[:-1] + bytes([data[-1] ^ 1])
        with server.lock:
            server.busy[name] += 1
            server.most = max(server.most, sum(1 for one in server.busy.values() if one))
        try:
            if kind == "blobs" and media == LAYER:
                time.sleep(server.slow.get(name, 0))
            self._say(200, data, {"Content-Type": media, "Docker-Content-Digest": digest})
            if self.command == "GET":
                with server.lock:
                    server.sent[name] += 1
                    server.sent[digest] += 1
        finally:
            with server.lock:
                server.busy[name] -= 1

    def _error(
        self, status: int, code: str, words: str, headers: dict[str, str] | None = None
    ) -> None:
        said = json.dumps({"errors": [{"code": code, "message": words}]}).encode()
        self._say(status, said, {"Content-Type": "application/json", **(headers or {})})

    def _say(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
