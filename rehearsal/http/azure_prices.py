"""Azure's retail prices; none is known here but those that a setting says: none is made up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rehearsal.faults import Refused
from rehearsal.http.manners import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.http.manners import Desk

_FILE = "rehearsal/http/azure_prices.py"
_PART = re.compile(r"(\w+) eq '([^']*)'")
_TAKES = {"armRegionName", "armSkuName", "priceType", "serviceName"}


def answer(desk: Desk, query: Mapping[str, str]) -> dict[str, Any]:
    """The one page of one size in one region."""
    strange = query.keys() - {"$filter"}
    if strange:
        raise Refused("BadRequest", unknown(strange, _FILE))
    parts = [_PART.fullmatch(one) for one in query.get("$filter", "").split(" and ")]
    wanted = {one[1]: one[2] for one in parts if one}
    if not all(parts) or wanted.keys() != _TAKES or wanted["priceType"] != "Consumption":
        raise Refused("BadRequest", unknown([f"the filter {query.get('$filter')}"], _FILE))
    desk.called("RetailPrices_List", wanted["armSkuName"])
    hour = desk.setting("prices").get(wanted["armSkuName"])
    items = [] if hour is None else [_item(wanted, float(hour), more) for more in ("", " Windows")]
    return {"BillingCurrency": "USD", "Items": items, "NextPageLink": None, "Count": len(items)}


def _item(wanted: Mapping[str, str], hour: float, more: str) -> dict[str, Any]:
    """Windows costs the double here, so that whoever takes the wrong one is seen."""
    return {
        "currencyCode": "USD",
        "retailPrice": hour * (2 if more else 1),
        "unitOfMeasure": "1 Hour",
        "armRegionName": wanted["armRegionName"],
        "armSkuName": wanted["armSkuName"],
        "productName": f"Virtual Machines Series{more}",
        "skuName": wanted["armSkuName"].removeprefix("Standard_"),
        "serviceName": wanted["serviceName"],
        "type": "Consumption",
    }
