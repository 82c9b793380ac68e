"""`dockyard check LAB --full`: the whole suite of dockyard/conformance/, on every machine."""

import shlex
from collections.abc import Sequence
from dataclasses import asdict, replace

from dockyard import fleet, show
from dockyard.commands import standing
from dockyard.commands.target import Lab, any_lab
from dockyard.conformance import expected, facts, outside, rules
from dockyard.conformance.rules import Finding
from dockyard.engine.lab import StackLab
from dockyard.errors import DockyardError, MachineError
from dockyard.project import Project
from dockyard.results import Mark
from dockyard.stack_result import StackResult
from dockyard.sweep.clouds import open_cloud
from dockyard.sweep.labs import by_lab
from dockyard.sweep.things import Wanted

SECONDS = 90.0


def run(project: Project, name: str, *, as_json: bool) -> None:
    """Looks at everything, changes nothing.

    Raises MachineError when something is not as it must be.
    """
    lab = any_lab(project, name)
    found, hints = _inside(project, lab)
    if isinstance(lab, StackLab):
        made = lab.need_result()
        found += _outside(lab, made)
        found += [_tags(made), _deadline(made)]
    if as_json:
        show.data([asdict(one) for one in found])
    else:
        _table(found)
    bad = [one for one in found if one.problems]
    if bad:
        raise MachineError(
            f"{show.count(sum(len(one.problems) for one in bad), 'thing')} not as it must be.",
            "\n  ".join(dict.fromkeys([*hints, standing.remedy(lab, name)])),
        )
    if not as_json:
        hosts = len({one.host for one in found if one.host})
        show.say(f"{len(found)} checks on {show.count(hosts, 'machine')}: all as it must be.")


def _inside(project: Project, lab: Lab) -> tuple[list[Finding], list[str]]:
    """What each machine says of itself, to a script that root runs there; and what to type for
    those of which their cloud says why they are silent.
    """
    wanted = expected.expected(project, lab.lab, lab.kept)
    machines = lab.reachable(lab.hosts)
    known = fleet.KnownHosts(lab.kept / "known_hosts")
    missing = [host for host in lab.hosts if host not in {one.host for one in machines}]
    answers = [fleet.Answer(host, problem="it is not running", reached=False) for host in missing]
    if machines:
        answers += fleet.run(machines, _words(wanted), known, SECONDS)
    hints: list[str] = []
    silent = {
        one.host: Mark("unreachable", reason=one.problem) for one in answers if not one.reached
    }
    if silent and isinstance(lab, StackLab):
        said = standing.explained(lab, silent)
        hints = sorted({mark.hint for mark in said.values() if mark.hint})
        answers = [
            replace(one, problem=said[one.host].sentence) if one.host in said else one
            for one in answers
        ]
    found = []
    for answer in answers:
        if answer.problem or answer.status:
            why = answer.problem or answer.err.strip()[-300:] or f"exit {answer.status}"
            found.append(Finding(answer.host, "reached", "the machine answers", (why,)))
        else:
            found += rules.judge(wanted[answer.host], facts.read(answer.out))
    return found, hints


def _words(wanted: dict[str, expected.Expected]) -> str:
    """The same command for all: every machine picks the questions of its own name."""
    cases = "".join(
        f"{host}) NAMES={shlex.quote(' '.join(one.names))} "
        f"PEERS={shlex.quote(' '.join(one.peers))};; "
        for host, one in wanted.items()
    )
    users = shlex.quote(" ".join(next(iter(wanted.values())).users))
    text = f"USERS={users}; case $(hostname) in {cases}esac\n{facts.script()}"
    return f"sudo -n sh -c {shlex.quote(text)}"


def _outside(lab: StackLab, made: StackResult) -> list[Finding]:
    ports = [str(port) for port in lab.lab.access.ports]
    doors = [
        door
        for one in made.machines
        if one.address
        for door in outside.doors(one.host, one.address, ports)
    ]
    return outside.knock(doors)


def _tags(made: StackResult) -> Finding:
    """The lab is found by its tags alone, so that it can be removed without a state."""
    title = "the lab is found by its tags"
    try:
        things = open_cloud(made.target).look(Wanted(made.name, made.owner)).things
    except DockyardError as error:
        return Finding("", "tags", title, (error.message,))
    labs = [one for one in by_lab(things) if (one.owner, one.name) == (made.owner, made.name)]
    problems = [] if labs else ["nothing in the cloud carries them"]
    problems += [
        f"the deadline of the tags is {one.expires}, that of the lab {made.expires}"
        for one in labs
        if one.expires != made.expires
    ]
    return Finding("", "tags", title, tuple(problems))


def _deadline(made: StackResult) -> Finding:
    title = "the lab has a deadline that lies ahead of its making"
    wrong = ("its deadline is before its making",) if made.expires <= made.made else ()
    return Finding("", "deadline", title, wrong)


def _table(found: Sequence[Finding]) -> None:
    """A line a rule; a machine is named where something is wrong."""
    rows = []
    for name, title in dict.fromkeys((one.rule, one.title) for one in found):
        all_of = [one for one in found if one.rule == name]
        bad = [one for one in all_of if one.problems]
        state = f"{show.MARKS['bad']} {len(bad)} of {len(all_of)}" if bad else show.MARKS["ok"]
        rows.append((state, name, title))
        rows += [
            ("", "", f"{one.host}: {problem}" if one.host else problem)
            for one in bad
            for problem in one.problems
        ]
    show.table(("state", "rule", "what must be so"), rows)
