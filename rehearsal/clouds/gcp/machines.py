"""Instances and their boot disks."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.gcp import facts
from rehearsal.clouds.gcp.network import (
    LINK,
    NETWORK,
    SUBNETWORK,
    found,
    missing,
    names,
    refuse_tag,
    told,
)
from rehearsal.faults import Refused
from rehearsal.inventory import Record
from rehearsal.kinds import Kind, Outputs, Problem, Ref
from rehearsal.plain import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.kinds import Inputs
    from rehearsal.scene import Scene

INSTANCE = "gcp:compute/instance:Instance"
DISK = "gcp:compute/disk:Disk"
"""made by instances; no kind, since no program of ours makes one by itself"""
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


def _machine_type(scene: Scene) -> facts.MachineType:
    name = str(scene.inputs["machineType"]).rpartition("/")[2]
    chosen = facts.MACHINE_TYPES.get(name)
    if chosen is None:
        raise Refused(
            "invalid",
            f"Invalid value for field 'resource.machineType': '{LINK}projects/{scene.scope}/zones/"
            f"{zone(scene)}/machineTypes/{name}'. The referenced resource does not exist.",
        )
    return chosen


def _refuse_disk(scene: Scene, chosen: facts.MachineType) -> None:
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


def _refuse_quota(scene: Scene, chosen: facts.MachineType) -> None:
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


def _refuse_words(scene: Scene) -> None:
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


def _ends(scene: Scene) -> str | None:
    """When Google itself ends the instance."""
    stated = scene.get("scheduling.terminationTime")
    seconds = scene.get("scheduling.maxRunDuration.seconds")
    if scene.existing.outputs["currentStatus"] != "RUNNING":
        return None
    if seconds is not None:
        born = dt.datetime.fromisoformat(scene.existing.created)
        return (born + dt.timedelta(seconds=seconds)).isoformat()
    return None if stated is None else str(stated)


def _ended(scene: Scene) -> Record | None:
    if scene.get("scheduling.instanceTerminationAction") == "DELETE":
        _unmake_instance(scene)
        return None
    stopped = {**scene.existing.outputs, "currentStatus": "TERMINATED"}
    return replace(scene.existing, outputs=stopped, address="")


def _refuse_end(scene: Scene) -> None:
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


def _interfaces(scene: Scene) -> list[dict[str, Any]]:
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


# --- the instance -------------------------------------------------------------------------------


def _make_instance(scene: Scene) -> Outputs:
    chosen = _machine_type(scene)
    _refuse_disk(scene, chosen)
    _refuse_words(scene)
    _refuse_end(scene)
    _refuse_quota(scene, chosen)
    interfaces = _interfaces(scene)
    _make_disk(scene)
    return {
        "instanceId": str(secrets.randbelow(9 * 10**18) + 10**18),
        "cpuPlatform": "Intel Broadwell",
        "bootDisk": {
            "autoDelete": True,
            "deviceName": "persistent-disk-0",
            "mode": "READ_WRITE",
            **scene.inputs["bootDisk"],
            "source": LINK + _disk_id(scene),
        },
        **_now(scene, interfaces),
    }


def _now(scene: Scene, interfaces: list[dict[str, Any]]) -> Outputs:
    own = {} if scene.config.get("addPulumiAttributionLabel") is False else _ATTRIBUTION
    labels = {**scene.config.get("defaultLabels", {}), **(scene.inputs.get("labels") or {}), **own}
    return {
        **told(scene),
        "zone": zone(scene),
        "networkInterfaces": interfaces,
        "currentStatus": "RUNNING",
        "effectiveLabels": labels,
        "pulumiLabels": labels,
        "tagsFingerprint": secrets.token_urlsafe(8),
        "labelFingerprint": secrets.token_urlsafe(8),
        "metadataFingerprint": secrets.token_urlsafe(8),
    }


_ATTRIBUTION = {"goog-pulumi-provisioned": "true"}


def _disk_id(scene: Scene) -> str:
    return f"projects/{scene.scope}/zones/{zone(scene)}/disks/{scene.inputs['name']}"


def _make_disk(scene: Scene) -> None:
    """The boot disk has the instance's name."""
    if scene.find(DISK, _disk_id(scene)):
        raise Refused("alreadyExists", f"The resource '{_disk_id(scene)}' already exists")
    size = scene.get("bootDisk.initializeParams.size") or facts.IMAGE_GIGABYTES
    labels = scene.get("bootDisk.initializeParams.labels") or {}
    asked = {"users": [scene.id], "size": size}
    name = str(scene.inputs["name"])
    scene.inventory.put(Record(_disk_id(scene), DISK, name, scene.scope, asked, tags=dict(labels)))


