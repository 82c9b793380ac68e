"""`dockyard registry login`: the real docker against a registry that speaks ACR's token flow."""

import base64
import json
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from dockyard.commands import products
from dockyard.errors import DockyardError

pytestmark = pytest.mark.machine

TOKEN = "eyJ-a-token-of-three-hours"  # noqa: S105 - nobody's
USER = "00000000-0000-0000-0000-000000000000"


@dataclass
class Registry:
    """`server` as images are named with it; `seen` are the user names that got in."""

    server: str = ""
    seen: list[str] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    """One who wants in is sent for a token, and gets it for the password that Azure gave."""

    server: "Server"

    def _any(self) -> None:
        if not self.path.startswith("/v2/"):
            self._token()
        elif "Bearer good" in self.headers.get("Authorization", ""):
            self._say(200, {})
        else:
            own = self.server.registry.server
            where = f'Bearer realm="http://{own}/oauth2/token",service="{own}"'
            self._say(401, {}, {"WWW-Authenticate": where})

    do_GET = do_POST = do_HEAD = _any  # noqa: N815 - http.server's names

    def _token(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        basic = self.headers.get("Authorization", "").removeprefix("Basic ")
        user, _, password = base64.b64decode(basic).decode().partition(":")
        if TOKEN not in (password, *parse_qs(body).get("password", ())):
            self._say(401, {"errors": [{"code": "UNAUTHORIZED", "message": "no"}]})
            return
        self.server.registry.seen.append(user)
        self._say(200, {"token": "good", "access_token": "good", "refresh_token": TOKEN})

    def _say(self, code: int, said: object, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    registry: Registry


@pytest.fixture
def registry() -> Iterator[Registry]:
    """On this computer alone, where docker asks for no TLS."""
    server = Server(("127.0.0.1", 0), Handler)
    server.registry = Registry(f"127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.registry
    server.shutdown()
    server.server_close()


def test_docker_is_logged_in_and_the_token_is_its_owners_alone(
    registry: Registry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    products.log_in(registry.server, TOKEN)
    assert registry.seen == [USER]
    file = tmp_path / "docker" / "config.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert registry.server in json.loads(file.read_text())["auths"]
    out, err = capfd.readouterr()
    assert TOKEN not in out + err


def test_a_token_that_is_refused_is_a_sentence(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    with pytest.raises(DockyardError) as error:
        products.log_in(registry.server, "another")
    assert error.value.message.startswith("docker login was refused: ")
    assert "another" not in str(error.value)
