"""The stand-in for Azure refuses, replaces and computes as Azure does."""

import base64
import copy
from collections.abc import Callable
from dataclasses import replace

import pytest

from dockyard.clouds.azure import FACTS
from dockyard.spec import Image, Size
from rehearsal.clouds.azure import facts
from rehearsal.faults import Fault
from unit.rehearsal.small_engine import Engine, Made, Properties, refused

STANDIN = "azure"
Connect = Callable[..., Engine]
GROUP = "azure-native:resources:ResourceGroup"
RULES = "azure-native:network:NetworkSecurityGroup"
NETWORK = "azure-native:network:VirtualNetwork"
ADDRESS = "azure-native:network:PublicIPAddress"
CARD = "azure-native:network:NetworkInterface"
VM = "azure-native:compute:VirtualMachine"
DISK = "azure-native:compute:Disk"
CLIENT = "azure-native:authorization:getClientConfig"
SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
PLACE = {"resourceGroupName": "lab", "location": "francecentral"}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBuEV0PGQlnu7H9Cb7rxMCcR0Dm0vAYBB6iLAqCpTz6k trainer"
RULE = {
    "name": "ssh",
    "priority": 100,
    "direction": "Inbound",
    "access": "Allow",
    "protocol": "Tcp",
    "sourceAddressPrefix": "*",
    "sourcePortRange": "*",
    "destinationAddressPrefix": "*",
    "destinationPortRanges": ["22", "8000-8080"],
}


@pytest.fixture
def azure(connect: Connect) -> Engine:
    return connect()


@pytest.fixture
def group(azure: Engine) -> Made:
    return azure.make(
        GROUP, "lab", {"resourceGroupName": "lab", "location": "francecentral", "tags": {"a": "b"}}
    )


@pytest.fixture
def rules(azure: Engine, group: Made) -> Made:
    assert group.id.endswith("/resourceGroups/lab")
    return azure.make(
        RULES, "door", {**PLACE, "networkSecurityGroupName": "door", "securityRules": [RULE]}
    )


@pytest.fixture
def network(azure: Engine, rules: Made) -> Made:
    subnet = {
        "name": "machines",
        "addressPrefix": "10.77.0.0/17",
        "networkSecurityGroup": {"id": rules.id},
    }
    inputs = {
        "virtualNetworkName": "network",
        "addressSpace": {"addressPrefixes": ["10.77.0.0/16"]},
        "subnets": [subnet],
    }
    return azure.make(NETWORK, "network", {**PLACE, **inputs})


@pytest.fixture
def address(azure: Engine, group: Made) -> Made:
    assert group.id
    inputs = {
        "publicIpAddressName": "seat01",
        "sku": {"name": "Standard"},
        "publicIPAllocationMethod": "Static",
    }
    return azure.make(ADDRESS, "seat01", {**PLACE, **inputs})


def way(network: Made, private: str | None, public: str | None = None) -> Properties:
    found: Properties = {
        "name": "machine",
        "subnet": {"id": network.outputs["subnets"][0]["id"]},
        "privateIPAddress": private,
    }
    return found | ({"publicIPAddress": {"id": public}} if public else {})


@pytest.fixture
def card(azure: Engine, network: Made, address: Made) -> Made:
    inputs = {"ipConfigurations": [way(network, "10.77.1.1", address.id)]}
    return azure.make(CARD, "seat01", {**PLACE, "networkInterfaceName": "seat01", **inputs})


@pytest.fixture
def asked(card: Made) -> Properties:
    """What a lab asks of a machine."""
    image = dict(
        zip(
            ("publisher", "offer", "sku", "version"),
            FACTS.images[Image.DEBIAN_13].split(":"),
            strict=True,
        )
    )
    linux = {
        "disablePasswordAuthentication": True,
        "ssh": {
            "publicKeys": [{"path": "/home/dockyard/.ssh/authorized_keys", "keyData": KEY}],
        },
    }
    return {
        **PLACE,
        "vmName": "seat01",
        "hardwareProfile": {"vmSize": "Standard_B2s"},
        "networkProfile": {"networkInterfaces": [{"id": card.id, "primary": True}]},
        "osProfile": {
            "computerName": "seat01",
            "adminUsername": "dockyard",
            "customData": base64.b64encode(b"#!/bin/sh").decode(),
            "linuxConfiguration": linux,
        },
        "storageProfile": {
            "imageReference": image,
            "osDisk": {
                "name": "seat01",
                "createOption": "FromImage",
                "deleteOption": "Delete",
                "diskSizeGB": 30,
                "managedDisk": {"storageAccountType": "StandardSSD_LRS"},
            },
        },
        "tags": {"dockyard:lab": "class"},
    }


