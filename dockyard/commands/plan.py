"""`dockyard plan`: what would be made; offline, nothing is asked of any cloud."""

from dockyard import clock, clouds, deadline, price, show, sizes, times
from dockyard.commands import backend, told
from dockyard.description import Description, read
from dockyard.description import refuse_deadline as description_refuses
from dockyard.engine import made
from dockyard.local import timer
from dockyard.project import LOCAL, Project
from dockyard.seats import SSH_PORT, Seat, SeatMachine, machines, seats
from dockyard.spec import NATIVE, LabSpec
from dockyard.stack_result import StackResult
from dockyard.twins import refuse_twin
from dockyard.user_data import UserData


def run(project: Project, name: str, *, as_json: bool) -> None:
    description = checked(project, name)
    if as_json:
        show.data(_json(description))
        return
    show.say(summary(project, name, description))
    for warning in description.warnings:
        show.say(f"! {warning}")
    lab = description.lab
    if lab.seats:
        columns = ("seat", "machine", "address", "size", "image", "disk")
        show.table(columns, [_row(lab, seat, m) for seat in seats(lab) for m in seat.machines])
    for kind, wished in sizes.wishes(lab).items():
        if others := wished[1:]:
            show.say(f"Sizes of {kind} where that one is missing: {', '.join(others)}")
    ends_here = [timer.sentence()] if name == LOCAL and deadline.written(lab) else []
    for line in (*price.lines(lab), *told.planned(lab), *ends_here):
        show.say(line)
    if name != LOCAL and backend.advice(lab.target):
        show.say(f"! {backend.advice(lab.target)}")
    show.say(f"Next: dockyard up {name}")


def checked(project: Project, name: str, *, ended: bool = False) -> Description:
    """The description of a lab that can be made; `ended`: of one whose time may have been moved.

    Raises DescriptionError with what is wrong, for a stack that would be another one's lab, and
    for machines that would be told more than a cloud passes on.
    """
    description = read(project.description(name), ended=ended)
    price.refuse_budget(description.lab)
    if name != LOCAL:
        refuse_twin(project, name, description.lab)
    UserData(project.provision).check(description.lab)
    return description


def refuse_deadline(description: Description, made: StackResult | None) -> None:
    """Raises DescriptionError for a deadline that is past, or nearly; of a lab that is there only
    when its description says another one than it was made with.
    """
    if made is None or made.asked != deadline.written(description.lab):
        description_refuses(description.lab, description.path.name)


def summary(project: Project, name: str, description: Description) -> str:
    """Three lines: what, where, how many, until when, with which Docker, open to whom."""
    lab = description.lab
    where = clouds.load(lab.target).title
    region = f", {lab.region or clouds.load(lab.target).default_region}".rstrip(", ")
    file = description.path.relative_to(project.root)
    counts = (
        f"{show.count(lab.students, 'student')}, {lab.spare} spare: "
        f"{show.count(lab.seats, 'seat')}, {show.count(len(machines(lab)), 'machine')}"
    )
    return "\n".join(
        (
            f"Lab {lab.name} ({file}) on {where}{region}",
            f"{counts}{_products(lab)}; {_deadline(lab, name)}; {_docker(lab)}",
            f"Access: {_access(lab)}",
        )
    )


def _products(lab: LabSpec) -> str:
    cluster = f", a cluster of {show.count(lab.cluster.nodes, 'node')}" if lab.cluster else ""
    return cluster + (f", a registry ({lab.registry.sku})" if lab.registry else "")


def _deadline(lab: LabSpec, name: str) -> str:
    written = deadline.written(lab)
    if not written:
        return "no deadline"
    there = made.result(name) if name != LOCAL else None
    if there and there.asked == written:
        return f"made, and ends {deadline.shown(there.expires)}"
    now = clock.now()
    ends = deadline.instant(lab, now)
    if lab.until is not None and times.has_day(lab.until):
        return f"ends {deadline.shown(ends)}"
    when = f"made now it ends {deadline.shown(ends)}"
    if lab.until is not None:
        return f"ends at the first {lab.until} after it is first made ({when})"
    return f"ends {deadline.length(ends - int(now))} after it is first made ({when})"


def _docker(lab: LabSpec) -> str:
    docker = lab.docker
    if docker.source == "distribution":
        return "Docker from the distribution"
    if docker.source == "auto":
        return "Docker from Docker's packages, or the distribution's where those can't be reached"
    return f"Docker {docker.version or 'newest'} ({docker.channel}) from Docker's packages"


def _access(lab: LabSpec) -> str:
    if lab.target == LOCAL:
        return "from this computer only"
    ports = ", ".join(str(port) for port in (SSH_PORT, *lab.access.ports))
    return f"from {', '.join(lab.access.cidrs) or 'nowhere'}; ports {ports}"


def _row(lab: LabSpec, seat: Seat, machine: SeatMachine) -> tuple[str, ...]:
    facts = clouds.load(lab.target)
    size = machine.size
    shown = size if size.startswith(NATIVE) else f"{size} ({facts.size(size)})"
    name = f"{seat.name} (spare)" if seat.spare else seat.name
    return (
        name,
        machine.host,
        machine.address,
        shown,
        machine.image,
        f"{facts.disk(machine.disk)} GB",
    )


def _price(lab: LabSpec) -> dict[str, object] | None:
    found = price.price(lab)
    if found is None:
        return None
    return {
        "currency": "USD",
        "as_of": found.as_of,
        "hour": round(found.hour, 5),
        "until_it_ends": round(found.whole, 2),
        "unknown": found.unknown,
    }


def _json(description: Description) -> dict[str, object]:
    lab = description.lab
    return {
        "lab": lab.model_dump(mode="json"),
        "file": str(description.path),
        "warnings": list(description.warnings),
        "price": _price(lab),
        "seats": [
            {
                "seat": seat.name,
                "spare": seat.spare,
                "subnet": seat.subnet,
                "machines": [
                    {"host": m.host, "address": m.address, "size": m.size, "image": m.image}
                    for m in seat.machines
                ],
            }
            for seat in seats(lab)
        ],
    }
