"""Who may do what on Google Cloud: a binding is a line of the project's policy.

It carries nothing; it is known by its role and its account, and goes before them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dockyard.sweep.gcp_asking import Asking
from dockyard.sweep.things import LAB, OWNER, Thing, Wanted

WORD = "role binding"
_CONSOLE = "https://console.cloud.google.com"
_HOST = "cloudresourcemanager"


def look(gcp: Asking, found: Iterable[Thing], wanted: Wanted) -> Iterator[Thing]:
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
                    WORD,
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


def delete(gcp: Asking, thing: Thing) -> None:
    """It is taken out of the project's policy, which is written whole."""
    policy = _policy(gcp)
    rows = []
    for row in policy.get("bindings") or []:
        mine = f"{gcp.account.id}/{row['role']}/{thing.name}" == thing.id
        left = [one for one in row["members"] if not (mine and one == thing.name)]
        rows += [{**row, "members": left}] if left else []
    url = f"{gcp.service(_HOST)}:setIamPolicy"
    # its etag refuses to undo what somebody else wrote meanwhile
    gcp.ask("POST", url, body={"policy": {**policy, "bindings": rows, "version": 3}})


def _policy(gcp: Asking) -> Any:
    asked = {"options": {"requestedPolicyVersion": 3}}
    return gcp.ask("POST", f"{gcp.service(_HOST)}:getIamPolicy", body=asked)
