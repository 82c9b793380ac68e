"""Compute Engine over HTTP: aggregated lists, global lists, deletions and their operations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.gcp import facts, launch, machines, network
from rehearsal.clouds.gcp.rights import may
from rehearsal.faults import Refused
from rehearsal.http import gcp_guards, gcp_power, gcp_rights, gcp_views
from rehearsal.http.gcp_deletions import Deletions
from rehearsal.http.manners import Desk, unknown
from rehearsal.http.server import Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rehearsal.inventory import Record

_FILE = "rehearsal/http/gcp.py"
_MOST = 500
_STATUS = {
    "authError": 401,
    "forbidden": 403,
    "rateLimitExceeded": 403,
    "notFound": 404,
    "tooManyRequests": 429,
    "backendError": 503,
    "internalError": 500,
}
KINDS = {
    "instances": launch.INSTANCE,
    "disks": machines.DISK,
    "addresses": "gcp:compute/address:Address",
    "forwardingRules": "gcp:compute/forwardingRule:ForwardingRule",
    "subnetworks": network.SUBNETWORK,
    "networks": network.NETWORK,
    "firewalls": network.FIREWALL,
}


class Face:
    """One endpoint of Compute Engine."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.deletions = Deletions(desk)

    def answer(self, request: Request) -> Reply:
        try:
            self._who(request)
            if gcp_rights.fits(request):
                return gcp_rights.answer(self.desk, request)
            if request.path.startswith(("/v1/", "/v3/")):
                return gcp_guards.answer(self.desk, request)
            return self._route(request)
        except Refused as refused:
            if refused.code in gcp_guards.STATUS:
                status = gcp_guards.STATUS[refused.code]
                error = {"code": status, "message": refused.text, "status": refused.code}
                return Reply.of({"error": error}, status)
            status = _STATUS.get(refused.code, 400)
            one = {"message": refused.text, "domain": "global", "reason": refused.code}
            said = {"error": {"code": status, "message": refused.text, "errors": [one]}}
            return Reply.of(said, status)

    def _who(self, request: Request) -> None:
        good = request.headers.get("authorization") == f"Bearer {self.desk.setting('credential')}"
        if not good or self.desk.setting("expired"):
            raise Refused(
                "authError",
                "Request had invalid authentication credentials. Expected OAuth 2 access token, "
                "login cookie or other valid authentication credential.",
            )

    def _route(self, request: Request) -> Reply:
        for method, pattern, name, takes in _ROUTES:
            found = pattern.fullmatch(request.path)
            if method != request.method or not found:
                continue
            strange = request.query.keys() - {"$alt", "alt", "prettyPrint", *takes.split()}
            if strange:
                raise Refused("invalidParameter", unknown(strange, _FILE))
            words = found.groupdict()
            what = words.get("what") or ""
            if what and what not in KINDS:
                raise Refused("notFound", unknown([f"the list of {what}"], _FILE))
            verb = f"{what}.{name}" if what else name
            self.desk.called(verb, words.get("name") or "")
            self._refuse_right(verb, words)
            handler: Callable[..., Reply] = getattr(self, _HANDLERS[name])
            return handler(request, **words)
        raise Refused("notFound", unknown([f"{request.method} {request.path}"], _FILE))

    def _refuse_right(self, verb: str, words: Mapping[str, str]) -> None:
        """Who asks must have the call's own permission, on what it is about."""
        permission = _permission(verb, words)
        if not may(self.desk.setting, permission):
            about = [f"projects/{words['project']}"]
            if "place" in words and "operations" not in verb:
                about += [words["place"], verb.partition(".")[0], words["name"]]
            on = "/".join(about)
            raise Refused("forbidden", f"Required '{permission}' permission for '{on}'")

    # --- lists ----------------------------------------------------------------------------------

    def _records(self, request: Request, project: str, what: str) -> list[Record]:
        return [
            one
            for one in self.desk.seen(KINDS[what])
            if one.scope == project and gcp_views.fits(one, request.query.get("filter", ""))
        ]

    def _page(self, request: Request, found: Sequence[Record]) -> tuple[Sequence[Record], str]:
        most = min(_MOST, int(request.query.get("maxResults") or _MOST))
        page: Sequence[Record]
        page, token = self.desk.page(found, request.query.get("pageToken", ""), most)
        return page, token

    def _aggregated(self, request: Request, project: str, what: str) -> Reply:
        """By zone or region; an empty place says so, as Google's does."""
        page, token = self._page(request, self._records(request, project, what))
        items: dict[str, Any] = {}
        for one in page:
            place = "/".join(one.id.split("/")[2:4])
            items.setdefault(place, {what: []})[what].append(gcp_views.view(what, one))
        if not items:
            warning = {"code": "NO_RESULTS_ON_PAGE", "message": "There are no results"}
            items["zones/europe-west9-a"] = {"warning": warning}
        return Reply.of({"items": items, **({"nextPageToken": token} if token else {})})

    def _list(self, request: Request, project: str, what: str) -> Reply:
        found = self._records(request, project, what)
        page, token = self._page(request, found)
        items = [gcp_views.view(what, one) for one in page]
        return Reply.of({"items": items, **({"nextPageToken": token} if token else {})})

    def _project(self, _: Request, project: str) -> Reply:
        networks = [one for one in self.desk.inventory.all(network.NETWORK) if one.scope == project]
        quota = _quota("NETWORKS", self.desk.setting("networks"), len(networks))
        return Reply.of({"id": "1234567890", "name": project, "quotas": [quota]})

    def _region(self, _: Request, project: str, region: str) -> Reply:
        """Its quotas, as far as the stand-in holds to them."""
        if region not in facts.REGIONS:
            raise Refused("notFound", f"The resource 'projects/{project}/regions/{region}'")
        here = [
            one
            for one in self.desk.inventory.all(launch.INSTANCE)
            if one.scope == project and facts.ZONES[one.outputs["zone"]] == region
        ]
        types = [str(one.inputs["machineType"]).rpartition("/")[2] for one in here]
        cpus = sum(facts.MACHINE_TYPES[one].vcpus for one in types)
        addresses = sum(1 for one in here if one.address)
        quotas = [
            _quota("CPUS", self.desk.setting("cpus"), cpus),
            _quota("IN_USE_ADDRESSES", self.desk.setting("addresses"), addresses),
        ]
        return Reply.of({"name": region, "status": "UP", "quotas": quotas})

    def _machine_type(self, _: Request, project: str, zone: str, type: str) -> Reply:  # noqa: A002
        """Of a zone, where there is one."""
        found = facts.MACHINE_TYPES.get(type)
        if zone not in facts.ZONES or found is None or type in self.desk.setting("unavailable"):
            id_ = f"projects/{project}/zones/{zone}/machineTypes/{type}"
            raise Refused("notFound", f"The resource '{id_}' was not found")
        return Reply.of({"name": type, "zone": zone, "guestCpus": found.vcpus})

    def _get(self, _: Request, project: str, place: str, what: str, name: str) -> Reply:
        return Reply.of(gcp_views.view(what, self._one(project, place, what, name)))

    def _one(self, project: str, place: str, what: str, name: str) -> Record:
        id_ = f"projects/{project}/{place}/{what}/{name}"
        found = self.desk.inventory.get(KINDS[what], id_, project)
        if found is None:
            raise Refused("notFound", f"The resource '{id_}' was not found")
        return found

    # --- power ----------------------------------------------------------------------------------

    def _power(self, _: Request, project: str, place: str, name: str, verb: str) -> Reply:
        return gcp_power.act(self.desk, verb, self._one(project, place, "instances", name))

    def _port(self, request: Request, project: str, place: str, name: str) -> Reply:
        record = self._one(project, place, "instances", name)
        port, start = (request.query.get(word, "") for word in ("port", "start"))
        return gcp_power.port(self.desk, record, port, start)

    # --- deleting -------------------------------------------------------------------------------

    def _delete(self, request: Request, project: str, place: str, what: str, name: str) -> Reply:
        record = self._one(project, place, what, name)
        return self.deletions.begin(request, record, place)

    def _operation(self, request: Request, project: str, place: str, name: str) -> Reply:
        return self.deletions.look(request, project, place, name)