@pytest.fixture
def vm(azure: Engine, asked: Properties) -> Made:
    return azure.make(VM, "seat01", asked)


def with_(asked: Properties, place: str, value: object) -> Properties:
    """A copy of it, with another value at `a.b.c`."""
    changed = copy.deepcopy(asked)
    *parents, last = place.split(".")
    target = changed
    for parent in parents:
        target = target[parent]
    target[last] = value
    return changed


# --- what it computes ---------------------------------------------------------------------------


def test_a_machine_is_what_a_lab_needs(azure: Engine, vm: Made, address: Made) -> None:
    assert vm.id == (
        "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/lab/providers/"
        "Microsoft.Compute/virtualMachines/seat01"
    )
    assert len(vm.outputs["vmId"]) == 36
    assert address.outputs["ipAddress"].startswith("198.51.100.")
    found = azure.inventory.tagged("dockyard:lab", "class")
    assert {one.kind for one in found} == {VM, DISK}
    record = azure.inventory.get(VM, vm.id, SUBSCRIPTION)
    assert record is not None
    assert record.address == address.outputs["ipAddress"]


def test_every_meaning_of_the_description_is_known() -> None:
    for image in Image:
        assert FACTS.image(image).rpartition(":")[0] in facts.IMAGES
    for size in Size:
        assert FACTS.size(size) in facts.SIZES


def test_who_asks(azure: Engine, connect: Connect) -> None:
    assert azure.ask(CLIENT)["subscriptionId"] == "11111111-2222-3333-4444-555555555555"
    other = "99999999-2222-3333-4444-555555555555"
    assert connect(subscriptionId=other).ask(CLIENT)["subscriptionId"] == other


# --- what it refuses ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("osProfile.customdata", "x", "did you mean customData"),
        ("storageProfile.osDisk.deleteOption", "Delet", "must be one of Delete, Detach"),
        ("storageProfile.osDisk.diskSizeGB", "30", "whole number"),
        ("storageProfile.osDisk.diskSizeGB", 20, "disk size 20 GB is smaller than .* 30 GB"),
        ("storageProfile.imageReference.sku", "14", "PlatformImageNotFound"),
        ("hardwareProfile.vmSize", "Standard_B2", "The value Standard_B2 provided for the VM size"),
        ("hardwareProfile.vmSize", "Standard_B2ps_v2", "architecture"),
        ("osProfile.adminUsername", "admin", "The Admin Username specified is not allowed"),
        ("osProfile.computerName", "seat_01", "Linux host name cannot exceed"),
        ("osProfile.customData", "#!", "must be in Base64 encoding"),
        ("osProfile.customData", base64.b64encode(b"x" * 65536).decode(), "87380 characters"),
        ("osProfile.linuxConfiguration.ssh", {}, "Authentication using either SSH"),
        ("networkProfile.networkInterfaces", [{"id": "/x"}], "InvalidResourceReference"),
        ("location", "paris", "LocationNotAvailableForResourceType"),
        ("resourceGroupName", "other", "ResourceGroupNotFound"),
        ("vmName", "-x", "vmName: a virtual machine's name"),
        ("tags", {str(n): "x" for n in range(51)}, "InvalidTagCount"),
        ("tags", {"a/b": "x"}, "InvalidTagNameCharacters"),
        ("priority", "Spot", "doesn't know this property.*rehearsal/clouds/azure"),
    ],
)
def test_a_machine_is_refused(
    azure: Engine, asked: Properties, place: str, value: object, words: str
) -> None:
    with refused(words):
        azure.make(VM, "seat01", with_(asked, place, value))
    assert azure.inventory.all(VM, DISK) == []


