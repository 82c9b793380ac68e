"""`dockyard plan --diff`: what `up` would change, asked of the engine; nothing is changed."""

import sys
from collections.abc import Sequence

from dockyard import show
from dockyard.commands import plan, standing, up_stack
from dockyard.commands.target import stack_lab
from dockyard.engine.lab import Change
from dockyard.project import Project


def run(project: Project, name: str, *, as_json: bool) -> None:
    lab = stack_lab(project, name)
    plan.checked(project, name, ended=True)
    changes = lab.changes(up_stack.own_address(lab.lab))
    there = standing.told(standing.ask(lab))
    if as_json:
        show.data(
            [
                {
                    "operation": change.operation,
                    "type": change.step.type,
                    "name": change.step.name,
                    "seat": change.step.seat,
                    "machine": change.machine,
                    "breaks": broken(project, [change]),
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
    for sentence in broken(project, changes):
        show.say(f"! {sentence}")
    again = rows or there.gone or there.moved  # `up` reads what the cloud has
    show.say(
        f"Next: dockyard up {name}" if again else f"Nothing to change: {name} is as described."
    )


def broken(project: Project, changes: Sequence[Change]) -> list[str]:
    """What the changes have against the rules of policy/, each with why it is a rule."""
    if str(project.root) not in sys.path:
        sys.path.append(str(project.root))  # policy/ is the clone's, as stacks/ is
    from policy.resources import Resource
    from policy.rules import RULES, settings

    made = [Resource(one.step.type, one.step.name, one.step.asks) for one in changes]
    found = RULES.findings(made, settings())
    # whether the lab ends by itself is asked of all of it, not of what changes
    return [one.sentence for one in found if not one.rule.whole]
