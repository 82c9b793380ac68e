"""The rules. Each says why, and has a resource in tests/unit/test_policy.py that breaks it."""

import json
import os
import re
from collections.abc import Iterator

from policy.kinds import (
    AWS_GROUP,
    AWS_MACHINE,
    AWS_PROVIDER,
    AWS_RIGHTS,
    AZURE_GROUP,
    AZURE_MACHINE,
    AZURE_PLACE,
    AZURE_RIGHT,
    CLUSTER,
    GCP_MACHINE,
    GCP_RIGHT,
    REGISTRY,
)
from policy.openings import DOORS, openings, outside
from policy.resources import Resource, Rules, Settings

GUARDS = {
    AWS_MACHINE: "aws:scheduler/schedule:Schedule",
    AZURE_MACHINE: "azure-native:logic:Workflow",
    CLUSTER: "azure-native:logic:Workflow",
    GCP_MACHINE: "gcp:cloudscheduler/job:Job",
}
TAGGED = (
    *(AWS_MACHINE, AWS_GROUP, "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:iam/role:Role"),
    *("aws:ec2/internetGateway:InternetGateway", "aws:ec2/routeTable:RouteTable"),
    *(AZURE_MACHINE, AZURE_GROUP, AZURE_PLACE, CLUSTER, REGISTRY),
    *("azure-native:network:PublicIPAddress", "azure-native:network:NetworkInterface"),
    *("azure-native:network:VirtualNetwork", "azure-native:logic:Workflow", GCP_MACHINE),
    *("aws:sns/topic:Topic", "aws:sfn/stateMachine:StateMachine"),
    *("azure-native:monitor:ActionGroup", "azure-native:monitor:MetricAlert"),
)
TAGS = ("dockyard-lab", "dockyard-owner", "dockyard-expires")
DOCKER_API = (2375, 2376)
MOST_DISK = 1000

RULES = Rules()


def settings() -> Settings:
    """What is allowed: DOCKYARD_SIZES and DOCKYARD_REGIONS, words separated by spaces."""
    words = (os.environ.get(name, "").split() for name in ("DOCKYARD_SIZES", "DOCKYARD_REGIONS"))
    return Settings(*map(frozenset, words))


# --- who gets in --------------------------------------------------------------------------------


@RULES.rule(
    "no-docker-port",
    "whoever reaches the Docker API is root on the machine, and it is found within the hour",
    *DOORS,
)
def no_docker_port(one: Resource, _: Settings) -> Iterator[str]:
    for where, first, last, _whole in openings(one):
        if outside(where) and any(first <= port <= last for port in DOCKER_API):
            yield f"opens {first}-{last} to {where}"


@RULES.rule(
    "no-open-protocols",
    "a lab needs named ports; everything else is a way in that nobody thinks of",
    *DOORS,
)
def no_open_protocols(one: Resource, _: Settings) -> Iterator[str]:
    for where, _first, _last, whole in openings(one):
        if whole and outside(where):
            yield f"lets every protocol in from {where}"


@RULES.rule(
    "not-the-world",
    "scanners fill sshd's queue until students are dropped; keys alone protect what is open to all",
    *DOORS,
    advice=True,
)
def not_the_world(one: Resource, _: Settings) -> Iterator[str]:
    for where, first, last, _whole in openings(one):
        if where in {"0.0.0.0/0", "::/0", "*"}:
            yield f"opens {first}-{last} to the world"


@RULES.rule(
    "own-api-server",
    "an API server that answers everybody is one stolen kubeconfig away from being theirs",
    CLUSTER,
)
def own_api_server(one: Resource, _: Settings) -> Iterator[str]:
    ranges = list(one.at("apiServerAccessProfile.authorizedIPRanges[]"))
    if not ranges or "0.0.0.0/0" in ranges:
        yield "its API server answers the whole world"


@RULES.rule(
    "no-registry-admin",
    "the registry's admin password is one for all and can't be told apart by who used it",
    REGISTRY,
)
def no_registry_admin(one: Resource, _: Settings) -> Iterator[str]:
    if one.first("adminUserEnabled") is not False:
        yield "has an admin user"


