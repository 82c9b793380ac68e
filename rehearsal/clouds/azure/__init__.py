"""Microsoft Azure: machines of a lab, and a Kubernetes cluster with its registry.

arm.py is what all resources share, facts.py what there is to choose from; the other files hold
the kinds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rehearsal.clouds.azure import addresses, alarms, cluster, guards, machines, network, registry
from rehearsal.clouds.azure.arm import group_kind, refuse_region, refuse_right
from rehearsal.faults import Refused
from rehearsal.kinds import Cloud, Kind, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.kinds import Inputs
    from rehearsal.scene import Scene

_TAGS, _TAG_KEY, _TAG_VALUE = 50, 512, 256


def _subscription(scene: Scene) -> str:
    return str(scene.config.get("subscriptionId") or scene.setting("subscription"))


def _check_config(config: Inputs) -> Iterator[Problem]:
    subscription = config.get("subscriptionId")
    if isinstance(subscription, str) and not re.fullmatch("[0-9a-f-]{36}", subscription):
        yield "subscriptionId", f"{subscription!r} is no subscription's id (a GUID)"


def _refuses(scene: Scene) -> None:
    refuse_region(scene)
    refuse_right(scene)
    tags = scene.inputs.get("tags") or {}
    if len(tags) > _TAGS:
        raise Refused(
            "InvalidTagCount",
            f"The number of tags on the resource ({len(tags)}) exceeds the limit of {_TAGS}.",
        )
    for key, value in tags.items():
        if not 0 < len(key) <= _TAG_KEY or set(key) & set("<>%&\\?/"):
            raise Refused(
                "InvalidTagNameCharacters",
                f"The tag name '{key}' has reserved characters '<,>,%,&,\\,?,/' or is too long.",
            )
        if len(value) > _TAG_VALUE:
            raise Refused("InvalidTagValueLength", f"The value of the tag '{key}' is too long.")


_STATUS = {"ResourceGroupNotFound": 404, "ResourceNotFound": 404, "AuthorizationFailed": 403}
_CONFLICTS = re.compile(
    "InUse|Exists|CannotBe|ChangeNotAllowed|OperationNotAllowed|Conflict|Locked"
)


def _says(_operation: str, _kind: Kind | None, refused: Refused) -> str:
    if not refused.code:
        return refused.text
    status = _STATUS.get(refused.code, 409 if _CONFLICTS.search(refused.code) else 400)
    return f'Status={status} Code="{refused.code}" Message="{refused.text}"'


CLOUD = Cloud(
    package="azure-native",
    module="pulumi_azure_native",
    files="rehearsal/clouds/azure/",
    kinds=(
        group_kind(re.compile(r"[-\w.()]{0,89}[-\w()]")),
        *network.KINDS,
        *addresses.KINDS,
        *machines.KINDS,
        *cluster.KINDS,
        *registry.KINDS,
        *guards.KINDS,
        *alarms.KINDS,
    ),
    functions=cluster.FUNCTIONS,
    settings={
        "subscription": "11111111-2222-3333-4444-555555555555",
        "tenant": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        "client": "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
        "object": "99999999-8888-7777-6666-555555555555",
        "vcpus": 10_000,  # a region
        "public_addresses": 1000,
        "groups": 980,  # resource groups
        "unavailable": [],  # sizes that the subscription is kept from
        "unregistered": [],  # providers, as Microsoft.Logic
        "actions": [],  # of the trainer's own role; none: an owner
        "prices": {},  # of a size, in dollars an hour: the retail prices know no others
        "cards_held": 0,  # seconds that the card of a machine that is gone stays its own
        "locked": [],  # names of resource groups
        "taken": [],  # registry names that strangers have
        "kubernetes": ["1.33.5", "1.34.1", "1.35.0"],
        "may_assign_roles": True,
    },
    configures="location subscriptionId tenantId clientId clientSecret environment useMsi useOidc "
    "useDefaultAzureCredential disablePulumiPartnerId partnerId",
    # a provider of another subscription is not noticed by the plugin: ids carry it
    replaces_all="",
    check_config=_check_config,
    scope=_subscription,
    says=_says,
    refuses=_refuses,
    alike=lambda one, other: one.casefold() == other.casefold(),
)
