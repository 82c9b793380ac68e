"""Azure Resource Manager over HTTP: groups, resources by tag, a machine's state, deletions.

A deletion is a long operation: 202 and a Location, which answers 202 until it is done.
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from rehearsal.clouds.azure.arm import GROUP
from rehearsal.clouds.azure.launch import MACHINE
from rehearsal.clouds.azure.registry import ROLE
from rehearsal.faults import Refused
from rehearsal.http import azure_limits, azure_prices
from rehearsal.http.manners import Desk, is_going, unknown
from rehearsal.http.server import Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rehearsal.inventory import Record

_FILE = "rehearsal/http/azure.py"
PRICES = "/api/retail/prices"
_MOST = 1000
_STATUS = {
    "AuthenticationFailed": 401,
    "ExpiredAuthenticationToken": 401,
    "AuthorizationFailed": 403,
    "SubscriptionNotFound": 404,
    "ResourceGroupNotFound": 404,
    "ResourceNotFound": 404,
    "InvalidResourceNamespace": 404,
    "TooManyRequests": 429,
    "SubscriptionRequestsThrottled": 429,
    "InternalServerError": 500,
    "ServerTimeout": 503,
    "BadRequest": 400,
    "MissingApiVersionParameter": 400,
    "InvalidFilterInQueryString": 400,
    "InvalidNextToken": 400,
    "InvalidParameter": 400,
}
_WAIT = "1"
"""seconds after which to ask again"""


class Face:
    """One endpoint of Azure Resource Manager."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.operations: dict[str, tuple[Record, Refused | None]] = {}

    def answer(self, request: Request) -> Reply:
        try:
            if request.path == PRICES:  # public: nobody is asked who they are
                return Reply.of(azure_prices.answer(self.desk, request.query))
            self._who(request)
            return self._route(request)
        except Refused as refused:
            status = _STATUS.get(refused.code, 409)
            said = {"error": {"code": refused.code, "message": refused.text}}
            more = {"retry_after": _WAIT} if status in {429, 503} else {}
            if status == 401:  # noqa: PLR2004 - HTTP's own number
                more["www_authenticate"] = 'Bearer error="invalid_token"'
            return Reply.of(said, status, **more)

    def _who(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        if given != f"Bearer {self.desk.setting('credential')}":
            raise Refused(
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is missing or wrong.",
            )
        if self.desk.setting("expired"):
            raise Refused(
                "ExpiredAuthenticationToken",
                "The access token expiry UTC time is earlier than current UTC time.",
            )
        if "api-version" not in request.query and "/operationresults/" not in request.path:
            raise Refused(
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            )

    def _route(self, request: Request) -> Reply:
        for method, pattern, name, takes in _ROUTES:
            found = pattern.fullmatch(request.path)
            if method != request.method or not found:
                continue
            strange = request.query.keys() - {"api-version", *takes.split()}
            if strange:
                raise Refused("BadRequest", unknown(strange, _FILE))
            words = found.groupdict()
            self.desk.called(name, words.get("group") or words.get("id") or "")
            self._subscription(words["subscription"])
            handler: Callable[..., Reply] = getattr(self, _HANDLERS[name])
            return handler(request, **{k: v for k, v in words.items() if k != "subscription"})
        raise Refused("BadRequest", unknown([f"{request.method} {request.path}"], _FILE))

    def _subscription(self, asked: str) -> None:
        known = {one.scope for one in self.desk.inventory.all()} | {
            self.desk.setting("subscription")
        }
        if asked not in known:
            raise Refused("SubscriptionNotFound", f"The subscription '{asked}' could not be found.")

    # --- lists ----------------------------------------------------------------------------------

    def _groups(self, request: Request) -> Reply:
        found = [one for one in self.desk.seen(GROUP) if _fits(one, request.query)]
        return self._listed(request, [_group(one) for one in found])

    def _resources(self, request: Request) -> Reply:
        found = [one for one in self._all() if _fits(one, request.query)]
        return self._listed(request, [_resource(one) for one in found])

    def _inside(self, request: Request, group: str) -> Reply:
        home = self._one_group(group)
        start = f"{home.id}/".casefold()
        found = [one for one in self._all() if one.id.casefold().startswith(start)]
        return self._listed(request, [_resource(one) for one in found])

    def _machines(self, request: Request) -> Reply:
        return self._listed(request, [_resource(one) for one in self.desk.seen(MACHINE)])

    def _providers(self, request: Request) -> Reply:
        return self._listed(request, azure_limits.providers(self.desk))

    def _sizes(self, request: Request) -> Reply:
        return self._listed(request, azure_limits.sizes(self.desk, request.query))

    def _usages(self, request: Request, service: str, location: str) -> Reply:
        return self._listed(request, azure_limits.usages(self.desk, service, location))

    def _permissions(self, request: Request) -> Reply:
        return self._listed(request, azure_limits.permissions(self.desk))

    def _all(self) -> list[Record]:
        """A role is no resource of a group, it hangs on one."""
        return [one for one in self.desk.seen() if one.kind not in {GROUP, ROLE}]

    def _listed(self, request: Request, found: Sequence[dict[str, Any]]) -> Reply:
        most = int(request.query.get("$top") or _MOST)
        page, token = self.desk.page(found, request.query.get("$skiptoken", ""), most)
        said: dict[str, Any] = {"value": list(page)}
        if token:
            query = urlencode({**request.query, "$skiptoken": token})
            said["nextLink"] = f"{request.base}{request.path}?{query}"
        return Reply.of(said)

    # --- one ------------------------------------------------------------------------------------

    def _get_group(self, _: Request, group: str) -> Reply:
        return Reply.of(_group(self._one_group(group)))

    def _has_group(self, _: Request, group: str) -> Reply:
        there = any(_same(one.inputs["resourceGroupName"], group) for one in self._group_records())
        return Reply(204 if there else 404)

    def _view(self, _: Request, id: str) -> Reply:  # noqa: A002 - ARM's own word
        self._one(id)
        statuses = [
            {"code": "ProvisioningState/succeeded", "level": "Info"},
            {"code": "PowerState/running", "level": "Info", "displayStatus": "VM running"},
        ]
        return Reply.of({"statuses": statuses})

    def _get(self, _: Request, id: str) -> Reply:  # noqa: A002 - ARM's own word
        return Reply.of(_resource(self._one(id)))

    def _provider(self, _: Request, namespace: str) -> Reply:
        types = {
            _type(one.id).partition("/")[2]
            for one in self._all()
            if _same(_type(one.id).partition("/")[0], namespace)
        }
        listed = [{"resourceType": one, "apiVersions": ["2025-01-01"]} for one in sorted(types)]
        return Reply.of({"namespace": namespace, "resourceTypes": listed})

    # --- deleting -------------------------------------------------------------------------------

    def _delete_group(self, request: Request, group: str) -> Reply:
        return self._deletes(request, self._one_group(group))

    def _delete(self, request: Request, id: str) -> Reply:  # noqa: A002 - ARM's own word
        try:
            return self._deletes(request, self._one(id))
        except Refused as refused:
            if refused.code == "ResourceNotFound":
                return Reply(204)
            raise

    def _deletes(self, request: Request, record: Record) -> Reply:
        late = None
        fault = self.desk.inventory.struck("wait", record.kind, record.name)
        if fault:
            late = Refused.said(fault.error)
        elif record.kind not in self.desk.cloud.by_token:
            self.desk.inventory.remove(record)  # a disk, a role: nothing holds it
        elif not is_going(record):
            self.desk.delete(record)
        number = str(uuid.uuid4())
        self.operations[number] = (record, late)
        where = f"{request.base}/subscriptions/{record.scope}/operationresults/{number}"
        query = urlencode({"api-version": request.query["api-version"]})
        return Reply(202, "", {"Location": f"{where}?{query}", "Retry-After": "0"})

    def _operation(self, request: Request, number: str) -> Reply:
        if number not in self.operations:
            raise Refused("ResourceNotFound", f"The operation '{number}' was not found.")
        record, late = self.operations[number]
        if late:
            raise late
        if self.desk.inventory.get(record.kind, record.id, record.scope) is None:
            return Reply(200)
        where = f"{request.base}{request.path}?{urlencode(request.query)}"
        return Reply(202, "", {"Location": where, "Retry-After": _WAIT})

    # --- finding --------------------------------------------------------------------------------

    def _group_records(self) -> list[Record]:
        return self.desk.inventory.all(GROUP)

    def _one_group(self, name: str) -> Record:
        for one in self._group_records():
            if _same(one.inputs["resourceGroupName"], name):
                return one
        raise Refused("ResourceGroupNotFound", f"Resource group '{name}' could not be found.")

    def _one(self, id_: str) -> Record:
        for one in self.desk.inventory.all():
            if _same(one.id, id_):
                return one
        raise Refused("ResourceNotFound", f"The Resource '{id_}' was not found.")


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _type(id_: str) -> str:
    """Microsoft.Compute/disks, of the last provider in an id."""
    words = id_.rpartition("/providers/")[2].split("/")
    return "/".join([words[0], *words[1::2]])


def _group(record: Record) -> dict[str, Any]:
    state = "Deleting" if is_going(record) else "Succeeded"
    return {
        "id": record.id,
        "name": record.inputs["resourceGroupName"],
        "type": "Microsoft.Resources/resourceGroups",
        "location": record.inputs["location"],
        "managedBy": record.inputs.get("managedBy"),
        "tags": dict(record.tags),
        "properties": {"provisioningState": state},
    }


def _resource(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.id.rpartition("/")[2],
        "type": _type(record.id),
        "location": record.inputs.get("location"),
        "managedBy": record.inputs.get("managedBy"),
        "tags": dict(record.tags),
    }


_FILTER = re.compile(r"tagName eq '([^']*)'(?: and tagValue eq '([^']*)')?")


def _fits(record: Record, query: Mapping[str, str]) -> bool:
    text = query.get("$filter")
    if text is None:
        return True
    found = _FILTER.fullmatch(text)
    if not found:
        raise Refused("InvalidFilterInQueryString", unknown([f"the filter {text}"], _FILE))
    tag, value = found.groups()
    return tag in record.tags and value in {None, record.tags[tag]}


_S = "/subscriptions/(?P<subscription>[^/]+)"
_G = f"{_S}/resource[gG]roups/(?P<group>[^/]+)"
_ID = r"(?P<id>/subscriptions/(?P<subscription>[^/]+)/.*/providers/.+/[^/]+)"
_PAGED = "$top $skiptoken"
_ROUTES = tuple(
    (method, re.compile(pattern), name, takes)
    for method, pattern, name, takes in (
        ("GET", f"{_S}/resource[gG]roups", "ResourceGroups_List", f"$filter {_PAGED}"),
        ("GET", f"{_S}/resources", "Resources_List", f"$filter $expand {_PAGED}"),
        ("GET", f"{_G}/resources", "Resources_ListByResourceGroup", f"$expand {_PAGED}"),
        ("GET", _G, "ResourceGroups_Get", ""),
        ("HEAD", _G, "ResourceGroups_CheckExistence", ""),
        ("DELETE", _G, "ResourceGroups_Delete", ""),
        (
            "GET",
            f"{_S}/providers/Microsoft.Compute/virtualMachines",
            "VirtualMachines_ListAll",
            _PAGED,
        ),
        ("GET", f"{_S}/providers", "Providers_List", _PAGED),
        ("GET", f"{_S}/providers/Microsoft.Compute/skus", "ResourceSkus_List", f"$filter {_PAGED}"),
        (
            "GET",
            f"{_S}/providers/Microsoft.(?P<service>[A-Za-z]+)/locations/(?P<location>[^/]+)/usages",
            "Usages_List",
            _PAGED,
        ),
        (
            "GET",
            f"{_S}/providers/Microsoft.Authorization/permissions",
            "Permissions_ListForSubscription",
            _PAGED,
        ),
        ("GET", f"{_S}/providers/(?P<namespace>[^/]+)", "Providers_Get", ""),
        ("GET", f"{_S}/operationresults/(?P<number>[^/]+)", "Operations_Get", ""),
        ("GET", f"{_ID}/instanceView", "VirtualMachines_InstanceView", ""),
        ("GET", _ID, "Resources_GetById", ""),
        ("DELETE", _ID, "Resources_DeleteById", ""),
    )
)
_HANDLERS = {
    "ResourceGroups_List": "_groups",
    "Resources_List": "_resources",
    "Resources_ListByResourceGroup": "_inside",
    "ResourceGroups_Get": "_get_group",
    "ResourceGroups_CheckExistence": "_has_group",
    "ResourceGroups_Delete": "_delete_group",
    "VirtualMachines_ListAll": "_machines",
    "Providers_List": "_providers",
    "ResourceSkus_List": "_sizes",
    "Usages_List": "_usages",
    "Permissions_ListForSubscription": "_permissions",
    "Providers_Get": "_provider",
    "Operations_Get": "_operation",
    "VirtualMachines_InstanceView": "_view",
    "Resources_GetById": "_get",
    "Resources_DeleteById": "_delete",
}


def environment(endpoint: str, desk: Desk) -> dict[str, Any]:
    """What azure-mgmt needs to be told to come here."""
    return {
        "DOCKYARD_AZURE_ENDPOINT": endpoint,
        "DOCKYARD_AZURE_PRICES": f"{endpoint}{PRICES}",
        "DOCKYARD_AZURE_TOKEN": desk.setting("credential"),
        "AZURE_SUBSCRIPTION_ID": desk.setting("subscription"),
    }
