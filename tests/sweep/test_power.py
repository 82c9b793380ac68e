"""Power and consoles of rehearsed machines, asked by the clouds' own SDKs."""

import json
import os
import subprocess
import sys
from typing import Any

import boto3
import pytest
import requests
from azure.core.exceptions import HttpResponseError
from azure.mgmt.compute import ComputeManagementClient
from botocore.exceptions import ClientError

from rehearsal import serve
from rehearsal.inventory import Record
from standin import cloud_labs
from sweep.test_faces import REGION, azure_client, refused

Sdk = Any


@pytest.fixture
def happened(clouds: serve.Running, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the real machines would be told, in order."""
    told: list[str] = []
    monkeypatch.setattr(clouds.hooks, "happened", lambda what, _: told.append(what))
    monkeypatch.setattr(clouds.hooks, "console", lambda record: f"{record.id} boots\n")
    return told


def test_an_instance_is_stopped_started_and_rebooted(
    clouds: serve.Running, happened: list[str]
) -> None:
    cloud_labs.make(clouds, "aws")
    ec2: Sdk = boto3.client("ec2", region_name=REGION)
    first, *_ = clouds.inventory["aws"].all("aws:ec2/instance:Instance")
    del happened[:]

    def now() -> dict[str, Any]:
        found = ec2.describe_instances(InstanceIds=[first.id])["Reservations"][0]["Instances"][0]
        return dict(found)

    before = now()
    (said,) = ec2.stop_instances(InstanceIds=[first.id])["StoppingInstances"]
    assert (said["PreviousState"]["Name"], said["CurrentState"]["Name"]) == ("running", "stopping")
    stopped = now()
    assert stopped["State"] == {"Code": 80, "Name": "stopped"}
    assert "PublicIpAddress" not in stopped
    assert stopped["PrivateIpAddress"] == before["PrivateIpAddress"]
    assert stopped["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    assert stopped["StateTransitionReason"].startswith("User initiated (20")
    assert refused(ec2.reboot_instances, InstanceIds=[first.id]) == "IncorrectInstanceState"
    ec2.stop_instances(InstanceIds=[first.id])  # once more changes nothing
    ec2.start_instances(InstanceIds=[first.id])
    started = now()
    assert started["State"]["Name"] == "running"
    assert started["PublicIpAddress"]
    assert (started.get("StateReason"), started["StateTransitionReason"]) == (None, "")
    assert started["LaunchTime"] >= before["LaunchTime"]
    ec2.reboot_instances(InstanceIds=[first.id])
    assert happened == ["stop", "start", "reboot"]
    ec2.terminate_instances(InstanceIds=[first.id])
    assert now()["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    assert refused(ec2.start_instances, InstanceIds=[first.id]) == "IncorrectInstanceState"
    assert refused(ec2.stop_instances, InstanceIds=["i-0"]) == "InvalidInstanceID.NotFound"


def test_an_instance_has_a_console(clouds: serve.Running, happened: list[str]) -> None:
    cloud_labs.make(clouds, "aws")
    del happened[:]
    ec2: Sdk = boto3.client("ec2", region_name=REGION)
    first, *_ = clouds.inventory["aws"].all("aws:ec2/instance:Instance")
    said = ec2.get_console_output(InstanceId=first.id)
    assert said["Output"] == f"{first.id} boots\n"  # boto3 has unpacked it
    assert said["Timestamp"]
    assert happened == []


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize("name", ["stop_instances", "start_instances", "reboot_instances"])
def test_who_may_not_change_an_instances_power_is_refused(
    name: str, clouds: serve.Running, happened: list[str]
) -> None:
    cloud_labs.make(clouds, "aws")
    del happened[:]
    ec2: Sdk = boto3.client("ec2", region_name=REGION)
    first, *_ = clouds.inventory["aws"].all("aws:ec2/instance:Instance")
    action = f"ec2:{name.partition('_')[0].title()}Instances"
    clouds.inventory["aws"].set(denied=[action])
    with pytest.raises(ClientError, match=f"perform: {action} on resource: .*{first.id} with an"):
        getattr(ec2, name)(InstanceIds=[first.id], DryRun=True)
    other = {"StringLike": {"aws:ResourceTag/dockyard-lab": "another"}}
    tagged = {"Effect": "Allow", "Action": [action], "Resource": "*", "Condition": other}
    clouds.inventory["aws"].set(denied=[], policy=_policy(tagged))
    assert refused(getattr(ec2, name), InstanceIds=[first.id]) == "UnauthorizedOperation"
    other["StringLike"]["aws:ResourceTag/dockyard-lab"] = "course"
    clouds.inventory["aws"].set(policy=_policy(tagged))
    getattr(ec2, name)(InstanceIds=[first.id])
    assert happened == {"start": []}.get(name[:5], [name.partition("_")[0]])


VM = "azure-native:compute:VirtualMachine"
GROUP, ONE = "dockyard-trainer-course", "seat01-node1"
HOME = "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Compute/virtualMachines/{}"


def _vm(clouds: serve.Running, name: str, **more: object) -> Record:
    account = cloud_labs.ACCOUNTS["azure"]
    id_ = HOME.format(account, GROUP, name)
    made = Record(kind=VM, id=id_, name=name, scope=account, inputs=more, outputs={})
    clouds.inventory["azure"].put(made)
    return made


@pytest.fixture
def machines(clouds: serve.Running, happened: list[str]) -> Sdk:
    """Azure's own client, where one machine is there and nothing has happened to it."""
    cloud_labs.make(clouds, "azure")
    _vm(clouds, ONE)
    del happened[:]
    return azure_client(clouds, ComputeManagementClient).virtual_machines


def test_a_virtual_machine_is_stopped_deallocated_and_started(
    machines: Sdk, happened: list[str]
) -> None:
    place = (GROUP, ONE)

    def power() -> str:
        return str(machines.instance_view(*place).statuses[-1].code)

    assert power() == "PowerState/running"
    machines.begin_power_off(*place).result()
    assert power() == "PowerState/stopped"
    with pytest.raises(HttpResponseError, match="OperationNotAllowed"):
        machines.begin_restart(*place)
    machines.begin_deallocate(*place).result()
    assert power() == "PowerState/deallocated"
    machines.begin_start(*place).result()
    machines.begin_restart(*place).result()
    assert power() == "PowerState/running"
    assert happened == ["stop", "start", "reboot"]


def test_who_may_not_change_a_virtual_machines_power_is_refused(
    clouds: serve.Running, machines: Sdk, happened: list[str]
) -> None:
    place = (GROUP, ONE)
    clouds.inventory["azure"].set(actions=["Microsoft.Compute/virtualMachines/powerOff/action"])
    acts = {
        "instanceView/read": machines.instance_view,
        "deallocate/action": machines.begin_deallocate,
        "start/action": machines.begin_start,
        "restart/action": machines.begin_restart,
        "retrieveBootDiagnosticsData/action": machines.retrieve_boot_diagnostics_data,
    }
    for action, act in acts.items():
        with pytest.raises(HttpResponseError, match="AuthorizationFailed") as denied:
            act(*place)
        assert f"action 'Microsoft.Compute/virtualMachines/{action}' over" in str(denied.value)
        assert denied.value.status_code == 403
    machines.begin_power_off(*place).result()
    assert happened == ["stop"]


def test_the_list_of_all_tells_power_where_it_is_asked_for(
    machines: Sdk, happened: list[str]
) -> None:
    machines.begin_deallocate(GROUP, ONE).result()
    (plain,) = [one for one in machines.list_all() if one.name == ONE]
    assert plain.instance_view is None
    (told,) = [one for one in machines.list_all(status_only="true") if one.name == ONE]
    status = told.instance_view.statuses[-1]
    assert (status.code, status.display_status) == ("PowerState/deallocated", "VM deallocated")
    assert happened[-1] == "stop"


def test_a_virtual_machines_log_is_there_where_it_is_kept(
    clouds: serve.Running, machines: Sdk
) -> None:
    kept = _vm(clouds, "kept", diagnosticsProfile={"bootDiagnostics": {"enabled": True}})
    with pytest.raises(HttpResponseError, match="not enabled"):
        machines.retrieve_boot_diagnostics_data(GROUP, ONE)
    found = machines.retrieve_boot_diagnostics_data(GROUP, "kept")
    assert requests.get(found.serial_console_log_blob_uri, timeout=9).text == f"{kept.id} boots\n"


GOOGLE = """
import os
from google.api_core.exceptions import BadRequest
from google.cloud import compute_v1
from google.oauth2.credentials import Credentials

there = {"api_endpoint": os.environ["DOCKYARD_GCP_ENDPOINT"]}
me = {"credentials": Credentials(os.environ["DOCKYARD_GCP_TOKEN"]), "client_options": there}
machines = compute_v1.InstancesClient(**me)
one = {"project": "course", "zone": "europe-west9-b", "instance": os.environ["ONE"]}
def now():
    found = machines.get(**one)
    ways = found.network_interfaces[0].access_configs
    times = found.last_start_timestamp, found.last_stop_timestamp
    return found.status, bool(ways[0].nat_i_p), found.network_interfaces[0].network_i_p, *times
print(*now())
machines.stop(**one).result()
print(*now())
try:
    machines.reset(**one)
except BadRequest as error:
    print("refused", "not ready" in str(error))
machines.start(**one).result()
machines.reset(**one).result()
print(*now())
said = machines.get_serial_port_output(**one)
print(said.contents.strip().rpartition("/")[2], said.next == len(said.contents))
"""


@pytest.fixture
def googles(clouds: serve.Running, happened: list[str]) -> Record:
    """The first machine of a lab; what happened before is forgotten."""
    cloud_labs.make(clouds, "gcp")
    del happened[:]
    return clouds.inventory["gcp"].all("gcp:compute/instance:Instance")[0]


def typed(script: str, machine: Record) -> list[str]:
    """What Google's own client prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], text=True, capture_output=True, check=False,
        env={**os.environ, "ONE": machine.id.rpartition("/")[2]},
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_googles_machine_is_stopped_started_and_reset(googles: Record, happened: list[str]) -> None:
    name = googles.id.rpartition("/")[2]
    on, off, no, again, console = typed(GOOGLE, googles)
    place, begun = on.removeprefix("RUNNING True ").split()  # it was never stopped
    assert off.startswith(f"TERMINATED False {place} {begun} 20")
    assert no == "refused True"
    stopped = off.split()[-1]
    assert again.startswith(f"RUNNING True {place} 20")
    assert again.split()[-2] >= stopped == again.split()[-1]
    assert console == f"{name} boots True"
    assert happened == ["stop", "start", "reboot"]


DENIED = """
import os
from google.api_core.exceptions import Forbidden
from google.cloud import compute_v1
from google.oauth2.credentials import Credentials

there = {"api_endpoint": os.environ["DOCKYARD_GCP_ENDPOINT"]}
me = {"credentials": Credentials(os.environ["DOCKYARD_GCP_TOKEN"]), "client_options": there}
machines = compute_v1.InstancesClient(**me)
one = {"project": "course", "zone": "europe-west9-b", "instance": os.environ["ONE"]}
for act in (machines.start, machines.reset, machines.get_serial_port_output, machines.get):
    try:
        act(**one)
    except Forbidden as error:
        print(error.message.partition(": ")[2])
machines.stop(**one).result()
"""


def test_who_may_not_change_googles_machines_power_is_refused(
    clouds: serve.Running, googles: Record, happened: list[str]
) -> None:
    mine = ["compute.instances.stop", "compute.zoneOperations.get"]
    clouds.inventory["gcp"].set(permissions=mine)
    words = ("start", "reset", "getSerialPortOutput", "get")
    assert typed(DENIED, googles) == [
        f"Required 'compute.instances.{word}' permission for '{googles.id}'" for word in words
    ]
    assert happened == ["stop"]
