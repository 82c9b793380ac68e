"""Writes rights/: what a trainer's account must be allowed, ready to apply; `--check` compares.

For each kind of resource that a lab has, what its provider calls; and what the sweeper calls
beside it. A kind that is missing here fails tests/unit/test_rights.py and tests/stacks. Files of
their own hold what `dockyard backend` needs beyond: a lab needs none of it.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
EC2 = "arn:aws:ec2:*:*:"
OWN = {"StringLike": {"aws:ResourceTag/dockyard-lab": "*"}}
BORN = {"StringLike": {"aws:RequestTag/dockyard-lab": "*"}}

_ROUTES = "DisassociateRouteTable ReplaceRoute ReplaceRouteTableAssociation"
_RULES = "DeleteSecurityGroup RevokeSecurityGroupEgress RevokeSecurityGroupIngress"
_CHANGES = "ModifyInstanceCreditSpecification ModifyInstanceMetadataOptions TerminateInstances"


def _words(*parts: str) -> str:
    return " ".join(parts)


# by the type's name in EC2's ARNs: what makes it, and what changes and removes it
AWS = {
    "vpc": ("CreateVpc", "DeleteVpc ModifyVpcAttribute"),
    "subnet": ("CreateSubnet", "DeleteSubnet ModifySubnetAttribute"),
    "internet-gateway": (
        "CreateInternetGateway",
        "AttachInternetGateway DeleteInternetGateway DetachInternetGateway",
    ),
    "route-table": (
        "CreateRouteTable",
        _words("AssociateRouteTable CreateRoute DeleteRoute DeleteRouteTable", _ROUTES),
    ),
    "security-group": (
        "CreateSecurityGroup",
        _words("AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress", _RULES),
    ),
    "instance": (
        "RunInstances",
        _words("ModifyInstanceAttribute StartInstances StopInstances", _CHANGES),
    ),
    "volume": ("RunInstances", "DeleteSnapshot DeleteVolume ModifyVolume"),
}
LOOKS = (
    "AccountAttributes Addresses AvailabilityZones Images InstanceAttribute "
    "InstanceCreditSpecifications InstanceTypeOfferings InstanceTypes Instances "
    "InternetGateways KeyPairs "
    "NetworkInterfaces Regions RouteTables SecurityGroupRules SecurityGroups Snapshots Subnets "
    "Tags Volumes VpcAttribute Vpcs"
)
ELSEWHERE = (
    "iam:ListRoles iam:SimulatePrincipalPolicy pricing:GetProducts scheduler:ListSchedules "
    "servicequotas:GetAWSDefaultServiceQuota servicequotas:GetServiceQuota sns:ListTopics "
    "states:ListStateMachines sts:GetCallerIdentity tag:GetResources"
)
INSIDE = "DeleteKeyPair DeleteNetworkInterface ReleaseAddress"
"""What a student made in the lab's network carries no tag of it."""
IAM = (
    "CreateRole DeleteRole DeleteRolePolicy GetRole GetRolePolicy ListAttachedRolePolicies "
    "ListInstanceProfilesForRole ListRolePolicies PutRolePolicy TagRole UntagRole UpdateRole "
    "UpdateAssumeRolePolicy UpdateRoleDescription"
)
SCHEDULER = "CreateSchedule DeleteSchedule GetSchedule UpdateSchedule"
SNS = (
    "CreateTopic DeleteTopic GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource "
    "SetTopicAttributes Subscribe TagResource UntagResource"
)
HEARD = "GetSubscriptionAttributes Unsubscribe"
"""Of who hears of a topic; SNS knows no narrower resource for them than all."""
STATES = (
    "CreateStateMachine DeleteStateMachine DescribeStateMachine ListStateMachineVersions "
    "ListTagsForResource TagResource UntagResource UpdateStateMachine"
)

AZURE = {
    "Microsoft.Resources/subscriptions/resourceGroups": "",
    "Microsoft.Network/networkSecurityGroups": "join",
    "Microsoft.Network/virtualNetworks": "subnets/join subnets/read subnets/write",
    "Microsoft.Network/publicIPAddresses": "join",
    "Microsoft.Network/networkInterfaces": "join",
    "Microsoft.Compute/virtualMachines": "deallocate retrieveBootDiagnosticsData start",
    "Microsoft.Compute/disks": "",
    "Microsoft.ContainerService/managedClusters": "listClusterUserCredential",
    "Microsoft.ContainerRegistry/registries": "pull/read push/write",
    "Microsoft.Authorization/roleAssignments": "",
    "Microsoft.ManagedIdentity/userAssignedIdentities": "assign",
    "Microsoft.Logic/workflows": "",
    "Microsoft.DevTestLab/schedules": "",
    "Microsoft.Insights/actionGroups": "",
    "Microsoft.Insights/metricAlerts": "",
}
AZURE_LOOKS = (
    "Microsoft.Authorization/locks/read",
    "Microsoft.Authorization/permissions/read",
    "Microsoft.Compute/locations/usages/read",
    "Microsoft.Compute/skus/read",
    "Microsoft.Network/locations/usages/read",
    "Microsoft.Resources/subscriptions/read",
    "Microsoft.Resources/subscriptions/providers/read",
    "Microsoft.Resources/subscriptions/resourceGroups/resources/read",
    "Microsoft.Resources/subscriptions/resources/read",
)
ALWAYS = {"Microsoft.Authorization", "Microsoft.Resources"}
"""Registered in every subscription: there is no right to do it, and Azure refuses its name."""

