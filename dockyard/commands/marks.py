"""What the machines say of themselves, asked in parallel and shown as a table."""

from collections.abc import Sequence

from dockyard import fleet, show
from dockyard.errors import MachineError
from dockyard.local.lab import LocalLab
from dockyard.results import MARK, Mark, mark

SECONDS = 60.0
# it looks again and changes nothing; it prints the same JSON as the mark
CHECK = "sudo -n sh /var/lib/dockyard/provision/check.sh | head -c 20000"
READ = f"head -c 20000 {MARK}"


def ask(lab: LocalLab, hosts: Sequence[str], command: str) -> dict[str, Mark]:
    """The mark of every machine named, in the order of the lab."""
    machines = lab.reachable(hosts)
    known = fleet.KnownHosts(lab.kept / "known_hosts")
    answers = {a.host: a for a in fleet.run(machines, command, known, SECONDS)}
    return {host: _mark(answers.get(host)) for host in hosts}


def _mark(answer: fleet.Answer | None) -> Mark:
    if answer is None:
        return Mark("missing", reason="the machine is not running")
    if answer.problem:
        return Mark("unreachable", reason=answer.problem)
    found = mark(answer.out)
    if found.state == "missing" and answer.err.strip():
        said = answer.err.strip().splitlines()[-1]
        return Mark("missing", reason="".join(c for c in said[:300] if c.isprintable()))
    return found


def table(marks: dict[str, Mark], addresses: dict[str, str]) -> None:
    """One line a machine."""
    rows = [
        (
            f"{show.MARKS['ok' if found.ready else 'bad']} {found.state}",
            host,
            addresses.get(host, ""),
            found.docker or "-",
            found.system or "-",
            "" if found.ready else found.sentence,
        )
        for host, found in marks.items()
    ]
    show.table(("state", "machine", "address", "docker", "system", "why"), rows)


def judge(marks: dict[str, Mark], hint: str) -> None:
    """Raises MachineError when a machine is not ready."""
    bad = [host for host, found in marks.items() if not found.ready]
    if bad:
        hints = {found.hint for found in marks.values() if not found.ready and found.hint}
        raise MachineError(
            f"{len(bad)} of {show.count(len(marks), 'machine')} not ready: {', '.join(bad)}",
            "\n  ".join((*sorted(hints), hint)),
        )
