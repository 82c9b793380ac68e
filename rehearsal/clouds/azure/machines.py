"""Virtual machines and their disks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rehearsal.clouds.azure import facts
from rehearsal.clouds.azure.addresses import ADDRESS, CARD, hold_card
from rehearsal.clouds.azure.arm import IN_GROUP, LOST, group_of, guid, named, path, told
from rehearsal.clouds.azure.launch import (
    MACHINE,
    refuse_image,
    refuse_quota,
    refuse_system,
    size_of,
)
from rehearsal.faults import Refused
from rehearsal.inventory import Record
from rehearsal.kinds import Kind, Outputs, Problem, Ref
from rehearsal.plain import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.kinds import Inputs
    from rehearsal.scene import Scene

DISK = "azure-native:compute:Disk"
"""made by machines; no kind, since no program of ours makes one by itself"""


# --- the machine --------------------------------------------------------------------------------


def _cards(scene: Scene) -> Iterator[Record]:
    for id_ in at(scene.inputs, "networkProfile.networkInterfaces[*].id"):
        found = scene.find(CARD, id_)
        for other in scene.others(MACHINE):
            if any(
                scene.same(id_, one)
                for one in at(other.inputs, "networkProfile.networkInterfaces[*].id")
            ):
                raise Refused(
                    "NicInUse",
                    f"Network Interface {id_} is used by existing resource {other.id}.",
                )
        if found is not None:
            yield found


def _make_machine(scene: Scene) -> Outputs:
    size = size_of(scene, str(scene.get("hardwareProfile.vmSize")))
    refuse_image(scene, size)
    refuse_system(scene)
    cards = list(_cards(scene))
    refuse_quota(scene, size, size.vcpus)
    _make_disk(scene)
    for card in cards:
        for id_ in at(card.inputs, "ipConfigurations[*].publicIPAddress.id"):
            public = scene.find(ADDRESS, id_)
            scene.address = public.address if public else ""
    return {
        **told("Microsoft.Compute/virtualMachines", "vmName")(scene),
        "vmId": guid(),
        "timeCreated": scene.inventory.now().isoformat(timespec="seconds"),
    }


def _disk_id(scene: Scene) -> str:
    given = scene.get("storageProfile.osDisk.name")
    name = given or f"{scene.inputs['vmName']}_OsDisk_1_{guid().replace('-', '')}"
    return f"{group_of(scene).id}/providers/Microsoft.Compute/disks/{name}"


def _make_disk(scene: Scene) -> None:
    id_ = _disk_id(scene)
    if scene.find(DISK, id_):
        name = group_of(scene).inputs["resourceGroupName"]
        raise Refused(
            "ConflictingUserInput",
            f"Disk {id_.rpartition('/')[2]} already exists in resource group {name.upper()}. "
            "Only CreateOption.Attach is supported.",
        )
    size = scene.get("storageProfile.osDisk.diskSizeGB") or facts.IMAGE_GIGABYTES
    scene.inventory.put(
        Record(
            id_,
            DISK,
            id_.rpartition("/")[2],
            scene.scope,
            {"managedBy": scene.id, "location": scene.inputs["location"], "diskSizeGB": size},
            tags=dict(scene.inputs.get("tags") or {}),
        )
    )


def _change_machine(scene: Scene) -> Outputs:
    size = size_of(scene, str(scene.get("hardwareProfile.vmSize")))
    if "hardwareProfile.vmSize" in scene.changed:
        refuse_quota(scene, size, size.vcpus)
    return dict(scene.existing.outputs)


def _unmake_machine(scene: Scene) -> None:
    """Its disk goes along only where that was asked: Azure leaves it. Its card stays its own."""
    for id_ in at(scene.existing.inputs, "networkProfile.networkInterfaces[*].id"):
        card = scene.find(CARD, id_)
        if card:
            hold_card(scene, card, scene.id)
    option = next(at(scene.existing.inputs, "storageProfile.osDisk.deleteOption"), "Detach")
    for disk in scene.others(DISK):
        if disk.inputs["managedBy"] != scene.id:
            continue
        if option == "Delete":
            scene.drop(disk)
        else:
            scene.inventory.put(
                Record(
                    disk.id,
                    DISK,
                    disk.name,
                    disk.scope,
                    {**disk.inputs, "managedBy": ""},
                    tags=disk.tags,
                    created=disk.created,
                )
            )


def _one_disk(inputs: Inputs) -> Iterator[Problem]:
    if not inputs.get("storageProfile"):
        yield "storageProfile", "Required parameter 'storageProfile' is missing (null)."


def _may_not(*places: str) -> dict[str, str]:
    """Azure's refusal of a change, for each of these places."""
    words = "PropertyChangeNotAllowed: Changing property '{}' is not allowed."
    return {
        place: words.format(place.removeprefix("osProfile.").removeprefix("storageProfile."))
        for place in places
    }


