"""`dockyard status` and `check`: read, never change."""

from dockyard import show
from dockyard.commands import marks
from dockyard.commands.target import local_lab
from dockyard.local.lab import RUNNING, LocalLab
from dockyard.project import Project
from dockyard.seats import seats


def run_status(project: Project, name: str, *, as_json: bool) -> None:
    lab = local_lab(project, name)
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
    if as_json:
        show.data({"lab": lab.lab.name, "machines": rows})
        return
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
    show.say(f"Next: dockyard check {name}" if running else f"Next: dockyard up {name}")


def run_check(project: Project, name: str, *, as_json: bool) -> None:
    lab = local_lab(project, name)
    found = marks.ask(lab, lab.hosts, marks.CHECK)
    if as_json:
        show.data({host: vars(mark) for host, mark in found.items()})
    else:
        marks.table(found, addresses(lab))
    marks.judge(found, f"Mend: dockyard up {name} (it goes on where it stopped)")


def addresses(lab: LocalLab) -> dict[str, str]:
    """The private address of each machine."""
    return {m.host: m.address for seat in seats(lab.lab) for m in seat.machines}
