"""What ends a lab on Google Cloud by itself: a job, its workflow, an account, its role and binding;
and the alarm that says when it fails.

None of them lies in a network. A workflow and an alarm have the lab's labels, the others say in
their description whose they are.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from dockyard.clouds.gcp import GUARDS_AT
from dockyard.sweep import gcp_bindings
from dockyard.sweep.gcp_asking import Asking
from dockyard.sweep.things import LAB, OWNER, CloudError, DeniedError, Thing, Wanted

SAYS = re.compile(rf"{LAB}=(\S+) {OWNER}=(\S+)")
"""How a description says whose it is."""
_CONSOLE = "https://console.cloud.google.com"


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
_BY_WORD = {one.word: one for one in _KINDS}
WORDS = frozenset({*_BY_WORD, gcp_bindings.WORD})


def look(gcp: Asking, wanted: Wanted) -> tuple[list[Thing], list[str], list[str]]:
    """What was found, what failed, and what who asks has not the right to see."""
    found: list[Thing] = []
    failed: list[str] = []
    denied: list[str] = []
    looks = {one.word: partial(_listed, gcp, one, wanted) for one in _KINDS}
    # the last: a binding is known by a role and an account that were found
    looks[gcp_bindings.WORD] = partial(gcp_bindings.look, gcp, found, wanted)
    for word, listed in looks.items():
        try:
            found += listed()
        except DeniedError as error:
            denied.append(error.message)
        except CloudError as error:
            failed.append(f"{word}s could not be looked at: {error.message}")
    return found, failed, denied


def _listed(gcp: Asking, kind: _Kind, wanted: Wanted) -> Iterator[Thing]:
    home = gcp.service(kind.host, kind.version)
    pages = (page for path in kind.lists for page in gcp.pages(f"{home}/{path}"))
    for one in (row for page in pages for row in page.get(kind.key) or []):
        labels = one.get("labels") or {}
        if kind.version == "v3":  # a channel's other labels are its address
            labels = one.get("userLabels") or {}
        said = SAYS.search(one.get("description") or "")
        tags = {LAB: said[1], OWNER: said[2]} if said else dict(labels)
        if wanted.fits(tags):
            ours = {key: tags[key] for key in (LAB, OWNER)}
            yield _thing(gcp, kind, one["name"], ours, one.get("displayName"))


def _thing(
    gcp: Asking, kind: _Kind, link: str, tags: Mapping[str, str], title: str | None
) -> Thing:
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


def delete(gcp: Asking, thing: Thing) -> None:
    """Asks for it; none of them takes long."""
    if thing.kind == gcp_bindings.WORD:
        gcp_bindings.delete(gcp, thing)
        return
    kind = _BY_WORD[thing.kind]
    path = thing.id.partition(f"projects/{gcp.account.id}")[2]
    gcp.ask("DELETE", f"{gcp.service(kind.host, kind.version)}{path}")
