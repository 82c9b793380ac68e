"""What a stand-in cloud allows of a small lab, asked as `dockyard plan --live` asks."""

from typing import Any

from dockyard.live import asking
from dockyard.live.answers import Answer
from dockyard.live.needs import needs
from dockyard.spec import LabSpec
from dockyard.stack_result import StackResult, stack_result
from standin.stack_clone import ROOT

RIGHTS = ROOT / "rights"


def lab(target: str, **fields: object) -> LabSpec:
    given = {"name": "moby", "target": target, "owner": "ada", "hours": 9, "students": 4, **fields}
    return LabSpec.model_validate(given)


def asked(target: str, made: StackResult | None = None, **fields: object) -> dict[str, Answer]:
    """The answers, by what was asked."""
    return {one.what: one for one in asking.ask(needs(lab(target, **fields), made, RIGHTS)).rows}


def taken(target: str, **fields: object) -> dict[str, str]:
    return dict(asking.ask(needs(lab(target, **fields), None, RIGHTS)).sizes)


def sized(size: str, *fallback: str) -> dict[str, Any]:
    return {"machines": ({"size": size, "fallback": fallback},)}


def problems(found: dict[str, Answer]) -> list[str]:
    return [one.problem for one in found.values() if one.problem]


def there(target: str, size: str, machines: int = 4) -> StackResult:
    """A lab of one machine a seat, as its stack exports it."""
    return stack_result(
        {
            "version": 1, "name": "moby", "owner": "ada", "target": target, "region": "",
            "made": 1, "expires": 2,
            "machines": [
                {
                    "seat": n, "host": f"seat{n:02}-node1", "private": "", "user": "",
                    "id": f"i-{n}", "size": size,
                }
                for n in range(1, machines + 1)
            ],
        }
    )  # fmt: skip
