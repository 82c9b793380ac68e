"""Every rule of a description that needs more than one field, a target, or the clock."""

import re
from collections import Counter
from collections.abc import Iterator

from dockyard import clock, clouds, deadline
from dockyard.problems import Problem, did_you_mean, shorten
from dockyard.spec import MAX_MACHINES_OF_A_SEAT, NATIVE, Cluster, Docker, LabSpec, Machine

# CPUs and MiB
_LOCAL_SIZE = re.compile(r"[1-9][0-9]?x[1-9][0-9]{2,6}")


def rules(lab: LabSpec) -> Iterator[Problem]:
    """What one field alone can't tell."""
    if lab.target not in clouds.NAMES:
        hint = did_you_mean(lab.target, clouds.NAMES)
        yield Problem(("target",), f"is {shorten(lab.target)}, which is no target; {hint}")
        return
    facts = clouds.load(lab.target)
    yield from _machine_rules(lab)
    yield from _place_rules(lab, facts)
    yield from _lifetime_rules(lab)
    yield from _alarm_rules(lab, facts)
    yield from _docker_rules(lab, facts)
    yield from _product_rules(lab, facts)


def _machine_rules(lab: LabSpec) -> Iterator[Problem]:
    names = Counter(
        f"{kind.name}{number}" for kind in lab.machines for number in range(1, kind.count + 1)
    )
    for name, times in names.items():
        if times > 1:
            yield Problem(("machines",), f"make {times} machines named {name}; rename one kind")
    if (total := names.total()) > MAX_MACHINES_OF_A_SEAT:
        text = f"make {total} machines a seat, but {MAX_MACHINES_OF_A_SEAT} is the most"
        yield Problem(("machines",), text)
    for index, kind in enumerate(lab.machines):
        yield from _native_rules(lab, index, kind)
    yield from _fallback_rules(lab)


def _fallback_rules(lab: LabSpec) -> Iterator[Problem]:
    places: list[tuple[tuple[str | int, ...], Machine | Cluster]] = [
        (("machines", index), kind) for index, kind in enumerate(lab.machines)
    ]
    if lab.cluster:
        places.append((("cluster",), lab.cluster))
    for place, kind in places:
        if lab.target == "local" and kind.fallback:
            yield Problem((*place, "fallback"), "goes with a cloud; this computer has every size")
            continue
        sizes = (kind.size, *kind.fallback)
        for index, size in enumerate(kind.fallback):
            if size in sizes[: index + 1]:
                text = f"is {shorten(size)} a second time"
                yield Problem((*place, "fallback", index), text)


def _native_rules(lab: LabSpec, index: int, kind: Machine) -> Iterator[Problem]:
    """What a cloud's own name must look like, where that is known."""
    size, image = kind.size.removeprefix(NATIVE), kind.image.removeprefix(NATIVE)
    if lab.target == "local" and size != kind.size and not _LOCAL_SIZE.fullmatch(size):
        text = f"is {shorten(kind.size)}, but local sizes are `native:2x2048`: CPUs x MiB"
        yield Problem(("machines", index, "size"), text)
    form = clouds.load(lab.target).native_image
    if form and image != kind.image and not form[0].fullmatch(image):
        text = f"is {shorten(kind.image)}, but images of {lab.target} are {form[1]}"
        yield Problem(("machines", index, "image"), text)


def _place_rules(lab: LabSpec, facts: clouds.Facts) -> Iterator[Problem]:
    for name, pattern in (("region", facts.region), ("zone", facts.zone)):
        value = getattr(lab, name)
        if value is None:
            continue
        if pattern is None:
            yield Problem((name,), f"is {shorten(value)}, but {lab.target} has no {name}s")
        elif not pattern.fullmatch(value):
            default = f", for example {facts.default_region}" if name == "region" else ""
            text = f"is {shorten(value)}, which is no {name} of {lab.target}{default}"
            yield Problem((name,), text)
        elif name == "zone":
            yield from _zone_rule(lab, facts, value)


def _zone_rule(lab: LabSpec, facts: clouds.Facts, zone: str) -> Iterator[Problem]:
    region = lab.region or facts.default_region
    if facts.region_of and (whole := facts.region_of(zone)) != region:
        text = f"is {shorten(zone)}, which is not in {region}; write a zone of it, or region: "
        yield Problem(("zone",), f"{text}{whole}")


def _alarm_rules(lab: LabSpec, facts: clouds.Facts) -> Iterator[Problem]:
    """An address that nothing would ever write to is not taken."""
    if lab.alarm is None:
        return
    if not facts.has_alarm:
        yield Problem(
            ("alarm",), f"is given, but nothing on {lab.target} can tell it; leave it out"
        )
    elif not lab.guard:
        yield Problem(("alarm",), "is given beside guard: false; there is nothing that could fail")


def _lifetime_rules(lab: LabSpec) -> Iterator[Problem]:
    if lab.hours is not None and lab.until is not None:
        yield Problem(("until",), "is given beside hours; write one of the two")
    if lab.target == "local":
        return
    if lab.hours is None and lab.until is None:
        text = "is missing, and so is until: a lab in a cloud must end; write `hours: 9`"
        yield Problem(("hours",), text)
    if lab.owner is None:
        yield Problem(("owner",), "is missing; write who answers for the lab, as `owner: ada`")


def past_rule(lab: LabSpec) -> Iterator[Problem]:
    """A deadline that is past, or hardly reached, or too far away."""
    yield from deadline.rules(lab, clock.now())


def _docker_rules(lab: LabSpec, facts: clouds.Facts) -> Iterator[Problem]:
    docker = lab.docker
    defaults = Docker()
    if docker.source != "docker":
        for name in ("version", "channel"):
            if getattr(docker, name) != getattr(defaults, name):
                text = "goes with `source: docker`; a distribution has the one it has"
                yield Problem(("docker", name), text)
    if docker.source == "distribution" and docker.mirror is not None:
        yield Problem(("docker", "mirror"), "goes with `source: docker` or `auto`")
    elif docker.mirror_key is not None and docker.mirror is None:
        yield Problem(("docker", "mirror_key"), "goes with `mirror`, which is missing")
    yield from _user_rules(lab, facts)


def _user_rules(lab: LabSpec, facts: clouds.Facts) -> Iterator[Problem]:
    users = lab.docker.users
    # a system's own accounts are the same everywhere
    reserved = facts.reserved_users | clouds.load("local").reserved_users
    for index, user in enumerate(users):
        if user in reserved:
            text = f"is {shorten(user)}, which {lab.target} keeps for itself; take another name"
            yield Problem(("docker", "users", index), text)
        elif user in users[:index]:
            yield Problem(("docker", "users", index), f"is {shorten(user)} a second time")


def _product_rules(lab: LabSpec, facts: clouds.Facts) -> Iterator[Problem]:
    for name in ("cluster", "registry"):
        if getattr(lab, name) is not None and name not in facts.offers:
            able = [cloud for cloud in clouds.NAMES if name in clouds.load(cloud).offers]
            text = f"can't be made on {lab.target}; targets that can: {', '.join(able)}"
            yield Problem((name,), text)
    if lab.seats == 0 and lab.cluster is None and lab.registry is None:
        yield Problem(("students",), "is 0, and there is no cluster or registry: nothing to make")
    for key in lab.tags:
        if key.startswith("dockyard"):
            yield Problem(("tags", key), "is Dockyard's own; take another key")
