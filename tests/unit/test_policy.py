"""Each rule of policy/ has a resource that breaks it, and a sentence that says why it exists."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from policy import kinds, rules
from policy.resources import Resource, Settings

AWS = {
    "instanceInitiatedShutdownBehavior": "terminate",
    "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
    "rootBlockDevice": {"encrypted": True, "deleteOnTermination": True, "volumeSize": 20},
    "instanceType": "t3.small",
    "tags": dict.fromkeys(rules.TAGS, "x"),
}
AZURE = {
    "osProfile": {
        "linuxConfiguration": {
            "disablePasswordAuthentication": True,
            "ssh": {"publicKeys": [{"keyData": "ssh-ed25519 AAAA"}]},
        }
    },
    "storageProfile": {"osDisk": {"deleteOption": "Delete", "diskSizeGB": 30}},
    "tags": dict.fromkeys(rules.TAGS, "x"),
}
GCP = {
    "scheduling": {
        "terminationTime": "2026-11-24T22:00:00Z",
        "instanceTerminationAction": "DELETE",
    },
    "bootDisk": {"autoDelete": True, "initializeParams": {"size": 20}},
    "metadata": {"enable-oslogin": "FALSE", "block-project-ssh-keys": "TRUE"},
    "labels": dict.fromkeys(rules.TAGS, "x"),
}


def rule(cidr: str, first: int, last: int, protocol: str = "tcp") -> dict[str, Any]:
    ports = {"fromPort": first, "toPort": last}
    return {"ingress": [{"protocol": protocol, **ports, "cidrBlocks": [cidr]}]}


def azure_rule(where: str, ports: str) -> dict[str, Any]:
    own = {"access": "Allow", "direction": "Inbound", "destinationPortRanges": [ports]}
    return {"securityRules": [{**own, "sourceAddressPrefix": where}]}


def statement(**more: object) -> dict[str, str]:
    return {"policy": json.dumps({"Statement": [{"Effect": "Allow", "Resource": "*", **more}]})}


BREAKS: list[tuple[str, str, dict[str, Any]]] = [
    ("no-docker-port", kinds.AWS_GROUP, rule("203.0.113.7/32", 2000, 3000)),
    ("no-docker-port", kinds.AZURE_GROUP, azure_rule("203.0.113.7/32", "2376")),
    (
        "no-docker-port",
        kinds.GCP_DOOR,
        {
            "allows": [{"protocol": "tcp", "ports": ["2375"]}],
            "sourceRanges": ["203.0.113.0/24"],
        },
    ),
    ("no-open-protocols", kinds.AWS_GROUP, rule("203.0.113.7/32", 0, 0, "-1")),
    (
        "no-open-protocols",
        kinds.GCP_DOOR,
        {"allows": [{"protocol": "all"}], "sourceRanges": ["203.0.113.0/24"]},
    ),
    ("not-the-world", kinds.AWS_GROUP, rule("0.0.0.0/0", 22, 22)),
    ("not-the-world", kinds.AZURE_GROUP, azure_rule("*", "22")),
    ("own-api-server", kinds.CLUSTER, {"apiServerAccessProfile": {"authorizedIPRanges": []}}),
    ("no-registry-admin", kinds.REGISTRY, {"adminUserEnabled": True}),
    ("tags", kinds.AWS_MACHINE, AWS | {"tags": {"dockyard-lab": "x"}}),
    ("tags", kinds.GCP_MACHINE, GCP | {"labels": None}),
    ("shutdown-terminates", kinds.AWS_MACHINE, AWS | {"instanceInitiatedShutdownBehavior": "stop"}),
    ("latest-end", kinds.GCP_MACHINE, GCP | {"scheduling": {}}),
    ("disk-goes-along", kinds.AWS_MACHINE, AWS | {"rootBlockDevice": {"encrypted": True}}),
    ("disk-goes-along", kinds.AZURE_MACHINE, AZURE | {"storageProfile": {"osDisk": {}}}),
    ("disk-goes-along", kinds.GCP_MACHINE, GCP | {"bootDisk": {"autoDelete": False}}),
    ("guard", kinds.AWS_MACHINE, AWS),
    ("guard", kinds.CLUSTER, {"apiServerAccessProfile": {"authorizedIPRanges": ["1.2.3.4/32"]}}),
    ("no-identity", kinds.AWS_MACHINE, AWS | {"iamInstanceProfile": "admin"}),
    ("no-identity", kinds.AZURE_MACHINE, AZURE | {"identity": {"type": "SystemAssigned"}}),
    ("no-identity", kinds.GCP_MACHINE, GCP | {"serviceAccount": {"email": "a@b", "scopes": []}}),
    ("metadata-by-token", kinds.AWS_MACHINE, AWS | {"metadataOptions": {}}),
    (
        "disk-encrypted",
        kinds.AWS_MACHINE,
        AWS | {"rootBlockDevice": {"deleteOnTermination": True}},
    ),
    ("disk-size", kinds.AWS_MACHINE, AWS | {"rootBlockDevice": {"volumeSize": 2000}}),
    ("no-password", kinds.AZURE_MACHINE, AZURE | {"osProfile": {"adminPassword": "x"}}),
    (
        "key-types",
        kinds.AZURE_MACHINE,
        AZURE
        | {
            "osProfile": {
                "linuxConfiguration": {"ssh": {"publicKeys": [{"keyData": "ssh-dss AAAA"}]}}
            }
        },
    ),
    ("own-keys-alone", kinds.GCP_MACHINE, GCP | {"metadata": {}}),
    (
        "no-secret-in-user-data",
        kinds.AWS_MACHINE,
        AWS | {"userData": "-----BEGIN OPENSSH PRIVATE KEY-----"},
    ),
    ("narrow-guard", kinds.AZURE_RIGHT, {"scope": "/subscriptions/1111"}),
    ("narrow-guard", kinds.GCP_RIGHT, {"role": "roles/owner"}),
    ("narrow-guard", kinds.AWS_RIGHTS, statement(Action="ec2:*")),
    ("narrow-guard", kinds.AWS_RIGHTS, statement(Action=["ec2:TerminateInstances"])),
    ("allowed-sizes", kinds.AWS_MACHINE, AWS | {"instanceType": "p5.48xlarge"}),
    ("allowed-regions", kinds.AWS_PROVIDER, {"region": "us-east-1"}),
]
ALLOWED = Settings(frozenset({"t3.small"}), frozenset({"eu-west-3"}))


def broken(type_: str, properties: dict[str, Any]) -> set[str]:
    resource = Resource(type_, "one", properties)
    return {one.rule.name for one in rules.RULES.findings([resource], ALLOWED)}


@pytest.mark.parametrize(("name", "type_", "properties"), BREAKS)
def test_what_breaks_a_rule_is_found(name: str, type_: str, properties: dict[str, Any]) -> None:
    assert name in broken(type_, properties)


def test_every_rule_is_broken_by_something() -> None:
    assert {one.name for one in rules.RULES.all} == {name for name, *_ in BREAKS}
    assert len(rules.RULES.all) >= 20


@pytest.mark.parametrize(
    ("type_", "properties"),
    [(kinds.AWS_MACHINE, AWS), (kinds.AZURE_MACHINE, AZURE), (kinds.GCP_MACHINE, GCP)],
)
def test_a_machine_as_it_should_be_breaks_nothing_but_the_guard(
    type_: str, properties: dict[str, Any]
) -> None:
    assert broken(type_, properties) == {"guard"}


def test_a_lab_with_its_guard_breaks_nothing() -> None:
    lab = [
        Resource(kinds.AWS_MACHINE, "seat01-node1", AWS),
        Resource(rules.GUARDS[kinds.AWS_MACHINE], "guard", {}),
    ]
    assert list(rules.RULES.findings(lab, Settings())) == []


def test_every_rule_says_why_in_one_sentence() -> None:
    for one in rules.RULES.all:
        assert 30 < len(one.why) < 120
        assert not one.why.endswith(".")


def test_a_finding_is_a_sentence() -> None:
    lab = [Resource(kinds.REGISTRY, "registry", {"adminUserEnabled": True, "tags": AWS["tags"]})]
    (found,) = rules.RULES.findings(lab, Settings())
    assert found.sentence == (
        "registry: has an admin user (no-registry-admin: the registry's admin password is one for "
        "all and can't be told apart by who used it)"
    )


def test_the_page_has_every_rule_and_why() -> None:
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
    for one in rules.RULES.all:
        assert re.search(rf"\| `{one.name}` +\| {re.escape(one.why)} +\|", page)
