"""AWS: every region the account has; by tags, and by what lies in the lab's networks.

Two lists know tags: EC2's own (all that EC2 has) and the tagging API (other services, but it also
tells what was tagged once). The first is believed of EC2, the second of all else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from dockyard.endpoints import endpoint
from dockyard.sweep import aws_guards
from dockyard.sweep.aws_guards import HOME
from dockyard.sweep.aws_kinds import BUSY, GONE, KINDS, NOBODY, Kind
from dockyard.sweep.things import (
    LAB,
    TAGS,
    Account,
    BusyError,
    CloudError,
    CredentialsError,
    DeniedError,
    GoneError,
    Look,
    NobodyError,
    Thing,
    Wanted,
)

_AT_ONCE = 8
_BATCH = 50
"""Machines that one call ends."""
_UNSEEN = (
    "AWS: what carries no tag and lies in none of the lab's networks (S3, Lambda, DNS); a load "
    "balancer or a gateway in them is seen by its network card"
)


def open_cloud() -> "Aws":
    """As whom boto3 finds: environment, profile, role.

    Raises CredentialsError when it finds nobody.
    """
    cloud = Aws()
    said = cloud.ask("sts", HOME, "get_caller_identity")
    cloud.account = Account("aws", said["Account"], said["Arn"])
    return cloud


@dataclass
class Aws:
    account: Account = field(default_factory=lambda: Account("aws", ""))
    stays: bool = field(default=False, init=False)

    @cached_property
    def _session(self) -> Any:
        import boto3

        return boto3.Session()

    @property
    def region(self) -> str:
        """The one that the person has chosen; may be empty."""
        return str(self._session.region_name or "")

    @cached_property
    def _clients(self) -> dict[tuple[str, str], Any]:
        return {}

    def _client(self, service: str, region: str) -> Any:
        """A client is made once; making one takes a tenth of a second."""
        from botocore.config import Config

        if (service, region) not in self._clients:
            there = endpoint("aws")
            calm = Config(retries={"mode": "adaptive", "max_attempts": 10})
            self._clients[service, region] = self._session.client(
                service,
                region_name=region,
                endpoint_url=there.url or None,
                verify=there.ca or None,
                config=calm,
            )
        return self._clients[service, region]

    def ask(self, service: str, region: str, call: str, **words: Any) -> Any:
        """One call; what AWS says against it becomes an error of ours."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self._client(service, region), call)(**words)
        except ClientError as error:
            raise _said(error.response["Error"]) from None
        except BotoCoreError as error:
            raise _unsaid(error) from None

    def pages(self, service: str, region: str, call: str, **words: Any) -> Iterator[Any]:
        """Every page of a list."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield from self._client(service, region).get_paginator(call).paginate(**words)
        except ClientError as error:
            raise _said(error.response["Error"]) from None
        except BotoCoreError as error:
            raise _unsaid(error) from None

    # --- looking --------------------------------------------------------------------------------

    def look(self, wanted: Wanted) -> Look:
        """All regions that the account has, at once."""
        said = self.ask("ec2", self.region or HOME, "describe_regions")
        regions = sorted(one["RegionName"] for one in said["Regions"])
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            looked = list(pool.map(lambda region: self._region(region, wanted), regions))
            looked += pool.map(lambda region: self._guards(region, wanted), ["", *regions])
        things = [thing for found, _, _ in looked for thing in found]
        failed = [problem for _, problem, _ in looked if problem]
        denied = sorted({reason for _, _, reason in looked if reason})
        unseen = (f"AWS: what ends labs by itself, of which it says {denied[0]}",) if denied else ()
        asked = (
            f"EC2's tags, the tagging API, the lab's networks and the schedules in {len(regions)} "
            f"regions: {', '.join(regions)}; the roles"
        )
        return Look(tuple(things), (asked,), (_UNSEEN, *unseen), tuple(failed))

    def machines(self, wanted: Wanted, region: str) -> Iterable[str]:
        """What is being terminated is gone."""
        return _Region(self, region, wanted).machines()

    def _region(self, region: str, wanted: Wanted) -> tuple[list[Thing], str, str]:
        found, problem, denied = _tried(region, _Region(self, region, wanted).things)
        said = f"{region} could not be looked at: {denied}" if denied else ""
        return found, problem or said, ""

    def _guards(self, region: str, wanted: Wanted) -> tuple[list[Thing], str, str]:
        """Who may not list them has none: their lab was made with `guard: false`."""
        if region:
            place = f"the schedules of {region}"
            return _tried(place, lambda: aws_guards.schedules(self, region, wanted))
        return _tried("the roles", lambda: aws_guards.roles(self, wanted))

    def identify(self, type_: str, inputs: Mapping[str, Any], found: Iterable[Thing]) -> str:
        """Guards have names of their own; how a subnet is joined to its routes, EC2 says."""
        match type_.rpartition(":")[2]:
            case "Schedule":
                return f"{inputs.get('groupName') or 'default'}/{inputs['name']}"
            case "Role":
                return str(inputs["name"])
            case "RolePolicy":
                return f"{inputs['role']}:{inputs['name']}"
            case "RouteTableAssociation":
                return self._joined(str(inputs["subnetId"]), found)
        return ""

    def _joined(self, subnet: str, found: Iterable[Thing]) -> str:
        for thing in found:
            if thing.id == subnet:
                mine = [{"Name": "association.subnet-id", "Values": [subnet]}]
                said = self.ask("ec2", thing.place, "describe_route_tables", Filters=mine)
                for one in (a for t in said["RouteTables"] for a in t["Associations"]):
                    if one.get("SubnetId") == subnet:
                        return str(one["RouteTableAssociationId"])
        return ""

    # --- deleting -------------------------------------------------------------------------------

    def batches(self, things: Iterable[Thing]) -> list[Sequence[Thing]]:
        """Machines of a region are ended together, everything else one by one."""
        machines: dict[str, list[Thing]] = {}
        found: list[Sequence[Thing]] = []
        for one in things:
            if one.kind == KINDS["instance"].word:
                machines.setdefault(one.place, []).append(one)
            else:
                found.append((one,))
        for here in machines.values():
            found += [here[first : first + _BATCH] for first in range(0, len(here), _BATCH)]
        return found

    def delete(self, things: Sequence[Thing]) -> None:
        """What is gone already is gone."""
        if things[0].kind in {aws_guards.SCHEDULE, aws_guards.ROLE}:
            with suppress(GoneError):
                aws_guards.delete(self, things[0])
            return
        kind = next(one for one in KINDS.values() if one.word == things[0].kind)
        try:
            self._delete(kind, things)
        except (BusyError, DeniedError):
            raise
        except CloudError as error:
            if len(things) > 1:
                self._each(things)
            elif not isinstance(error, GoneError):
                raise

    def _each(self, things: Sequence[Thing]) -> None:
        """One that may not be ended, or is gone, spares no other; then what was said is raised."""
        said: list[CloudError] = []
        for one in things:
            try:
                self.delete((one,))
            except CloudError as error:
                said.append(error)
        if said:
            raise said[0]

    def _delete(self, kind: Kind, things: Sequence[Thing]) -> None:
        one, region = things[0], things[0].place
        if kind.before:
            # what it lets go of may be gone itself
            with suppress(GoneError):
                kind.before(lambda call, **words: self.ask("ec2", region, call, **words), one.id)
        ids: Any = [thing.id for thing in things] if kind.many else one.id
        self.ask("ec2", region, kind.call, **{kind.parameter: ids})


def _tried(place: str, look: Callable[[], Iterable[Thing]]) -> tuple[list[Thing], str, str]:
    """What was found, what failed, and what who asks has not the right to."""
    try:
        return list(look()), "", ""
    except CredentialsError:
        raise
    except DeniedError as error:
        return [], "", error.message
    except CloudError as error:
        return [], f"{place} could not be looked at: {error.message}", ""


def _said(error: Mapping[str, str]) -> Exception:
    code, text = error.get("Code", ""), error.get("Message", "")
    if code in NOBODY:
        return CredentialsError(
            f"AWS does not take these credentials ({code}): {text}",
            "Log in again (aws sso login, aws configure) and type the same again.",
        )
    if any(part in code for part in GONE):
        return GoneError(f"{code}: {text}")
    if code.startswith("AccessDenied"):
        return DeniedError(f"{code}: {text}")
    kind = BusyError if code in BUSY or "currently in use" in text else CloudError
    return kind(f"{code}: {text}")


def _unsaid(error: Exception) -> Exception:
    name = type(error).__name__
    if "Token" in name or "SSO" in name:
        return CredentialsError(
            f"AWS does not take these credentials any more: {error}",
            "Type: aws sso login   and then the same again.",
        )
    if "Credential" in name or "Profile" in name:
        return NobodyError(
            "AWS knows no credentials on this computer.",
            "Type: aws configure   (or set AWS_PROFILE)",
        )
    return CloudError(f"AWS did not answer: {error}", "Is the network there? Type it again.")


# --- one region ---------------------------------------------------------------------------------


@dataclass
class _Region:
    """One look at one region."""

    aws: Aws
    name: str
    wanted: Wanted

    def things(self) -> Iterator[Thing]:
        tagged = self._tagged()
        yield from (one for one in self._elsewhere() if one.id not in tagged)
        if not tagged:
            return
        found = {thing.id: thing for thing in self._there(tagged)}
        yield from found.values()
        yield from self._lying_in(found)

    def _pages(self, call: str, **words: Any) -> Iterator[Any]:
        return self.aws.pages("ec2", self.name, call, **words)

    def _tagged(self) -> dict[str, tuple[str, str, dict[str, str]]]:
        """By id: EC2's word for the kind, and the tags of ours."""
        rows: dict[str, tuple[str, str, dict[str, str]]] = {}
        ours = [{"Name": "key", "Values": [*TAGS, "Name"]}]
        for page in self._pages("describe_tags", Filters=ours):
            for row in page["Tags"]:
                id_, kind = row["ResourceId"], row["ResourceType"]
                rows.setdefault(id_, (id_, kind, {}))[2][row["Key"]] = row["Value"]
        return {id_: row for id_, row in rows.items() if self.wanted.fits(row[2])}

    def _thing(self, row: tuple[str, str, dict[str, str]], inside: str = "") -> Thing:
        id_, word, tags = row
        kind = _kind(word)
        own = {key: value for key, value in tags.items() if key != "Name"}
        thing = Thing(
            kind.word if kind else word,
            id_,
            tags.get("Name", ""),
            self.name,
            own,
            stage=kind.stage if kind else 0,
            inside=inside,
            by_hand="" if kind else f"Dockyard does not delete a {word}",
        )
        if kind is None:
            return thing
        return replace(
            thing,
            console=f"https://{self.name}.console.aws.amazon.com/ec2/home?region={self.name}"
            f"#{kind.console.format(id=id_)}",
            command=f"aws ec2 {kind.command.format(id=id_)} --region {self.name}",
        )

    def _there(self, tagged: Mapping[str, tuple[str, str, dict[str, str]]]) -> Iterator[Thing]:
        """Tags outlive what they are on, a machine's for an hour: each kind is asked itself."""
        words = {word for _, word, _ in tagged.values()}
        rows: dict[str, Any] = {}
        for word in words:
            rows |= self._listed(word)
        for id_, row in tagged.items():
            kind = _kind(row[1])
            if kind is None:
                yield self._thing(row)
            elif id_ in rows:
                yield replace(self._thing(row), **kind.state(rows[id_]))

    def _listed(self, word: str) -> dict[str, Any]:
        """All of a kind with a tag of ours, by id."""
        kind = _kind(word)
        if kind is None:
            return {}
        ours = [{"Name": "tag-key", "Values": [LAB]}]
        if not kind.pages:
            said = self.aws.ask("ec2", self.name, kind.list_call, Filters=ours)
            return {one[kind.id_key]: one for one in said[kind.list_key]}
        return {
            row[kind.id_key]: row
            for page in self._pages(kind.list_call, Filters=ours)
            for row in _rows(kind, page)
            if not kind.is_gone(row)
        }

    def machines(self) -> list[str]:
        """Those that live, or are only switched off."""
        ours = [{"Name": f"tag:{LAB}", "Values": [self.wanted.lab]}]
        kind = KINDS["instance"]
        rows = (
            row for page in self._pages(kind.list_call, Filters=ours) for row in _rows(kind, page)
        )
        return [row[kind.id_key] for row in rows if not kind.skips(row)]

    def _lying_in(self, found: Mapping[str, Thing]) -> Iterator[Thing]:
        """What has no tag of the lab, in a network that has."""
        networks = [one.id for one in found.values() if one.kind == KINDS["vpc"].word]
        if not networks:
            return
        for word, kind in KINDS.items():
            if not kind.filter:
                continue
            here = [{"Name": kind.filter, "Values": networks}]
            for page in self._pages(kind.list_call, Filters=here):
                for row in _rows(kind, page):
                    if row[kind.id_key] not in found and not kind.skips(row):
                        yield self._inner(word, kind, row)

    def _inner(self, word: str, kind: Kind, row: Mapping[str, Any]) -> Thing:
        tags = {one["Key"]: one["Value"] for one in row.get("Tags") or row.get("TagSet") or []}
        home = row.get("VpcId") or row["Attachments"][0]["VpcId"]
        thing = self._thing((row[kind.id_key], word, _ours(tags)), inside=home)
        return replace(thing, name=tags.get("Name", ""), **kind.also(row, tags.get(LAB, "")))

    def _elsewhere(self) -> Iterator[Thing]:
        """Of other services: found, and named."""
        filters: list[dict[str, Any]] = [{"Key": LAB}]
        if self.wanted.lab:
            filters[0]["Values"] = [self.wanted.lab]
        call = self.aws.pages(
            "resourcegroupstaggingapi", self.name, "get_resources", TagFilters=filters
        )
        for page in call:
            for one in page["ResourceTagMappingList"]:
                arn, tags = one["ResourceARN"], {row["Key"]: row["Value"] for row in one["Tags"]}
                service = arn.split(":")[2]
                if service not in {"ec2", "iam", "scheduler"} and self.wanted.fits(tags):
                    reason = f"Dockyard does not delete what {service} has"
                    name = arn.rpartition("/")[2]
                    yield Thing(service, arn, name, self.name, _ours(tags), by_hand=reason)


def _ours(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: tags[key] for key in TAGS if key in tags}


def _kind(word: str) -> Kind | None:
    """An address has two words, by its age."""
    return KINDS.get("elastic-ip" if word == "vpc-elastic-ip" else word)


def _rows(kind: Kind, page: Mapping[str, Any]) -> list[Any]:
    if kind.list_key != "Reservations":
        return list(page[kind.list_key])
    return [one for group in page["Reservations"] for one in group["Instances"]]