def test_a_quota_and_a_shortage(azure: Engine, asked: Properties) -> None:
    azure.inventory.set(vcpus=1)
    with refused("OperationNotAllowed.*standardBSFamily Cores quota.*Current Limit: 1"):
        azure.make(VM, "seat01", asked)
    azure.inventory.set(vcpus=2, unavailable=["Standard_B2s"])
    with refused("SkuNotAvailable.*Standard_B2s.*not available in location 'francecentral'"):
        azure.make(VM, "seat01", asked)
    azure.inventory.set(unavailable=[])
    assert azure.make(VM, "seat01", asked).id


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sku": {"name": "Basic"}}, "IPv4BasicSkuPublicIpCountLimitReached"),
        ({"sku": None}, "IPv4BasicSkuPublicIpCountLimitReached"),
        ({"publicIPAllocationMethod": "Dynamic"}, "must have AllocationMethod set to Static"),
        ({"publicIpAddressName": "seat01"}, "cannot create already existing resource"),
        ({"publicIpAddressName": "SEAT01"}, "cannot create already existing resource"),
    ],
)
def test_a_public_address_is_refused(
    azure: Engine, address: Made, change: Properties, words: str
) -> None:
    asked = {**address.inputs, "publicIpAddressName": "other"}
    with refused(words):
        azure.make(ADDRESS, "other", {**asked, **change})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"priority": 50}, "SecurityRuleInvalidPriority"),
        ({"destinationPortRanges": ["70000"]}, "SecurityRuleInvalidPortRange"),
        ({"destinationPortRanges": ["*"]}, "SecurityRuleInvalidPortRange.*Value provided: \\*"),
        ({"destinationPortRanges": []}, "SecurityRuleParameterRequired"),
        ({"sourceAddressPrefix": "10.0.0.1/8"}, "SecurityRuleInvalidAddressPrefix"),
        ({"sourceAddressPrefixes": ["Internet"]}, "SecurityRuleInvalidAddressPrefix"),
        ({"protocol": "TCPIP"}, "must be one of"),
    ],
)
def test_a_rule_is_refused(azure: Engine, rules: Made, change: Properties, words: str) -> None:
    with refused(words):
        azure.change(rules, securityRules=[{**RULE, **change}])


def test_two_rules_of_one_priority(azure: Engine, rules: Made) -> None:
    with refused("SecurityRuleConflict: |SecurityRuleConflict"):
        azure.change(rules, securityRules=[RULE, {**RULE, "name": "web"}])
    other_way = {**RULE, "name": "web", "direction": "Outbound"}
    assert azure.change(rules, securityRules=[RULE, other_way]).outputs["securityRules"]


@pytest.mark.parametrize(
    ("private", "words"),
    [
        ("10.78.0.1", "PrivateIPAddressNotInSubnet"),
        ("10.77.0.3", "PrivateIPAddressInReservedRange"),
        ("10.77.127.255", "PrivateIPAddressInReservedRange"),
        ("10.77.1.1", "PrivateIPAddressIsAllocated"),
    ],
)
@pytest.mark.usefixtures("card")
def test_a_private_address_is_refused(
    azure: Engine, network: Made, private: str, words: str
) -> None:
    inputs = {"networkInterfaceName": "other", "ipConfigurations": [way(network, private)]}
    with refused(words):
        azure.make(CARD, "other", {**PLACE, **inputs})


def test_a_network_is_refused(azure: Engine, network: Made) -> None:
    subnet = {"name": "more", "addressPrefix": "10.77.64.0/24"}
    with refused("NetcfgSubnetRangesOverlap"):
        azure.change(network, subnets=[*network.inputs["subnets"], subnet])
    with refused("NetcfgSubnetRangeOutsideVnet"):
        azure.change(network, subnets=[{**subnet, "addressPrefix": "10.78.0.0/24"}])


