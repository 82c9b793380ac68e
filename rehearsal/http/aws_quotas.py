"""Service Quotas, which tells what an account may have, and never what of it is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.faults import Refused
from rehearsal.http.manners import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.http.manners import Desk

_FILE = "rehearsal/http/aws_quotas.py"
_TAKES = {"ServiceCode", "QuotaCode"}
_QUOTAS = {
    ("ec2", "L-1216C47A"): (
        "vcpus",
        "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
    ),
    ("vpc", "L-F678F1CE"): ("vpcs", "VPCs per Region"),
    ("vpc", "L-E79EC296"): ("groups", "VPC security groups per Region"),
}
"""Those that the stand-in holds to, by the setting that says how much."""
_DEFAULTS = {"L-E79EC296"}
"""Of these no account has a value of its own: the default is asked by another call."""


def answer(desk: Desk, name: str, asked: Mapping[str, Any], region: str) -> dict[str, Any]:
    """One call."""
    if name not in {"GetServiceQuota", "GetAWSDefaultServiceQuota"}:
        raise Refused("UnknownOperationException", unknown([f"the call {name}"], _FILE))
    strange = asked.keys() - _TAKES
    if strange or asked.keys() != _TAKES:
        raise Refused("IllegalArgumentException", unknown(strange or _TAKES, _FILE))
    desk.called(name, asked["QuotaCode"])
    if f"servicequotas:{name}" in desk.setting("denied"):
        raise Refused(
            "AccessDeniedException",
            f"User is not authorized to perform: servicequotas:{name}",
        )
    service, code = asked["ServiceCode"], asked["QuotaCode"]
    found = _QUOTAS.get((service, code))
    if found is None or (name == "GetServiceQuota" and code in _DEFAULTS):
        raise Refused(
            "NoSuchResourceException",
            "The request failed because the specified quota does not exist.",
        )
    setting, title = found
    arn = f"arn:aws:servicequotas:{region}:{desk.setting('account')}:{service}/{code}"
    quota = {
        "ServiceCode": service,
        "QuotaCode": code,
        "QuotaName": title,
        "QuotaArn": arn,
        "Value": float(desk.setting(setting)),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }
    return {"Quota": quota}