_RESIZE = (
    "ResizeDiskError: Managed disk resize via Virtual Machine is allowed only when creating a VM "
    "or when the VM is deallocated."
)

machine = Kind(
    MACHINE,
    id=path("Microsoft.Compute/virtualMachines", "vmName"),
    title="Microsoft.Compute/virtualMachines",
    takes="vmName resourceGroupName location zones tags hardwareProfile.vmSize "
    "networkProfile.networkInterfaces[*].id networkProfile.networkInterfaces[*].primary "
    "osProfile.computerName osProfile.adminUsername osProfile.customData "
    "osProfile.linuxConfiguration.disablePasswordAuthentication "
    "osProfile.linuxConfiguration.ssh.publicKeys[*].path "
    "osProfile.linuxConfiguration.ssh.publicKeys[*].keyData "
    "storageProfile.imageReference.publisher storageProfile.imageReference.offer "
    "storageProfile.imageReference.sku storageProfile.imageReference.version "
    "storageProfile.osDisk.name storageProfile.osDisk.createOption "
    "storageProfile.osDisk.deleteOption storageProfile.osDisk.diskSizeGB "
    "storageProfile.osDisk.caching storageProfile.osDisk.managedDisk.storageAccountType "
    "diagnosticsProfile.bootDiagnostics.enabled securityProfile.securityType "
    "securityProfile.uefiSettings.secureBootEnabled securityProfile.uefiSettings.vTpmEnabled",
    needs="location hardwareProfile networkProfile",
    replaces="vmName resourceGroupName location",
    fixed={
        **_may_not(
            "osProfile.customData",
            "osProfile.adminUsername",
            "osProfile.computerName",
            "osProfile.linuxConfiguration.ssh.publicKeys",
            "osProfile.linuxConfiguration.disablePasswordAuthentication",
            "storageProfile.imageReference",
            "storageProfile.osDisk.name",
            "storageProfile.osDisk.createOption",
            "storageProfile.osDisk.managedDisk.storageAccountType",
            "securityProfile.securityType",
            "zones",
        ),
        "storageProfile.osDisk.diskSizeGB": _RESIZE,
        "networkProfile.networkInterfaces": "AddingOrDeletingNetworkInterfacesOnARunning"
        "VirtualMachine: To add or delete network interfaces, the VM must be deallocated.",
    },
    beyond_the_list="hardwareProfile.vmSize",
    names=named(
        "vmName",
        re.compile(r"[A-Za-z0-9]([\w.-]{0,62}[A-Za-z0-9_])?"),
        "a virtual machine's name may have 1 to 64 letters, digits and -_.",
    ),
    refers={
        **IN_GROUP,
        "networkProfile.networkInterfaces[*].id": Ref(CARD, LOST),
    },
    missing="ResourceNotFound: The Resource '{value}' was not found.",
    checks=(_one_disk,),
    makes=_make_machine,
    changes=_change_machine,
    unmakes=_unmake_machine,
    seconds={"create": 45, "update": 30, "delete": 45},
)

KINDS = (machine,)
