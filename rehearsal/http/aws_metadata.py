"""EC2's metadata service, as a machine asks it: a token first, then page by page (IMDSv2).

Who asks is known by the address; each answer is of the record as it is then.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from rehearsal.clouds.aws import real
from rehearsal.http.server import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.http.server import Request
    from rehearsal.inventory import Inventory, Record

_VERSIONS = ("2021-03-23", "latest")
_TOKEN = "x-aws-ec2-metadata-token"  # noqa: S105 - the name of a header
_SECONDS = f"{_TOKEN}-ttl-seconds"
_LONGEST = 21_600


class Metadata:
    """Of all machines of one inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._tokens: dict[str, tuple[str, float]] = {}
        """whose each is, and until when by the monotonic clock"""

    def answer(self, request: Request) -> Reply:
        record = self._who(request.peer)
        if record is None:
            return Reply(404)
        options = record.inputs.get("metadataOptions") or {}
        if options.get("httpEndpoint") == "disabled":
            return Reply(403)
        if request.method == "PUT":
            return self._token(request, record.id, options.get("httpPutResponseHopLimit", 1))
        if request.method not in {"GET", "HEAD"}:
            return Reply(405)
        token = request.headers.get(_TOKEN)
        if (token or options.get("httpTokens") == "required") and not self._holds(token, record.id):
            return Reply(401)
        return _page(_pages(self._inventory, record, options), request.path)

    def _who(self, address: str) -> Record | None:
        """By the public one, or the private one, which another network may have, too."""
        found = self._inventory.all(real.MACHINE)
        public = [one for one in found if one.address == address]
        return next(iter(public or [one for one in found if _private(one) == address]), None)

    def _token(self, request: Request, id_: str, hops: int) -> Reply:
        if "x-forwarded-for" in request.headers:
            return Reply(403)
        if request.path != "/latest/api/token":
            return Reply(404)
        asked = request.headers.get(_SECONDS, "")
        if not (asked.isascii() and asked.isdecimal() and 1 <= int(asked) <= _LONGEST):
            return Reply(400)
        now = time.monotonic()
        for old in [one for one, (_, until) in list(self._tokens.items()) if until <= now]:
            self._tokens.pop(old, None)
        token = secrets.token_urlsafe(42)
        self._tokens[token] = id_, now + int(asked)
        return Reply(200, token, {_SECONDS: asked}, hops)

    def _holds(self, token: str | None, id_: str) -> bool:
        whose, until = self._tokens.get(token or "", ("", 0.0))
        return whose == id_ and time.monotonic() < until


def _private(record: Record) -> str:
    return str(record.outputs["privateIp"])


def _pages(inventory: Inventory, record: Record, options: Mapping[str, object]) -> dict[str, str]:
    """What a machine is told, by path below the version."""
    inside = str(record.outputs["privateDns"])
    said = {
        "ami-id": str(record.inputs["ami"]),
        "hostname": inside,
        "instance-id": record.id,
        "instance-type": str(record.inputs["instanceType"]),
        "local-hostname": inside,
        "local-ipv4": _private(record),
        "placement/availability-zone": str(record.outputs["availabilityZone"]),
        "placement/region": record.scope,
        "public-hostname": str(record.outputs["publicDns"]),
        "public-ipv4": record.address,
    }
    if options.get("instanceMetadataTags") == "enabled":
        said |= {f"tags/instance/{name}": value for name, value in record.tags.items()}
    found = {f"meta-data/{path}": text for path, text in said.items() if text}
    user_data = real.asked(inventory, record).user_data
    return {**found, "user-data": user_data} if user_data else found


def _page(found: Mapping[str, str], path: str) -> Reply:
    """The page of a path, or the list of those below it."""
    version, _, rest = path.strip("/").partition("/")
    if not version:
        return _plain("\n".join(_VERSIONS))
    if version not in _VERSIONS:
        return Reply(404)
    if rest in found:
        return _plain(found[rest])
    begin = f"{rest}/" if rest else ""
    below = [one.removeprefix(begin).partition("/") for one in found if one.startswith(begin)]
    names = sorted({f"{first}{slash}" for first, slash, _ in below})
    return _plain("\n".join(names)) if names else Reply(404)


def _plain(text: str) -> Reply:
    return Reply(200, text, {"Content-Type": "text/plain"})