def test_what_is_in_use_stays(
    azure: Engine, vm: Made, card: Made, address: Made, network: Made
) -> None:
    for used, words in (
        (card, "NicInUse"),
        (address, "PublicIPAddressCannotBeDeleted"),
        (network, "InUseSubnetCannotBeDeleted"),
    ):
        with refused(words):
            azure.delete(used)
    for gone in (vm, card, address, network):
        azure.delete(gone)
    assert azure.inventory.all(VM, CARD, ADDRESS, NETWORK, DISK) == []


def test_a_group_takes_all_with_it(azure: Engine, group: Made, vm: Made) -> None:
    azure.inventory.set(locked=["lab"])
    with refused("ScopeLocked"):
        azure.delete(group)
    azure.inventory.set(locked=[])
    azure.delete(group)
    assert azure.inventory.all() == []
    assert not azure.read(vm)


def test_a_detached_disk_is_left_and_in_the_way(azure: Engine, asked: Properties) -> None:
    made = azure.make(VM, "seat01", with_(asked, "storageProfile.osDisk.deleteOption", None))
    azure.delete(made)
    assert [one.name for one in azure.inventory.all(DISK)] == ["seat01"]
    with refused("ConflictingUserInput.*Disk seat01 already exists in resource group LAB"):
        azure.make(VM, "seat01", asked)


def test_names_are_taken_in_their_group(azure: Engine, group: Made) -> None:
    with refused("cannot create already existing resource '.*/resourceGroups/lab'"):
        azure.make(GROUP, "again", {"resourceGroupName": "LAB", "location": "francecentral"})
    made_up = azure.make(GROUP, "lab", {"location": "westeurope"})
    assert len(made_up.inputs["resourceGroupName"]) == len("lab") + 8
    assert group.id != made_up.id


# --- what changes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("osProfile.customData", "eA==", "Changing property 'customData' is not allowed"),
        ("osProfile.adminUsername", "else", "Changing property 'adminUsername' is not allowed"),
        ("osProfile.computerName", "seat02", "Changing property 'computerName' is not allowed"),
        ("storageProfile.imageReference.version", "1", "Changing property 'imageReference'"),
        ("storageProfile.osDisk.diskSizeGB", 40, "ResizeDiskError"),
        ("networkProfile.networkInterfaces", [], "AddingOrDeletingNetworkInterfaces"),
        ("zones", ["1"], "Changing property 'zones' is not allowed"),
    ],
)
def test_a_change_that_the_preview_does_not_see_fail(
    azure: Engine, vm: Made, place: str, value: object, words: str
) -> None:
    top = place.split(".", maxsplit=1)[0]
    change = {top: with_(vm.inputs, place, value)[top]}
    response, _ = azure.diff(vm, **change)
    assert not response.replaces
    with refused(f'Code="{words}|{words}'):
        azure.change(vm, **change)


def test_a_change_in_place(azure: Engine, vm: Made) -> None:
    bigger = azure.change(vm, hardwareProfile={"vmSize": "Standard_B4ms"}, tags={"a": "b"})
    assert bigger.outputs["vmId"] == vm.outputs["vmId"]
    found = azure.inventory.get(VM, vm.id, SUBSCRIPTION)
    assert found is not None
    assert found.tags == {"a": "b"}


def test_another_place_is_another_machine(azure: Engine, vm: Made) -> None:
    response, _ = azure.diff(vm, location="westeurope")
    assert list(response.replaces) == ["location"]
    # the same name: the old one has to go first
    assert response.deleteBeforeReplace
    response, _ = azure.diff(vm, vmName="other")
    assert list(response.replaces) == ["vmName"]
    assert not response.deleteBeforeReplace


def test_a_long_operation_whose_answer_is_lost(azure: Engine, asked: Properties) -> None:
    azure.inventory.plan(Fault("create", "*:VirtualMachine", error="connection reset", lost=True))
    with refused("connection reset"):
        azure.make(VM, "seat01", asked)
    (left,) = azure.inventory.all(VM)
    with refused("NicInUse|cannot create already existing resource"):
        azure.make(VM, "seat01", asked)
    azure.inventory.put(replace(left, tags={}))