_FOUR = "create delete get list"
_RW = ("read", "write")
GCP = {
    "compute.networks": f"{_FOUR} updatePolicy",
    "compute.subnetworks": f"{_FOUR} update use useExternalIp",
    "compute.firewalls": f"{_FOUR} update",
    "compute.instances": f"{_FOUR} getSerialPortOutput setDeletionProtection setLabels "
    "setMachineType setMetadata setScheduling setTags start stop update "
    "updateShieldedInstanceConfig",
    "compute.disks": f"{_FOUR} setLabels",
    "compute.addresses": "delete get list",
    "compute.forwardingRules": "delete get list",
    "compute.globalOperations": "get",
    "compute.regionOperations": "get",
    "compute.zoneOperations": "get",
    "compute.machineTypes": "get list",
    "compute.projects": "get",
    "compute.regions": "get list",
    "compute.zones": "get list",
    "iam.serviceAccounts": f"{_FOUR} actAs update",
    "iam.roles": f"{_FOUR} undelete update",
    "resourcemanager.projects": "get getIamPolicy setIamPolicy",
    "serviceusage.services": "get",
    "workflows.workflows": f"{_FOUR} update",
    "workflows.operations": "get",
    "cloudscheduler.jobs": f"{_FOUR} update",
    "monitoring.alertPolicies": f"{_FOUR} update",
    "monitoring.notificationChannels": f"{_FOUR} update",
}


def aws() -> str:
    """An IAM policy: what is made carries the lab's tag, and only what carries it is changed."""
    makes = {word: f"{EC2}{word}/*" for word in AWS}
    changes = sorted({f"ec2:{one}" for _, words in AWS.values() for one in words.split()})
    statements = [
        _allow("Look", [f"ec2:Describe{one}" for one in LOOKS.split()], "*"),
        _allow("LookElsewhere", ELSEWHERE.split(), "*"),
        _allow("Images", ["ssm:GetParameter"], "arn:aws:ssm:*::parameter/aws/service/*"),
        *(
            _allow(f"Make{create}", [f"ec2:{create}"], sorted(places), BORN)
            for create, places in _by_call(makes).items()
        ),
        _allow(
            "MakeFrom",
            ["ec2:RunInstances"],
            [f"{EC2}{word}/*" for word in ("network-interface", "security-group", "subnet")]
            + ["arn:aws:ec2:*::image/*"],
        ),
        _allow(
            "MakeIn",
            ["ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSubnet"],
            f"{EC2}vpc/*",
        ),
        _allow(
            "TagWhenMade",
            ["ec2:CreateTags"],
            f"{EC2}*/*",
            {"StringEquals": {"ec2:CreateAction": sorted({one for one, _ in AWS.values()})}},
        ),
        _allow("ChangeOwn", ["ec2:CreateTags", "ec2:DeleteTags", *changes], f"{EC2}*/*", OWN),
        _allow("SweepInside", [f"ec2:{one}" for one in INSIDE.split()], "*"),
        _allow("GuardRole", [f"iam:{one}" for one in IAM.split()], _ROLE),
        _allow(
            "GuardTakesIt",
            ["iam:PassRole"],
            _ROLE,
            {
                "StringEquals": {
                    "iam:PassedToService": ["scheduler.amazonaws.com", "ssm.amazonaws.com"]
                }
            },
        ),
        _allow(
            "GuardSchedule",
            [f"scheduler:{one}" for one in SCHEDULER.split()],
            "arn:aws:scheduler:*:*:schedule/default/dockyard-*",
        ),
        _allow("AlarmTopic", [f"sns:{one}" for one in SNS.split()], "arn:aws:sns:*:*:dockyard-*"),
        _allow("AlarmIsHeard", [f"sns:{one}" for one in HEARD.split()], "*"),
        _allow(
            "AlarmMachine",
            [f"states:{one}" for one in STATES.split()],
            "arn:aws:states:*:*:stateMachine:dockyard-*",
        ),
        _allow("AlarmIsRead", ["states:ValidateStateMachineDefinition"], "*"),
        _allow(
            "AlarmTakesIt",
            ["iam:PassRole"],
            _ROLE,
            {"StringEquals": {"iam:PassedToService": "states.amazonaws.com"}},
        ),
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1) + "\n"


