"""A cloud's firewall, really applied: in the network of the machine itself, before all else.

Not in the INPUT chain, through which the ports of containers don't come: in `mangle`, before
Docker's own rules turn a packet away to a container. Who is root in the machine could take them
off, as nobody can in a cloud.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rehearsal.machines.real import Gate, Rule

_CHAIN = "LAB"
_PORTED = {"tcp", "udp", "sctp"}


def text(gates: Sequence[Gate]) -> str:
    """What iptables-restore reads; no gates: nothing comes in."""
    chains = [f"{_CHAIN}{number}" for number in range(len(gates))]
    lines = ["*mangle", *(f":{chain} - [0:0]" for chain in (_CHAIN, *chains))]
    lines += ["-F PREROUTING", f"-A PREROUTING -i eth0 -j {_CHAIN}"]
    lines.append(f"-A {_CHAIN} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT")
    lines += [f"-A {_CHAIN} -j {chain}" for chain in chains] or [f"-A {_CHAIN} -j DROP"]
    for chain, gate in zip(chains, gates, strict=True):
        lines += [f"-A {chain} {rest}" for rule in gate for rest in _lines(rule)]
        lines.append(f"-A {chain} -j DROP")
    return "\n".join([*lines, "COMMIT", ""])


def _lines(rule: Rule) -> Iterator[str]:
    verdict = "RETURN" if rule.allow else "DROP"
    protocol = f"-p {rule.protocol} " if rule.protocol else ""
    for source in rule.sources:
        place = f"! -s {source[1:]} " if source.startswith("!") else f"-s {source} "
        if not rule.ports or rule.protocol not in _PORTED:
            yield f"{protocol}{place}-j {verdict}"
            continue
        for port in rule.ports:
            yield f"{protocol}{place}--dport {port.replace('-', ':')} -j {verdict}"
