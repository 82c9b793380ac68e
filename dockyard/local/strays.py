"""Machines of a clone's lab that Vagrant has forgotten, found by what they carry."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dockyard.local.host import output


@dataclass(frozen=True)
class Strays:
    """Containers carry labels, virtual machines the path of the Vagrantfile that made them."""

    lab: str
    clone: Path

    def found(self) -> list[str]:
        """Every container and virtual machine of this clone's lab, Vagrant's own ones too."""
        return [*self._containers(), *self._virtual_machines()]

    def remove(self, names: Iterable[str]) -> None:
        """Takes machines away, with what they stored."""
        containers, virtual_machines = self._containers(), self._virtual_machines()
        for name in names:
            if name in containers:
                output(["docker", "rm", "--force", "--volumes", name])
            if name in virtual_machines:
                _virsh("destroy", name)
                _virsh("undefine", name, "--managed-save", "--storage", "vda")

    def remove_networks(self) -> None:
        """Those of seats. Docker keeps one that is in use; libvirt does not."""
        seats = f"^dockyard-{self.lab}-seat[0-9]+"
        mine = ["--filter", "label=dockyard=seat", "--filter", f"name={seats}"]
        for network in (output(["docker", "network", "ls", "--quiet", *mine]) or "").split():
            output(["docker", "network", "rm", network])
        if self._virtual_machines():
            return
        for network in _virsh("net-list", "--all", "--name").split():
            if re.match(seats, network):
                _virsh("net-destroy", network)
                _virsh("net-undefine", network)

    def _containers(self) -> list[str]:
        asked = [
            *("docker", "ps", "--all", "--format", "{{.Names}}"),
            *("--filter", f"label=dockyard.lab={self.lab}"),
            *("--filter", f"label=dockyard.clone={self.clone}"),
        ]
        return (output(asked) or "").split()

    def _virtual_machines(self) -> list[str]:
        source = _source(self.clone)
        return [
            name
            for name in _virsh("list", "--all", "--name").split()
            if re.match(f"dockyard-{self.lab}-seat[0-9]+", name) and source in _virsh("desc", name)
        ]


def labs(clone: Path) -> list[str]:
    """The labs that machines of a clone belong to, by what they carry."""
    label = f"label=dockyard.clone={clone}"
    named = '{{.Label "dockyard.lab"}}'
    found = (output(["docker", "ps", "--all", "--filter", label, "--format", named]) or "").split()
    for machine in _virsh("list", "--all", "--name").split():
        name = re.match("dockyard-(.+)-seat[0-9]+-", machine)
        if name and _source(clone) in _virsh("desc", machine):
            found.append(name[1])
    return sorted(set(found))


def _source(clone: Path) -> str:
    return f"Source: {clone}/vagrant/"


def _virsh(*words: str) -> str:
    uri = os.environ.get("LIBVIRT_DEFAULT_URI", "qemu:///system")
    return output(["virsh", "--quiet", "--connect", uri, *words]) or ""
