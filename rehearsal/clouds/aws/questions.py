"""What a program may ask AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.clouds.aws import facts
from rehearsal.faults import Refused
from rehearsal.kinds import Function

if TYPE_CHECKING:
    from rehearsal.kinds import Outputs
    from rehearsal.scene import Scene


def _parameter(scene: Scene) -> Outputs:
    name = str(scene.inputs["name"])
    if name not in facts.IMAGES:
        raise Refused("ParameterNotFound", f"couldn't find resource {name}")
    value = facts.ami(name, scene.scope, scene.setting("images"))
    return {
        "arn": f"arn:aws:ssm:{scene.scope}::parameter{name}",
        "id": name,
        "name": name,
        "type": "String",
        "value": value,
        "insecureValue": value,
        "version": 100 + scene.setting("images"),
        "region": scene.scope,
        "withDecryption": scene.inputs.get("withDecryption", True),
    }


def _identity(scene: Scene) -> Outputs:
    account = str(scene.setting("account"))
    return {
        "accountId": account,
        "arn": f"arn:aws:iam::{account}:user/trainer",
        "id": account,
        "userId": "AIDAREHEARSALTRAINER1",
    }


def _zones(scene: Scene) -> Outputs:
    names = facts.zones(scene.scope)
    short = scene.scope.replace("-", "")
    return {
        "id": scene.scope,
        "names": names,
        "zoneIds": [f"{short}-az{number}" for number, _ in enumerate(names, 1)],
        "groupNames": [f"{scene.scope}-zg-1"],
        "state": scene.inputs.get("state"),
        "region": scene.scope,
    }


FUNCTIONS = (
    Function(
        "aws:ssm/getParameter:getParameter",
        takes="name withDecryption region",
        needs="name",
        asks="name",
        answers=_parameter,
    ),
    Function("aws:index/getCallerIdentity:getCallerIdentity", takes="", answers=_identity),
    Function(
        "aws:index/getAvailabilityZones:getAvailabilityZones",
        takes="state region",
        answers=_zones,
    ),
)
