"""What a cloud says is there: things with the lab's tags, and what lies inside them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from dockyard.errors import DockyardError, HostError

LAB, OWNER, EXPIRES = "dockyard-lab", "dockyard-owner", "dockyard-expires"
PROTECTED = "protected"
"""A tag of the description's own `tags`; a lab that has it is swept only by its typed name."""
TAGS = (LAB, OWNER, EXPIRES, PROTECTED)


class CloudError(DockyardError):
    """A cloud refused; the message is its own."""


class CredentialsError(HostError):
    """A cloud does not know who asks, or no longer."""


class NobodyError(CredentialsError):
    """Nobody of this computer is known to a cloud: it was never set up here."""


class GoneError(CloudError):
    """It is not there, or no longer: it was deleted before."""


class DeniedError(CloudError):
    """Who asks has not the right to."""


class BusyError(CloudError):
    """Not now: another thing uses it, or the cloud is asked too often. Later it may go."""


@dataclass(frozen=True)
class Account:
    """Whose things they are: an account, a subscription, a project."""

    cloud: str
    id: str
    title: str = ""

    @property
    def sentence(self) -> str:
        """`the AWS account 123456789012 (arn:…)`."""
        return f"{_WORDS[self.cloud]} {self.id}" + (f" ({self.title})" if self.title else "")


_WORDS = {
    "aws": "the AWS account",
    "azure": "the Azure subscription",
    "gcp": "the Google Cloud project",
}


@dataclass(frozen=True)
class Wanted:
    """Which labs are looked for; an empty word means any."""

    lab: str = ""
    owner: str = ""

    def fits(self, tags: Mapping[str, str]) -> bool:
        """Whether these are the tags of such a lab."""
        return (
            bool(tags.get(LAB))
            and self.lab in {"", tags[LAB]}
            and self.owner in {"", tags.get(OWNER, "")}
        )


def whose(tags: Mapping[str, str]) -> str:
    """`course of trainer`: what the tags of a lab say; empty without its name."""
    return f"{tags[LAB]} of {tags.get(OWNER) or 'nobody named'}" if tags.get(LAB) else ""


@dataclass(frozen=True)
class Thing:
    """One thing in a cloud.

    `inside` is the tagged thing it lies in, when it has no tags of the lab itself; `along` the
    thing whose deletion takes it along; `stage` the order of deleting; `going`: it is being
    deleted; `by_hand`: why Dockyard can't delete it.
    """

    kind: str
    id: str
    name: str
    place: str
    tags: Mapping[str, str] = field(default_factory=dict)
    stage: int = 0
    inside: str = ""
    along: str = ""
    going: bool = False
    by_hand: str = ""
    console: str = ""
    command: str = ""

    @property
    def lab(self) -> str:
        return self.tags.get(LAB, "")

    @property
    def owner(self) -> str:
        return self.tags.get(OWNER, "")

    @property
    def sentence(self) -> str:
        """`machine trainer-course-seat01-node1 (i-0123) in eu-west-3`."""
        called = self.name if self.name in {"", self.id} else f"{self.name} ({self.id})"
        return f"{self.kind} {called or self.id} in {self.place}"

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "tags": dict(self.tags), "lab": self.lab, "owner": self.owner}


@dataclass(frozen=True)
class Look:
    """What was found; `asked` says of which lists and places, `unseen` what no list shows,
    `failed` where the look itself failed: then nothing may be called empty; `denied`: who asks has
    not the right to see what ends labs by itself.
    """

    things: tuple[Thing, ...]
    asked: tuple[str, ...]
    unseen: tuple[str, ...]
    failed: tuple[str, ...] = ()
    denied: bool = False


@dataclass(frozen=True)
class Standing:
    """A machine as its cloud lists it.

    `state` is the cloud's own word, empty where its list has none; `address` the public one, None
    where its list has none; `start` and `called` are the command that switches it on, and what is
    written behind that, for as many as have the same.
    """

    id: str
    state: str = ""
    address: str | None = None
    start: str = ""
    called: str = ""


class Cloud(Protocol):
    """One cloud, looked at and swept."""

    account: Account
    stays: bool
    """Whether a lab stays in the account that it was made in, whatever a shell says later."""

    def look(self, wanted: Wanted) -> Look:
        """Everything of these labs, every list to its end."""

    def machines(self, wanted: Wanted, region: str) -> Iterable[Standing]:
        """What this lab has in its region, its machines at least, by the ids that a stack exports:
        one list, for a look at each `up`.
        """

    def unconfirmed(self, wanted: Wanted, region: str) -> bool:
        """Whether who is to hear of a lab's alarm must agree first, and has not."""

    def identify(self, type_: str, inputs: Mapping[str, Any], found: Iterable[Thing]) -> str:
        """The cloud's id of what was being made, where no tag tells it; empty: unknown.

        `type_` and `inputs` are Pulumi's. Whether it is there, a refresh of the state finds out.
        """

    def batches(self, things: Iterable[Thing]) -> list[Sequence[Thing]]:
        """Which of one stage are deleted by one call."""

    def delete(self, things: Sequence[Thing]) -> None:
        """Deletes what one call deletes; what is gone already is gone.

        Raises BusyError when it may work later, CredentialsError, CloudError.
        """
