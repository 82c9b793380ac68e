"""Azure is asked by its own SDK, and what it says against it becomes an error of ours."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dockyard.endpoints import endpoint, unanswered
from dockyard.sweep.things import (
    Account,
    BusyError,
    CloudError,
    CredentialsError,
    GoneError,
)

_BUSY = re.compile(
    "Timeout|Conflict|InUse|CannotBeDeleted|Reserved|Throttl|TooManyRequests|Retryable|ServerError"
)
_NOT_FOUND, _UNAUTHORIZED = 404, 401


@dataclass
class Asking:
    """Who asks Azure, as whom azure-identity finds."""

    account: Account

    @cached_property
    def client(self) -> Any:
        """Azure's own."""
        from azure.core.pipeline.policies import HeadersPolicy
        from azure.mgmt.resource.resources import ResourceManagementClient

        there = endpoint("azure")
        more: dict[str, Any] = {"connection_verify": there.ca} if there.ca else {}
        if there.url:
            more |= {"base_url": there.url, "credential_scopes": [f"{there.url}/.default"]}
        if there.token:
            given = {"Authorization": f"Bearer {there.token}"}
            more["authentication_policy"] = HeadersPolicy(base_headers=given)
            return ResourceManagementClient(_Nobody(), self.account.id, **more)
        from azure.identity import DefaultAzureCredential

        return ResourceManagementClient(DefaultAzureCredential(), self.account.id, **more)

    def rows(
        self, path: str, version: str, query: Mapping[str, str] | None = None
    ) -> Iterator[dict[str, Any]]:
        """A list below the subscription, in ARM's own form, to its end."""
        from azure.core.rest import HttpRequest

        more = {"api-version": version, **(query or {})}
        ask = HttpRequest("GET", f"/subscriptions/{self.account.id}{path}", params=more)
        while True:
            with telling():
                said = self.client.send_request(ask)
                said.raise_for_status()
            page = said.json()
            yield from page["value"]
            if not page.get("nextLink"):
                return
            ask = HttpRequest("GET", page["nextLink"])


class _Nobody:
    """A credential for an endpoint that is given its token."""

    def get_token(self, *_: str, **__: Any) -> Any:
        from azure.core.credentials import AccessToken

        return AccessToken("", 2**31)


@contextmanager
def telling() -> Iterator[None]:
    """What Azure says against it becomes an error of ours."""
    from azure.core.exceptions import (
        AzureError,
        ClientAuthenticationError,
        HttpResponseError,
    )

    try:
        yield
    except ClientAuthenticationError as error:
        raise _nobody(error) from None
    except HttpResponseError as error:
        raise _refusal(error) from None
    except AzureError as error:
        why, hint = unanswered("azure", error)
        raise CloudError(f"Azure did not answer: {why}", hint) from None


def _nobody(error: Exception) -> CredentialsError:
    return CredentialsError(
        f"Azure does not take these credentials: {str(error).splitlines()[0]}",
        "Type: az login   and then the same again.",
    )


def _refusal(error: Any) -> Exception:
    code = str(getattr(error.error, "code", "") or "")
    text = str(getattr(error.error, "message", "") or error.message).splitlines()[0]
    if error.status_code == _NOT_FOUND and code != "SubscriptionNotFound":
        return GoneError(f"{code}: {text}")
    if error.status_code == _UNAUTHORIZED:
        return _nobody(error)
    if code == "ScopeLocked":
        return CloudError(
            f"{code}: {text} See the lock: az lock list; take it away: az lock delete"
        )
    kind = BusyError if _BUSY.search(code) else CloudError
    return kind(f"{code}: {text}")
