"""The trainer's own address: given, or asked of a site, here one on loopback."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from dockyard import address
from dockyard.errors import DockyardError


class Site(HTTPServer):
    answer = b"198.51.100.9\n"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with Site() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv(address.ASKED, server.url)
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def _not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(address.GIVEN, raising=False)


def test_the_site_that_is_set_is_asked(site: Site) -> None:
    assert site.url
    assert address.own() == "198.51.100.9"


def test_a_given_address_asks_nobody(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.answer = b"wrong"
    monkeypatch.setenv(address.GIVEN, "203.0.113.7")
    assert address.own() == "203.0.113.7"


@pytest.mark.parametrize("said", [b"<html>log in first</html>", b"", b"2001:db8::1", b"10.0.0.0/8"])
def test_what_is_no_address_is_refused(site: Site, said: bytes) -> None:
    site.answer = said
    with pytest.raises(DockyardError, match="which is no IPv4 address") as refused:
        address.own()
    assert "DOCKYARD_ADDRESS=203.0.113.7" in refused.value.hint


def test_a_wrong_given_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(address.GIVEN, "home")
    with pytest.raises(DockyardError, match="DOCKYARD_ADDRESS says 'home'"):
        address.own()


def test_nobody_there_to_be_asked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(address.ASKED, site.url.replace(str(site.server_port), "1"))
    with pytest.raises(DockyardError, match="does not answer"):
        address.own()


def test_only_the_web_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(address.ASKED, "file:///etc/hostname")
    with pytest.raises(DockyardError, match="no http:// or https:// address"):
        address.own()
