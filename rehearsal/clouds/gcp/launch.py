"""What Google refuses of an instance, and where it puts one."""

from __future__ import annotations

import datetime as dt
import re
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.gcp import facts
from rehearsal.clouds.gcp.network import LINK, SUBNETWORK, refuse_tag
from rehearsal.faults import Refused
from rehearsal.plain import at

if TYPE_CHECKING:
    from rehearsal.inventory import Record
    from rehearsal.scene import Scene

INSTANCE = "gcp:compute/instance:Instance"
METADATA_CHARACTERS = 262144
_LABELS = 64
_LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")
_LATEST = dt.timedelta(days=120)


def zone(scene: Scene) -> str:
    given = scene.inputs.get("zone") or scene.config.get("zone")
    if given is None:
        raise Refused(
            "", "Cannot determine zone: set in this resource, or set provider-level zone."
        )
    name = str(given).rpartition("/")[2]
    if name not in facts.ZONES:
        raise Refused(
            "notFound",
            f"The resource 'projects/{scene.scope}/zones/{name}' was not found",
        )
    return name


# --- what may run -------------------------------------------------------------------------------


def machine_type(scene: Scene) -> facts.MachineType:
    name = str(scene.inputs["machineType"]).rpartition("/")[2]
    chosen = facts.MACHINE_TYPES.get(name)
    if chosen is None or name in scene.setting("unavailable"):
        raise Refused(
            "invalid",
            f"Invalid value for field 'resource.machineType': '{LINK}projects/{scene.scope}/zones/"
            f"{zone(scene)}/machineTypes/{name}'. The referenced resource does not exist.",
        )
    return chosen


def refuse_disk(scene: Scene, chosen: facts.MachineType) -> None:
    image = str(scene.get("bootDisk.initializeParams.image"))
    architecture = facts.IMAGES.get(image)
    if architecture is None:
        raise Refused(
            "",
            f"Error resolving image name '{image}': Could not find image or family {image}",
        )
    if architecture != chosen.architecture:
        raise Refused(
            "invalid",
            f"The architecture of the image ({architecture}) is not that of the machine type "
            f"({chosen.architecture}).",
        )
    size = scene.get("bootDisk.initializeParams.size")
    if size is not None and size < facts.IMAGE_GIGABYTES:
        raise Refused(
            "invalid",
            "Invalid value for field 'resource.disks[0].initializeParams.diskSizeGb': "
            f"'{size}'. Requested disk size cannot be smaller than the image size "
            f"({facts.IMAGE_GIGABYTES} GB)",
        )
    type_ = scene.get("bootDisk.initializeParams.type")
    if type_ is not None and type_ not in facts.DISK_TYPES:
        raise Refused(
            "invalid",
            f"Invalid value for field 'resource.disks[0].initializeParams.diskType': '{type_}'. "
            "The referenced resource does not exist.",
        )


def refuse_quota(scene: Scene, chosen: facts.MachineType) -> None:
    here = facts.ZONES[zone(scene)]
    running = [one for one in scene.others(INSTANCE) if facts.ZONES[one.outputs["zone"]] == here]
    types = [str(one.inputs["machineType"]).rpartition("/")[2] for one in running]
    limit = scene.setting("cpus")
    if sum(facts.MACHINE_TYPES[one].vcpus for one in types) + chosen.vcpus > limit:
        raise Refused(
            "QUOTA_EXCEEDED", f"Quota 'CPUS' exceeded.  Limit: {limit}.0 in region {here}."
        )
    addresses = scene.setting("addresses")
    if scene.old is None and sum(1 for one in running if one.address) >= addresses:
        raise Refused(
            "QUOTA_EXCEEDED",
            f"Quota 'IN_USE_ADDRESSES' exceeded.  Limit: {addresses}.0 in region {here}.",
        )
    if zone(scene) in scene.setting("exhausted"):
        raise Refused(
            "ZONE_RESOURCE_POOL_EXHAUSTED",
            f"The zone 'projects/{scene.scope}/zones/{zone(scene)}' does not have enough resources "
            "available to fulfill the request.  '(resource type:compute)'.",
        )


def refuse_words(scene: Scene) -> None:
    labels = scene.inputs.get("labels") or {}
    for key, value in [*labels.items(), *_items(scene, "bootDisk.initializeParams.labels")]:
        if not _LABEL_KEY.fullmatch(key) or not _LABEL_VALUE.fullmatch(value):
            raise Refused(
                "invalid",
                f"Invalid value for field 'resource.labels': ''. Label key '{key}' or its value "
                f"'{value}' violates format constraints. The key must start with a lowercase "
                "character, can only contain lowercase letters, numeric characters, underscores "
                "and dashes. The key can be at most 63 characters long.",
            )
    if len(labels) > _LABELS:
        raise Refused("invalid", f"Labels cannot have more than {_LABELS} entries.")
    for tag in at(scene.inputs, "tags[*]"):
        refuse_tag(tag)
    script = ("startup-script", scene.inputs.get("metadataStartupScript") or "")
    for key, value in [*(scene.inputs.get("metadata") or {}).items(), script]:
        if len(value) > METADATA_CHARACTERS:
            raise Refused(
                "invalid",
                f"Value for field 'resource.metadata.items[{key}].value' is too large: maximum "
                f"size {METADATA_CHARACTERS} character(s); actual size {len(value)}.",
            )