_STOPPING = ("machineType", "shieldedInstanceConfig", "serviceAccount", "scheduling.maxRunDuration")


def _change_instance(scene: Scene) -> Outputs:
    chosen = _machine_type(scene)
    stops = any(
        one == place or one.startswith(f"{place}.") for place in _STOPPING for one in scene.changed
    )
    if stops and not scene.inputs.get("allowStoppingForUpdate"):
        raise Refused(
            "",
            "Changing the machine_type, min_cpu_platform, service_account, enable_display, "
            "shielded_instance_config, scheduling.node_affinities, scheduling.max_run_duration or "
            "network_interface.[#d].(network/subnetwork/subnetwork_project) or "
            "advanced_machine_features on a started instance requires stopping it. To acknowledge "
            "this, please set allow_stopping_for_update = true in your config.",
        )
    _refuse_words(scene)
    if "machineType" in scene.changed:
        _refuse_quota(scene, chosen)
    interfaces = _interfaces(scene)
    if stops:
        interfaces = _started_again(scene, interfaces)
    return {**scene.existing.outputs, **_now(scene, interfaces)}


def _started_again(scene: Scene, interfaces: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An ephemeral address is let go at the stop; at the start there is a new one."""
    for one in interfaces:
        if one["accessConfigs"]:
            scene.address = scene.hooks.address(scene)
            one["accessConfigs"] = [{**one["accessConfigs"][0], "natIp": scene.address}]
    return interfaces


def _unmake_instance(scene: Scene) -> None:
    if scene.existing.inputs.get("deletionProtection"):
        raise Refused(
            "invalid",
            f"Invalid resource usage: 'Resource cannot be deleted if it's protected against "
            f"deletion. Disable deletionProtection of {scene.id} first.'",
        )
    disk = scene.existing.outputs["bootDisk"]
    for one in scene.others(DISK):
        if scene.same(LINK + one.id, disk["source"]) and disk["autoDelete"]:
            scene.drop(one)


def _one_of(inputs: Inputs) -> Iterator[Problem]:
    for value in at(inputs, "scheduling.instanceTerminationAction"):
        if value not in {"STOP", "DELETE"}:
            yield "scheduling", f"instance_termination_action must be STOP or DELETE, not {value}"
    for value in at(inputs, "scheduling.terminationTime"):
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", value):
            yield "scheduling", f"termination_time {value!r} is not in RFC 3339 form"
    if inputs.get("metadataStartupScript") and "startup-script" in inputs.get("metadata", {}):
        yield (
            "metadataStartupScript",
            "Cannot provide both metadata_startup_script and metadata.startup-script.",
        )


_INIT = "bootDisk.initializeParams"

instance = Kind(
    INSTANCE,
    id=lambda scene: f"projects/{scene.scope}/zones/{zone(scene)}/instances/{scene.inputs['name']}",
    title="Instance",
    takes="name machineType zone project description hostname labels tags metadata "
    "metadataStartupScript allowStoppingForUpdate deletionProtection bootDisk.autoDelete "
    f"{_INIT}.image {_INIT}.size {_INIT}.type {_INIT}.labels networkInterfaces[*].network "
    "networkInterfaces[*].subnetwork networkInterfaces[*].networkIp "
    "networkInterfaces[*].accessConfigs shieldedInstanceConfig scheduling.automaticRestart "
    "scheduling.instanceTerminationAction scheduling.terminationTime "
    "scheduling.maxRunDuration.seconds scheduling.provisioningModel scheduling.preemptible "
    "scheduling.onHostMaintenance serviceAccount.email serviceAccount.scopes",
    defaults={"deletionProtection": False},
    replaces="name zone project description hostname metadataStartupScript "
    "bootDisk.initializeParams networkInterfaces[*].networkIp scheduling.terminationTime "
    "scheduling.provisioningModel scheduling.preemptible",
    renews=dict.fromkeys([*_STOPPING], "networkInterfaces"),
    unordered="tags serviceAccount.scopes",
    names=names("project zone"),
    refers={
        "networkInterfaces[*].subnetwork": Ref(
            SUBNETWORK, found("networkInterfaces[0].subnetwork")
        ),
        "networkInterfaces[*].network": Ref(NETWORK, found("networkInterfaces[0].network")),
    },
    missing=missing("instance"),
    tags="labels",
    checks=(_one_of,),
    computes="project zone networkInterfaces bootDisk",
    makes=_make_instance,
    changes=_change_instance,
    unmakes=_unmake_instance,
    ends=_ends,
    ended=_ended,
    seconds={"create": 12, "update": 30, "delete": 30},
)

KINDS = (instance,)
