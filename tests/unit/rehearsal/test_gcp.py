"""The stand-in for Google Cloud refuses, replaces and computes as Google does."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest

from dockyard.clouds.gcp import FACTS
from dockyard.spec import Image, Size
from rehearsal import serve
from rehearsal.clouds.gcp import facts
from rehearsal.plain import UNKNOWN
from unit.rehearsal.small_engine import Engine, Made, Properties, refused

STANDIN = "gcp"
Connect = Callable[..., Engine]
NETWORK = "gcp:compute/network:Network"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
FIREWALL = "gcp:compute/firewall:Firewall"
VM = "gcp:compute/instance:Instance"
DISK = "gcp:compute/disk:Disk"
LINK = "https://www.googleapis.com/compute/v1/"


@pytest.fixture
def gcp(connect: Connect) -> Engine:
    return connect(project="class", region="europe-west9")


@pytest.fixture
def network(gcp: Engine) -> Made:
    return gcp.make(NETWORK, "network", {"name": "network", "autoCreateSubnetworks": False})


@pytest.fixture
def subnet(gcp: Engine, network: Made) -> Made:
    inputs = {"name": "machines", "network": network.id, "ipCidrRange": "10.77.0.0/16"}
    return gcp.make(SUBNETWORK, "machines", inputs)


@pytest.fixture
def asked(subnet: Made) -> Properties:
    """What a lab asks of a machine."""
    return {
        "name": "seat01",
        "machineType": "e2-small",
        "zone": "europe-west9-b",
        "bootDisk": {
            "autoDelete": True,
            "initializeParams": {"image": FACTS.images[Image.DEBIAN_13], "size": 20},
        },
        "networkInterfaces": [
            {"subnetwork": subnet.id, "networkIp": "10.77.1.1", "accessConfigs": [{}]}
        ],
        "metadataStartupScript": "#!/bin/sh",
        "metadata": {"enable-oslogin": "FALSE"},
        "scheduling": {
            "automaticRestart": False,
            "instanceTerminationAction": "DELETE",
            "terminationTime": (dt.datetime.now(dt.UTC) + dt.timedelta(hours=9)).strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            ),
        },
        "allowStoppingForUpdate": True,
        "labels": {"dockyard-lab": "class"},
        "tags": ["seat01"],
    }


@pytest.fixture
def vm(gcp: Engine, asked: Properties) -> Made:
    return gcp.make(VM, "seat01", asked)


# --- what it computes ---------------------------------------------------------------------------


def test_a_machine_is_what_a_lab_needs(gcp: Engine, vm: Made, subnet: Made) -> None:
    assert vm.id == "projects/class/zones/europe-west9-b/instances/seat01"
    (card,) = vm.outputs["networkInterfaces"]
    assert card["accessConfigs"][0]["natIp"].startswith("198.51.100.")
    assert card["subnetwork"] == LINK + subnet.id
    assert vm.outputs["instanceId"].isdecimal()
    assert vm.outputs["selfLink"] == LINK + vm.id
    assert vm.outputs["effectiveLabels"]["goog-pulumi-provisioned"] == "true"
    (found,) = gcp.inventory.tagged("dockyard-lab", "class")
    assert found.address == card["accessConfigs"][0]["natIp"]


def test_every_meaning_of_the_description_is_known() -> None:
    for image in Image:
        assert FACTS.image(image) in facts.IMAGES
    for size in Size:
        assert FACTS.size(size) in facts.MACHINE_TYPES


def test_links_paths_and_names_mean_the_same(gcp: Engine, network: Made) -> None:
    for number, one in enumerate(["network", network.id, LINK + network.id]):
        inputs = {"network": one, "ipCidrRange": f"10.{number}.0.0/24"}
        assert gcp.make(SUBNETWORK, f"s{number}", inputs).id


def test_names_are_made_up_where_none_is_given(gcp: Engine) -> None:
    made = gcp.make(NETWORK, "My_Network", {"autoCreateSubnetworks": False})
    assert made.inputs["name"].startswith("my-network-")
    assert made.inputs["__defaults"] == ["name"]


def test_the_provider_says_where(connect: Connect, asked: Properties) -> None:
    del asked["zone"]
    with refused("Cannot determine zone"):
        connect(project="class").make(VM, "seat01", asked)
    engine = connect(project="class", zone="europe-west9-c")
    assert engine.make(VM, "seat01", asked).outputs["zone"] == "europe-west9-c"
    with refused("project: required field is not set"):
        connect().make(NETWORK, "network", {})


# --- what it refuses ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"machineTyp": "x"}, "did you mean machineType"),
        ({"machineType": "e2-tiny"}, "machineTypes/e2-tiny'. The referenced resource does not"),
        ({"machineType": "t2a-standard-1"}, "architecture of the image"),
        ({"zone": "europe-west9-z"}, "Error 404: .*zones/europe-west9-z' was not found, notFound"),
        ({"zone": "europe-west1-b"}, "must be in the region of the zone europe-west1-b"),
        ({"name": "Seat01"}, "doesn't match regexp"),
        ({"name": "a" * 64}, "doesn't match regexp"),
        ({"labels": {"Lab": "x"}}, "Label key 'Lab'"),
        ({"labels": {"lab": "a b"}}, "Label key 'lab'"),
        ({"labels": {f"l{n}": "x" for n in range(65)}}, "more than 64"),
        ({"tags": ["seat_01"]}, "Must be a match of regex"),
        ({"metadata": {"x": "y" * 262145}}, "is too large: maximum size 262144"),
        ({"metadata": {"startup-script": "x"}}, "Cannot provide both"),
        ({"networkInterfaces": [{"accessConfigs": [{}]}]}, "must specify a subnet"),
        ({"networkInterfaces": [{"subnetwork": "none"}]}, "referenced resource does not exist"),
        ({"scheduling": {"terminationTime": "tomorrow"}}, "RFC 3339"),
        ({"scheduling": {"terminationTime": "2020-01-01T00:00:00Z"}}, "at least 30 seconds"),
        ({"scheduling": {"instanceTerminationAction": "KILL"}}, "must be STOP or DELETE"),
        ({"scheduling": {"instanceTerminationAction": "STOP"}}, "a maxRunDuration"),
        ({"canIpForward": True}, "rehearsal/clouds/gcp"),
    ],
)
def test_a_machine_is_refused(
    gcp: Engine, asked: Properties, change: Properties, words: str
) -> None:
    with refused(words):
        gcp.make(VM, "seat01", {**asked, **change})
    assert gcp.inventory.all(VM, DISK) == []


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"image": "debian-cloud/debian-99"}, "Could not find image or family debian-cloud"),
        ({"size": 5}, "smaller than the image size"),
        ({"type": "pd-fast"}, "diskType': 'pd-fast'"),
    ],
)
def test_a_disk_is_refused(gcp: Engine, asked: Properties, params: Properties, words: str) -> None:
    known = asked["bootDisk"]["initializeParams"]
    asked["bootDisk"]["initializeParams"] = {**known, **params}
    with refused(words):
        gcp.make(VM, "seat01", asked)


@pytest.mark.parametrize(
    ("private", "words"),
    [
        ("10.78.0.1", "outside the subnetwork range"),
        ("10.77.0.1", "reserved"),
        ("10.77.255.254", "reserved"),
        ("10.77.1.1", 'error code "IP_IN_USE_BY_ANOTHER_RESOURCE"'),
    ],
)
@pytest.mark.usefixtures("vm")
def test_a_private_address_is_refused(
    gcp: Engine, asked: Properties, private: str, words: str
) -> None:
    asked["networkInterfaces"][0]["networkIp"] = private
    with refused(words):
        gcp.make(VM, "seat02", {**asked, "name": "seat02"})


def test_a_name_is_taken(gcp: Engine, asked: Properties, vm: Made) -> None:
    with refused(f"Error 409: The resource '{vm.id}' already exists, alreadyExists"):
        gcp.make(VM, "again", asked)
    asked["networkInterfaces"][0]["networkIp"] = "10.77.1.2"
    assert gcp.make(VM, "again", {**asked, "zone": "europe-west9-a"}).id


def test_quotas_and_shortages(gcp: Engine, asked: Properties) -> None:
    for settings, words in (
        ({"cpus": 1}, 'error code "QUOTA_EXCEEDED", message: Quota .CPUS. exceeded'),
        ({"addresses": 0}, "Quota 'IN_USE_ADDRESSES' exceeded"),
        ({"exhausted": ["europe-west9-b"]}, "ZONE_RESOURCE_POOL_EXHAUSTED"),
    ):
        before = {name: facts_ for name, facts_ in DEFAULTS.items() if name in settings}
        gcp.inventory.set(**settings)
        with refused(words):
            gcp.make(VM, "seat01", asked)
        gcp.inventory.set(**before)
    assert gcp.make(VM, "seat01", asked).id


DEFAULTS = {"cpus": 10_000, "addresses": 10_000, "exhausted": []}


def test_the_api_and_the_rights(gcp: Engine) -> None:
    gcp.inventory.set(denied=["compute.networks.create"])
    with refused("Error 403: Required 'compute.networks.create' permission.*, forbidden"):
        gcp.make(NETWORK, "network", {})
    gcp.inventory.set(apis=[])
    with refused("Compute Engine API has not been used in project class before or it is disabled"):
        gcp.make(NETWORK, "network", {})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"allows": [{"protocol": "tcpip"}]}, "IPProtocol"),
        ({"allows": [{"protocol": "tcp", "ports": ["70000"]}]}, "from 0 to 65535"),
        ({"allows": [{"protocol": "icmp", "ports": ["1"]}]}, "tcp, udp and sctp only"),
        ({"allows": []}, "must be specified"),
        ({"sourceRanges": ["10.0.0.1/8"]}, "not a valid IP CIDR range"),
        ({"sourceTags": ["Seat"]}, "Must be a match of regex"),
        ({"network": "none"}, "referenced resource does not exist"),
    ],
)
def test_a_firewall_is_refused(gcp: Engine, network: Made, change: Properties, words: str) -> None:
    asked = {"network": network.id, "allows": [{"protocol": "tcp", "ports": ["22"]}]}
    assert gcp.make(FIREWALL, "good", asked).outputs["sourceRanges"] == ["0.0.0.0/0"]
    with refused(words):
        gcp.make(FIREWALL, "door", {**asked, **change})


def test_what_is_in_use_stays(gcp: Engine, network: Made, subnet: Made, vm: Made) -> None:
    for used in (network, subnet):
        with refused("resourceInUseByAnotherResource"):
            gcp.delete(used)
    for gone in (vm, subnet, network):
        gcp.delete(gone)
    assert gcp.inventory.all() == []


def test_a_kept_disk_is_in_the_way(gcp: Engine, asked: Properties) -> None:
    kept = {**asked["bootDisk"], "autoDelete": False}
    gcp.delete(gcp.make(VM, "seat01", {**asked, "bootDisk": kept}))
    assert [one.name for one in gcp.inventory.all(DISK)] == ["seat01"]
    with refused("disks/seat01' already exists"):
        gcp.make(VM, "seat01", asked)


# --- what changes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"metadataStartupScript": "#!/bin/bash"},
        {"zone": "europe-west9-a"},
        {"name": "other"},
        {"bootDisk": {"initializeParams": {"image": "debian-cloud/debian-12", "size": 20}}},
        {"scheduling": {"terminationTime": "2030-01-01T00:00:00Z"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_that_makes_a_new_machine(gcp: Engine, vm: Made, change: Properties) -> None:
    response, _ = gcp.diff(vm, **change)
    assert {one.split(".")[0] for one in response.replaces} == set(change)
    # two machines of one name cannot be
    assert response.deleteBeforeReplace is ("name" not in change and "zone" not in change)


@pytest.mark.parametrize(
    "change",
    [
        {"labels": {"a": "b"}},
        {"tags": ["other"]},
        {"metadata": {"enable-oslogin": "TRUE"}},
        {"machineType": "e2-medium"},
        {"deletionProtection": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_in_place(gcp: Engine, vm: Made, change: Properties) -> None:
    response, _ = gcp.diff(vm, **change)
    assert not response.replaces
    assert gcp.change(vm, **change).outputs["instanceId"] == vm.outputs["instanceId"]


def test_a_new_type_needs_a_stop(gcp: Engine, asked: Properties) -> None:
    made = gcp.make(VM, "seat01", {**asked, "allowStoppingForUpdate": False})
    with refused("please set allow_stopping_for_update = true"):
        gcp.change(made, machineType="e2-medium")
    preview = gcp.change(made, machineType="e2-medium", preview=True)
    assert preview.outputs["networkInterfaces"] is UNKNOWN
    after = gcp.change(made, machineType="e2-medium", allowStoppingForUpdate=True)
    (old,), (new,) = made.outputs["networkInterfaces"], after.outputs["networkInterfaces"]
    assert new["networkIp"] == old["networkIp"]
    assert new["accessConfigs"][0]["natIp"] != old["accessConfigs"][0]["natIp"]


def test_a_subnetwork_may_grow_only(gcp: Engine, network: Made) -> None:
    inputs = {"network": network.id, "ipCidrRange": "10.77.0.0/20"}
    made = gcp.make(SUBNETWORK, "machines", inputs)
    assert not gcp.diff(made, ipCidrRange="10.77.0.0/16")[0].replaces
    assert gcp.diff(made, ipCidrRange="10.77.0.0/24")[0].replaces


# --- deadlines ----------------------------------------------------------------------------------


@pytest.fixture
def served() -> Iterator[tuple[serve.Running, Engine]]:
    with serve.running("gcp") as running:
        where = running.environment["PULUMI_DEBUG_PROVIDERS"]
        engine = Engine(where, running.inventory["gcp"], project="class", region="europe-west9")
        yield running, engine
        engine.channel.close()


@pytest.mark.parametrize(
    ("scheduling", "left"),
    [
        ({"instanceTerminationAction": "DELETE", "maxRunDuration": {"seconds": 3600}}, []),
        ({"instanceTerminationAction": "STOP", "maxRunDuration": {"seconds": 3600}}, ["seat01"]),
        ({"automaticRestart": False}, ["seat01"]),
    ],
)
def test_google_ends_what_is_due(
    served: tuple[serve.Running, Engine], scheduling: Properties, left: list[str]
) -> None:
    running, gcp = served
    gcp.make(NETWORK, "n", {"name": "n", "autoCreateSubnetworks": False})
    gcp.make(SUBNETWORK, "s", {"name": "s", "network": "n", "ipCidrRange": "10.77.0.0/16"})
    inputs = {
        "name": "seat01",
        "machineType": "e2-small",
        "zone": "europe-west9-b",
        "bootDisk": {"initializeParams": {"image": "debian-cloud/debian-12"}},
        "networkInterfaces": [{"subnetwork": "s", "accessConfigs": [{}]}],
        "scheduling": scheduling,
    }
    vm = gcp.make(VM, "seat01", inputs)
    running.advance("gcp", minutes=50)
    assert [one.name for one in gcp.inventory.all(VM)] == ["seat01"]
    running.advance("gcp", minutes=20)
    assert [one.name for one in gcp.inventory.all(VM)] == left
    assert [one.name for one in gcp.inventory.all(DISK)] == left
    seen = gcp.read(vm)
    ended = "maxRunDuration" in scheduling
    assert (seen is not None) is bool(left)
    if seen is not None:
        assert (seen.outputs["currentStatus"] == "TERMINATED") is ended


def test_a_deadline_is_met_when_somebody_looks(gcp: Engine, vm: Made) -> None:
    """Also when another process moved the clock."""
    gcp.inventory.advance(hours=10)
    assert gcp.read(vm) is None
