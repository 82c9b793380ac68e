"""What a cloud does: create, read, update, delete, answer. The kinds say the particulars.

A thing is in the inventory as soon as the cloud was asked for it, before the caller hears of it:
a kill in between leaves it there, as in a cloud.
"""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rehearsal.faults import Refused
from rehearsal.inventory import Record
from rehearsal.plain import at
from rehearsal.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.inventory import Inventory
    from rehearsal.kinds import Cloud, Function, Kind, Outputs
    from rehearsal.scene import Hooks


GONE_AT = "goneAt"
"""an output of what is being deleted: when it is gone (ISO 8601); no output of any SDK"""


class Interrupted(Exception):  # noqa: N818 - nothing failed, the engine hung up
    """The engine cancelled while the cloud went on."""

    def __init__(self, record: Record) -> None:
        super().__init__(f"the engine stopped waiting, {record.id} goes on in the cloud")
        self.record = record


def create(scene: Scene) -> Record:
    kind = scene.made_of
    with _faults(scene, "create") as wait:
        with scene.inventory:
            _refuse(scene)
            scene.id = kind.id if isinstance(kind.id, str) else kind.id(scene)
            scene.id = scene.drawn(scene.id)
            outputs = {**kind.makes(scene), **scene.cloud.common(scene)}
            record = scene.inventory.put(_record(scene, outputs))
        scene.hooks.happened("create", record)
        _wait(scene, wait, record)
    return record


def read(scene: Scene, id_: str) -> Record | None:
    with _faults(scene, "read"):
        return scene.inventory.get(scene.made_of.token, id_, scene.scope)


def update(scene: Scene, id_: str, changed: frozenset[str]) -> Record:
    kind = scene.made_of
    with _faults(scene, "update") as wait:
        with scene.inventory:
            scene.stands_for(_existing(scene, kind, id_), changed)
            for place in sorted(changed):
                refused = kind.refused_change(place)
                if refused:
                    raise refused
            _refuse(scene)
            before = dict(scene.existing.outputs)
            outputs = {
                **(kind.changes(scene) if kind.changes else before),
                **scene.cloud.common(scene),
            }
            record = scene.inventory.put(_record(scene, outputs))
        scene.hooks.happened("update", record)
        _wait(scene, wait, record)
    return record


def delete(scene: Scene, id_: str) -> None:
    kind = scene.made_of
    with _faults(scene, "delete") as wait:
        with scene.inventory:
            record = scene.inventory.get(kind.token, id_, scene.scope)
            if record is None:
                return  # gone already is gone
            refuse_delete(scene, record)
            kind.unmakes(scene)
            scene.drop(record)
        for gone in scene.dropped:
            scene.hooks.happened("delete", gone)
        scene.waits(wait)


def refuse_delete(scene: Scene, record: Record) -> None:
    """What the cloud refuses as soon as it is asked to delete."""
    scene.stands_for(record, frozenset())
    refuse_in_use(scene, scene.made_of, record)
    scene.made_of.keeps(scene)


def answer(scene: Scene, function: Function) -> Outputs:
    asked = str(scene.inputs.get(function.asks, ""))
    fault = scene.inventory.struck("invoke", function.token, asked)
    if fault:
        scene.waits(fault.delay)
        if fault.error:
            raise Refused.said(fault.error)
    with scene.inventory:
        return function.answers(scene)


def end_what_is_due(cloud: Cloud, inventory: Inventory, hooks: Hooks) -> None:
    """The cloud ends what was to end by now."""
    happened: list[tuple[str, Record]] = []
    with inventory:
        now = inventory.now()
        for kind in cloud.kinds:
            for record in inventory.all(kind.token):
                scene = Scene(cloud, inventory, hooks, {}, record.inputs, record.name, kind)
                scene.stands_for(record, frozenset())
                due = record.outputs.get(GONE_AT) or (kind.ends(scene) if kind.ends else None)
                if due is not None and dt.datetime.fromisoformat(due) <= now:
                    happened += _end(scene)
    for what, record in happened:
        hooks.happened(what, record)


def _end(scene: Scene) -> list[tuple[str, Record]]:
    left = None
    if GONE_AT in scene.existing.outputs:
        scene.made_of.unmakes(scene)
    else:
        left = scene.made_of.ended(scene)
    if left is None:
        scene.drop(scene.existing)
    else:
        scene.inventory.put(left)
    gone = [("delete", record) for record in scene.dropped]
    return [*gone, ("update", left)] if left else gone


def _record(scene: Scene, outputs: Outputs) -> Record:
    tags = {**scene.cloud.default_tags(scene), **(scene.inputs.get(scene.made_of.tags) or {})}
    old = scene.old
    return Record(
        id=scene.id,
        kind=scene.made_of.token,
        name=scene.name,
        scope=scene.scope,
        inputs=dict(scene.inputs),
        outputs={key: value for key, value in outputs.items() if value is not None},
        tags=tags,
        address=scene.address,
        created=old.created if old else "",
        untold=old.untold if old else {},
    )


def _existing(scene: Scene, kind: Kind, id_: str) -> Record:
    record = scene.inventory.get(kind.token, id_, scene.scope)
    if record is None:
        raise Refused.said(kind.missing.format(value=id_))
    return record


def _refuse(scene: Scene) -> None:
    """What the cloud refuses of any kind: references to nothing, names twice."""
    kind = scene.made_of
    scene.cloud.refuses(scene)
    for place, ref in kind.refers.items():
        for value in at(scene.inputs, place):
            if scene.find(ref.kind, value, ref.by) is None:
                words = ref.missing or scene.cloud.by_token[ref.kind].missing
                raise Refused.said(words.format(value=value))
    names = kind.names
    if names and names.taken:
        alike = [names.property, *names.within.split()]
        everyone = scene.inventory.all(kind.token) if names.everywhere else scene.others(kind.token)
        for other in everyone:
            if other.id != scene.id and all(
                scene.same(scene.inputs.get(one), other.inputs.get(one)) for one in alike
            ):
                value = scene.inputs.get(names.property)
                raise Refused.said(names.taken.format(value=value, id=other.id))


def refuse_in_use(scene: Scene, kind: Kind, record: Record) -> None:
    if not kind.in_use:
        return
    others = [
        other.id
        for referring, place, ref in scene.cloud.referring.get(kind.token, [])
        if ref.holds
        for other in scene.others(referring.token)
        if any(scene.means(record, value, ref.by) for value in at(other.properties, place))
    ]
    if others:
        words = kind.in_use.format(id=record.id, others=", ".join(sorted(set(others))))
        raise Refused.said(words)


@contextmanager
def _faults(scene: Scene, operation: str) -> Iterator[float]:
    """Strike if a fault is planned; what is yielded is how long the cloud takes."""
    kind = scene.made_of
    fault = scene.inventory.struck(operation, kind.token, scene.name)
    takes = kind.seconds.get(operation, 0.0) * float(scene.setting("pace"))
    if fault is None:
        yield takes
        return
    if fault.error and not fault.lost:
        scene.waits(fault.delay)
        raise Refused.said(fault.error)
    yield takes + fault.delay
    if fault.error:
        raise Refused.said(fault.error)


def _wait(scene: Scene, seconds: float, record: Record) -> None:
    if seconds and scene.waits(seconds):
        raise Interrupted(record)
