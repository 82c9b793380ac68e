"""The way into many machines at once: keys read once, options made once, host keys kept.

Making asyncssh's options and reading a private key cost more than an encrypted connection; for
a class they are made once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dockyard import doors
from dockyard.quick_asyncssh import asyncssh

if TYPE_CHECKING:
    from pathlib import Path

    from dockyard.results import Reachable

DOOR_SECONDS = 8.0
"""In which the kernel knocks four times: a port that is silent so long belongs to no machine that
runs, or to one behind a firewall. Other tools give up after 10.
"""
CONNECT_SECONDS = 15.0
ALIVE_SECONDS = 30.0
"""A machine that is silent is asked so often whether it is still there, and given up after four."""


class KnownHosts:
    """The lab's own known-hosts file: first contact is kept, a changed key refused."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: dict[str, str] | None = None

    def entry(self, alias: str) -> str:
        """The key that is kept for a machine, as `type blob`, or nothing."""
        if self._read is None:
            text = self.path.read_text(encoding="ascii") if self.path.exists() else ""
            pairs = (line.split(" ", 1) for line in reversed(text.splitlines()) if " " in line)
            self._read = {pair[0]: pair[1] for pair in pairs}  # the first line of a name counts
        return self._read.get(alias, "")

    def accept(self, alias: str, key: str) -> bool:
        """Whether `key` is the machine's; the first one that is seen is."""
        known = self.entry(alias)
        if not known:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="ascii") as file:
                file.write(f"{alias} {key}\n")
            assert self._read is not None  # noqa: S101 - `entry` has read it
            self._read[alias] = key
        return known in ("", key)


class _Client(asyncssh.SSHClient):
    def __init__(self, known: KnownHosts, aliases: dict[tuple[str, int], str]) -> None:
        self._known, self._aliases = known, aliases

    def validate_host_public_key(
        self,
        host: str,
        addr: str,  # noqa: ARG002 - the signature is asyncssh's
        port: int,
        key: asyncssh.SSHKey,
    ) -> bool:
        kind, blob = key.export_public_key().decode("ascii").split()[:2]
        return self._known.accept(self._aliases[host, port], f"{kind} {blob}")


@dataclass
class WaysIn:
    """Connects; one for a command on a class."""

    known: KnownHosts
    _options: dict[tuple[str, Path | None], asyncssh.SSHClientConnectionOptions] = field(
        default_factory=dict
    )
    _aliases: dict[tuple[str, int], str] = field(default_factory=dict)

    async def connect(self, machine: Reachable) -> asyncssh.SSHClientConnection:
        """A connection; raises OSError or asyncssh.Error."""
        self._aliases[machine.address, machine.port] = machine.alias
        asked = (machine.user, machine.key)
        if asked not in self._options:
            self._options[asked] = self._made(machine)
        place = machine.address, machine.port
        async with asyncio.timeout(CONNECT_SECONDS):
            async with asyncio.timeout(DOOR_SECONDS):
                begun = await doors.opened(place)
            return await asyncssh.connect(*place, options=self._options[asked], sock=begun or ())

    def _made(self, machine: Reachable) -> asyncssh.SSHClientConnectionOptions:
        return asyncssh.SSHClientConnectionOptions(
            username=machine.user,
            client_keys=[asyncssh.read_private_key(machine.key)] if machine.key else (),
            # an empty list: every key is asked of the client
            known_hosts=([], [], []),
            client_factory=lambda: _Client(self.known, self._aliases),
            # a machine without a key of its own is reached as by plain ssh
            agent_path=None if machine.key else (),
            config=None,
            # what every machine of ours speaks, and what is least work
            kex_algs=["curve25519-sha256", "ecdh-sha2-nistp256"],
            encryption_algs=["aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"],
            server_host_key_algs=["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-256"],
            compression_algs=None,
            x509_trusted_certs=None,
            host_based_auth=False,
            gss_auth=False,
            gss_kex=False,
            keepalive_interval=ALIVE_SECONDS,
            keepalive_count_max=4,
            password_auth=False,
            kbdint_auth=False,
        )
