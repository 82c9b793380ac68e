"""`dockyard plan --diff`: what `up` would change, asked of the engine; nothing is changed."""

from dockyard import show
from dockyard.commands import plan, up_stack
from dockyard.commands.target import stack_lab
from dockyard.project import Project


def run(project: Project, name: str, *, as_json: bool) -> None:
    lab = stack_lab(project, name)
    plan.checked(project, name, ended=True)
    changes = lab.changes(up_stack.own_address(lab.lab))
    if as_json:
        show.data(
            [
                {
                    "operation": change.operation,
                    "type": change.step.type,
                    "name": change.step.name,
                    "seat": change.step.seat,
                    "machine": change.machine,
                }
                for change in changes
            ]
        )
        return
    rows = [(one.operation, one.step.seat or "-", one.step.name, one.step.kind) for one in changes]
    if rows:
        show.table(("change", "seat", "name", "kind"), rows)
    for change in up_stack.lost(changes):
        show.say(f"! {change.step.name}: what students did on it would be lost.")
    show.say(f"Next: dockyard up {name}" if rows else f"Nothing to change: {name} is as described.")
