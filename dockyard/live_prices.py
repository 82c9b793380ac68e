"""Prices of today, where a cloud's public price interface can be reached; asked only when told to.

Azure's retail prices need no account. AWS's price list is asked with the account that is there
anyway. Google's needs an own key, so its table stands alone.
"""

import json
import os
import urllib.parse
from collections.abc import Mapping
from typing import Any

from dockyard import clouds, plain_http
from dockyard.errors import DockyardError, reason
from dockyard.seats import machines
from dockyard.spec import LabSpec

AZURE = "DOCKYARD_AZURE_PRICES"
AWS = "DOCKYARD_AWS_PRICES"
_AZURE_URL = "https://prices.azure.com/api/retail/prices"
_SECONDS = 10


def ask(lab: LabSpec) -> dict[str, float]:
    """Dollars an hour of each size of the lab, by the name that dockyard.price gives it; without
    those that the interface does not know.

    Raises DockyardError when nobody answers.
    """
    facts = clouds.load(lab.target)
    region = lab.region or facts.default_region
    items = {f"machine {facts.size(one.size)}": facts.size(one.size) for one in machines(lab)}
    if lab.cluster:
        size = facts.size(lab.cluster.size)
        items[f"machine {size} (node)"] = size
    known = {"azure": _ask_azure, "aws": _ask_aws}
    if lab.target not in known:
        raise DockyardError(
            f"The prices of today of {lab.target} are not public without a key.",
            "The table is all there is: leave out --live.",
        )
    found = {size: known[lab.target](region, size) for size in sorted(set(items.values()))}
    hours = {what: found[size] for what, size in items.items()}
    return {what: hour for what, hour in hours.items() if hour is not None}


def _ask_azure(region: str, size: str) -> float | None:
    wanted = {
        "armRegionName": region,
        "armSkuName": size,
        "priceType": "Consumption",
        "serviceName": "Virtual Machines",
    }
    words = " and ".join(f"{key} eq '{value}'" for key, value in wanted.items())
    base = os.environ.get(AZURE, _AZURE_URL)
    if not plain_http.is_http(base):
        raise DockyardError(f"{AZURE} is no http address.", f"Write it as {AZURE}={_AZURE_URL}")
    url = f"{base}?{urllib.parse.urlencode({'$filter': words})}"
    try:
        return azure_hour(json.loads(plain_http.read(url, _SECONDS)))
    except (OSError, ValueError) as error:
        raise DockyardError(
            f"{base} does not answer ({reason(error)}).", "The table stands: leave out --live."
        ) from None


def azure_hour(answer: Mapping[str, Any]) -> float | None:
    """Linux, on demand: no Windows, no spot, no low priority."""
    fitting = [
        one["retailPrice"]
        for one in answer["Items"]
        if one["unitOfMeasure"] == "1 Hour"
        and "Windows" not in one["productName"]
        and not one["skuName"].endswith(("Spot", "Low Priority"))
    ]
    return float(min(fitting)) if fitting else None


def _ask_aws(region: str, size: str) -> float | None:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    wanted = {
        "instanceType": size,
        "regionCode": region,
        "operatingSystem": "Linux",
        "tenancy": "Shared",
        "preInstalledSw": "NA",
        "capacitystatus": "Used",
    }
    filters = [{"Type": "TERM_MATCH", "Field": k, "Value": v} for k, v in wanted.items()]
    try:
        client = boto3.client(
            "pricing", region_name="us-east-1", endpoint_url=os.environ.get(AWS) or None
        )
        answer = client.get_products(ServiceCode="AmazonEC2", Filters=filters)
    except (BotoCoreError, ClientError) as error:
        raise DockyardError(
            f"AWS's price list does not answer ({error}).", "The table stands: leave out --live."
        ) from None
    return aws_hour([json.loads(one) for one in answer["PriceList"]])


def aws_hour(products: list[Mapping[str, Any]]) -> float | None:
    """On demand, by the hour."""
    found = [
        float(dimension["pricePerUnit"]["USD"])
        for product in products
        for term in product["terms"].get("OnDemand", {}).values()
        for dimension in term["priceDimensions"].values()
        if dimension["unit"] == "Hrs"
    ]
    return min((hour for hour in found if hour), default=None)
