"""What all faces share: faults of calls, what is visible, pages, deleting."""

from __future__ import annotations

import base64
import datetime as dt
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rehearsal import operations
from rehearsal.faults import Refused
from rehearsal.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rehearsal.inventory import Inventory, Record
    from rehearsal.kinds import Cloud
    from rehearsal.plain import Plain
    from rehearsal.scene import Hooks


@dataclass
class Desk:
    """One cloud, as its HTTP face has it before it."""

    cloud: Cloud
    inventory: Inventory
    hooks: Hooks
    calls: list[str] = field(default_factory=list)
    """every call so far, by the cloud's own name for it"""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def setting(self, name: str) -> Plain:
        return self.inventory.setting(name, self.cloud.settings.get(name))

    def called(self, call: str, about: str = "") -> None:
        """Count a call, end what is due, and strike if a fault is planned for it.

        A fault names it by the operation `call`, and by the call's own name as its kind.
        """
        with self._lock:
            self.calls.append(call)
        operations.end_what_is_due(self.cloud, self.inventory, self.hooks)
        fault = self.inventory.struck("call", call, about)
        if fault:
            if fault.delay:
                threading.Event().wait(fault.delay)
            if fault.error:
                raise Refused.said(fault.error)

    def seen(self, *kinds: str) -> list[Record]:
        """What a list shows: what was made a moment ago is not in it yet."""
        lag = float(self.setting("lag"))
        found = self.inventory.all(*kinds)
        if not lag:
            return found
        newest = self.inventory.now() - dt.timedelta(seconds=lag)
        return [one for one in found if dt.datetime.fromisoformat(one.created) <= newest]

    def page(self, found: Sequence[Any], token: str, most: int) -> tuple[Sequence[Any], str]:
        """One page of a list, and the token of the next one."""
        size = min(most, int(self.setting("page")) or most)
        first = _number(token)
        if first < 0:
            raise Refused("InvalidNextToken", "The token is invalid")
        after = first + size
        return found[first:after], _token(after) if after < len(found) else ""

    def delete(self, record: Record) -> float:
        """Delete as the engine's face does; what is yielded is the seconds until it is gone.

        With a pace it takes its time: until then it is there, and going.
        """
        kind = self.cloud.by_token[record.kind]
        seconds = kind.seconds.get("delete", 0.0) * float(self.setting("pace"))
        scene = self.scene(record)
        if not seconds:
            operations.delete(scene, record.id)
            return 0.0
        operations.refuse_delete(scene, record)
        self.going(record, seconds)
        return seconds

    def going(self, record: Record, seconds: float) -> None:
        """It is there for some seconds more, and then gone."""
        if operations.GONE_AT not in record.outputs:
            end = (self.inventory.now() + dt.timedelta(seconds=seconds)).isoformat()
            outputs = {**record.outputs, operations.GONE_AT: end}
            self.inventory.put(replace(record, outputs=outputs))

    def scene(self, record: Record) -> Scene:
        kind = self.cloud.by_token[record.kind]
        config = {"region": record.scope, "project": record.scope, "subscriptionId": record.scope}
        return Scene(
            self.cloud, self.inventory, self.hooks, config, record.inputs, record.name, kind
        )


def is_going(record: Record) -> bool:
    return operations.GONE_AT in record.outputs


def unknown(what: Iterable[str], file: str) -> str:
    """The sentence for what the stand-in does not know."""
    return f"the stand-in doesn't know {', '.join(sorted(what))} yet: say what it does in {file}"


def _token(number: int) -> str:
    return base64.urlsafe_b64encode(f"page:{number}".encode()).decode()


def _number(token: str) -> int:
    if not token:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(token).decode().partition(":")
        return int(number) if word == "page" else -1
    except ValueError:
        return -1