# --- when it ends -------------------------------------------------------------------------------


@RULES.rule(
    "tags",
    "a lab whose state is lost is found and removed by its tags alone",
    *TAGGED,
)
def tags(one: Resource, _: Settings) -> Iterator[str]:
    found = one.first("labels") if one.type == GCP_MACHINE else one.first("tags")
    missing = [tag for tag in TAGS if tag not in (found if isinstance(found, dict) else {})]
    if missing:
        yield f"has no {', '.join(missing)}"


@RULES.rule(
    "shutdown-terminates",
    "a machine that its own timer shuts down must be gone, not stopped and paid for",
    AWS_MACHINE,
)
def shutdown_terminates(one: Resource, _: Settings) -> Iterator[str]:
    if one.first("instanceInitiatedShutdownBehavior") != "terminate":
        yield "is only stopped by a shutdown"


@RULES.rule(
    "latest-end",
    "Google Cloud itself deletes a machine at this time, whatever happens to anybody's computer",
    GCP_MACHINE,
)
def latest_end(one: Resource, _: Settings) -> Iterator[str]:
    if not one.first("scheduling.terminationTime"):
        yield "has no terminationTime"
    if one.first("scheduling.instanceTerminationAction") != "DELETE":
        yield "is not deleted at its end"


@RULES.rule(
    "disk-goes-along",
    "a disk that stays when its machine goes is paid for and forgotten",
    AWS_MACHINE,
    AZURE_MACHINE,
    GCP_MACHINE,
)
def disk_goes_along(one: Resource, _: Settings) -> Iterator[str]:
    goes = {
        AWS_MACHINE: one.first("rootBlockDevice.deleteOnTermination") is True,
        AZURE_MACHINE: one.first("storageProfile.osDisk.deleteOption") == "Delete",
        GCP_MACHINE: one.first("bootDisk.autoDelete") is True,
    }
    if not goes[one.type]:
        yield "leaves its disk behind"


@RULES.whole("guard", "a lab that nobody takes down must end by itself")
def guard(all_: list[Resource]) -> Iterator[str]:
    there = {one.type for one in all_}
    for kind in sorted({GUARDS[one] for one in there & GUARDS.keys()} - there):
        yield f"has nothing that ends it: no {kind}"


# --- what a machine is --------------------------------------------------------------------------


@RULES.rule(
    "no-identity",
    "a student is root, and root has whatever the machine may do in the account",
    AWS_MACHINE,
    AZURE_MACHINE,
    GCP_MACHINE,
)
def no_identity(one: Resource, _: Settings) -> Iterator[str]:
    for path in ("iamInstanceProfile", "identity", "serviceAccount"):
        if one.first(path):
            yield f"has an identity in the account ({path})"


@RULES.rule(
    "metadata-by-token",
    "a container, or a page that a student opens, must not read the machine's metadata",
    AWS_MACHINE,
)
def metadata_by_token(one: Resource, _: Settings) -> Iterator[str]:
    if one.first("metadataOptions.httpTokens") != "required":
        yield "answers questions for metadata without a token"
    if one.first("metadataOptions.httpPutResponseHopLimit") != 1:
        yield "answers containers, more than one hop away"


@RULES.rule("disk-encrypted", "a disk that is given back is read by nobody", AWS_MACHINE)
def disk_encrypted(one: Resource, _: Settings) -> Iterator[str]:
    if one.first("rootBlockDevice.encrypted") is not True:
        yield "has a disk in clear"


@RULES.rule(
    "disk-size",
    "a slip of the finger in a disk's size costs more than the machines",
    AWS_MACHINE,
    AZURE_MACHINE,
    GCP_MACHINE,
)
def disk_size(one: Resource, _: Settings) -> Iterator[str]:
    paths = ("rootBlockDevice.volumeSize", "storageProfile.osDisk.diskSizeGB")
    for path in (*paths, "bootDisk.initializeParams.size"):
        size = one.first(path)
        if isinstance(size, int | float) and size > MOST_DISK:
            yield f"has a disk of {size:g} GB; {MOST_DISK} is the most"


