"""Misspellings and mistakes of type, at random: the SDK's types find them all."""

import copy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rehearsal import checks, clouds, schema
from rehearsal.kinds import Cloud, Kind
from rehearsal.plain import Plain

ROOT = Path(__file__).parents[3]
RULE = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/0"]}
EXAMPLES: dict[str, dict[str, Plain]] = {
    "aws:ec2/instance:Instance": {
        "ami": "ami-1",
        "instanceType": "t3.small",
        "metadataOptions": {"httpTokens": "required"},
        "rootBlockDevice": {"volumeSize": 20, "encrypted": True},
        "creditSpecification": {"cpuCredits": "standard"},
    },
    "aws:ec2/securityGroup:SecurityGroup": {"vpcId": "vpc-1", "ingress": [RULE], "egress": [RULE]},
    "aws:ec2/routeTable:RouteTable": {
        "vpcId": "vpc-1",
        "routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}],
    },
    "azure-native:network:NetworkSecurityGroup": {
        "resourceGroupName": "lab",
        "location": "francecentral",
        "securityRules": [
            {
                "name": "ssh",
                "priority": 100,
                "direction": "Inbound",
                "access": "Allow",
                "protocol": "Tcp",
                "destinationPortRanges": ["22"],
            }
        ],
    },
    "azure-native:compute:VirtualMachine": {
        "resourceGroupName": "lab",
        "location": "francecentral",
        "hardwareProfile": {"vmSize": "Standard_B2ts_v2"},
        "networkProfile": {"networkInterfaces": [{"id": "x", "primary": True}]},
        "osProfile": {
            "adminUsername": "dockyard",
            "linuxConfiguration": {
                "disablePasswordAuthentication": True,
                "ssh": {"publicKeys": [{"path": "x", "keyData": "x"}]},
            },
        },
        "storageProfile": {
            "imageReference": {"publisher": "Debian", "offer": "x", "sku": "x"},
            "osDisk": {
                "createOption": "FromImage",
                "deleteOption": "Delete",
                "managedDisk": {"storageAccountType": "StandardSSD_LRS"},
            },
        },
    },
    "gcp:compute/instance:Instance": {
        "machineType": "e2-small",
        "bootDisk": {"initializeParams": {"image": "debian-cloud/debian-12", "size": 20}},
        "networkInterfaces": [{"subnetwork": "x", "accessConfigs": [{"networkTier": "PREMIUM"}]}],
        "metadata": {"enable-oslogin": "FALSE"},
        "scheduling": {"instanceTerminationAction": "DELETE"},
    },
    "gcp:compute/firewall:Firewall": {
        "network": "x",
        "allows": [{"protocol": "tcp", "ports": ["22"]}],
        "sourceRanges": ["0.0.0.0/0"],
    },
}
tokens = pytest.mark.parametrize("token", sorted(EXAMPLES))


def cloud_of(token: str) -> Cloud:
    return next(
        cloud
        for cloud in map(clouds.load, clouds.NAMES)
        if token.split(":", maxsplit=1)[0] == cloud.package
    )


def objects(value: Plain) -> Iterator[dict[str, Plain]]:
    """Every object whose names are of the schema, in any depth."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, dict | list):
            yield from objects(item)


def problems(token: str, value: Plain) -> list[str]:
    cloud = cloud_of(token)
    found = checks.problems(cloud, cloud.by_token[token], value)
    return [f"{place}: {text}" for place, text in found]


def test_many_threads_may_ask_first() -> None:
    """The SDKs load their parts when they are touched: the first requests come all at once."""
    code = (
        "import threading; from concurrent.futures import ThreadPoolExecutor as Pool;"
        "from rehearsal import schema, clouds; azure = clouds.load('azure');"
        "start = threading.Barrier(8);"
        "ask = lambda f: (start.wait(), schema.arguments_of(azure.module, f.token))[1];"
        "assert None not in Pool(8).map(ask, azure.functions * 4)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@tokens
def test_the_examples_are_right(token: str) -> None:
    assert problems(token, EXAMPLES[token]) == []


@tokens
@settings(deadline=None)
@given(data=st.data())
def test_a_misspelt_property_is_always_refused(token: str, data: st.DataObject) -> None:
    value = copy.deepcopy(EXAMPLES[token])
    target = data.draw(st.sampled_from(list(objects(value))))
    name = data.draw(st.sampled_from(sorted(target)))
    assume(name != "enable-oslogin")  # the keys of a mapping are anybody's
    at, cut = data.draw(st.integers(0, len(name) - 1)), data.draw(st.integers(0, 1))
    misspelt = name[:at] + data.draw(st.sampled_from("abcxyzABCXYZ_")) + name[at + cut :]
    target[misspelt] = target.pop(name)
    assert any(misspelt in one for one in problems(token, value)) is (misspelt != name)


@tokens
@settings(deadline=None)
@given(data=st.data())
def test_a_value_of_another_type_is_always_refused(token: str, data: st.DataObject) -> None:
    value = copy.deepcopy(EXAMPLES[token])
    target = data.draw(st.sampled_from(list(objects(value))))
    name = data.draw(st.sampled_from(sorted(target)))
    others = [1.5, "x", True, ["x"], {"x": "y"}]
    wrong = [one for one in others if type(one) is not type(target[name])]
    target[name] = data.draw(st.sampled_from(wrong))
    assert any(name in one for one in problems(token, value))


@tokens
def test_what_the_sdk_requires_is_required(token: str) -> None:
    cls = schema.inputs_of(cloud_of(token).module, token)
    assert cls is not None
    for name in schema.required(cls):
        without = {key: item for key, item in EXAMPLES[token].items() if key != name}
        assert f"{name}: is required, and missing" in problems(token, without)


def places(kind: Kind) -> Iterator[str]:
    """Every place that a kind speaks of."""
    for words in (kind.takes, kind.needs, kind.replaces, kind.computes, kind.unordered):
        yield from words.split()
    for table in (kind.refers, kind.fixed, kind.renews, kind.replaces_if, kind.defaults):
        yield from table
    yield from kind.beyond_the_list.split()
    if kind.names:
        yield from (kind.names.property, *kind.names.within.split())


def known_at(cls: type, place: str) -> bool:
    """Whether the SDK has the place: `a.b[*].c`."""
    name, _, rest = place.replace("[*]", "").partition(".")
    known = schema.properties(cls)
    if name not in known or not rest:
        return name in known
    return any(known_at(below, rest) for below in schema.objects_in(known[name]))


@pytest.mark.parametrize("name", clouds.NAMES)
def test_every_kind_takes_what_the_sdk_has(name: str) -> None:
    """No stand-in has a property of its own."""
    cloud = clouds.load(name)
    for kind in cloud.kinds:
        cls = schema.inputs_of(cloud.module, kind.token)
        assert cls is not None, kind.token
        for place in places(kind):
            assert known_at(cls, place), (kind.token, place)
        taken = {place.split(".")[0] for place in kind.takes.replace("[*]", "").split()}
        assert {place.split(".")[0] for place in kind.defaults} <= taken, kind.token
    for function in cloud.functions:
        arguments = schema.arguments_of(cloud.module, function.token)
        assert arguments is not None, function.token
        assert set(function.takes.split()) <= set(arguments)
