"""What a cluster says of itself, and what its nodes say of the registry."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dockyard import cluster
from dockyard.cluster_pull import pull
from standin import kubernetes
from standin.kubernetes import Cluster, waiting

SERVER = "course.azurecr.io"
IMAGE = f"{SERVER}/dockyard/check:latest"
# as containerd says it
GONE = f'Failed to pull image "{IMAGE}": failed to resolve reference "{IMAGE}": {IMAGE}: not found'
STRANGER = (
    f'Failed to pull image "{IMAGE}": failed to authorize: failed to fetch anonymous token: '
    "unexpected status: 401 Unauthorized"
)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Cluster]:
    with kubernetes.running(tmp_path) as found:
        yield found


def test_a_cluster_that_is_well(api: Cluster) -> None:
    found = cluster.health(api.kubeconfig)
    assert (found.version, found.nodes, found.problem) == ("v1.34.2", {"node1": True}, "")


def test_an_image_that_came_was_pulled(api: Cluster) -> None:
    came = {"containerStatuses": [{"state": {}, "imageID": f"{SERVER}/dockyard/check@sha256:1"}]}
    api.statuses = [{}, waiting("ContainerCreating"), came]
    assert pull(api.kubeconfig, SERVER).state == "pulled"
    assert api.pods == {}
    (pod,) = api.asked
    assert pod["spec"]["containers"][0]["image"] == IMAGE
    assert pod["spec"]["activeDeadlineSeconds"] == 120


@pytest.mark.parametrize("events", [[], [GONE]])
def test_a_registry_without_the_image_that_knows_the_node(api: Cluster, events: list[str]) -> None:
    said = "Back-off pulling image" if events else GONE
    api.statuses, api.events = [waiting("ErrImagePull", said)], events
    found = pull(api.kubeconfig, SERVER)
    assert (found.state, found.problem) == ("allowed", "")
    assert api.pods == {}


def test_a_node_that_is_a_stranger_to_the_registry(api: Cluster) -> None:
    api.statuses = [waiting("ErrImagePull", STRANGER)]
    found = pull(api.kubeconfig, SERVER)
    assert found.state == "failed"
    assert found.problem.startswith("its nodes may not pull (attach_registry, or its role)")
    assert api.pods == {}


def test_a_registry_that_the_node_does_not_reach(api: Cluster) -> None:
    api.statuses = [waiting("ErrImagePull", "dial tcp 20.0.0.1:443: i/o timeout")]
    assert pull(api.kubeconfig, SERVER).problem.startswith("its nodes can't pull: dial tcp")


def test_nodes_without_room(api: Cluster) -> None:
    api.statuses = [{"conditions": [{"message": "0/2 nodes are available: too many pods"}]}]
    found = pull(api.kubeconfig, SERVER, seconds=0)
    assert found.problem == "no node has tried it in 0 s: 0/2 nodes are available: too many pods"
    assert api.pods == {}


def test_who_may_make_no_pod_is_told(api: Cluster) -> None:
    api.refuses_pods = True
    assert "no pod could be made for it" in pull(api.kubeconfig, SERVER).problem


def test_what_is_no_kubeconfig() -> None:
    assert "is not understood" in pull("{}", SERVER).problem
    assert cluster.health("{}").problem.endswith("is not understood: no contexts")