def _permission(verb: str, words: Mapping[str, str]) -> str:
    """A list of all zones is a list; an operation is one of its place."""
    if verb.startswith("operations."):
        place = {"g": "global", "r": "region", "z": "zone"}[words["place"][0]]
        return f"compute.{place}Operations.get"
    return f"compute.{verb.replace('aggregatedList', 'list')}"


def _quota(metric: str, limit: float, usage: float) -> dict[str, Any]:
    return {"metric": metric, "limit": float(limit), "usage": float(usage)}


_P = "/compute/v1/projects/(?P<project>[^/]+)"
_PLACE = f"{_P}/(?P<place>global|zones/[^/]+|regions/[^/]+)"
_PAGED = "filter maxResults pageToken returnPartialSuccess"
_ROUTES = tuple(
    (method, re.compile(pattern), name, takes)
    for method, pattern, name, takes in (
        ("GET", _P, "projects.get", ""),
        ("GET", f"{_P}/regions/(?P<region>[a-z0-9-]+)", "regions.get", ""),
        (
            "GET",
            f"{_P}/zones/(?P<zone>[^/]+)/machineTypes/(?P<type>[^/]+)",
            "machineTypes.get",
            "",
        ),
        ("GET", f"{_P}/aggregated/(?P<what>[a-zA-Z]+)", "aggregatedList", _PAGED),
        ("GET", f"{_P}/global/(?P<what>[a-zA-Z]+)", "list", _PAGED),
        ("GET", f"{_PLACE}/operations/(?P<name>[^/]+)", "operations.get", ""),
        ("POST", f"{_PLACE}/operations/(?P<name>[^/]+)/wait", "operations.wait", ""),
        (
            "GET",
            f"{_PLACE}/instances/(?P<name>[^/]+)/serialPort",
            "instances.getSerialPortOutput",
            "port start",
        ),
        *(
            (
                "POST",
                f"{_PLACE}/instances/(?P<name>[^/]+)/(?P<verb>{verb})",
                f"instances.{verb}",
                "requestId",
            )
            for verb in ("stop", "start", "reset")
        ),
        ("GET", f"{_PLACE}/(?P<what>[a-zA-Z]+)/(?P<name>[^/]+)", "get", ""),
        ("DELETE", f"{_PLACE}/(?P<what>[a-zA-Z]+)/(?P<name>[^/]+)", "delete", "requestId"),
    )
)
_HANDLERS = {
    "projects.get": "_project",
    "regions.get": "_region",
    "machineTypes.get": "_machine_type",
    "aggregatedList": "_aggregated",
    "list": "_list",
    "operations.get": "_operation",
    "operations.wait": "_operation",
    "instances.getSerialPortOutput": "_port",
    **dict.fromkeys(("instances.stop", "instances.start", "instances.reset"), "_power"),
    "get": "_get",
    "delete": "_delete",
}


def environment(endpoint: str, desk: Desk) -> dict[str, Any]:
    """What google-cloud-compute needs to be told to come here."""
    return {
        "DOCKYARD_GCP_ENDPOINT": endpoint,
        "DOCKYARD_GCP_TOKEN": desk.setting("credential"),
    }
