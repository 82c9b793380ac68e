"""What a resource that could not be made leaves for the exported `lab`: nothing, and no more.

Pulumi exports either everything or nothing. A lab of which one machine was refused has others,
which cost money and can be entered: it must be known what they are.
"""

from collections.abc import Awaitable
from typing import Any

import pulumi


def or_nothing(output: pulumi.Input[str]) -> pulumi.Output[str]:
    """The output, or an empty text when its resource was not made; that is said elsewhere."""
    asked = pulumi.Output.from_input(output)
    return pulumi.Output(
        _or(asked.resources(), instead=set()),
        _or(_text(asked), instead=""),
        _or(_is_known(asked), instead=True),
        _or(asked.is_secret(), instead=False),
    )


async def _text(asked: pulumi.Output[str]) -> Any:
    if pulumi.runtime.is_dry_run():
        return await asked.future(with_unknowns=True)
    return await asked.future() or ""


async def _is_known(asked: pulumi.Output[str]) -> bool:
    """Only a preview has unknowns: later, Pulumi would export its mark of one as text."""
    return not pulumi.runtime.is_dry_run() or await asked.is_known()


async def _or(found: Awaitable[Any], *, instead: object) -> Any:
    try:
        return await found
    except Exception:  # noqa: BLE001 - whatever the cloud refused, the engine has reported it
        return instead
