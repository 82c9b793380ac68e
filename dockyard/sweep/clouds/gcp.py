"""Google Cloud: one project; by labels, by the lab's networks, and what is in those.

Networks, subnetworks and firewall rules take no labels: a network says in its description whose it
is, or it is the one that labelled machines are in and is named after their lab.
"""

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from dockyard.sweep import gcp_guards
from dockyard.sweep.gcp_asking import Asking, error_of
from dockyard.sweep.gcp_guards import SAYS
from dockyard.sweep.things import (
    LAB,
    OWNER,
    TAGS,
    Account,
    BusyError,
    GoneError,
    Look,
    NobodyError,
    Standing,
    Thing,
    Wanted,
    whose,
)

_CONSOLE = "https://console.cloud.google.com"
_PAUSE = 1.0
_WAITS = 600.0
_UNSEEN = (
    "Google Cloud: other projects, and what takes no labels and lies in no network of the lab; "
    "routers, VPNs and instance groups in it are not looked at, and would hold the network"
)


@dataclass(frozen=True)
class _Kind:
    word: str
    stage: int
    gcloud: str
    console: str
    """a path of the console; {place} and {name}"""


_KINDS = {
    "instances": _Kind(
        "machine", 0, "instances", "compute/instancesDetail/{place}/instances/{name}"
    ),
    "forwardingRules": _Kind(
        "forwarding rule", 0, "forwarding-rules", "net-services/loadbalancing"
    ),
    "disks": _Kind("disk", 1, "disks", "compute/disksDetail/{place}/disks/{name}"),
    "addresses": _Kind("address", 1, "addresses", "networking/addresses/list"),
    "firewalls": _Kind("firewall rule", 1, "firewall-rules", "networking/firewalls/details/{name}"),
    "subnetworks": _Kind(
        "subnetwork", 2, "networks subnets", "networking/subnetworks/details/{place}/{name}"
    ),
    "networks": _Kind("network", 3, "networks", "networking/networks/details/{name}"),
}


def open_cloud() -> "Gcp":
    """As whom google-auth finds: a login by gcloud, a key file, a machine's own account.

    Raises CredentialsError when it finds nobody, or no project.
    """
    named = ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT")
    cloud = Gcp(Account("gcp", ""))
    project = next((os.environ[one] for one in named if os.environ.get(one)), cloud.default)
    if not project:
        raise NobodyError(
            "Google Cloud is not told which project is meant.",
            "Type: export GOOGLE_PROJECT=NAME   (see them: gcloud projects list)",
        )
    cloud.account = Account("gcp", project)
    return cloud


