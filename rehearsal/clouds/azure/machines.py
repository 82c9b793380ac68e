"""Virtual machines and their disks."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.azure import facts
from rehearsal.clouds.azure.arm import IN_GROUP, LOST, group_of, guid, named, path, told
from rehearsal.clouds.azure.network import ADDRESS, CARD
from rehearsal.faults import Refused
from rehearsal.inventory import Record
from rehearsal.kinds import Kind, Outputs, Problem, Ref
from rehearsal.plain import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.kinds import Inputs
    from rehearsal.scene import Scene

MACHINE = "azure-native:compute:VirtualMachine"
DISK = "azure-native:compute:Disk"
"""made by machines; no kind, since no program of ours makes one by itself"""
CUSTOM_DATA_BYTES = 65535
_HOST = re.compile(r"[^`~!@#$%^&*()=+_\[\]{}\\|;:'\",<>/?.]{1,64}")


# --- what may run -------------------------------------------------------------------------------


def size_of(scene: Scene, asked: str) -> facts.Size:
    size = facts.SIZES.get(asked)
    if size is None:
        raise Refused(
            "InvalidParameter",
            f"The value {asked} provided for the VM size is not valid. The valid sizes in the "
            f"current region are: {','.join(sorted(facts.SIZES))}.",
        )
    location = scene.inputs["location"]
    if asked in scene.setting("unavailable"):
        raise Refused(
            "SkuNotAvailable",
            "The requested VM size for resource 'Following SKUs have failed for Capacity "
            f"Restrictions: {asked}' is currently not available in location '{location}'. Please "
            "try another size or deploy to a different location or different zone. See "
            "https://aka.ms/azureskunotavailable for details.",
        )
    return size


def refuse_quota(scene: Scene, size: facts.Size, more: int) -> None:
    limit, used = scene.setting("vcpus"), _used(scene)
    if used + more > limit:
        raise Refused(
            "OperationNotAllowed",
            f"Operation could not be completed as it results in exceeding approved {size.family} "
            "Cores quota. Additional details - Deployment Model: Resource Manager, Location: "
            f"{scene.inputs['location']}, Current Limit: {limit}, Current Usage: {used}, "
            f"Additional Required: {more}, (Minimum) New Limit Required: {used + more}. Setup "
            "Alerts when Quota reaches threshold.",
        )


def _used(scene: Scene) -> int:
    return sum(
        facts.SIZES[str(one.inputs["hardwareProfile"]["vmSize"])].vcpus
        for one in scene.others(MACHINE)
        if scene.same(one.inputs["location"], scene.inputs["location"])
    )


def _refuse_image(scene: Scene, size: facts.Size) -> None:
    image = scene.get("storageProfile.imageReference") or {}
    name = ":".join(str(image.get(part, "")) for part in ("publisher", "offer", "sku"))
    if name not in facts.IMAGES:
        raise Refused(
            "PlatformImageNotFound",
            f"The platform image '{name}:{image.get('version')}' is not available. Verify that "
            "all fields in the storage profile are correct. For more details about storage "
            "profile information, please refer to https://aka.ms/storageprofile",
        )
    if ("arm64" in name) is not (size.architecture == "Arm64"):
        raise Refused(
            "BadRequest",
            "Cannot create a VM of size with a CPU architecture that the image does not have.",
        )
    disk = scene.get("storageProfile.osDisk.diskSizeGB")
    if disk is not None and disk < facts.IMAGE_GIGABYTES:
        raise Refused(
            "InvalidParameter",
            f"The specified disk size {disk} GB is smaller than the size of the corresponding "
            f"disk in the VM image: {facts.IMAGE_GIGABYTES} GB. This is not allowed. Please "
            "choose equal or greater size or do not specify an explicit size.",
        )


# --- its system ---------------------------------------------------------------------------------


def _refuse_system(scene: Scene) -> None:
    system = scene.get("osProfile") or {}
    login, host = str(system.get("adminUsername")), str(system.get("computerName"))
    if login.casefold() in facts.ADMINISTRATORS:
        raise Refused(
            "InvalidParameter",
            "The Admin Username specified is not allowed. For more information about disallowed "
            "usernames, see https://aka.ms/vmosprofile",
        )
    if not _HOST.fullmatch(host):
        raise Refused(
            "InvalidParameter",
            "Linux host name cannot exceed 64 characters in length or contain the following "
            "characters: ` ~ ! @ # $ % ^ & * ( ) = + _ [ ] { } \\ | ; : ' \" , < > / ?.",
        )
    _refuse_custom_data(system.get("customData"))
    _refuse_keys(system, login)


def _refuse_custom_data(text: str | None) -> None:
    try:
        size = len(base64.b64decode(text or "", validate=True))
    except binascii.Error:
        size = CUSTOM_DATA_BYTES + 1
    if size > CUSTOM_DATA_BYTES:
        raise Refused(
            "InvalidParameter",
            "Custom data in OSProfile must be in Base64 encoding and with a maximum length of "
            "87380 characters.",
        )


def _refuse_keys(system: dict[str, Any], login: str) -> None:
    linux = system.get("linuxConfiguration") or {}
    keys = list(at(linux, "ssh.publicKeys[*]"))
    if linux.get("disablePasswordAuthentication") and not keys:
        raise Refused(
            "InvalidParameter",
            "Authentication using either SSH or by user name and password must be enabled in "
            "Linux profile.",
        )
    if not keys and not system.get("adminPassword"):
        raise Refused("InvalidParameter", "Required parameter 'adminPassword' is missing (null).")
    for key in keys:
        home = f"/home/{login}/.ssh/authorized_keys"
        if key.get("path") != home:
            raise Refused(
                "InvalidParameter",
                "Destination path for SSH public keys is currently limited to its default value "
                f"{home} due to a known issue in Linux provisioning agent.",
            )
        if not re.match(r"(ssh-rsa|ssh-ed25519) \S{10,}", str(key.get("keyData"))):
            raise Refused(
                "InvalidParameter",
                "The value of parameter linuxConfiguration.ssh.publicKeys.keyData is invalid.",
            )


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
    _refuse_image(scene, size)
    _refuse_system(scene)
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
    """Its disk goes along only where that was asked: Azure leaves it."""
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
