"""A lab on this computer: Vagrant makes the machines, their own marks say what they are."""

from collections.abc import Callable, Sequence
from pathlib import Path

from dockyard.description import Description
from dockyard.local.driver import Driver, Status, VagrantError
from dockyard.local.strays import Strays
from dockyard.project import Project
from dockyard.results import Reachable
from dockyard.seats import machines

GONE = "not_created"
RUNNING = "running"
_SAID = ("SSH address", "SSH username")
"""What Vagrant says of a machine that it waits for."""


class LocalLab:
    """The machines of one description, by Vagrant."""

    def __init__(self, project: Project, description: Description) -> None:
        self.lab = description.lab
        self.hosts = tuple(machine.host for machine in machines(description.lab))
        self.kept = project.kept(description.kept)
        self._machines = project.vagrant / ".vagrant" / "machines"
        # what a person has set for other work must not lead Vagrant elsewhere
        env = {
            "DOCKYARD_DESCRIPTION": str(description.path),
            "VAGRANT_NO_COLOR": "1",
            "VAGRANT_CWD": str(project.vagrant),
            "VAGRANT_DOTFILE_PATH": str(project.vagrant / ".vagrant"),
        }
        self._clone = project.root
        self._strays = Strays(description.lab.name, project.root)
        self._heard: dict[str, dict[str, str]] = {}
        self.driver = Driver(project.vagrant, env, self.kept / "vagrant.log")

    def states(self) -> dict[str, Status]:
        """Vagrant's state of every described machine, and of those that it still has."""
        return self.driver.states()

    @property
    def log(self) -> Path:
        """Vagrant's log, as seen from the clone."""
        return self.driver.log.relative_to(self._clone)

    def known(self) -> dict[str, str]:
        """Every machine that Vagrant has made and not destroyed, with its provider.

        Read from Vagrant's own folder: a `vagrant status` takes more than a second.
        """
        found = sorted(self._machines.glob("*/*/id"))
        return {path.parent.parent.name: path.parent.name for path in found}

    def running(self) -> tuple[str, ...]:
        """The described machines that run."""
        states = self.states()
        return tuple(h for h in self.hosts if h in states and states[h].state == RUNNING)

    def reachable(self, hosts: Sequence[str]) -> tuple[Reachable, ...]:
        """The way into each machine of `hosts` that runs."""
        known = self.known()
        hosts = [host for host in hosts if host in known]
        if not hosts:
            return ()
        if all(len(self._heard.get(host, {})) == len(_SAID) for host in hosts):
            return tuple(self._as_heard(host) for host in hosts)
        try:
            configs = self.driver.ssh_configs(hosts)
        except VagrantError:
            # one that does not run spoils the answer for all
            running = set(self.running())
            hosts = [host for host in hosts if host in running]
            configs = self.driver.ssh_configs(hosts) if hosts else {}
        return tuple(
            Reachable(
                host,
                config["HostName"],
                int(config["Port"]),
                config["User"],
                Path(config["IdentityFile"].strip('"')) if "IdentityFile" in config else None,
                self._identity(host),
            )
            for host, config in configs.items()
        )

    def _as_heard(self, host: str) -> Reachable:
        """The way in that Vagrant has just told: asking it once more takes a second."""
        said = self._heard[host]
        address, _, port = said["SSH address"].rpartition(":")
        own = next((self._machines / host).glob("*/private_key"), None)
        key = own or self._clone / ".dockyard" / "vagrant_key"
        return Reachable(host, address, int(port), said["SSH username"], key, self._identity(host))

    def _identity(self, host: str) -> str:
        """Vagrant's id of the machine, short: a machine made anew has another."""
        found = sorted((self._machines / host).glob("*/id"))
        return found[0].read_text(encoding="ascii").strip()[:12] if found else ""

    def up(self, provider: str, seen: Callable[[str, str], None]) -> str:
        """Makes what is not there; `seen` gets machine and line. Returns what failed, if anything.

        A provider that works in sequence stops at the first machine that fails, and one that
        works in parallel may fail by chance: what was not made is tried once more.
        """

        def line(text: str) -> None:
            host, said = _spoken(text)
            if host in self.hosts:
                name, _, value = said.partition(": ")
                if name in _SAID:
                    self._heard.setdefault(host, {})[name] = value
                seen(host, said)

        failed = ""
        again: list[str] = []
        while True:
            self._remove_half_made()
            try:
                self.driver.follow(["up", "--provider", provider, *again], line)
            except VagrantError as error:
                failed = failed or str(error)
            known = self.known()
            left = [h for h in self.hosts if h not in known]
            if not failed or not left or again:
                return failed
            again = left

    def _remove_half_made(self) -> None:
        """Machines that were begun and never became Vagrant's: their names are in the way."""
        known = self.known()
        self._strays.remove(
            name for name in self.strays() if not any(name.endswith(f"-{h}") for h in known)
        )

    def down(self, seen: Callable[[str, str], None], hosts: Sequence[str] = ()) -> None:
        """Destroys the machines named, or all that Vagrant has, and what is in their way."""
        self._remove_half_made()
        self.driver.follow(["destroy", "--force", *hosts], lambda text: seen(*_spoken(text)))

    def leftovers(self) -> list[str]:
        """What Vagrant still has of this lab, read back: empty when nothing is left."""
        return [host for host, status in self.states().items() if status.state != GONE]

    def strays(self) -> list[str]:
        """The machines of this clone's lab by what they carry, Vagrant's own ones too."""
        return self._strays.found()

    def remove_strays(self) -> None:
        """Removes them, and the networks of seats that are empty then."""
        self._strays.remove(self.strays())
        self._strays.remove_networks()


def _spoken(text: str) -> tuple[str, str]:
    """`==> seat01-node1: Booting` and `    seat01-node1: text` as machine and words."""
    host, colon, said = text.strip().removeprefix("==> ").partition(": ")
    return (host, said.strip()) if colon else ("", text.strip())
