"""Google Cloud: the Compute Engine of one lab.

network.py and machines.py hold the kinds (launch.py what is refused of a machine), facts.py what
there is to choose from.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rehearsal.clouds.gcp import alarms, facts, flows, guards, launch, machines, network, roles
from rehearsal.clouds.gcp.network import LINK, project
from rehearsal.clouds.gcp.rights import may
from rehearsal.faults import Refused
from rehearsal.kinds import Cloud, Function, Kind, Outputs, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.kinds import Inputs
    from rehearsal.scene import Scene

_RIGHTS = {
    network.NETWORK: "compute.networks",
    network.SUBNETWORK: "compute.subnetworks",
    network.FIREWALL: "compute.firewalls",
    launch.INSTANCE: "compute.instances",
    roles.ACCOUNT: "iam.serviceAccounts",
    roles.ROLE: "iam.roles",
    roles.MEMBER: "resourcemanager.projects.setIamPolicy",
    flows.FLOW: "workflows.workflows",
    guards.JOB: "cloudscheduler.jobs",
    alarms.CHANNEL: "monitoring.notificationChannels",
    alarms.POLICY: "monitoring.alertPolicies",
}
"""what a person must have, and with it, which interface must be enabled"""
_APIS = {
    "compute": (
        "Compute Engine API has not been used in project",
        "compute.googleapis.com",
    ),
    "iam": (
        "Identity and Access Management (IAM) API has not been used in project",
        "iam.googleapis.com",
    ),
    "resourcemanager": (
        "Cloud Resource Manager API has not been used in project",
        "cloudresourcemanager.googleapis.com",
    ),
    "workflows": ("Workflows API has not been used in project", "workflows.googleapis.com"),
    "cloudscheduler": (
        "Cloud Scheduler API has not been used in project",
        "cloudscheduler.googleapis.com",
    ),
    "monitoring": (
        "Cloud Monitoring API has not been used in project",
        "monitoring.googleapis.com",
    ),
}


def _check_config(config: Inputs) -> Iterator[Problem]:
    region, zone = config.get("region"), config.get("zone")
    if isinstance(region, str) and region not in facts.REGIONS:
        yield "region", f"unknown region {region}"
    if isinstance(zone, str) and zone not in facts.ZONES:
        yield "zone", f"unknown zone {zone}"
    if isinstance(zone, str) and isinstance(region, str) and not zone.startswith(f"{region}-"):
        yield "zone", f"the zone {zone} is not in the region {region}"


def _refuses(scene: Scene) -> None:
    if not scene.scope:
        raise Refused("", "project: required field is not set")
    right = _RIGHTS[scene.made_of.token]
    unused, api = _APIS[right.partition(".")[0]]
    if api not in scene.setting("apis"):
        raise Refused(
            "accessNotConfigured",
            f"{unused} {scene.scope} before or it is "
            f"disabled. Enable it by visiting https://console.developers.google.com/apis/api/"
            f"{api}/overview?project={scene.scope} then retry. If you enabled this API recently, "
            "wait a few minutes for the action to propagate to our systems and retry.",
        )
    verb = "update" if scene.old else "create"
    permission = right if right.endswith("Policy") else f"{right}.{verb}"
    if not may(scene.setting, permission):
        raise Refused(
            "forbidden",
            f"Required '{permission}' permission for 'projects/{scene.scope}'",
        )


def _alike(one: str, other: str) -> bool:
    """A thing may be named by its link, its path, or (where it is clear) its bare name."""
    one, other = one.removeprefix(LINK), other.removeprefix(LINK)
    if "/" in one and "/" in other:
        return one == other
    return one.rpartition("/")[2] == other.rpartition("/")[2]


_STATUS = {
    "alreadyExists": 409,
    "notFound": 404,
    "forbidden": 403,
    "accessNotConfigured": 403,
    "invalid": 400,
    "resourceInUseByAnotherResource": 400,
}
_DOING = {"create": "creating", "read": "reading", "update": "updating", "delete": "deleting"}


def _says(operation: str, kind: Kind | None, refused: Refused) -> str:
    title = kind.title if kind else "data"
    if not refused.code:
        return f"1 error occurred:\n\t* {refused.text}"
    if re.fullmatch("[A-Z_]+", refused.code):
        # the request was taken, its long operation then failed
        waited = f"Error waiting for {_DOING.get(operation, operation)} {title.lower()}"
        said = f'operation received error: error code "{refused.code}", message: {refused.text}'
        return f"1 error occurred:\n\t* {waited}: {said}"
    status = _STATUS.get(refused.code, 400)
    return (
        f"1 error occurred:\n\t* Error {_DOING.get(operation, operation)} {title}: "
        f"googleapi: Error {status}: {refused.text}, {refused.code}"
    )


def _client(scene: Scene) -> Outputs:
    return {
        "id": f"projects/{scene.scope}",
        "project": scene.scope,
        "region": scene.config.get("region", ""),
        "zone": scene.config.get("zone", ""),
        "accessToken": "rehearsal",
        "defaultLabels": scene.config.get("defaultLabels", {}),
    }


CLOUD = Cloud(
    package="gcp",
    module="pulumi_gcp",
    files="rehearsal/clouds/gcp/",
    kinds=(
        *network.KINDS,
        *machines.KINDS,
        *roles.KINDS,
        *flows.KINDS,
        *guards.KINDS,
        *alarms.KINDS,
    ),
    functions=(
        Function("gcp:organizations/getClientConfig:getClientConfig", takes="", answers=_client),
    ),
    settings={
        "apis": [api for _, api in _APIS.values()],  # enabled in the project
        "denied": [],  # permissions, as compute.instances.create
        "permissions": [],  # of the trainer's own role; none: an owner
        "unavailable": [],  # machine types that no zone has
        "cpus": 10_000,  # a region
        "addresses": 10_000,  # in use, a region
        "networks": 15,
        "exhausted": [],  # zones without capacity
    },
    configures="project region zone credentials accessToken userProjectOverride billingProject "
    "defaultLabels addPulumiAttributionLabel pulumiAttributionLabelAdditionStrategy",
    replaces_all="project region zone",
    check_config=_check_config,
    scope=project,
    says=_says,
    refuses=_refuses,
    alike=_alike,
)
