"""The cloud says no, late, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.catalogue.entry import EVERY, Chosen, Entry, Planned
from rehearsal.faults import Fault
from rehearsal.machines import real

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_AGAIN = "type the same again: it goes on where it stopped"
_NETWORK = {
    "aws": "aws:ec2/vpc:Vpc",
    "azure": "azure-native:network:VirtualNetwork",
    "gcp": "gcp:compute/network:Network",
}
# there machines and networks go with their group, and nobody asks for them one by one
_GROUP = {"azure": "azure-native:resources:ResourceGroup"}
_DOOR = {
    "aws": "aws:ec2/securityGroup:SecurityGroup",
    "azure": "azure-native:network:NetworkSecurityGroup",
    "gcp": "gcp:compute/firewall:Firewall",
}


def _machines(
    words: Mapping[str, str], operation: str = "create", usual: int = 1, *, lost: bool = False
) -> Callable[[Chosen, str], Planned]:
    """Machines are refused, in each cloud's words; `usual`: how many times (0: for good)."""

    def plans(chosen: Chosen, target: str) -> Planned:
        kind = real.load(target).MACHINE
        return Planned(
            (Fault(operation, kind, chosen.names, words[target], lost=lost,
                   times=chosen.often(usual)),)
        )  # fmt: skip

    return plans


def _kinds(
    kinds: Mapping[str, str], words: Mapping[str, str], operation: str, usual: int = 1
) -> Callable[[Chosen, str], Planned]:
    """The same of another kind."""

    def plans(chosen: Chosen, target: str) -> Planned:
        fault = Fault(operation, kinds[target], "*", words[target], times=chosen.often(usual))
        return Planned((fault,))

    return plans


def _everything(words: Mapping[str, str], first: int) -> Callable[[Chosen, str], Planned]:
    """From the n-th creation on all is refused, as often as a run asks, and then no more."""

    def plans(chosen: Chosen, target: str) -> Planned:
        times = chosen.often(0)
        return Planned((Fault("create", "*", "*", words[target], first=first, times=times),))

    return plans


def _quota(chosen: Chosen, target: str) -> Planned:
    limit = int(chosen.value.removeprefix("vcpus="))
    return Planned(settings={{"gcp": "cpus"}.get(target, "vcpus"): limit})


def _capacity(chosen: Chosen, target: str) -> Planned:
    if target == "azure":
        return _machines(_CAPACITY)(chosen, target)
    settings: dict[str, object] = {"capacity": {"t3.small": 1}}
    return Planned(settings=settings if target == "aws" else {"exhausted": ["europe-west9-b"]})


def _slow(chosen: Chosen, target: str) -> Planned:
    seconds = float(chosen.value)
    kind = real.load(target).MACHINE
    fault = Fault("create", kind, chosen.names, delay=seconds, times=chosen.often(0))
    return Planned((fault,))


def _undeletable(chosen: Chosen, target: str) -> Planned:
    if target in _GROUP:
        return Planned((Fault("delete", _GROUP[target], "lab", _ERROR[target], times=0),))
    return _machines(_ERROR, "delete", 0)(chosen, target)


def _image(chosen: Chosen, target: str) -> Planned:
    if target == "aws":
        fault = Fault("invoke", "aws:ssm/*", error=_IMAGE["aws"], times=chosen.often(0))
        return Planned((fault,))
    return _machines(_IMAGE, usual=0)(chosen, target)


def _every(words: str) -> dict[str, str]:
    return dict.fromkeys(("aws", "azure", "gcp"), words)


_THROTTLED = {
    "aws": "RequestLimitExceeded: Request limit exceeded.",
    "azure": "TooManyRequests: The request is being throttled. Retry after 30 seconds.",
    "gcp": "rateLimitExceeded: Rate Limit Exceeded",
}
_ERROR = {
    "aws": "InternalError: An internal error has occurred",
    "azure": "InternalServerError: Encountered internal server error.",
    "gcp": "backendError: Backend Error",
}
_LOST = _every("connection reset by peer")
_EXPIRED = {
    "aws": "ExpiredToken: The security token included in the request is expired",
    "azure": "ExpiredAuthenticationToken: The access token expiry UTC time is earlier than now.",
    "gcp": "authError: Invalid Credentials",
}
_DOWN = {
    "aws": "ServiceUnavailable: Service is temporarily unavailable",
    "azure": "ServiceUnavailable: The service is unavailable.",
    "gcp": "internalError: Internal error. Please try again.",
}
_DENIED = {
    "aws": "UnauthorizedOperation: You are not authorized to perform this operation.",
    "azure": "AuthorizationFailed: The client does not have authorization to perform action",
    "gcp": "forbidden: Required 'compute.instances.create' permission",
}
_PAID = {
    "aws": "PendingVerification: Your request for accessing resources in this region is being "
    "validated",
    "azure": "ReadOnlyDisabledSubscription: The subscription is disabled and therefore marked as "
    "read only.",
    "gcp": "accessNotConfigured: This API method requires billing to be enabled.",
}
_BUSY = {
    "aws": "DependencyViolation: resource has a dependent object",
    "azure": "InUseSubnetCannotBeDeleted: Subnet is in use and cannot be deleted.",
    "gcp": "resourceInUseByAnotherResource: The network resource is already being used",
}
_NOT_YET = {
    "aws": "InvalidSecurityGroupID.NotFound: The security group does not exist",
    "azure": "ReferencedResourceNotProvisioned: Cannot proceed with operation",
    "gcp": "resourceNotReady: The resource is not ready",
}
_TAKEN = {
    "azure": "Conflict: a virtual machine of this name is there already",
    "gcp": "alreadyExists: The resource already exists",
}
_NETWORKS = {
    "aws": "VpcLimitExceeded: The maximum number of VPCs has been reached.",
    "azure": "NetworkCountLimitReached: Cannot create more networks in this region.",
    "gcp": "QUOTA_EXCEEDED: Quota 'NETWORKS' exceeded.",
}
_LOCKED = {"azure": "ScopeLocked: The scope cannot perform delete operation because following "
           "scope(s) are locked. Please remove the lock and try again."}  # fmt: skip