# --- alarms -------------------------------------------------------------------------------------

APP = "azure-native:logic:Workflow"
PEOPLE = "azure-native:monitor:ActionGroup"
ALERT = "azure-native:monitor:MetricAlert"
WATCHED = {"resourceGroupName": "lab", "location": "Global"}
HOURLY = {"frequency": "Hour", "interval": 1, "startTime": "2100-01-01T00:00:00Z"}
ADA = {"name": "ada", "emailAddress": "ada@example.org", "useCommonAlertSchema": True}


def app(azure: Engine, **actions: Properties) -> Made:
    definition = {
        "triggers": {"look": {"type": "Recurrence", "recurrence": HOURLY}},
        "actions": actions,
    }
    return azure.make(APP, "look", {**PLACE, "workflowName": "look", "definition": definition})


def people(azure: Engine, **change: object) -> Made:
    asked = {"groupShortName": "dockyard", "enabled": True, "emailReceivers": [ADA]}
    return azure.make(PEOPLE, "alarm", {**WATCHED, "actionGroupName": "alarm", **asked, **change})


def alert(azure: Engine, scope: str, group: str, **change: object) -> Made:
    criterion = {
        "criterionType": "StaticThresholdCriterion", "name": "amiss",
        "metricNamespace": "Microsoft.Logic/workflows", "metricName": "RunsFailed",
        "operator": "GreaterThan", "threshold": 0, "timeAggregation": "Total",
    }  # fmt: skip
    criteria = {
        "odataType": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
        "allOf": [{**criterion, "metricName": change.pop("metric", "RunsFailed")}],
    }
    asked = {
        "ruleName": "alarm", "enabled": True, "severity": 1, "scopes": [scope],
        "evaluationFrequency": "PT15M", "windowSize": "PT6H", "criteria": criteria,
        "actions": [{"actionGroupId": group}],
    }  # fmt: skip
    return azure.make(ALERT, "alarm", {**WATCHED, **asked, **change})


@pytest.mark.usefixtures("group")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"groupShortName": "of the dockyard"}, "12 characters at most"),
        ({"emailReceivers": [ADA, {**ADA, "name": "Ada"}]}, "must be unique"),
        ({"emailReceivers": [{**ADA, "emailAddress": "ada"}]}, "'ada' is not valid"),
        ({"location": "francecentral"}, "not available for resource type"),
    ],
)
def test_an_action_group_is_refused(azure: Engine, change: Properties, words: str) -> None:
    with refused(words):
        people(azure, **change)


@pytest.mark.usefixtures("group")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"evaluationFrequency": "PT6H"}, "must be PT1M"),
        ({"windowSize": "PT5M"}, "no less than the frequency"),
        ({"metric": "RunsStarted"}, "counts failed runs of a Logic App"),
        ({"severity": 5}, "from 0 to 4"),
        ({"scopes": ["/subscriptions/none"]}, "was not found"),
        ({"actions": [{"actionGroupId": "/subscriptions/none"}]}, "was not found"),
    ],
)
def test_an_alert_is_refused(azure: Engine, change: Properties, words: str) -> None:
    watched = app(azure, end={"type": "Terminate", "inputs": {"runStatus": "Failed"}})
    told = people(azure)
    with refused(words):
        alert(azure, watched.id, told.id, **change)


@pytest.mark.usefixtures("group")
@pytest.mark.parametrize(
    ("action", "words"),
    [
        ({"type": "Wait"}, "can't run this definition .Wait."),
        ({"type": "Terminate", "inputs": {"runStatus": "Cancelled"}}, "Cancelled"),
        (
            {
                "type": "If",
                "expression": {"equals": ["@triggerBody()", 1]},
                "actions": {},
                "else": {"actions": {}},
            },
            "triggerBody",
        ),
        (
            {"type": "Http", "inputs": {"method": "GET", "uri": "https://example.org/"}},
            "https://example.org/",
        ),
    ],
)
def test_what_the_stand_in_can_not_run_it_says(
    azure: Engine, action: Properties, words: str
) -> None:
    with refused(words):
        app(azure, one=action)