_ROLE = "arn:aws:iam::*:role/dockyard-*"


def _by_call(makes: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word, (create, _) in AWS.items():
        found.setdefault(create, []).append(makes[word])
    return found


def _allow(
    name: str,
    actions: list[str],
    on: str | list[str],
    when: Mapping[str, Mapping[str, object]] | None = None,
) -> dict[str, object]:
    more = {"Condition": when} if when else {}
    return {"Sid": name, "Effect": "Allow", "Action": sorted(actions), "Resource": on, **more}


def azure() -> str:
    """A role definition for `az role definition create`."""
    actions = set(AZURE_LOOKS)
    for type_, more in AZURE.items():
        actions |= {f"{type_}/{verb}" for verb in ("read", "write", "delete")}
        for word in more.split():
            whole = word.endswith(("read", "write")) or word == "delete"
            actions.add(f"{type_}/{word}" if whole else f"{type_}/{word}/action")
    for namespace in sorted({one.partition("/")[0] for one in AZURE} - ALWAYS):
        actions.add(f"{namespace}/register/action")
    role = {
        "Name": "Dockyard trainer",
        "IsCustom": True,
        "Description": "Makes and removes labs of Dockyard, and what ends them by itself.",
        "Actions": sorted(actions),
        "NotActions": [],
        "AssignableScopes": ["/subscriptions/YOUR-SUBSCRIPTION"],
    }
    return json.dumps(role, indent=1) + "\n"


def gcp() -> str:
    """A role for `gcloud iam roles create --file`."""
    return _gcp_role("Dockyard trainer", "Makes, looks at and removes labs of Dockyard", GCP)


def _gcp_role(title: str, description: str, rights: Mapping[str, str]) -> str:
    found = sorted(f"{part}.{verb}" for part, verbs in rights.items() for verb in verbs.split())
    lines = [f"title: {title}", f"description: {description}"]
    return "\n".join(
        [*lines, "stage: GA", "includedPermissions:", *(f"  - {one}" for one in found), ""]
    )


# --- where states are kept ----------------------------------------------------------------------

S3_BUCKET = (
    "CreateBucket ListBucket PutBucketPublicAccessBlock PutBucketVersioning "
    "PutEncryptionConfiguration"
)
S3_OBJECT = "DeleteObject GetObject PutObject"
STORAGE = "Microsoft.Storage/storageAccounts"
BLOBS = f"{STORAGE}/blobServices"
AZURE_STATES = (
    "Microsoft.Resources/subscriptions/read",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Resources/subscriptions/resourceGroups/write",
    "Microsoft.Storage/register/action",
    *(f"{one}/{verb}" for one in (STORAGE, BLOBS, f"{BLOBS}/containers") for verb in _RW),
)
GCP_STATES = {
    # setIamPolicy is what Google asks of who prevents public access
    "storage.buckets": "create get setIamPolicy update",
    "storage.objects": _FOUR,
}


def aws_states() -> str:
    """Buckets of our name alone; an older version of a state can't be deleted."""
    bucket = "arn:aws:s3:::dockyard-states-*"
    statements = [
        _allow("Who", ["sts:GetCallerIdentity"], "*"),
        _allow("Bucket", [f"s3:{one}" for one in S3_BUCKET.split()], bucket),
        _allow("States", [f"s3:{one}" for one in S3_OBJECT.split()], f"{bucket}/*"),
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1) + "\n"


def azure_states() -> str:
    """A role that makes the storage account, and reads and writes in it."""
    role = {
        "Name": "Dockyard states",
        "IsCustom": True,
        "Description": "Makes where Dockyard keeps the states of labs, and uses it.",
        "Actions": sorted(AZURE_STATES),
        "NotActions": [],
        "DataActions": [f"{BLOBS}/containers/blobs/{verb}" for verb in ("delete", "read", "write")],
        "NotDataActions": [],
        "AssignableScopes": ["/subscriptions/YOUR-SUBSCRIPTION"],
    }
    return json.dumps(role, indent=1) + "\n"


def gcp_states() -> str:
    """A role for `gcloud iam roles create --file`."""
    return _gcp_role(
        "Dockyard states", "Makes the bucket of the states of labs, uses it", GCP_STATES
    )


FILES = {
    "aws-trainer.json": aws,
    "azure-trainer.json": azure,
    "gcp-trainer.yaml": gcp,
    "aws-states.json": aws_states,
    "azure-states.json": azure_states,
    "gcp-states.yaml": gcp_states,
}


def main() -> int:
    stale = []
    for name, write in FILES.items():
        path = ROOT / "rights" / name
        if "--check" not in sys.argv:
            path.write_text(write(), encoding="utf-8")
        elif path.read_text(encoding="utf-8") != write():
            stale.append(name)
    if stale:
        print(f"{', '.join(stale)}: not what tools/rights.py says; type: make generate")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
