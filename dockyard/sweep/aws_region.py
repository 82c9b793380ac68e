"""One region of AWS, looked at: by tags, and by what lies in the lab's networks.

Two lists know tags: EC2's own (all that EC2 has) and the tagging API (other services, but it also
tells what was tagged once). The first is believed of EC2, the second of all else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dockyard.clouds.aws import ALARM
from dockyard.sweep.aws_asking import Asking
from dockyard.sweep.aws_kinds import KINDS, Kind
from dockyard.sweep.things import LAB, TAGS, Standing, Thing, Wanted, whose


@dataclass
class Region:
    """One look at one region."""

    aws: Asking
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

    def machines(self) -> list[Standing]:
        """Those that live, or are only switched off."""
        ours = [{"Name": f"tag:{LAB}", "Values": [self.wanted.lab]}]
        kind = KINDS["instance"]
        rows = (
            row for page in self._pages(kind.list_call, Filters=ours) for row in _rows(kind, page)
        )
        return [self._standing(row) for row in rows if not kind.skips(row)]

    def _standing(self, row: Mapping[str, Any]) -> Standing:
        id_, start = row["InstanceId"], f"aws ec2 start-instances --region {self.name}"
        state, address = row["State"]["Name"], row.get("PublicIpAddress", "")
        return Standing(id_, state, address, f"{start} --instance-ids", id_)

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
        return replace(thing, name=tags.get("Name", ""), **kind.also(row, whose(tags)))

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
                if not _is_ours(service, arn) and self.wanted.fits(tags):
                    reason = f"Dockyard does not delete what {service} has"
                    name = arn.rpartition("/")[2]
                    yield Thing(service, arn, name, self.name, _ours(tags), by_hand=reason)


def _is_ours(service: str, arn: str) -> bool:
    """What is looked for by its own service's list."""
    alarm = service in {"sns", "states"} and arn.endswith(ALARM)
    return alarm or service in {"ec2", "iam", "scheduler"}


def _ours(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: tags[key] for key in TAGS if key in tags}


def _kind(word: str) -> Kind | None:
    """An address has two words, by its age."""
    return KINDS.get("elastic-ip" if word == "vpc-elastic-ip" else word)


def _rows(kind: Kind, page: Mapping[str, Any]) -> list[Any]:
    if kind.list_key != "Reservations":
        return list(page[kind.list_key])
    return [one for group in page["Reservations"] for one in group["Instances"]]
