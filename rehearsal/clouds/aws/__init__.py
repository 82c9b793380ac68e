"""Amazon Web Services: the EC2 of one lab.

network.py, firewall.py, machines.py, keys.py and others.py hold the kinds (launch.py what is
refused of a machine), questions.py what a program may ask, facts.py what there is to choose from.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from rehearsal.clouds.aws import (
    alarms,
    facts,
    firewall,
    guards,
    keys,
    machines,
    network,
    others,
    questions,
    roles,
)
from rehearsal.faults import Refused
from rehearsal.kinds import Cloud, Kind, Outputs, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rehearsal.kinds import Inputs
    from rehearsal.scene import Scene


_TAGS, _TAG_KEY, _TAG_VALUE = 50, 128, 256


def _region(scene: Scene) -> str:
    return str(scene.inputs.get("region") or scene.config.get("region") or "")


def _check_config(config: Inputs) -> Iterator[Problem]:
    region = config.get("region")
    if region is None:
        yield (
            "region",
            "Missing region configuration. Set the region with `pulumi config set aws:region`",
        )
    elif isinstance(region, str) and region not in facts.REGIONS:
        yield "region", f"invalid AWS Region: {region}"


def _common(scene: Scene) -> Outputs:
    asked = scene.inputs.get("tags") or {}
    tagged = scene.made_of.takes.split().count("tags")
    all_tags = {"tagsAll": {**_default_tags(scene), **asked}} if tagged else {}
    # what is global says none
    own = {"region": scene.scope} if "region" in scene.made_of.takes.split() else {}
    return {**own, **all_tags}


def _default_tags(scene: Scene) -> Mapping[str, str]:
    return dict(scene.config.get("defaultTags", {}).get("tags", {}))


def _refuses(scene: Scene) -> None:
    if scene.scope not in facts.REGIONS:
        raise Refused("", f"invalid AWS Region: {scene.scope}")
    tags = {**_default_tags(scene), **(scene.inputs.get("tags") or {})}
    if len(tags) > _TAGS:
        raise Refused(
            "TagLimitExceeded", "The maximum number of Tags for a resource has been reached."
        )
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            raise Refused(
                "InvalidParameterValue",
                "Tag keys starting with 'aws:' are reserved for internal use",
            )
        if not 0 < len(key) <= _TAG_KEY or len(value) > _TAG_VALUE:
            raise Refused(
                "InvalidParameterValue",
                f"Tag key '{key}' or its value is too long or empty: keys may have 1 to "
                f"{_TAG_KEY} characters, values up to {_TAG_VALUE}",
            )


_DOING = {"create": "creating", "read": "reading", "update": "updating", "delete": "deleting"}


def _says(operation: str, kind: Kind | None, refused: Refused) -> str:
    title = kind.title if kind else "data"
    call = kind.calls.get(operation, "") if kind else ""
    service = title.split()[0].replace("EventBridge", "Scheduler")
    if not refused.code:
        return f"1 error occurred:\n\t* {_DOING.get(operation, operation)} {title}: {refused.text}"
    return (
        f"1 error occurred:\n\t* {_DOING.get(operation, 'reading')} {title}: "
        f"operation error {service}: {call}, https response error StatusCode: 400, "
        f"RequestID: {uuid.uuid4()}, api error {refused}\n\n"
    )


CLOUD = Cloud(
    package="aws",
    module="pulumi_aws",
    files="rehearsal/clouds/aws/",
    kinds=(
        *network.KINDS,
        *firewall.KINDS,
        *machines.KINDS,
        *keys.KINDS,
        *others.KINDS,
        *roles.KINDS,
        *alarms.KINDS,
        *guards.KINDS,
    ),
    functions=questions.FUNCTIONS,
    settings={
        "account": "123456789012",
        "vpcs": 5,  # a region
        "groups": 2500,  # security groups, a region
        "denied": [],  # actions, as iam:CreateRole
        "policy": "",  # of the trainer, as JSON; none: an administrator
        "unavailable": [],  # types that no zone offers
        "vcpus": 10_000,  # running on-demand standard instances, a region
        "capacity": {},  # of a type: how many may run, as {"t3.small": 3}
        "rules": 60,  # a security group, in and out each
        "prices": {},  # of a type, in dollars an hour: the price list knows no others
        "cards_held": 0,  # seconds that the card of an ended machine stays
        "images": 1,  # a higher number: newer images came out
    },
    configures="region profile accessKey secretKey token sharedConfigFiles "
    "sharedCredentialsFiles defaultTags.tags allowedAccountIds skipCredentialsValidation "
    "skipMetadataApiCheck skipRegionValidation skipRequestingAccountId maxRetries",
    replaces_all="region",
    check_config=_check_config,
    scope=_region,
    says=_says,
    computes="region",
    common=_common,
    refuses=_refuses,
    default_tags=_default_tags,
)
