"""AWS is asked by boto3, and what it says against it becomes an error of ours."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dockyard.endpoints import endpoint, unanswered
from dockyard.sweep.aws_kinds import BUSY, DENIED, GONE, NOBODY
from dockyard.sweep.things import (
    Account,
    BusyError,
    CloudError,
    CredentialsError,
    DeniedError,
    GoneError,
    NobodyError,
    Thing,
)

HOME = "us-east-1"
"""Where AWS is asked what is the same everywhere, when nothing else is configured."""


@dataclass
class Asking:
    """Who asks AWS, as whom boto3 finds."""

    account: Account = field(default_factory=lambda: Account("aws", ""))

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


def tried(place: str, look: Callable[[], Iterable[Thing]]) -> tuple[list[Thing], str, str]:
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
    if code.startswith(DENIED):
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
    why, hint = unanswered("aws", error)
    return CloudError(f"AWS did not answer: {why}", hint)