def _items(scene: Scene, place: str) -> list[tuple[str, str]]:
    return list((scene.get(place) or {}).items())


def refuse_end(scene: Scene) -> None:
    stated = scene.get("scheduling.terminationTime")
    if stated is None:
        if scene.get("scheduling.instanceTerminationAction") and not _has_end(scene):
            raise Refused(
                "invalid",
                "Invalid value for field 'resource.scheduling.instanceTerminationAction': it "
                "needs a Spot VM, a maxRunDuration or a terminationTime.",
            )
        return
    left = dt.datetime.fromisoformat(str(stated)) - scene.inventory.now()
    if not dt.timedelta(seconds=30) <= left <= _LATEST:
        raise Refused(
            "invalid",
            f"Invalid value for field 'resource.scheduling.terminationTime': '{stated}'. It must "
            "be at least 30 seconds and at most 120 days from now.",
        )


def _has_end(scene: Scene) -> bool:
    return (
        scene.get("scheduling.maxRunDuration") is not None
        or scene.get("scheduling.provisioningModel") == "SPOT"
    )


# --- where it runs ------------------------------------------------------------------------------


def interfaces_of(scene: Scene) -> list[dict[str, Any]]:
    before = (
        {one["name"]: one for one in scene.old.outputs["networkInterfaces"]} if scene.old else {}
    )
    return [
        _interface(scene, asked, f"nic{number}", before.get(f"nic{number}", {}))
        for number, asked in enumerate(scene.inputs["networkInterfaces"])
    ]


def _interface(
    scene: Scene, asked: dict[str, Any], name: str, before: dict[str, Any]
) -> dict[str, Any]:
    subnet = scene.find(SUBNETWORK, asked.get("subnetwork") or "")
    if subnet is None:
        raise Refused(
            "invalid",
            "Invalid value for field 'resource.networkInterfaces[0]': no subnetwork. Network "
            "interface must specify a subnet if the network resource is in custom subnet mode.",
        )
    if subnet.outputs["region"] != facts.ZONES[zone(scene)]:
        raise Refused(
            "invalid",
            f"Invalid value for field 'resource.networkInterfaces[0].subnetwork': '{subnet.id}'. "
            f"Subnetwork must be in the region of the zone {zone(scene)}.",
        )
    ways = asked.get("accessConfigs")
    public: list[dict[str, str]] = []
    if ways:
        scene.address = _public(before) or scene.hooks.address(scene)
        public = [{**ways[0], "natIp": scene.address, "networkTier": "PREMIUM"}]
    return {
        **asked,
        "name": name,
        "network": LINK + str(subnet.inputs["network"]).removeprefix(LINK),
        "subnetwork": LINK + subnet.id,
        "networkIp": before.get("networkIp") or _private(scene, asked.get("networkIp"), subnet),
        "accessConfigs": public,
    }


def _public(before: dict[str, Any]) -> str:
    return next((one["natIp"] for one in before.get("accessConfigs", [])), "")


def _private(scene: Scene, asked: str | None, subnet: Record) -> str:
    block = IPv4Network(subnet.inputs["ipCidrRange"])
    taken = {
        address
        for one in scene.others(INSTANCE)
        # another subnetwork may have the same range, in another network
        if LINK + subnet.id in at(one.outputs, "networkInterfaces[*].subnetwork")
        for address in at(one.outputs, "networkInterfaces[*].networkIp")
    }
    # the first two and the last two are Google's own
    first, last = block[2], block[-3]
    if asked is None:
        numbers = range(2, block.num_addresses - 2)
        return next(str(block[number]) for number in numbers if str(block[number]) not in taken)
    field = "Invalid value for field 'resource.networkInterfaces[0].networkIP'"
    if IPv4Address(asked) not in block:
        raise Refused(
            "invalid",
            f"{field}: '{asked}'. Requested internal IP address '{asked}' is outside the "
            f"subnetwork range {block}",
        )
    if not first <= IPv4Address(asked) <= last:
        raise Refused("invalid", f"{field}: '{asked}'. The IP address is reserved in {block}")
    if asked in taken:
        raise Refused(
            "IP_IN_USE_BY_ANOTHER_RESOURCE",
            f"IP '{asked}' is already being used by another resource.",
        )
    return asked
