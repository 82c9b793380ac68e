"""Instances and their boot disks."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.gcp import facts
from rehearsal.clouds.gcp.launch import (
    INSTANCE,
    interfaces_of,
    machine_type,
    refuse_disk,
    refuse_end,
    refuse_quota,
    refuse_words,
    zone,
)
from rehearsal.clouds.gcp.network import (
    LINK,
    NETWORK,
    SUBNETWORK,
    found,
    missing,
    names,
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

DISK = "gcp:compute/disk:Disk"
"""made by instances; no kind, since no program of ours makes one by itself"""


# --- the instance -------------------------------------------------------------------------------


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


def _make_instance(scene: Scene) -> Outputs:
    chosen = machine_type(scene)
    refuse_disk(scene, chosen)
    refuse_words(scene)
    refuse_end(scene)
    refuse_quota(scene, chosen)
    interfaces = interfaces_of(scene)
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
    chosen = machine_type(scene)
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
    refuse_words(scene)
    if "machineType" in scene.changed:
        refuse_quota(scene, chosen)
    interfaces, before = interfaces_of(scene), scene.existing.outputs
    status = {"currentStatus": before["currentStatus"]}
    if stops and status["currentStatus"] == "RUNNING":
        interfaces = started_again(scene, interfaces)
    return {**before, **_now(scene, interfaces), **status}


def started_again(scene: Scene, interfaces: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An ephemeral address is let go at the stop; at the start there is a new one."""
    for one in interfaces:
        if one["accessConfigs"]:
            scene.address = scene.hooks.address(scene)
            one["accessConfigs"] = [{**one["accessConfigs"][0], "natIp": scene.address}]
    return interfaces


def _keep_instance(scene: Scene) -> None:
    if scene.existing.inputs.get("deletionProtection"):
        raise Refused(
            "invalid",
            f"Invalid resource usage: 'Resource cannot be deleted if it's protected against "
            f"deletion. Disable deletionProtection of {scene.id} first.'",
        )


def _unmake_instance(scene: Scene) -> None:
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
    keeps=_keep_instance,
    unmakes=_unmake_instance,
    ends=_ends,
    ended=_ended,
    seconds={"create": 12, "update": 30, "delete": 30},
)

KINDS = (instance,)
