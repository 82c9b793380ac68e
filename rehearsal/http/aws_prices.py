"""AWS's price list, which knows no price here but those that a setting says: none is made up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rehearsal.faults import Refused
from rehearsal.http.manners import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.http.manners import Desk

_FILE = "rehearsal/http/aws_prices.py"
_TAKES = {"ServiceCode", "Filters", "NextToken", "MaxResults"}
_HOMES = {"us-east-1", "eu-central-1", "ap-south-1"}
"""The service is there alone, for the prices of all regions."""
_FIELDS = {
    "instanceType",
    "regionCode",
    "operatingSystem",
    "tenancy",
    "preInstalledSw",
    "capacitystatus",
}


def answer(desk: Desk, name: str, asked: Mapping[str, Any], region: str) -> dict[str, Any]:
    """One call."""
    if name != "GetProducts":
        raise Refused("UnknownOperationException", unknown([f"the call {name}"], _FILE))
    strange = asked.keys() - _TAKES
    if strange:
        raise Refused("InvalidParameterException", unknown(strange, _FILE))
    if region not in _HOMES:
        raise Refused("InvalidParameterException", f"There is no price list in {region}.")
    desk.called(name, str(asked.get("ServiceCode")))
    if "pricing:GetProducts" in desk.setting("denied"):
        raise Refused(
            "AccessDeniedException", "User is not authorized to perform: pricing:GetProducts"
        )
    wanted = _filters(asked)
    hour = desk.setting("prices").get(wanted["instanceType"])
    found = [] if hour is None else [json.dumps(_product(wanted, float(hour)))]
    return {"FormatVersion": "aws_v1", "PriceList": found}


def _filters(asked: Mapping[str, Any]) -> dict[str, str]:
    """All of them: with fewer the answer would be many products, of Windows among them."""
    given = {one["Field"]: one["Value"] for one in asked.get("Filters") or []}
    kinds = {one["Type"] for one in asked.get("Filters") or []}
    if asked.get("ServiceCode") != "AmazonEC2" or kinds != {"TERM_MATCH"}:
        raise Refused("InvalidParameterException", unknown(["these filters"], _FILE))
    if given.keys() != _FIELDS:
        raise Refused("InvalidParameterException", unknown(given.keys() ^ _FIELDS, _FILE))
    return given


def _product(wanted: Mapping[str, str], hour: float) -> dict[str, Any]:
    price = {"unit": "Hrs", "pricePerUnit": {"USD": f"{hour:.10f}"}}
    return {
        "serviceCode": "AmazonEC2",
        "product": {"productFamily": "Compute Instance", "attributes": dict(wanted)},
        "terms": {"OnDemand": {"A.B": {"priceDimensions": {"A.B.C": price}}}},
    }
