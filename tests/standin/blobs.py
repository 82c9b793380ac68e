"""Azure's storage, as much of it as Pulumi's azblob driver and our own maker of containers call.

Strict: what it does not know is refused, and so is who has not the right. Azure Resource Manager
lies below /subscriptions, blobs below /ACCOUNT/CONTAINER, as where no account has a host name of
its own. The answers' form is that of Microsoft's own emulator (azurite 3.37), which the same
commands were typed against.
"""

import base64
import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

from rehearsal.http.server import Reply, Request

AUDIENCE = "https://storage.azure.com"
_WHEN = formatdate(0, usegmt=True)
_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
_CLOSED = {
    "allowBlobPublicAccess": False,
    "minimumTlsVersion": "TLS1_2",
    "supportsHttpsTrafficOnly": True,
}


def token(audience: str = AUDIENCE) -> str:
    """What `az account get-access-token` gives, as far as anybody reads it here."""
    parts = ({"alg": "none", "typ": "JWT"}, {"aud": audience, "exp": 10**10})
    said = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode() for one in parts]
    return ".".join((*(one.rstrip("=") for one in said), "signed"))


@dataclass
class Blobs:
    """A Face for rehearsal.http.server.serving; bodies are text: a state is.

    `actions` and `data` are the caller's rights, as a role of Azure says them.
    """

    actions: Collection[str]
    data: Collection[str]
    groups: set[str] = field(default_factory=set)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    containers: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    blobs: dict[tuple[str, str, str], str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> Reply:
        arm = request.path.startswith("/subscriptions/")
        for method, pattern, handle in _ARM if arm else _DATA:
            found = re.fullmatch(pattern, request.path, re.IGNORECASE if arm else 0)
            if not found or method != request.method:
                continue
            self.calls.append(handle.__name__)
            missing = self._missing(request, handle.__name__, arm=arm)
            if missing:
                code = "AuthorizationFailed" if arm else "AuthorizationPermissionMismatch"
                return _refused(403, code, f"not allowed: {missing}", arm=arm)
            return handle(self, request, *map(unquote, found.groups()))
        return _refused(400, "InvalidUri", f"unknown: {request.method} {request.path}", arm=arm)

    def _missing(self, request: Request, call: str, *, arm: bool) -> str:
        if arm:
            known = "api-version" in request.query
        else:
            bearer = request.headers.get("authorization", "") == f"Bearer {token()}"
            known = bearer and "x-ms-version" in request.headers
        if not known:
            return "a token of this audience, and a version"
        wanted = _RIGHTS[call]
        return ", ".join(one for one in wanted if one not in {*self.actions, *self.data})

    # --- made once: Azure Resource Manager ------------------------------------------------------

    def has_group(self, _: Request, name: str) -> Reply:
        return Reply(204 if name in self.groups else 404)

    def make_group(self, request: Request, name: str) -> Reply:
        self.groups.add(name)
        return Reply.of({"name": name, **json.loads(request.body)}, 201)

    def make_account(self, request: Request, group: str, name: str) -> Reply:
        asked = json.loads(request.body)
        if group not in self.groups or not re.fullmatch(r"[a-z0-9]{3,24}", name):
            return _refused(400, "AccountNameInvalid", f"{name} is not valid.", arm=True)
        if asked["properties"] != _CLOSED or asked.keys() - {
            *("sku", "kind", "location", "properties")
        }:
            return _refused(400, "InvalidRequestPropertyName", str(sorted(asked)), arm=True)
        self.accounts.setdefault(name, {}).update(asked)
        return Reply.of({"name": name, **asked})

    def make_service(self, request: Request, group: str, name: str) -> Reply:
        if group not in self.groups or name not in self.accounts:
            return _refused(404, "ParentResourceNotFound", name, arm=True)
        self.accounts[name]["blobs"] = json.loads(request.body)["properties"]
        return Reply.of({"name": "default"})

    def make_container(self, request: Request, group: str, name: str, container: str) -> Reply:
        if group not in self.groups or name not in self.accounts:
            return _refused(404, "ParentResourceNotFound", name, arm=True)
        self.containers[name, container] = json.loads(request.body)["properties"]
        return Reply.of({"name": container}, 201)

    def get_container(self, _: Request, group: str, name: str, container: str) -> Reply:
        """What the SDK asks after a 201: whether it is whole by now."""
        if group not in self.groups or (name, container) not in self.containers:
            return _refused(404, "ContainerNotFound", container, arm=True)
        return Reply.of({"name": container, "properties": self.containers[name, container]})

    # --- blobs ----------------------------------------------------------------------------------

    def list(self, request: Request, account: str, container: str) -> Reply:
        asked = dict(request.query)
        prefix, until = asked.pop("prefix", ""), asked.pop("delimiter", "")
        page = {"restype": "container", "comp": "list", "maxresults": "1000"}
        if asked != page or (account, container) not in self.containers:
            return _refused(404, "ContainerNotFound", f"{account}/{container}: {asked}")
        items, folders = [], set()
        for home, place, name in sorted(self.blobs):
            if (home, place) != (account, container) or not name.startswith(prefix):
                continue
            rest = name[len(prefix) :]
            if until and until in rest:
                folders.add(prefix + rest.partition(until)[0] + until)
            else:
                items.append(_item(name, self.blobs[home, place, name]))
        parents = [f"<BlobPrefix><Name>{escape(one)}</Name></BlobPrefix>" for one in folders]
        body = f"<Blobs>{''.join((*items, *sorted(parents)))}</Blobs><NextMarker/>"
        body = f'<EnumerationResults ContainerName="{container}">{body}</EnumerationResults>'
        return Reply(200, f'<?xml version="1.0" encoding="utf-8"?>{body}', _HEADERS)

    def read(self, _: Request, account: str, container: str, name: str) -> Reply:
        text = self.blobs.get((account, container, name))
        if text is None:
            return _refused(404, "BlobNotFound", "The specified blob does not exist.")
        return Reply(200, text, _HEADERS)

    def write(self, request: Request, account: str, container: str, name: str) -> Reply:
        """A whole blob, or a copy of another."""
        if (account, container) not in self.containers or request.query:
            return _refused(404, "ContainerNotFound", f"{account}/{container}: {request.query}")
        text, more = request.body.decode(), {}
        source = request.headers.get("x-ms-copy-source")
        if source:
            _, home, place, other = unquote(urlsplit(source).path).split("/", 3)
            if (home, place, other) not in self.blobs:
                return _refused(404, "CannotVerifyCopySource", source)
            text, more = self.blobs[home, place, other], {"x-ms-copy-status": "success"}
        elif request.headers.get("x-ms-blob-type") != "BlockBlob":
            return _refused(400, "InvalidHeaderValue", "x-ms-blob-type")
        self.blobs[account, container, name] = text
        return Reply(202 if source else 201, "", {**_HEADERS, **more})

    def delete(self, _: Request, account: str, container: str, name: str) -> Reply:
        if self.blobs.pop((account, container, name), None) is None:
            return _refused(404, "BlobNotFound", "The specified blob does not exist.")
        return Reply(202, "", _HEADERS)


_HEADERS = {
    "Last-Modified": _WHEN,
    "x-ms-creation-time": _WHEN,
    "ETag": '"0x1"',
    "Content-Type": "application/octet-stream",
    "x-ms-blob-type": "BlockBlob",
    "x-ms-version": "2026-06-06",
}


def _item(name: str, text: str) -> str:
    size = len(text.encode())
    known = f"<Last-Modified>{_WHEN}</Last-Modified><Content-Length>{size}</Content-Length>"
    return f"<Blob><Name>{escape(name)}</Name><Properties>{known}</Properties></Blob>"


_G = r"/subscriptions/[^/]+/resourceGroups/([^/]+)"
_ACCOUNT = rf"{_G}/providers/Microsoft\.Storage/storageAccounts/([^/]+)"
_SERVICE = f"{_ACCOUNT}/blobServices/default"
_ARM: tuple[tuple[str, str, Callable[..., Reply]], ...] = (
    ("HEAD", _G, Blobs.has_group),
    ("PUT", _G, Blobs.make_group),
    ("PUT", _ACCOUNT, Blobs.make_account),
    ("PUT", _SERVICE, Blobs.make_service),
    ("PUT", f"{_SERVICE}/containers/([^/]+)", Blobs.make_container),
    ("GET", f"{_SERVICE}/containers/([^/]+)", Blobs.get_container),
)
_DATA: tuple[tuple[str, str, Callable[..., Reply]], ...] = (
    ("GET", "/([^/]+)/([^/]+)", Blobs.list),
    ("GET", "/([^/]+)/([^/]+)/(.+)", Blobs.read),
    ("HEAD", "/([^/]+)/([^/]+)/(.+)", Blobs.read),
    ("PUT", "/([^/]+)/([^/]+)/(.+)", Blobs.write),
    ("DELETE", "/([^/]+)/([^/]+)/(.+)", Blobs.delete),
)
_STORAGE = "Microsoft.Storage/storageAccounts"
_RIGHTS = {
    "has_group": ("Microsoft.Resources/subscriptions/resourceGroups/read",),
    "make_group": ("Microsoft.Resources/subscriptions/resourceGroups/write",),
    "make_account": (f"{_STORAGE}/write",),
    "make_service": (f"{_STORAGE}/blobServices/write",),
    "make_container": (f"{_STORAGE}/blobServices/containers/write",),
    "get_container": (f"{_STORAGE}/blobServices/containers/read",),
    "list": (f"{_BLOBS}/read",),
    "read": (f"{_BLOBS}/read",),
    "write": (f"{_BLOBS}/write", f"{_BLOBS}/read"),
    "delete": (f"{_BLOBS}/delete",),
}


def _refused(status: int, code: str, text: str, *, arm: bool = False) -> Reply:
    if arm:
        return Reply.of({"error": {"code": code, "message": text}}, status)
    body = (
        f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{escape(text)}</Message></Error>'
    )
    return Reply(status, body, {"Content-Type": "application/xml", "x-ms-error-code": code})
