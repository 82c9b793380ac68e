"""Azure: one subscription; the lab is its resource group, and goes with it in one call."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dockyard.sweep.azure_asking import Asking, telling
from dockyard.sweep.things import (
    LAB,
    TAGS,
    Account,
    CloudError,
    GoneError,
    Look,
    NobodyError,
    Standing,
    Thing,
    Wanted,
    whose,
)

GROUP = "resource group"
_MACHINES, _MACHINES_SINCE = "/providers/Microsoft.Compute/virtualMachines", "2024-07-01"
_PORTAL = "https://portal.azure.com/#@/resource"
_UNSEEN = (
    "Azure: other subscriptions, roles on other resources, and what is in Kubernetes itself; "
    "disks and load balancers that a cluster makes lie in its own group, and go with it"
)


def open_cloud() -> "Azure":
    """As whom azure-identity finds: environment, az login, managed identity.

    Raises CredentialsError when it finds nobody, or no subscription.
    """
    id_, title = _subscription()
    cloud = Azure(Account("azure", id_, title))
    cloud.client  # noqa: B018 - what is not installed is said first
    return cloud


def _subscription() -> tuple[str, str]:
    """The one that Pulumi uses: a variable, else what `az account set` chose."""
    for name in ("ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID"):
        if os.environ.get(name):
            return os.environ[name], ""
    home = Path(os.environ.get("AZURE_CONFIG_DIR") or Path.home() / ".azure")
    try:
        known = json.loads((home / "azureProfile.json").read_text("utf-8-sig"))["subscriptions"]
        chosen = next(one for one in known if one.get("isDefault"))
    except (OSError, ValueError, KeyError, StopIteration):
        raise NobodyError(
            "Azure is not told which subscription is meant.",
            "Type: az login   (or set AZURE_SUBSCRIPTION_ID)",
        ) from None
    return str(chosen["id"]), str(chosen.get("name", ""))


@dataclass
class Azure(Asking):
    stays: bool = field(default=False, init=False)

    # --- looking --------------------------------------------------------------------------------

    def look(self, wanted: Wanted) -> Look:
        """Groups with the lab's tags, all that is in them, and what carries its tags elsewhere."""
        with telling():
            things = self._look(wanted)
        asked = "resource groups and resources by tag, and all that lies in the lab's groups"
        return Look(tuple(things), (asked,), (_UNSEEN,))

    def unconfirmed(self, wanted: Wanted, region: str) -> bool:
        """Who is named in `alarm` is told that they are; nobody is asked."""
        del wanted, region
        return False

    def machines(self, wanted: Wanted, region: str) -> Iterable[Standing]:
        """All that carries the lab's tags; Azure's own list may lag behind. It has no states: the
        list of the subscription's machines has, and of those nothing but that.
        """
        del region  # a subscription is one list
        with telling():
            ids = [str(one.id) for one in self.client.resources.list(filter=_filter(wanted))]
        return [Standing(id_, state, None, "az vm start --ids", id_)
                for id_, state in self._states(ids)]  # fmt: skip

    def _states(self, ids: Iterable[str]) -> Iterator[tuple[str, str]]:
        every = self.rows(_MACHINES, _MACHINES_SINCE, {"statusOnly": "true"})
        states = {one["id"].casefold(): _power(one) for one in every}
        return ((id_, states.get(id_.casefold(), "")) for id_ in ids)

    def _look(self, wanted: Wanted) -> list[Thing]:
        all_groups = list(self.client.resource_groups.list())
        tagged = [_group(one) for one in all_groups if wanted.fits(one.tags or {})]
        nodes = [(one, home) for one in all_groups if (home := _nodes_of(one, tagged))]
        # Azure gives the cluster's tags to its nodes' group: no group of its own for all that
        of_clusters = {one.id for one, _ in nodes}
        groups = [one for one in tagged if one.id not in of_clusters]
        found: dict[str, Thing] = {}
        for group in groups:
            for one in self._inside(group.name):
                found[one.id.casefold()] = _resource(one, group)
        for one, home in nodes:
            found |= {part.id.casefold(): part for part in self._nodes(one, home)}
        for one in self.client.resources.list(filter=_filter(wanted)):
            if wanted.fits(one.tags or {}) and one.id.casefold() not in found:
                found[one.id.casefold()] = _resource(one, None)
        return _judged(groups, list(found.values()))

    def _nodes(self, group: Any, home: Thing) -> Iterator[Thing]:
        """A cluster's own group, made and deleted by Azure."""
        made_by = group.managed_by
        own = _group(group)
        inside = "" if own.lab == home.lab else home.id
        yield replace(own, inside=inside, along=made_by, stage=0)
        for one in self._inside(group.name):
            yield replace(_resource(one, home), place=group.name, along=made_by)

    def _inside(self, group: str) -> list[Any]:
        """What is in a group; nothing when the group went since it was listed."""
        try:
            with telling():
                return list(self.client.resources.list_by_resource_group(group))
        except GoneError:
            return []

    def identify(self, type_: str, inputs: Mapping[str, Any], found: Iterable[Thing]) -> str:
        """A role hangs on what it is a role for; a machine's own schedule is no machine's kind."""
        del found
        match type_.rpartition(":")[2]:
            case "RoleAssignment":
                roles = f"{inputs['scope']}/providers/Microsoft.Authorization/roleAssignments"
                return f"{roles}/{inputs['roleAssignmentName']}"
            case "GlobalSchedule":
                group = f"/subscriptions/{self.account.id}/resourceGroups"
                group += f"/{inputs['resourceGroupName']}"
                return f"{group}/providers/Microsoft.DevTestLab/schedules/{inputs['name']}"
        return ""

    # --- making ---------------------------------------------------------------------------------

    def put_group(self, name: str, region: str) -> None:
        """Makes a group unless it is there."""
        with telling():
            if not self.client.resource_groups.check_existence(name):
                self.client.resource_groups.create_or_update(name, {"location": region})

    def put(self, id_: str, version: str, body: Mapping[str, Any]) -> None:
        """Makes or changes a thing, and waits until Azure says that it is done."""
        with telling():
            # by name: releases of the SDK differ in the order
            ask = self.client.resources.begin_create_or_update_by_id
            ask(id_, parameters=body, api_version=version).result()

    # --- deleting -------------------------------------------------------------------------------

    def batches(self, things: Iterable[Thing]) -> list[Sequence[Thing]]:
        return [(one,) for one in things]

    def delete(self, things: Sequence[Thing]) -> None:
        """Waits until Azure says that it is done."""
        (one,) = things
        try:
            with telling():
                self._delete(one)
        except GoneError:
            return

    def _delete(self, thing: Thing) -> None:
        if thing.kind == GROUP:
            self.client.resource_groups.begin_delete(thing.name).result()
        else:
            version = self._version(thing)
            self.client.resources.begin_delete_by_id(thing.id, api_version=version).result()

    def _version(self, thing: Thing) -> str:
        """The newest version of the interface for this type: Azure wants one named."""
        namespace, _, type_ = thing.kind.partition("/")
        for one in self.client.providers.get(namespace).resource_types:
            if one.resource_type.casefold() == type_.casefold():
                stable = [v for v in one.api_versions if "preview" not in v]
                return str(max(stable or one.api_versions))
        raise CloudError(f"Azure names no version of {thing.kind}")


