"""AKS, and what a program may ask of it."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from rehearsal.clouds.azure.arm import (
    GROUP,
    IN_GROUP,
    drop_nodes,
    group_of,
    guid,
    named,
    path,
    told,
)
from rehearsal.clouds.azure.launch import refuse_quota, size_of
from rehearsal.faults import Refused
from rehearsal.inventory import Record
from rehearsal.kinds import Function, Kind, Outputs

if TYPE_CHECKING:
    from rehearsal.kinds import Inputs
    from rehearsal.scene import Scene

CLUSTER = "azure-native:containerservice:ManagedCluster"

_LEAST_VCPUS = 2
_POOL = re.compile("[a-z][a-z0-9]{0,11}")
_DNS = re.compile("[A-Za-z0-9]([A-Za-z0-9-]{0,52}[A-Za-z0-9])?")


# --- AKS ----------------------------------------------------------------------------------------


def _refuse_cluster(scene: Scene) -> None:
    if not _DNS.fullmatch(str(scene.inputs.get("dnsPrefix"))):
        raise Refused(
            "InvalidParameter",
            "The value of parameter dnsPrefix is invalid. Error details: DNS prefix can contain "
            "only letters, numbers, and hyphens, and be 1 to 54 long.",
        )
    pools = scene.inputs.get("agentPoolProfiles") or []
    if not any(pool.get("mode") == "System" for pool in pools):
        raise Refused(
            "InvalidParameter", "There has to be at least one system agent pool in the cluster."
        )
    for pool in pools:
        _refuse_pool(scene, pool)
    _refuse_version(scene)


def _refuse_pool(scene: Scene, pool: Inputs) -> None:
    if not _POOL.fullmatch(str(pool["name"])):
        raise Refused(
            "InvalidParameter",
            f"Agent pool name '{pool['name']}' is invalid: it must start with a lowercase letter, "
            "have max length of 12, and only have characters a-z0-9.",
        )
    size = size_of(scene, str(pool.get("vmSize")))
    if pool.get("mode") == "System" and size.vcpus < _LEAST_VCPUS:
        raise Refused(
            "InvalidParameter",
            f"System node pool must use VM sku with more than {_LEAST_VCPUS} cores and 4GB memory, "
            f"got {pool.get('vmSize')}.",
        )
    known = scene.old.inputs["agentPoolProfiles"] if scene.old else []
    had = sum(one.get("count", 0) for one in known if one["name"] == pool["name"])
    refuse_quota(scene, size, size.vcpus * max(0, pool.get("count", 1) - had))


def _refuse_version(scene: Scene) -> None:
    version = scene.inputs.get("kubernetesVersion")
    versions = scene.setting("kubernetes")
    if version and not any(one == version or one.startswith(f"{version}.") for one in versions):
        raise Refused(
            "K8sVersionNotSupported",
            f"Managed cluster {scene.inputs['resourceName']} is on version {version}, which is "
            "not supported in this region. Please use [az aks get-versions] command to get the "
            f"supported version list in this region: {', '.join(versions)}.",
        )


def _version(scene: Scene) -> str:
    asked = str(scene.inputs.get("kubernetesVersion") or "")
    return str(next(one for one in reversed(scene.setting("kubernetes")) if one.startswith(asked)))


def _make_cluster(scene: Scene) -> Outputs:
    _refuse_cluster(scene)
    group, name = group_of(scene), str(scene.inputs["resourceName"])
    location, prefix = scene.inputs["location"], scene.inputs["dnsPrefix"]
    own = f"MC_{group.inputs['resourceGroupName']}_{name}_{location}"
    nodes = str(scene.inputs.get("nodeResourceGroup") or own)
    asked = {"resourceGroupName": nodes, "location": location, "managedBy": scene.id}
    id_ = f"/subscriptions/{scene.scope}/resourceGroups/{nodes}"
    tags = dict(scene.inputs.get("tags") or {})
    scene.inventory.put(Record(id_, GROUP, nodes, scene.scope, asked, tags=tags))
    kubelet = {
        "clientId": guid(),
        "objectId": guid(),
        "resourceId": f"{id_}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/"
        f"{name}-agentpool",
    }
    return {
        "fqdn": f"{prefix}-{guid()[:8]}.hcp.{location}.azmk8s.io",
        "identityProfile": {"kubeletidentity": kubelet},
        "identity": {
            **(scene.inputs.get("identity") or {"type": "SystemAssigned"}),
            "principalId": guid(),
            "tenantId": scene.setting("tenant"),
        },
        "nodeResourceGroup": nodes,
        "maxAgentPools": 100,
        **_cluster_now(scene),
    }


def _cluster_now(scene: Scene) -> Outputs:
    return {
        **told("Microsoft.ContainerService/ManagedClusters", "resourceName")(scene),
        "currentKubernetesVersion": _version(scene),
        "kubernetesVersion": str(scene.inputs.get("kubernetesVersion") or _version(scene)),
        "powerState": {"code": "Running"},
    }


def _change_cluster(scene: Scene) -> Outputs:
    _refuse_cluster(scene)
    return {**scene.existing.outputs, **_cluster_now(scene)}


_FIXED = (
    "dnsPrefix nodeResourceGroup networkProfile.networkPlugin networkProfile.networkPluginMode "
    "networkProfile.networkPolicy agentPoolProfiles[*].vmSize agentPoolProfiles[*].osType "
    "agentPoolProfiles[*].type"
)

cluster = Kind(
    CLUSTER,
    id=path("Microsoft.ContainerService/managedClusters", "resourceName"),
    title="Microsoft.ContainerService/managedClusters",
    takes="resourceName resourceGroupName location tags dnsPrefix kubernetesVersion "
    "nodeResourceGroup identity.type sku.name sku.tier enableRBAC disableLocalAccounts "
    "agentPoolProfiles[*].name agentPoolProfiles[*].mode agentPoolProfiles[*].type "
    "agentPoolProfiles[*].count agentPoolProfiles[*].vmSize agentPoolProfiles[*].osType "
    "agentPoolProfiles[*].osSKU agentPoolProfiles[*].osDiskSizeGB agentPoolProfiles[*].tags "
    "networkProfile.networkPlugin networkProfile.networkPluginMode "
    "networkProfile.networkDataplane networkProfile.networkPolicy "
    "apiServerAccessProfile.authorizedIPRanges autoUpgradeProfile.upgradeChannel "
    "autoUpgradeProfile.nodeOSUpgradeChannel oidcIssuerProfile.enabled "
    "securityProfile.workloadIdentity.enabled",
    needs="location dnsPrefix",
    replaces="resourceName resourceGroupName location",
    fixed={
        place: "PropertyChangeNotAllowed: Changing property "
        f"'properties.{place.rpartition('.')[2]}' is not allowed."
        for place in _FIXED.split()
    },
    beyond_the_list="agentPoolProfiles[*].osSKU",
    names=named(
        "resourceName",
        re.compile("[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"),
        "a cluster's name may have 1 to 63 letters, digits, - and _, and begin and end with a "
        "letter or digit",
    ),
    refers=IN_GROUP,
    missing="ResourceNotFound: The Resource '{value}' was not found.",
    computes="identity identityProfile nodeResourceGroup kubernetesVersion",
    makes=_make_cluster,
    changes=_change_cluster,
    unmakes=lambda scene: drop_nodes(scene, scene.existing),
    seconds={"create": 240, "update": 120, "delete": 240},
)


# --- questions ----------------------------------------------------------------------------------


def _client(scene: Scene) -> Outputs:
    return {
        "clientId": scene.setting("client"),
        "objectId": scene.setting("object"),
        "subscriptionId": scene.scope,
        "tenantId": scene.setting("tenant"),
    }


def _credentials(scene: Scene) -> Outputs:
    name, group = scene.inputs["resourceName"], scene.inputs["resourceGroupName"]
    for one in scene.others(CLUSTER):
        asked = one.inputs
        if scene.same(asked["resourceName"], name) and scene.same(
            asked["resourceGroupName"], group
        ):
            text = _KUBECONFIG.format(name=name, server=f"https://{one.outputs['fqdn']}:443")
            value = base64.b64encode(text.encode()).decode()
            return {"kubeconfigs": [{"name": "clusterUser", "value": value}]}
    raise Refused(
        "ResourceNotFound",
        f"The Resource 'Microsoft.ContainerService/managedClusters/{name}' under resource group "
        f"'{group}' was not found. For more details please go to "
        "https://aka.ms/ARMResourceNotFoundFix",
    )


_KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: {name}
clusters:
- name: {name}
  cluster:
    server: {server}
contexts:
- name: {name}
  context:
    cluster: {name}
    user: clusterUser
users:
- name: clusterUser
  user:
    token: rehearsal
"""

KINDS = (cluster,)
FUNCTIONS = (
    Function("azure-native:authorization:getClientConfig", takes="", answers=_client),
    Function(
        "azure-native:containerservice:listManagedClusterUserCredentials",
        takes="resourceGroupName resourceName format serverFqdn",
        needs="resourceGroupName resourceName",
        asks="resourceName",
        answers=_credentials,
    ),
)
