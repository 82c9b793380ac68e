"""What a person does to a machine's power by a cloud's own SDK, typed in a rehearsal's shell:
`python sdk_power.py aws stop seat01-node1`.
"""

import os
import sys
from typing import Any

import requests

Sdk = Any
REGION, ZONE, PROJECT = "eu-west-3", "europe-west9-b", "rehearsal"


def aws(act: str, host: str) -> str:
    import boto3

    ec2: Sdk = boto3.client("ec2", region_name=REGION)
    named = [{"Name": "tag:Name", "Values": [f"*{host}"]}]
    (found,) = ec2.describe_instances(Filters=named)["Reservations"]
    one = found["Instances"][0]["InstanceId"]
    if act == "console":
        return str(ec2.get_console_output(InstanceId=one)["Output"])
    getattr(ec2, f"{act}_instances")(InstanceIds=[one])
    if act != "reboot":
        waits = {"stop": "instance_stopped", "start": "instance_running"}
        ec2.get_waiter(waits[act]).wait(InstanceIds=[one])
    now = ec2.describe_instances(InstanceIds=[one])["Reservations"][0]["Instances"][0]
    return f"{now['State']['Name']} {now.get('PublicIpAddress', '')}"


def azure(act: str, host: str) -> str:
    from azure.core.credentials import AccessToken
    from azure.core.pipeline.policies import HeadersPolicy
    from azure.mgmt.compute import ComputeManagementClient

    class Nobody:
        def get_token(self, *_: str, **__: object) -> AccessToken:
            return AccessToken("", 2**31)

    there = os.environ["DOCKYARD_AZURE_ENDPOINT"]
    given = {"Authorization": f"Bearer {os.environ['DOCKYARD_AZURE_TOKEN']}"}
    client = ComputeManagementClient(
        Nobody(), os.environ["AZURE_SUBSCRIPTION_ID"], base_url=there,
        credential_scopes=[f"{there}/.default"],
        authentication_policy=HeadersPolicy(base_headers=given),
    )  # fmt: skip
    machines = client.virtual_machines
    (one,) = [vm for vm in machines.list_all() if str(vm.name).endswith(host)]
    place = str(one.id).split("/")[4], str(one.name)
    if act == "console":
        found = machines.retrieve_boot_diagnostics_data(*place)
        return requests.get(str(found.serial_console_log_blob_uri), timeout=9).text
    acts = {"stop": "deallocate", "reboot": "restart"}
    getattr(machines, f"begin_{acts.get(act, act)}")(*place).result()
    return str((machines.instance_view(*place).statuses or [])[-1].code)


def gcp(act: str, host: str) -> str:
    from google.cloud import compute_v1
    from google.oauth2.credentials import Credentials

    there = {"api_endpoint": os.environ["DOCKYARD_GCP_ENDPOINT"]}
    me: Sdk = {
        "credentials": Credentials(os.environ["DOCKYARD_GCP_TOKEN"]),
        "client_options": there,
    }
    machines: Sdk = compute_v1.InstancesClient(**me)
    listed = [
        one for _, page in machines.aggregated_list(project=PROJECT) for one in page.instances
    ]
    (name,) = [one.name for one in listed if one.name.endswith(host)]
    one = {"project": PROJECT, "zone": ZONE, "instance": name}
    if act == "console":
        return str(machines.get_serial_port_output(**one).contents)
    getattr(machines, {"reboot": "reset"}.get(act, act))(**one).result()
    now = machines.get(**one)
    return f"{now.status} {now.network_interfaces[0].access_configs[0].nat_i_p}"


if __name__ == "__main__":
    cloud, *words = sys.argv[1:]
    print({"aws": aws, "azure": azure, "gcp": gcp}[cloud](*words))  # noqa: T201 - for the test
