"""Google Cloud Storage, as much of it as its Go client and our own maker of buckets call.

Strict: what it does not know is refused. Both of Google's interfaces lie at one address: JSON
below /storage/v1 and /upload, and the older one, /BUCKET/OBJECT, which the client reads by.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email.parser import BytesParser
from typing import Any
from urllib.parse import unquote

from rehearsal.http.server import Reply, Request

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
_CLOSED = {"iamConfiguration", "versioning"}


@dataclass
class Storage:
    """A Face for rehearsal.http.server.serving; bodies are text: a state is."""

    project: str
    buckets: dict[str, dict[str, Any]] = field(default_factory=dict)
    objects: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """every version, the newest last"""
    deleted: set[tuple[str, str]] = field(default_factory=set)
    allowed: frozenset[str] | None = None
    """the caller's permissions; None: all"""

    def answer(self, request: Request) -> Reply:
        for method, pattern, handle in _CALLS:
            found = re.fullmatch(pattern, request.path)
            if found and method == request.method:
                for right in _RIGHTS[handle.__name__]:
                    if self.allowed is not None and right not in self.allowed:
                        return _refused(403, f"Permission '{right}' denied on resource")
                return handle(self, request, *map(unquote, found.groups()))
        return _refused(501, f"the stand-in doesn't know {request.method} {request.path}")

    # --- buckets --------------------------------------------------------------------------------

    def make(self, request: Request) -> Reply:
        asked = json.loads(request.body)
        if request.query.get("project") != self.project:
            return _refused(404, "The requested project was not found.")
        if not _NAME.fullmatch(asked["name"]) or asked.keys() - _CLOSED - {"name"}:
            return _refused(400, f"Invalid argument: {sorted(asked)}")
        if asked["name"] in self.buckets:
            return _refused(409, "Your previous request to create the named bucket succeeded")
        self.buckets[asked["name"]] = asked
        return Reply.of(asked)

    def bucket(self, _: Request, name: str) -> Reply:
        known = self.buckets.get(name)
        return Reply.of(known) if known else _refused(404, "The specified bucket does not exist.")

    def change(self, request: Request, name: str) -> Reply:
        asked = json.loads(request.body)
        if name not in self.buckets or asked.keys() - _CLOSED:
            return _refused(400, f"Invalid argument: {sorted(asked)}")
        self.buckets[name] |= asked
        return Reply.of(self.buckets[name])

    # --- objects --------------------------------------------------------------------------------

    def _there(self, bucket: str, name: str) -> str | None:
        key = bucket, name
        return None if key in self.deleted or key not in self.objects else self.objects[key][-1]

    def _put(self, bucket: str, name: str, text: str) -> dict[str, Any]:
        self.objects.setdefault((bucket, name), []).append(text)
        self.deleted.discard((bucket, name))
        return self._told(bucket, name, text)

    def _told(self, bucket: str, name: str, text: str) -> dict[str, Any]:
        generation = str(len(self.objects[bucket, name]))
        size, when = str(len(text.encode())), "2026-01-01T00:00:00.000Z"
        known = {"kind": "storage#object", "bucket": bucket, "name": name, "size": size}
        return {**known, "generation": generation, "updated": when, "timeCreated": when}

    def upload(self, request: Request, bucket: str) -> Reply:
        if bucket not in self.buckets:
            return _refused(404, "The specified bucket does not exist.")
        if request.query.get("uploadType") != "multipart":
            return _refused(501, f"the stand-in doesn't know this upload: {request.query}")
        kind = request.headers["content-type"].encode()
        parts = BytesParser().parsebytes(b"Content-Type: " + kind + b"\r\n\r\n" + request.body)
        head, body = [part.get_payload(decode=True) for part in parts.get_payload()]
        return Reply.of(self._put(bucket, json.loads(head)["name"], body.decode()))

    def list(self, request: Request, bucket: str) -> Reply:
        if bucket not in self.buckets:
            return _refused(404, "The specified bucket does not exist.")
        prefix, until = request.query.get("prefix", ""), request.query.get("delimiter", "")
        items, folders = [], set()
        for home, name in sorted(self.objects):
            text = self._there(home, name)
            if home != bucket or text is None or not name.startswith(prefix):
                continue
            rest = name[len(prefix) :]
            if until and until in rest:
                folders.add(prefix + rest.partition(until)[0] + until)
            else:
                items.append(self._told(home, name, text))
        return Reply.of({"kind": "storage#objects", "items": items, "prefixes": sorted(folders)})

    def object(self, _: Request, bucket: str, name: str) -> Reply:
        text = self._there(bucket, name)
        if text is None:
            return _refused(404, f"No such object: {bucket}/{name}")
        return Reply.of(self._told(bucket, name, text))

    def read(self, _: Request, bucket: str, name: str) -> Reply:
        text = self._there(bucket, name)
        if text is None:
            return Reply(404, "<Error><Code>NoSuchKey</Code></Error>")
        return Reply(200, text, {"Content-Type": "application/octet-stream"})

    def delete(self, _: Request, bucket: str, name: str) -> Reply:
        if self._there(bucket, name) is None:
            return _refused(404, f"No such object: {bucket}/{name}")
        self.deleted.add((bucket, name))
        return Reply(204)

    def rewrite(self, _: Request, bucket: str, name: str, other: str, copy: str) -> Reply:
        text = self._there(bucket, name)
        if text is None:
            return _refused(404, f"No such object: {bucket}/{name}")
        told = self._put(other, copy, text)
        size = told["size"]
        done = {"kind": "storage#rewriteResponse", "done": True, "resource": told}
        return Reply.of({**done, "totalBytesRewritten": size, "objectSize": size})


_B = "/storage/v1/b"
_CALLS: tuple[tuple[str, str, Callable[..., Reply]], ...] = (
    ("POST", _B, Storage.make),
    ("GET", f"{_B}/([^/]+)", Storage.bucket),
    ("PATCH", f"{_B}/([^/]+)", Storage.change),
    ("POST", f"/upload{_B}/([^/]+)/o", Storage.upload),
    ("GET", f"{_B}/([^/]+)/o", Storage.list),
    ("POST", f"{_B}/([^/]+)/o/(.+)/rewriteTo/b/([^/]+)/o/(.+)", Storage.rewrite),
    ("GET", f"{_B}/([^/]+)/o/(.+)", Storage.object),
    ("DELETE", f"{_B}/([^/]+)/o/(.+)", Storage.delete),
    ("GET", "/([^/]+)/(.+)", Storage.read),
)


_RIGHTS = {
    "make": ("storage.buckets.create",),
    "bucket": ("storage.buckets.get",),
    # preventing public access takes the second
    "change": ("storage.buckets.update", "storage.buckets.setIamPolicy"),
    # what is there is written over: deleted, and made
    "upload": ("storage.objects.create", "storage.objects.delete"),
    "list": ("storage.objects.list",),
    "object": ("storage.objects.get",),
    "read": ("storage.objects.get",),
    "delete": ("storage.objects.delete",),
    "rewrite": ("storage.objects.get", "storage.objects.create", "storage.objects.delete"),
}


def _refused(status: int, text: str) -> Reply:
    error = {"code": status, "message": text, "errors": [{"message": text, "reason": "x"}]}
    return Reply.of({"error": error}, status)
