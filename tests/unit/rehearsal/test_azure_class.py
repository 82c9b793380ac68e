"""The stand-in for Azure has what a class shares: a cluster, a registry, who may pull from it."""

import base64
from collections.abc import Callable

import pytest

from unit.rehearsal.small_engine import Engine, Made, Properties, refused

STANDIN = "azure"
Connect = Callable[..., Engine]
GROUP = "azure-native:resources:ResourceGroup"
CLUSTER = "azure-native:containerservice:ManagedCluster"
REGISTRY = "azure-native:containerregistry:Registry"
ROLE = "azure-native:authorization:RoleAssignment"
CREDENTIALS = "azure-native:containerservice:listManagedClusterUserCredentials"
PLACE = {"resourceGroupName": "lab", "location": "francecentral"}


@pytest.fixture
def azure(connect: Connect) -> Engine:
    return connect()


@pytest.fixture
def group(azure: Engine) -> Made:
    return azure.make(GROUP, "lab", PLACE)


@pytest.fixture
def cluster(azure: Engine, group: Made) -> Made:
    assert group.id
    pool = {"name": "nodes", "mode": "System", "count": 2, "vmSize": "Standard_B2s"}
    inputs = {
        "resourceName": "class",
        "dnsPrefix": "class",
        "agentPoolProfiles": [pool],
        "identity": {"type": "SystemAssigned"},
        "nodeResourceGroup": "lab-nodes",
    }
    return azure.make(CLUSTER, "cluster", {**PLACE, **inputs})


@pytest.fixture
def registry(azure: Engine, group: Made) -> Made:
    assert group.id
    inputs = {"registryName": "class1234", "sku": {"name": "Basic"}}
    return azure.make(REGISTRY, "registry", {**PLACE, **inputs})


def role(cluster: Made, registry: Made, **more: object) -> Properties:
    return {
        "roleAssignmentName": "aaaaaaaa-0000-0000-0000-000000000001",
        "scope": registry.id,
        "principalId": cluster.outputs["identityProfile"]["kubeletidentity"]["objectId"],
        "principalType": "ServicePrincipal",
        "roleDefinitionId": "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/"
        "7f951dda-4ed3-4680-a7ca-43fe172d538d",
        **more,
    }


def test_a_cluster_is_reached_by_its_kubeconfig(azure: Engine, cluster: Made) -> None:
    answer = azure.ask(CREDENTIALS, resourceGroupName="lab", resourceName="class")
    text = base64.b64decode(answer["kubeconfigs"][0]["value"]).decode()
    assert f"server: https://{cluster.outputs['fqdn']}:443" in text
    with refused("ResourceNotFound"):
        azure.ask(CREDENTIALS, resourceGroupName="lab", resourceName="none")


def test_a_clusters_nodes_have_a_group_that_goes_with_it(azure: Engine, cluster: Made) -> None:
    assert [one.name for one in azure.inventory.all(GROUP)] == ["lab", "lab-nodes"]
    pool = {**cluster.inputs["agentPoolProfiles"][0], "count": 3}
    assert azure.change(cluster, agentPoolProfiles=[pool]).outputs["fqdn"]
    with refused("Changing property 'properties.vmSize' is not allowed"):
        azure.change(cluster, agentPoolProfiles=[{**pool, "vmSize": "Standard_B4ms"}])
    azure.delete(cluster)
    assert [one.name for one in azure.inventory.all(GROUP)] == ["lab"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kubernetesVersion": "1.20"}, "K8sVersionNotSupported"),
        ({"dnsPrefix": "a_b"}, "dnsPrefix is invalid"),
        ({"agentPoolProfiles": []}, "at least one system agent pool"),
        ({"agentPoolProfiles": [{"name": "Nodes", "mode": "System"}]}, "Agent pool name"),
        (
            {"agentPoolProfiles": [{"name": "n", "mode": "System", "vmSize": "Standard_B1ms"}]},
            "System node pool must use VM sku",
        ),
        ({"resourceName": "x_"}, "a cluster's name may have"),
    ],
)
def test_a_cluster_is_refused(azure: Engine, cluster: Made, change: Properties, words: str) -> None:
    with refused(words):
        azure.make(CLUSTER, "other", {**cluster.inputs, "resourceName": "other", **change})


def test_the_nodes_may_pull_once(azure: Engine, cluster: Made, registry: Made) -> None:
    assert azure.make(ROLE, "pull", role(cluster, registry)).id.startswith(registry.id)
    with refused("RoleAssignmentUpdateNotPermitted"):
        azure.make(ROLE, "again", role(cluster, registry))
    other = "aaaaaaaa-0000-0000-0000-000000000002"
    with refused('Code="RoleAssignmentExists" Message="The role assignment already exists."'):
        azure.make(ROLE, "again", role(cluster, registry, roleAssignmentName=other))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"roleAssignmentName": "pull"}, "must be a GUID"),
        ({"roleDefinitionId": "x"}, "RoleDefinitionDoesNotExist"),
        ({"principalType": "User"}, "UnmatchedPrincipalType"),
        ({"principalId": "x", "principalType": "User"}, "PrincipalNotFound"),
        ({"scope": "/x"}, "ResourceNotFound"),
    ],
)
def test_a_role_is_refused(
    azure: Engine, cluster: Made, registry: Made, more: Properties, words: str
) -> None:
    with refused(words):
        azure.make(ROLE, "pull", role(cluster, registry, **more))


def test_who_may_not_assign_roles(azure: Engine, cluster: Made, registry: Made) -> None:
    azure.inventory.set(may_assign_roles=False)
    with refused('Status=403 Code="AuthorizationFailed".*roleAssignments/write'):
        azure.make(ROLE, "pull", role(cluster, registry))


@pytest.mark.parametrize("name", ["my-registry", "abcd", "a" * 51])
def test_a_registrys_name(azure: Engine, registry: Made, name: str) -> None:
    with refused("alphanumeric characters only"):
        azure.make(REGISTRY, "other", {**registry.inputs, "registryName": name})


def test_a_registrys_name_is_one_in_the_world(
    azure: Engine, registry: Made, connect: Connect
) -> None:
    assert registry.outputs["loginServer"] == "class1234.azurecr.io"
    stranger = connect(subscriptionId="99999999-2222-3333-4444-555555555555")
    stranger.make(GROUP, "lab", PLACE)
    with refused("AlreadyInUse.*class1234.azurecr.io is already in use"):
        stranger.make(REGISTRY, "registry", registry.inputs)
    azure.inventory.set(taken=["popular"])
    with refused("AlreadyInUse"):
        azure.make(REGISTRY, "other", {**registry.inputs, "registryName": "popular"})
