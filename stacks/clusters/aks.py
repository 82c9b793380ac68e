"""The Kubernetes cluster of the class: AKS, reached by those alone who may reach a machine."""

import base64
import uuid

import pulumi
from pulumi_azure_native import authorization, containerservice

from dockyard.spec import Cluster
from stacks.azure_group import resource_group
from stacks.making import Making

ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
"""The built-in role AcrPull, the same in every subscription."""


def make(
    making: Making, registry: pulumi.Input[str] | None
) -> tuple[dict[str, pulumi.Input[object]], pulumi.Output[str]]:
    """The cluster's entry in the exported `lab`, and its kubeconfig (secret).

    `registry` is the ARM id of one that its nodes may pull from.
    """
    group = resource_group(making)
    cluster = _cluster(making)
    if registry is not None and making.lab.cluster and making.lab.cluster.attach_registry:
        _attach(cluster, registry)
    found = containerservice.list_managed_cluster_user_credentials_output(
        resource_group_name=group.name, resource_name=cluster.name
    )
    text = found.apply(lambda all_: base64.b64decode(all_.kubeconfigs[0].value).decode())
    asked = making.lab.cluster or Cluster()
    entry = {
        "id": cluster.id,
        "name": cluster.name,
        "group": group.name,
        "server": cluster.fqdn,
        "nodes": asked.nodes,
        "size": making.facts.size(asked.size),
    }
    return entry, pulumi.Output.secret(text)


def _cluster(making: Making) -> containerservice.ManagedCluster:
    asked = making.lab.cluster or Cluster()
    group = resource_group(making)
    pool = {
        "name": "nodes",
        "mode": "System",
        "type": "VirtualMachineScaleSets",
        "count": asked.nodes,
        "vm_size": making.facts.size(asked.size),
        "os_type": "Linux",
        "os_sku": "Ubuntu",
        "tags": making.tags,
    }
    return containerservice.ManagedCluster(
        "cluster",
        resource_name_=making.prefix,
        resource_group_name=group.name,
        location=group.location,
        dns_prefix=making.prefix,
        # so that its machines are found, and go, with the lab
        node_resource_group=group.name.apply(lambda name: f"{name}-nodes"),
        identity={"type": containerservice.ResourceIdentityType.SYSTEM_ASSIGNED},
        sku={"name": "Base", "tier": "Free"},
        kubernetes_version=asked.version,
        agent_pool_profiles=[pool],
        network_profile={
            "network_plugin": "azure",
            "network_plugin_mode": "overlay",
            "network_dataplane": "cilium",
            "network_policy": "cilium",
        },
        api_server_access_profile={"authorized_ip_ranges": making.cidrs},
        auto_upgrade_profile={"upgrade_channel": "none", "node_os_upgrade_channel": "None"},
        tags=making.tags,
        opts=pulumi.ResourceOptions(
            deleted_with=group, delete_before_replace=True, depends_on=making.guards
        ),
    )


def _attach(cluster: containerservice.ManagedCluster, registry: pulumi.Input[str]) -> None:
    """Its nodes may pull: the kubelet's identity, not the cluster's, and by a name that is
    always the same, so that after a lost state it is found, not refused as a second one.
    """
    kubelet = cluster.identity_profile.apply(
        lambda found: (found or {})["kubeletidentity"].object_id or ""
    )
    name = pulumi.Output.all(registry, kubelet).apply(
        lambda both: str(uuid.uuid5(uuid.NAMESPACE_URL, "|".join((*both, ACR_PULL))))
    )
    client = authorization.get_client_config_output()
    authorization.RoleAssignment(
        "pull",
        role_assignment_name=name,
        scope=registry,
        principal_id=kubelet,
        # without it Azure refuses an identity that was made a second ago
        principal_type="ServicePrincipal",
        role_definition_id=client.apply(
            lambda found: (
                f"/subscriptions/{found.subscription_id}/providers/"
                f"Microsoft.Authorization/roleDefinitions/{ACR_PULL}"
            )
        ),
    )
