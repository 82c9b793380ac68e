"""`dockyard status` and `check`: read, never change."""

from dataclasses import asdict
from datetime import datetime

from dockyard import clock, clouds, price, show
from dockyard.commands import look_cluster, marks, standing, told
from dockyard.commands.target import any_lab, local_lab, made_lab
from dockyard.engine.lab import StackLab
from dockyard.local import timer
from dockyard.local.lab import RUNNING
from dockyard.project import LOCAL, Project
from dockyard.results import Mark
from dockyard.seats import machines
from dockyard.spec import LabSpec
from dockyard.stack_result import StackResult


def run_status(project: Project, name: str, *, as_json: bool) -> None:
    if name == LOCAL:
        _local_status(project, as_json=as_json)
    else:
        _stack_status(project, name, as_json=as_json)


def _local_status(project: Project, *, as_json: bool) -> None:
    lab = local_lab(project)
    states = lab.states()
    running = [host for host, status in states.items() if status.state == RUNNING]
    found = marks.ask(lab, running, marks.READ)
    rows = [
        {
            "machine": host,
            "state": status.state,
            "provider": status.provider,
            "described": host in lab.hosts,
            "mark": vars(found[host]) if host in found else None,
        }
        for host, status in states.items()
    ]
    ends, root = timer.read(lab.kept), project.root
    if as_json:
        when = {"expires": ends.expires, "timer": timer.is_set(root)} if ends else {}
        show.data({"lab": lab.lab.name, **when, "machines": rows})
        return
    if ends:
        over = ends.expires <= clock.now()
        next_ = f"Type: dockyard down {LOCAL}" if over else timer.standing(root)
        show.say(f"Made {_time(ends.made)}; {_ends(ends.expires)}. {next_}")
    table = [
        (
            str(row["machine"]),
            str(row["state"]) if row["described"] else f"{row['state']} (no longer described)",
            str(row["provider"]),
            found[str(row["machine"])].sentence if row["machine"] in found else "-",
        )
        for row in rows
    ]
    show.table(("machine", "state", "provider", "provisioned"), table)
    show.say(f"Next: dockyard check {LOCAL}" if running else f"Next: dockyard up {LOCAL}")


def _stack_status(project: Project, name: str, *, as_json: bool) -> None:
    lab = made_lab(project, name)
    result = lab.result()
    hosts = [one.host for one in result.machines] if result else []
    found = standing.explained(lab, marks.ask(lab, hosts, marks.READ)) if hosts else {}
    if as_json:
        made = {host: vars(mark) for host, mark in found.items()}
        show.data({"lab": name, "result": asdict(result) if result else None, "marks": made})
    elif result is None:
        show.say(f"{name} {lab.unmade()}. Next: dockyard up {name}")
    else:
        _say_stack(lab, result, found)


def _say_stack(lab: StackLab, result: StackResult, found: dict[str, Mark]) -> None:
    where = clouds.load(result.target).title
    show.say(f"Lab {result.name} of {result.owner}, on {where} in {result.region}")
    show.say(f"Made {_time(result.made)}; {_ends(result.expires)}")
    now = int(clock.now())
    spent = price.price(lab.lab, max(0, now - result.made))
    if spent:
        # from its end on nobody here knows which machines are still there
        less = now > result.expires or any(one.state == "stopped" for one in found.values())
        about = "at most" if less else "about"
        show.say(
            f"Spent {about} {spent.whole:.2f} USD so far, {spent.hour:.4f} an hour (see: plan)"
        )
    open_to = [f"{result.me} (you)"] if result.me else []
    written = [cidr for cidr in lab.lab.access.cidrs if cidr != "me" and ":" not in cidr]
    show.say(f"Open to {', '.join([*open_to, *written, *result.allowed]) or 'nobody'}")
    rows = [
        (
            one.host,
            one.address,
            found[one.host].sentence + ("" if one.host in lab.hosts else " (no longer described)"),
        )
        for one in result.machines
    ]
    if rows:
        show.table(("machine", "address", "provisioned"), rows)
    for kind, product in (("cluster", result.cluster), ("registry", result.registry)):
        if product:
            show.line(f"{kind}  {product['name']}  {product['server']}")
    for hint in sorted({one.hint for one in found.values() if one.state in _UNSEEN and one.hint}):
        show.say(f"  {hint}")
    show.say(f"Next: dockyard {'down' if standing.over(lab) else 'check'} {lab.name}")


_UNSEEN = ("stopped", "unreachable", "missing")
"""of which their cloud said what is to be done"""


def _time(epoch: int) -> str:
    """In the time zone of the person."""
    return datetime.fromtimestamp(epoch).astimezone().strftime("%Y-%m-%d %H:%M %Z")


def _ends(epoch: int) -> str:
    left = int(epoch - clock.now())
    hours, minutes = divmod(abs(left) // 60, 60)
    when = f"{hours} h {minutes:02d} min"
    if left < 0:
        return f"its time was over at {_time(epoch)}, {when} ago"
    return f"ends {_time(epoch)}, in {when}"


def run_check(project: Project, name: str, *, as_json: bool) -> None:
    lab = any_lab(project, name)
    if isinstance(lab, StackLab):
        lab.need_result()
    found = marks.ask(lab, lab.hosts, marks.CHECK) if lab.hosts else {}
    if isinstance(lab, StackLab):
        found = standing.explained(lab, found)
        told.gone(lab)
    products = look_cluster.check(lab) if isinstance(lab, StackLab) else {}
    if as_json:
        show.data({host: vars(mark) for host, mark in found.items()} | products)
    else:
        if found:
            shown = lab.addresses() if isinstance(lab, StackLab) else addresses(lab.lab)
            marks.table(found, shown)
        look_cluster.table(products)
    marks.judge(found, standing.remedy(lab, name, " (it goes on where it stopped)"))
    look_cluster.judge(products, name)


def addresses(lab: LabSpec) -> dict[str, str]:
    """The private address of each machine."""
    return {machine.host: machine.address for machine in machines(lab)}