_QUOTA = {
    "aws": "vCPUs (standard): the lab needs more",
    "azure": "Total Regional vCPUs: the lab needs more",
    "gcp": "CPUS: the lab needs more",
}
"""`up` has asked, and says it itself."""
_CAPACITY = {
    "aws": "InsufficientInstanceCapacity: There is not enough capacity",
    "azure": "AllocationFailed: We do not have sufficient capacity for the requested VM size",
    "gcp": "ZONE_RESOURCE_POOL_EXHAUSTED: The zone does not have enough resources",
}
_IMAGE = {
    "aws": "ParameterNotFound: the parameter of the image is not there any more",
    "azure": "PlatformImageNotFound: The platform image is not available.",
    "gcp": "invalid: Error resolving image name: Could not find image or family",
}


def _entry(name: str, title: str, words: Mapping[str, str], do: str, **more: Any) -> Entry:  # noqa: ANN401 - fields of Entry
    """`words` by cloud; the trainer reads their code."""
    sees = {target: said.partition(": ")[0] for target, said in words.items()}
    clouds = tuple(target for target in EVERY if target in words)
    return Entry("cloud", name, title, sees, do=do, **{"code": 1, "clouds": clouds, **more})


ENTRIES = (
    _entry("quota", "the account may run fewer vCPUs than the class needs", _QUOTA,
           "ask the cloud for more, or make the class or its machines smaller; nothing was made",
           value="vcpus=2", plans=_quota),
    _entry("capacity", "the place has no more machines of the size", _CAPACITY,
           "another size, zone or region; or the same again later", plans=_capacity),
    _entry("throttled", "the cloud is asked too often", _THROTTLED, _AGAIN, again=True,
           plans=_machines(_THROTTLED)),
    _entry("error-500", "the cloud has an internal error", _ERROR, _AGAIN, again=True,
           plans=_machines(_ERROR)),
    _entry("lost-answer", "a machine is made, and the answer is lost", _LOST,
           "`dockyard recover`, which finds by tags what nobody knows of; then the same again",
           again=True, recovers=True, plans=_machines(_LOST, lost=True)),
    _entry("slow", "a machine takes longer than the others",
           dict.fromkeys(EVERY, "{host}: "), "wait", code=0, value="8", plans=_slow),
    _entry("expired", "credentials end in the middle", _EXPIRED,
           "log in again, then type the same again", plans=_everything(_EXPIRED, 5)),
    _entry("region-down", "the whole region is down from the start", _DOWN,
           "another region, or the same again later", plans=_everything(_DOWN, 1)),
    _entry("denied", "the account may not make machines", _DENIED,
           "let the person who pays give the right", plans=_machines(_DENIED, usual=0)),
    _entry("unpaid", "the account is not paid for, or not verified yet", _PAID,
           "the account's console says what is wanted", plans=_machines(_PAID, usual=0)),
    _entry("image-gone", "the image is not offered any more", _IMAGE,
           "another image in the description", plans=_image),
    _entry("name-taken", "a machine of the name is there already", _TAKEN,
           "delete the other one, or take another lab name", plans=_machines(_TAKEN, usual=0)),
    _entry("networks", "the account may have no more networks", _NETWORKS,
           "delete a network that nobody needs; then type the same again", again=True,
           plans=_kinds(_NETWORK, _NETWORKS, "create")),
    _entry("not-yet", "what was just made is not known everywhere yet", _NOT_YET, _AGAIN,
           again=True, plans=_machines(_NOT_YET)),
    _entry("door", "the lab's firewall is refused", _DOWN, _AGAIN, again=True,
           plans=_kinds(_DOOR, _DOWN, "create")),
    _entry("in-use", "the network is still in use when it is to go, for a while", _BUSY,
           "wait: `down` asks again, for a quarter of an hour", code=0,
           plans=_kinds({**_NETWORK, **_GROUP}, _BUSY, "delete", 3)),
    _entry("undeletable", "a machine cannot be deleted", _ERROR,
           "delete it in the cloud's console, then type `down` again",
           plans=_undeletable, left="the machine and what carries it", code=6,
           down=True),
    _entry("locked", "somebody has locked the resource group", _LOCKED,
           "take the lock away in the cloud's console, then type `down` again", left="the group",
           code=6, plans=_kinds(_GROUP, _LOCKED, "delete", 0), down=True),
)  # fmt: skip
