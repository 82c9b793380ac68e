"""What Azure refuses of a machine: its size, its image, its system."""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.azure import facts
from rehearsal.faults import Refused
from rehearsal.plain import at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rehearsal.inventory import Record
    from rehearsal.scene import Scene

MACHINE = "azure-native:compute:VirtualMachine"
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
    here = [
        one
        for one in scene.others(MACHINE)
        if scene.same(one.inputs["location"], scene.inputs["location"])
    ]
    return cores(here).total()


def limited(record: Record, location: str) -> bool:
    """Whether it counts for what is limited in a location."""
    return str(record.inputs.get("location", "")).casefold() == location.casefold()


def cores(records: Iterable[Record]) -> Counter[str]:
    """The vCPUs of the machines among them, by family."""
    found: Counter[str] = Counter()
    for one in records:
        if one.kind == MACHINE:
            size = facts.SIZES[str(one.inputs["hardwareProfile"]["vmSize"])]
            found[size.family] += size.vcpus
    return found


def refuse_image(scene: Scene, size: facts.Size) -> None:
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


def refuse_system(scene: Scene) -> None:
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
