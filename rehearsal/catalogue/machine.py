"""A machine is ill, from its first boot on or later. What is done to it is in machines/NAME.sh."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rehearsal.catalogue.entry import Entry

SCRIPTS = Path(__file__).with_name("machines")
_ANEW = "`dockyard up` once more; or make it anew: `dockyard up LAB --replace {host}`"
_LOOK = "look into /var/log/dockyard.log on it; then `dockyard up` once more"


def _ill(name: str, title: str, sees: str, do: str, **more: Any) -> Entry:  # noqa: ANN401 - fields of Entry
    return Entry("machine", name, title, sees, do=do, **{"code": 5, **more})


def script(entry: Entry) -> str:
    """What is done to the machine, as text; its one argument is the entry's value, if any."""
    return (SCRIPTS / f"{entry.script or entry.name}.sh").read_text("ascii")


ENTRIES = (
    _ill("apt-locked", "another program installs packages for 30 seconds",
         "{host}: ready", "nothing: the machine waits for it", code=0, value="30"),
    _ill("apt-hung", "another program holds the package lock for good",
         "running at docker", "log in, end that program; the machine goes on by itself",
         value="36000", script="apt-locked"),
    _ill("no-internet", "the machine has no way out",
         "Packages cannot be fetched", "mend the network; then `dockyard up` once more"),
    _ill("internet-hangs", "what the machine sends out is lost, without an answer",
         "Packages cannot be fetched", "mend the network; then `dockyard up` once more"),
    _ill("no-dns", "the name server refuses", "Packages cannot be fetched",
         "mend the name server; then `dockyard up` once more"),
    _ill("mirror-503", "the package mirror answers 503",
         "Packages cannot be fetched", "wait, or name another mirror: docker.mirror"),
    _ill("clock-wrong", "the machine's clock is 400 days behind",
         "The clock does not fit the package index",
         "set its clock (`timedatectl set-ntp true`); then `dockyard up` once more", value="400"),
    _ill("bad-source", "a package source is written wrong",
         "failed at docker", "take that source off the machine; then `dockyard up` once more"),
    _ill("disk-full", "there is no room for packages",
         "Too little room in /var/cache/apt", "a larger disk in the description"),
    _ill("images-full", "there is no room for images",
         "no space left on device", "a larger disk in the description"),
    _ill("half-installed", "a package was cut off in its installation",
         "{host}: ready", "nothing: the machine mends it", code=0),
    _ill("other-system", "the image is of another system than it seems: accounts are not made",
         "it refuses the key", "another image in the description"),
    _ill("read-only", "the list of packages cannot be written",
         "failed at docker", "make it anew: `dockyard up LAB --replace {host}`"),
    _ill("no-home", "no home can be written: accounts are not made",
         "it refuses the key", "make it anew: `dockyard up LAB --replace {host}`"),
    _ill("daemon-dies", "Docker does not start",
         "failed at daemon", _LOOK),
    _ill("no-user-data", "the user data are never run: accounts are not made",
         "it refuses the key", "make it anew: `dockyard up LAB --replace {host}`"),
    _ill("no-ssh", "sshd does not run", "not reached",
         "look at the machine's console; make it anew: `dockyard up LAB --replace {host}`"),
    _ill("key-refused", "sshd takes no keys", "it refuses the key",
         "make it anew: `dockyard up LAB --replace {host}`"),
    _ill("reboot", "the machine reboots in the middle of its installation",
         "{host}: ready", "nothing: it goes on where it stopped", code=0),
    _ill("power-cut", "the power goes in the middle of the installation, and comes back",
         "{host}: ready", "nothing: it goes on where it stopped", code=0, host="cut-power"),
    _ill("vanish", "the machine is deleted in the cloud's console in the middle",
         "{host}", "`dockyard up` once more: it makes that machine anew", host="vanish"),
    _ill("frozen", "the machine answers to nobody any more", "no answer within",
         "restart it in the cloud's console", host="silence"),
    _ill("slow-network", "the machine's network is slow", "{host}: ready", "wait", code=0),
    _ill("docker-stopped", "somebody stops Docker on a ready machine",
         "Docker does not answer", "`dockyard up` once more", after=True),
    _ill("settings-broken", "a student writes nonsense into Docker's settings",
         "Docker does not answer", "`dockyard up` once more", after=True),
    _ill("left-group", "a student leaves the group docker",
         "Not in the group docker", "`dockyard up` once more", after=True),
    _ill("names-gone", "a student deletes the seat's names",
         "Names that lead nowhere", "`dockyard up` once more", after=True),
    _ill("mark-forged", "a student writes into the machine's mark",
         "which is no state", "`dockyard up` once more", after=True),
    _ill("host-key", "the machine's host key changes",
         "its host key is not the one", "find out why; then make it anew", after=True),
    _ill("images-later", "a student fills the disk",
         "no space left on device", "delete images: docker system prune", after=True),
)  # fmt: skip