@dataclass
class Gcp(Asking):
    stays: bool = field(default=True, init=False)

    # --- looking --------------------------------------------------------------------------------

    def look(self, wanted: Wanted) -> Look:
        """Labelled things; they and the networks' descriptions say which networks are ours."""
        lists = {name: list(self._list(name, wanted)) for name in _KINDS}
        own = {
            _link(one): one
            for name in ("instances", "disks", "addresses", "forwardingRules")
            for one in lists[name]
            if wanted.fits(one.get("labels") or {})
        }
        labs = {_lab(one["labels"]) for one in own.values()}
        if wanted.lab and wanted.owner:
            labs.add((wanted.lab, wanted.owner))
        homes = dict(_homes(lists["networks"], wanted, labs))
        things = [self._thing(name, one, homes, own) for name in lists for one in lists[name]]
        asked = (
            "machines, disks, addresses and forwarding rules of all zones and regions, by label; "
            "networks, subnetworks and firewall rules, by name and description; jobs, workflows, "
            "roles and accounts that end labs"
        )
        guards, failed, denied = gcp_guards.look(self, wanted)
        unseen = [f"Google Cloud: of what ends labs by itself: {one}" for one in denied]
        found = (*(one for one in things if one), *guards)
        return Look(found, (asked,), (_UNSEEN, *unseen), tuple(failed), bool(denied))

    def unconfirmed(self, wanted: Wanted, region: str) -> bool:
        """Who is named in `alarm` is not asked."""
        del wanted, region
        return False

    def machines(self, wanted: Wanted, region: str) -> Iterable[Standing]:
        """Those with the lab's labels; a number is another one when a name is made anew."""
        del region  # a project is one list
        found = self._list("instances", wanted)
        return [_standing(one) for one in found if wanted.fits(one.get("labels") or {})]

    def _list(self, name: str, wanted: Wanted) -> Iterator[Any]:
        query = {}
        if name in {"disks", "addresses"}:
            # instances and rules are asked for without: those in the lab's network count, too
            query["filter"] = f"labels.{LAB}={wanted.lab}" if wanted.lab else f"labels.{LAB}:*"
        if name in {"networks", "firewalls"}:
            for page in self.pages(self.here(f"/global/{name}"), query):
                yield from page.get("items") or []
            return
        for page in self.pages(self.here(f"/aggregated/{name}"), query):
            for place in (page.get("items") or {}).values():
                yield from place.get(name) or []

    def _thing(
        self,
        name: str,
        one: Mapping[str, Any],
        homes: Mapping[str, tuple[str, str]],
        own: Mapping[str, Any],
    ) -> Thing | None:
        link, kind = _link(one), _KINDS[name]
        home = link if name == "networks" else _home(one)
        if link not in own and home not in homes:
            return None
        tags = _ours(one.get("labels") or {})
        if link not in own and name in {"networks", "subnetworks", "firewalls"}:
            lab, owner = homes[home]
            mine = name == "networks" or str(one["name"]).startswith(f"{owner}-{lab}-")
            tags = {LAB: lab, OWNER: owner} if mine else {}
        foreign = link not in own and tags.get(LAB) and _lab(tags) != homes[home]
        place = "/".join(link.split("/")[2:-2]).partition("/")[2] or "global"
        console = kind.console.format(place=place, name=one["name"])
        return Thing(
            kind.word,
            link,
            str(one["name"]),
            place,
            tags,
            kind.stage,
            inside="" if tags.get(LAB) and not foreign else home,
            along=_along(one),
            going=one.get("status") in {"STOPPING", "DELETING"},
            by_hand=f"it carries the labels of another lab, {whose(tags)}" if foreign else "",
            console=f"{_CONSOLE}/{console}?project={self.account.id}",
            command=_command(kind, link, str(one["name"]), self.account.id),
        )

    def identify(self, type_: str, inputs: Mapping[str, Any], found: Iterable[Thing]) -> str:
        """Guards have names of their own."""
        del found
        home = f"projects/{self.account.id}"
        match type_.rpartition(":")[2]:
            case "Account":
                mail = f"{inputs['accountId']}@{self.account.id}.iam.gserviceaccount.com"
                return f"{home}/serviceAccounts/{mail}"
            case "IAMCustomRole":
                return f"{home}/roles/{inputs['roleId']}"
            case "Workflow":
                return f"{home}/locations/{inputs['region']}/workflows/{inputs['name']}"
            case "Job":
                return f"{home}/locations/{inputs['region']}/jobs/{inputs['name']}"
        return ""

    # --- deleting -------------------------------------------------------------------------------

    def batches(self, things: Iterable[Thing]) -> list[Sequence[Thing]]:
        return [(one,) for one in things]

    def delete(self, things: Sequence[Thing]) -> None:
        """Asks for it and waits for the operation."""
        (one,) = things
        if one.kind in gcp_guards.WORDS:
            with suppress(GoneError):
                gcp_guards.delete(self, one)
            return
        path = one.id.split("/", 2)[2]
        try:
            said = self.compute("DELETE", f"/{path}")
            place = path.split("/")[:-2]
            end = time.monotonic() + _WAITS
            while said["status"] != "DONE" and time.monotonic() < end:
                said = self.compute(
                    "POST", f"/{'/'.join([*place, 'operations', said['name']])}/wait"
                )
                if said["status"] != "DONE":
                    time.sleep(_PAUSE)
        except GoneError:
            return
        if said["status"] != "DONE":
            raise BusyError(f"Google Cloud still deletes it ({said['name']})")
        for problem in (said.get("error") or {}).get("errors") or []:
            raise error_of(problem.get("code", ""), problem.get("message", ""))


def _link(one: Mapping[str, Any]) -> str:
    """projects/P/zones/Z/instances/NAME, wherever the interface is."""
    return "projects/" + str(one["selfLink"]).partition("/projects/")[2]


def _standing(one: Mapping[str, Any]) -> Standing:
    _, project, _, zone, _, name = _link(one).split("/")
    ways = [way for card in one["networkInterfaces"] for way in card.get("accessConfigs") or []]
    address = next((way["natIP"] for way in ways if way.get("natIP")), "")
    start = f"gcloud compute instances start --project {project} --zone {zone}"
    return Standing(str(one["id"]), one["status"], address, start, name)


def _home(one: Mapping[str, Any]) -> str:
    """The network that it is in."""
    cards = one.get("networkInterfaces") or [{}]
    named = one.get("network") or cards[0].get("network") or ""
    return f"projects/{named.partition('/projects/')[2]}" if named else ""


def _along(one: Mapping[str, Any]) -> str:
    """A boot disk goes with its machine."""
    users = one.get("users") or []
    return "projects/" + str(users[0]).partition("/projects/")[2] if users else ""


def _ours(labels: Mapping[str, str]) -> dict[str, str]:
    return {key: labels[key] for key in TAGS if key in labels}


def _lab(labels: Mapping[str, str]) -> tuple[str, str]:
    return labels[LAB], labels.get(OWNER, "")


def _homes(
    networks: Iterable[Mapping[str, Any]], wanted: Wanted, labs: set[tuple[str, str]]
) -> Iterator[tuple[str, tuple[str, str]]]:
    """The networks of these labs; one that says whose it is is believed before its name."""
    named = {f"{owner}-{lab}-network": (lab, owner) for lab, owner in labs}
    for one in networks:
        said = SAYS.search(one.get("description") or "")
        if said:
            if wanted.fits({LAB: said[1], OWNER: said[2]}):
                yield _link(one), (said[1], said[2])
        elif one["name"] in named:
            yield _link(one), named[one["name"]]


def _command(kind: _Kind, link: str, name: str, project: str) -> str:
    places, _, place = "/".join(link.split("/")[2:4]).partition("/")
    where = f" --{places.removesuffix('s')} {place}" if places in {"zones", "regions"} else ""
    return f"gcloud compute {kind.gcloud} delete {name}{where} --project {project} --quiet"
