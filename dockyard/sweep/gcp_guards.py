"""What ends a lab on Google Cloud by itself: a job, its workflow, an account, its role and binding;
and the alarm that says when it fails.

None of them lies in a network. A workflow and an alarm have the lab's labels, the others say in
their description whose they are; the binding is known by its role and its account, and goes before
them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from dockyard.clouds.gcp import GUARDS_AT
from dockyard.sweep.things import LAB, OWNER, Account, CloudError, DeniedError, Thing, Wanted

SAYS = re.compile(rf"{LAB}=(\S+) {OWNER}=(\S+)")
"""How a description says whose it is."""
_CONSOLE = "https://console.cloud.google.com"
_BINDING = "role binding"


@dataclass(frozen=True)
class _Kind:
    word: str
    stage: int
    host: str
    lists: tuple[str, ...]
    """below the project"""
    key: str
    console: str
    gcloud: str
    """what deletes one; {name} is its last part, {place} its region"""
    version: str = "v1"


_PLACES = tuple(f"locations/{one}" for one in GUARDS_AT)
_KINDS = (
    _Kind(
        "scheduled job",
        4,
        "cloudscheduler",
        tuple(f"{one}/jobs" for one in _PLACES),
        "jobs",
        "cloudscheduler",
        "scheduler jobs delete {name} --location {place}",
    ),
    _Kind(
        "workflow",
        5,
        "workflows",
        tuple(f"{one}/workflows" for one in _PLACES),
        "workflows",
        "workflows",
        "workflows delete {name} --location {place}",
    ),
    _Kind("role", 7, "iam", ("roles",), "roles", "iam-admin/roles", "iam roles delete {name}"),
    _Kind(
        "service account",
        7,
        "iam",
        ("serviceAccounts",),
        "accounts",
        "iam-admin/serviceaccounts",
        "iam service-accounts delete {name}",
    ),
    # an alarm outlives what it watches, and the address what writes to it
    _Kind(
        "alert policy",
        8,
        "monitoring",
        ("alertPolicies",),
        "alertPolicies",
        "monitoring/alerting",
        "monitoring policies delete {name}",
        "v3",
    ),
    _Kind(
        "notification channel",
        9,
        "monitoring",
        ("notificationChannels",),
        "notificationChannels",
        "monitoring/alerting/notifications",
        "beta monitoring channels delete {name}",
        "v3",
    ),
)
_HOSTS = {one.word: one.host for one in _KINDS} | {_BINDING: "cloudresourcemanager"}
_VERSIONS = {one.word: one.version for one in _KINDS}
WORDS = frozenset(_HOSTS)
Said = Any
"""What Google answers: JSON."""


class Asks(Protocol):
    """Who asks Google."""

    account: Account

    def service(self, host: str, version: str = "v1") -> str:
        """Where an interface has the project."""

    def ask(
        self,
        method: str,
        url: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Said:
        """One call."""


def look(gcp: Asks, wanted: Wanted) -> tuple[list[Thing], list[str], list[str]]:
    """What was found, what failed, and what who asks has not the right to see."""
    found: list[Thing] = []
    failed: list[str] = []
    denied: list[str] = []
    looks = {one.word: partial(_listed, gcp, one, wanted) for one in _KINDS}
    # the last: a binding is known by a role and an account that were found
    looks[_BINDING] = partial(_bindings, gcp, found, wanted)
    for word, listed in looks.items():
        try:
            found += listed()
        except DeniedError as error:
            denied.append(error.message)
        except CloudError as error:
            failed.append(f"{word}s could not be looked at: {error.message}")
    return found, failed, denied


def _url(gcp: Asks, word: str, path: str) -> str:
    return f"{gcp.service(_HOSTS[word], _VERSIONS.get(word, 'v1'))}{path}"


def _listed(gcp: Asks, kind: _Kind, wanted: Wanted) -> Iterator[Thing]:
    for one in (row for path in kind.lists for row in _pages(gcp, kind, path)):
        labels = one.get("labels") or {}
        if kind.version == "v3":  # a channel's other labels are its address
            labels = one.get("userLabels") or {}
        said = SAYS.search(one.get("description") or "")
        tags = {LAB: said[1], OWNER: said[2]} if said else dict(labels)
        if wanted.fits(tags):
            ours = {key: tags[key] for key in (LAB, OWNER)}
            yield _thing(gcp, kind, one["name"], ours, one.get("displayName"))


def _pages(gcp: Asks, kind: _Kind, path: str) -> Iterator[Mapping[str, Any]]:
    token = ""
    while True:
        more = {"pageToken": token} if token else {}
        said = gcp.ask("GET", _url(gcp, kind.word, f"/{path}"), more)
        yield from said.get(kind.key) or []
        token = said.get("nextPageToken", "")
        if not token:
            return


def _thing(gcp: Asks, kind: _Kind, link: str, tags: Mapping[str, str], title: str | None) -> Thing:
    """What the cloud has numbered is named by its title."""
    name, place = link.rpartition("/")[2], link.split("/")[3]
    project = gcp.account.id
    at = place if "/locations/" in link else "global"
    typed = kind.gcloud.format(name=name, place=place)
    return Thing(
        kind.word,
        link,
        title if title and kind.version == "v3" else name,
        at,
        tags,
        kind.stage,
        console=f"{_CONSOLE}/{kind.console}?project={project}",
        command=f"gcloud {typed} --project {project} --quiet",
    )


# --- the binding --------------------------------------------------------------------------------


def _policy(gcp: Asks) -> Said:
    asked = {"options": {"requestedPolicyVersion": 3}}
    url = _url(gcp, _BINDING, ":getIamPolicy")
    return gcp.ask("POST", url, body=asked)


def _bindings(gcp: Asks, found: Iterable[Thing], wanted: Wanted) -> Iterator[Thing]:
    """Those of the lab's roles and accounts; of one lab, also when both are gone."""
    tags: dict[str, Mapping[str, str]] = {}
    homes: dict[str, str] = {}
    project = gcp.account.id
    if wanted.lab and wanted.owner:
        name = f"dockyard_{wanted.owner}-{wanted.lab}".replace("-", "_")
        tags[f"projects/{project}/roles/{name}"] = {LAB: wanted.lab, OWNER: wanted.owner}
    for one in found:
        for name in (one.id, f"serviceAccount:{one.name}"):
            tags[name], homes[name] = one.tags, one.id
    for row in _policy(gcp).get("bindings") or []:
        for member in row["members"]:
            whose = tags.get(member) or tags.get(row["role"])
            home = homes.get(member) or homes.get(row["role"]) or ""
            if whose:
                yield Thing(
                    _BINDING,
                    f"{project}/{row['role']}/{member}",
                    member,
                    "global",
                    {} if home else whose,
                    6,
                    inside=home,
                    console=f"{_CONSOLE}/iam-admin/iam?project={project}",
                    command=f"gcloud projects remove-iam-policy-binding {project} "
                    f"--member={member} --role={row['role']} --all --quiet",
                )


def delete(gcp: Asks, thing: Thing) -> None:
    """A binding is taken out of the project's policy, which is written whole."""
    if thing.kind != _BINDING:
        path = thing.id.partition(f"projects/{gcp.account.id}")[2]
        gcp.ask("DELETE", _url(gcp, thing.kind, path))
        return
    policy = _policy(gcp)
    rows = []
    for row in policy.get("bindings") or []:
        mine = f"{gcp.account.id}/{row['role']}/{thing.name}" == thing.id
        left = [one for one in row["members"] if not (mine and one == thing.name)]
        rows += [{**row, "members": left}] if left else []
    url = _url(gcp, _BINDING, ":setIamPolicy")
    # its etag refuses to undo what somebody else wrote meanwhile
    gcp.ask("POST", url, body={"policy": {**policy, "bindings": rows, "version": 3}})