@RULES.rule("no-password", "a password that a class shares is known to the next one", AZURE_MACHINE)
def no_password(one: Resource, _: Settings) -> Iterator[str]:
    if one.first("osProfile.linuxConfiguration.disablePasswordAuthentication") is not True:
        yield "may be entered by password"
    if one.first("osProfile.adminPassword"):
        yield "has a password"


@RULES.rule("key-types", "old kinds of keys are guessed or refused by sshd", AZURE_MACHINE)
def key_types(one: Resource, _: Settings) -> Iterator[str]:
    for key in one.at("osProfile.linuxConfiguration.ssh.publicKeys[].keyData"):
        if not re.match(r"(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)) ", str(key)):
            yield f"has a key of the kind {str(key).split(' ', 1)[0]}"


@RULES.rule(
    "own-keys-alone",
    "keys of the project's people, and OS Login, let in who is not in the lab's description",
    GCP_MACHINE,
)
def own_keys_alone(one: Resource, _: Settings) -> Iterator[str]:
    metadata = one.first("metadata")
    found = metadata if isinstance(metadata, dict) else {}
    if found.get("block-project-ssh-keys") != "TRUE" or found.get("enable-oslogin") != "FALSE":
        yield "lets the project's own people in"


@RULES.rule(
    "no-secret-in-user-data",
    "user data is read by everybody on the machine, and stands in the state in clear",
    AWS_MACHINE,
    GCP_MACHINE,
)
def no_secret_in_user_data(one: Resource, _: Settings) -> Iterator[str]:
    for path in ("userData", "metadataStartupScript"):
        if re.search(r"PRIVATE KEY|^PASSWORD=", str(one.first(path) or ""), re.MULTILINE):
            yield f"has a secret in its {path}"


# --- what others may do -------------------------------------------------------------------------


@RULES.rule(
    "narrow-guard",
    "what ends a lab must not be able to end anything else",
    AWS_RIGHTS,
    AZURE_RIGHT,
    GCP_RIGHT,
)
def narrow_guard(one: Resource, _: Settings) -> Iterator[str]:
    scope = one.first("scope")
    if isinstance(scope, str) and "/resourceGroups/" not in scope:
        yield f"acts on more than a resource group: {scope}"
    if one.type == GCP_RIGHT and not one.first("condition.expression"):
        yield "acts on the whole project"
    policy = one.first("policy")
    if isinstance(policy, str):
        for part in json.loads(policy)["Statement"]:
            actions = part["Action"] if isinstance(part["Action"], list) else [part["Action"]]
            if any("*" in action for action in actions):
                yield f"may do {', '.join(actions)}"
            if "ec2:TerminateInstances" in actions and "Condition" not in part:
                yield "may end any machine of the account"


# --- what the account's person allows -----------------------------------------------------------

_SIZES = ("instanceType", "hardwareProfile.vmSize", "machineType", "agentPoolProfiles[].vmSize")


@RULES.rule(
    "allowed-sizes",
    "the person who pays has said which sizes may be made (DOCKYARD_SIZES)",
    *(AWS_MACHINE, AZURE_MACHINE, GCP_MACHINE, CLUSTER),
)
def allowed_sizes(one: Resource, allowed: Settings) -> Iterator[str]:
    for size in (value for path in _SIZES for value in one.at(path)):
        if allowed.sizes and size not in allowed.sizes:
            yield f"is a {size}; allowed: {', '.join(sorted(allowed.sizes))}"


@RULES.rule(
    "allowed-regions",
    "the person who answers for the data has said where it may lie (DOCKYARD_REGIONS)",
    *(AWS_PROVIDER, AZURE_PLACE, "gcp:compute/subnetwork:Subnetwork"),
)
def allowed_regions(one: Resource, allowed: Settings) -> Iterator[str]:
    for place in (value for path in ("region", "location") for value in one.at(path)):
        if allowed.regions and place not in allowed.regions:
            yield f"lies in {place}; allowed: {', '.join(sorted(allowed.regions))}"
