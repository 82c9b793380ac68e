"""What a lab costs, from the table alone; and what is said of what the table does not know."""

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dockyard import clouds, live_prices, price
from dockyard.errors import DescriptionError, DockyardError
from dockyard.spec import LabSpec

HOUR = 3600


def lab(**fields: object) -> LabSpec:
    given = {"name": "moby", "target": "aws", "owner": "ada", "hours": 9, "students": 3, **fields}
    return LabSpec.model_validate(given)


def test_a_class_on_aws() -> None:
    found = price.price(lab(), 9 * HOUR)
    assert found is not None
    assert found.hour == pytest.approx(3 * 0.0236 + 60 * 0.08 / 730 + 3 * 0.005)
    assert found.whole == pytest.approx(9 * found.hour)
    assert found.spot == pytest.approx(found.hour - 3 * (0.0236 - 0.0072))
    assert found.stopped == pytest.approx(60 * 0.08 / 730)
    assert found.elsewhere == {"us-east-1": ["GB of disk"]}


def test_the_cluster_and_its_registry() -> None:
    asked = lab(target="azure", students=0, region="eastus", cluster={"nodes": 4}, registry={})
    found = price.price(asked, HOUR)
    assert found is not None
    # AKS makes disks and a load balancer, and they are billed
    assert found.hour == pytest.approx(4 * (0.0416 + 0.027) + 0.025 + 0.00696 + 0.005)
    assert found.unknown == []
    assert [one.count for one in found.items if one.what == "disk of a node"] == [4]


def test_what_is_not_in_the_table_is_unknown_and_never_guessed() -> None:
    asked = lab(machines=({"size": "native:m7i.48xlarge"},), budget="50 EUR")
    said = "\n".join(price.lines(asked))
    assert "not counted: machine m7i.48xlarge (price unknown), traffic, tax," in said
    with pytest.raises(DescriptionError, match=r"the price of machine m7i\.48xlarge is unknown"):
        price.refuse_budget(asked)


def test_a_budget_is_held_to(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = lab(students=100, hours=100, budget="300 EUR")
    with pytest.raises(DescriptionError, match=r"would cost 307\.92 USD until it ends"):
        price.refuse_budget(asked)
    monkeypatch.setenv(price.EUR, "1.10")
    price.refuse_budget(asked)
    price.refuse_budget(lab(students=100, hours=100, budget="309 USD"))


def test_a_budget_that_is_missed_by_less_than_a_cent() -> None:
    wholes = {n: found.whole for n in range(5, 60) if (found := price.price(lab(students=n)))}
    # it costs a little more than its rounded price
    number, whole = next(one for one in wholes.items() if one[1] - round(one[1], 2) > 0.001)
    with pytest.raises(DescriptionError) as refused:
        price.refuse_budget(lab(students=number, budget=f"{whole:.2f} USD"))
    assert f"would cost {whole + 0.01:.2f} USD" in refused.value.message


@pytest.mark.parametrize("rate", ["nan", "inf", "-1", "0", "1,16", "a lot"])
def test_a_rate_that_is_none_opens_no_budget(rate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(price.EUR, rate)
    with pytest.raises(DockyardError, match="is no rate"):
        price.refuse_budget(lab(students=100, hours=100, budget="1 EUR"))


def test_nobody_is_paid_for_a_lab_here() -> None:
    assert price.price(LabSpec(name="moby", target="local")) is None
    assert list(price.lines(LabSpec(name="moby", target="local"))) == []


@pytest.mark.parametrize("path", sorted(price.TABLES.glob("*.json")), ids=lambda path: path.stem)
def test_a_table_knows_every_size_and_says_where_from(path: Path) -> None:
    table = json.loads(path.read_text(encoding="utf-8"))
    facts = clouds.load(path.stem)
    assert date.fromisoformat(table["as_of"]) <= date(2026, 11, 24)
    assert all(re.search(r"20[0-9]{2}|costs nothing|issue", one) for one in table["sources"])
    known = table["regions"][table["elsewhere"]]["sizes"]
    assert set(facts.sizes.values()) <= set(known)
    for region in table["regions"].values():
        for hour, spot in region["sizes"].values():
            assert spot is None or 0 < spot < hour < 1


def test_plan_says_it_and_refuses_beyond_the_budget(
    clone: Path, dockyard: Callable[..., Any]
) -> None:
    seen = dockyard("plan", "aws-lab")
    assert re.search(r"Price: 0\.0924 USD an hour, 0\.0308 a seat; 0\.83 USD until it", seen.err)
    assert dockyard("price", "aws-lab").code == 0
    file = clone / "stacks" / "Pulumi.aws-lab.yaml"
    file.write_text(file.read_text("utf-8").replace("hours: 9", "hours: 90\n    budget: 5 EUR"))
    assert dockyard("plan", "aws-lab").code == 3
    file.write_text(file.read_text("utf-8").replace("budget: 5 EUR", "budget: 50 EUR"))
    assert "budget: 50 EUR" in dockyard("plan", "aws-lab").err


# The shapes are those that Azure's retail price interface and AWS's price list document; the
# answers were written down here by hand, not recorded from an account.
AZURE = {
    "BillingCurrency": "USD",
    "Items": [
        {
            "retailPrice": 0.0208,
            "unitOfMeasure": "1 Hour",
            "productName": "Virtual Machines BS Series",
            "skuName": "B1ms",
            "type": "Consumption",
        },
        {
            "retailPrice": 0.0042,
            "unitOfMeasure": "1 Hour",
            "productName": "Virtual Machines BS Series",
            "skuName": "B1ms Spot",
            "type": "Consumption",
        },
        {
            "retailPrice": 0.0199,
            "unitOfMeasure": "1 Hour",
            "productName": "Virtual Machines BS Series Windows",
            "skuName": "B1ms",
            "type": "Consumption",
        },
    ],
    "NextPageLink": None,
}
AWS = {
    "product": {"attributes": {"instanceType": "t3.small"}},
    "terms": {
        "OnDemand": {
            "A.B": {
                "priceDimensions": {
                    "A.B.C": {"unit": "Hrs", "pricePerUnit": {"USD": "0.0236000000"}}
                }
            }
        },
        "Reserved": {},
    },
}


def test_answers_of_the_price_interfaces() -> None:
    assert live_prices.azure_hour(AZURE) == 0.0208
    assert live_prices.azure_hour({"Items": []}) is None
    assert live_prices.aws_hour([AWS]) == 0.0236
    assert live_prices.aws_hour([]) is None


def test_a_price_interface_that_does_not_answer_is_a_sentence(
    dockyard: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(live_prices.AZURE, "http://127.0.0.1:1/")
    seen = dockyard("price", "azure-lab", "--live")
    assert seen.code == 1
    assert "does not answer" in seen.err


@pytest.mark.parametrize("target", ["aws", "azure", "gcp"])
def test_addresses_have_a_price_on_every_cloud(target: str) -> None:
    found = price.price(lab(target=target))
    assert found
    (address,) = (one for one in found.items if one.what == "public address")
    assert address.hour == 0.005


@pytest.mark.parametrize(
    ("sku", "hour"), [("basic", 0.00696), ("standard", 0.667 / 24), ("premium", 50 / 720)]
)
def test_registries_whose_price_is_known(sku: str, hour: float) -> None:
    found = price.price(lab(target="azure", students=0, registry={"sku": sku}))
    assert found
    assert found.hour == pytest.approx(hour, rel=1e-3)
