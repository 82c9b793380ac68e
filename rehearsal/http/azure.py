"""Azure Resource Manager over HTTP: groups, resources by tag, a machine's state, deletions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from rehearsal.clouds.azure.arm import GROUP, refuse_action
from rehearsal.clouds.azure.launch import MACHINE
from rehearsal.clouds.azure.registry import ROLE
from rehearsal.faults import Refused
from rehearsal.http import azure_limits, azure_power, azure_prices, azure_views
from rehearsal.http.azure_deletions import WAIT, Deletions
from rehearsal.http.manners import Desk, unknown
from rehearsal.http.server import Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


class Face:
    """One endpoint of Azure Resource Manager."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.deletions = Deletions(desk)
        self.powers = azure_power.Powers(desk)

    def answer(self, request: Request) -> Reply:
        try:
            if request.path == PRICES:  # public: nobody is asked who they are
                return Reply.of(azure_prices.answer(self.desk, request.query))
            if request.path.startswith(azure_power.LOGS):
                return self.powers.log(request.path)
            self._who(request)
            return self._route(request)
        except Refused as refused:
            status = _STATUS.get(refused.code, 409)
            said = {"error": {"code": refused.code, "message": refused.text}}
            more = {"retry_after": WAIT} if status in {429, 503} else {}
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
        found = [one for one in self.desk.seen(GROUP) if azure_views.fits(one, request.query)]
        return self._listed(request, [azure_views.group(one) for one in found])

    def _resources(self, request: Request) -> Reply:
        found = [one for one in self._all() if azure_views.fits(one, request.query)]
        return self._listed(request, [azure_views.resource(one) for one in found])

    def _inside(self, request: Request, group: str) -> Reply:
        home = self._one_group(group)
        start = f"{home.id}/".casefold()
        found = [one for one in self._all() if one.id.casefold().startswith(start)]
        return self._listed(request, [azure_views.resource(one) for one in found])

    def _machines(self, request: Request) -> Reply:
        """With `statusOnly`, what each does at the moment, which no other list tells."""
        status = request.query.get("statusOnly", "false").casefold() == "true"
        found = [
            azure_views.resource(one)
            | ({"properties": {"instanceView": azure_power.view(one)}} if status else {})
            for one in self.desk.seen(MACHINE)
        ]
        return self._listed(request, found)

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
        return Reply.of(azure_views.group(self._one_group(group)))

    def _has_group(self, _: Request, group: str) -> Reply:
        there = any(
            azure_views.same(one.inputs["resourceGroupName"], group)
            for one in self._group_records()
        )
        return Reply(204 if there else 404)

    def _view(self, _: Request, id: str) -> Reply:  # noqa: A002 - ARM's own word
        return Reply.of(azure_power.view(self._machine(id, "instanceView/read")))

    def _power(self, request: Request, id: str, verb: str) -> Reply:  # noqa: A002 - ARM's own word
        return self.powers.act(request, verb, self._machine(id, f"{verb}/action"))

    def _diagnostics(self, request: Request, id: str) -> Reply:  # noqa: A002 - ARM's own word
        record = self._machine(id, "retrieveBootDiagnosticsData/action")
        return self.powers.diagnostics(request, record)

    def _machine(self, id_: str, action: str) -> Record:
        """One on which who asks may do this: rights are looked at before what is there."""
        refuse_action(self.desk.setting, f"Microsoft.Compute/virtualMachines/{action}", id_)
        return self._one(id_)

    def _get(self, _: Request, id: str) -> Reply:  # noqa: A002 - ARM's own word
        return Reply.of(azure_views.resource(self._one(id)))

    def _provider(self, _: Request, namespace: str) -> Reply:
        types = {
            azure_views.type_of(one.id).partition("/")[2]
            for one in self._all()
            if azure_views.same(azure_views.type_of(one.id).partition("/")[0], namespace)
        }
        listed = [{"resourceType": one, "apiVersions": ["2025-01-01"]} for one in sorted(types)]
        return Reply.of({"namespace": namespace, "resourceTypes": listed})

    # --- deleting -------------------------------------------------------------------------------

    def _delete_group(self, request: Request, group: str) -> Reply:
        return self.deletions.begin(request, self._one_group(group))

    def _delete(self, request: Request, id: str) -> Reply:  # noqa: A002 - ARM's own word
        try:
            return self.deletions.begin(request, self._one(id))
        except Refused as refused:
            if refused.code == "ResourceNotFound":
                return Reply(204)
            raise

    def _operation(self, request: Request, number: str) -> Reply:
        return Reply(200) if self.powers.is_done(number) else self.deletions.look(request, number)

    # --- finding --------------------------------------------------------------------------------

    def _group_records(self) -> list[Record]:
        return self.desk.inventory.all(GROUP)

    def _one_group(self, name: str) -> Record:
        for one in self._group_records():
            if azure_views.same(one.inputs["resourceGroupName"], name):
                return one
        raise Refused("ResourceGroupNotFound", f"Resource group '{name}' could not be found.")

    def _one(self, id_: str) -> Record:
        for one in self.desk.inventory.all():
            if azure_views.same(one.id, id_):
                return one
        raise Refused("ResourceNotFound", f"The Resource '{id_}' was not found.")


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
            f"statusOnly {_PAGED}",
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
        *(
            (
                "POST",
                f"{_ID}/(?P<verb>{verb})",
                f"VirtualMachines_{verb[0].upper()}{verb[1:]}",
                takes,
            )
            for verb, takes in (
                ("powerOff", "skipShutdown"),
                ("deallocate", "hibernate"),
                ("start", ""),
                ("restart", ""),
            )
        ),
        (
            "POST",
            f"{_ID}/retrieveBootDiagnosticsData",
            "VirtualMachines_RetrieveBootDiagnosticsData",
            "sasUriExpirationTimeInMinutes",
        ),
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
    "VirtualMachines_RetrieveBootDiagnosticsData": "_diagnostics",
    **dict.fromkeys(
        (f"VirtualMachines_{verb}" for verb in ("PowerOff", "Deallocate", "Start", "Restart")),
        "_power",
    ),
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