def _power(machine: Mapping[str, Any]) -> str:
    """running, stopped, deallocated, or on the way there; empty: Azure does not say."""
    view = (machine.get("properties") or {}).get("instanceView") or {}
    codes = [str(one.get("code")).partition("/") for one in view.get("statuses") or []]
    return next((word for kind, _, word in codes if kind == "PowerState"), "")


def _filter(wanted: Wanted) -> str:
    """ARM knows one tag in a filter, and nothing beside it."""
    named = f" and tagValue eq '{wanted.lab}'" if wanted.lab else ""
    return f"tagName eq '{LAB}'{named}"


def _group(one: Any) -> Thing:
    state = getattr(one.properties, "provisioning_state", "")
    return Thing(
        GROUP,
        one.id,
        one.name,
        one.location,
        _ours(one.tags or {}),
        stage=1,
        going=state == "Deleting",
        console=f"{_PORTAL}{one.id}",
        command=f"az group delete --yes --name {one.name}",
    )


def _resource(one: Any, home: Thing | None) -> Thing:
    own = _ours(one.tags or {})
    tagged = bool(home and own.get(LAB) == home.lab)
    return Thing(
        one.type,
        one.id,
        one.name,
        home.name if home else one.id.split("/")[4],
        own,
        stage=0,
        inside="" if tagged or home is None else home.id,
        # a disk goes with its machine
        along=(one.managed_by or home.id) if home else "",
        going=bool(home and home.going),
        console=f"{_PORTAL}{one.id}",
        command=f"az resource delete --ids {one.id}",
    )


def _ours(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: tags[key] for key in TAGS if key in tags}


def _nodes_of(group: Any, homes: Iterable[Thing]) -> Thing | None:
    """The lab's group whose cluster made this one."""
    owner = (group.managed_by or "").casefold()
    return next((one for one in homes if owner.startswith(f"{one.id.casefold()}/")), None)


def _judged(groups: Iterable[Thing], found: Sequence[Thing]) -> list[Thing]:
    """A group goes with all that is in it: not while another lab has something there. Then what is
    the lab's own goes from it one by one, and the rest stays.
    """
    judged = {one.id: one for one in found}
    for group in groups:
        inner = [one for one in found if one.place == group.name]
        theirs = next((one for one in inner if _is_of_another(one, group)), None)
        so = group
        if theirs:
            said = f"{theirs.name} in it carries the tags of another lab, {whose(theirs.tags)}"
            so = replace(group, by_hand=said, command=_see(group.name))
            judged |= {one.id: _shared(one, group, said) for one in inner}
        judged = {group.id: so, **judged}
    return list(judged.values())


def _is_of_another(one: Thing, group: Thing) -> bool:
    return bool(one.lab) and (one.lab, one.owner) != (group.lab, group.owner)


def _see(group: str) -> str:
    return f"az resource list --output table --resource-group {group}"


def _shared(one: Thing, group: Thing, said: str) -> Thing:
    """A thing of a group that must stay."""
    if _is_of_another(one, group):
        why = f"it carries the tags of another lab, {whose(one.tags)}"
        return replace(one, by_hand=why, command=_see(group.name))
    if one.along != group.id:
        return one
    if one.lab:
        return replace(one, along="")
    return replace(one, by_hand=f"nobody says whose it is: {said}", command=_see(group.name))
