"""Google is asked by plain REST over google-auth, and what it says against it becomes an error of
ours.

google-cloud-compute takes two seconds to import, and can't be loaded into a process that has loaded
Pulumi (both bring google.rpc.Status).
"""

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dockyard.endpoints import endpoint, unanswered
from dockyard.sweep.things import (
    Account,
    BusyError,
    CloudError,
    CredentialsError,
    DeniedError,
    GoneError,
    NobodyError,
)

_API = "https://compute.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_TRIES = 6
_PAUSE = 1.0
_BUSY = re.compile(
    "ABORTED|InUse|IN_USE|NotReady|NOT_READY|rateLimit|quotaExceeded|backend|internal|tooMany"
)
_NOBODY, _FORBIDDEN, _NOT_FOUND, _SLOWER = 401, 403, 404, (429, 500, 502, 503)


@dataclass
class Asking:
    """Who asks Google, as whom google-auth finds."""

    account: Account
    default: str = field(default="", init=False)
    """the project that who asks has chosen; may be empty"""

    def __post_init__(self) -> None:
        self._session  # noqa: B018 - who it is is asked first, and names the project

    @cached_property
    def _session(self) -> Any:
        import google.auth
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import AuthorizedSession
        from google.oauth2.credentials import Credentials

        there = endpoint("gcp")
        if there.token:
            session = AuthorizedSession(Credentials(there.token))
        else:
            try:
                found, project = google.auth.default(scopes=[_SCOPE])
            except GoogleAuthError as error:
                raise NobodyError(
                    f"Google Cloud knows nobody here: {str(error).splitlines()[0]}",
                    "Type: gcloud auth application-default login",
                ) from None
            self.default = project or ""
            session = AuthorizedSession(found)
        session.verify = there.ca or True
        return session

    def below(self, path: str) -> Any:
        """What Compute Engine says of what is below the project: `/regions/europe-west9`."""
        return self.compute("GET", path)

    def service(self, host: str, version: str = "v1") -> str:
        """The address of the project at another of Google's interfaces."""
        base = endpoint("gcp").url or f"https://{host}.googleapis.com"
        return f"{base}/{version}/projects/{self.account.id}"

    def here(self, path: str) -> str:
        """Where Compute Engine has what is below the project."""
        base = endpoint("gcp").url or _API
        return f"{base}/compute/v1/projects/{self.account.id}{path}"

    def compute(self, method: str, path: str) -> Any:
        """One call of Compute Engine, below the project."""
        return self.ask(method, self.here(path))

    def ask(
        self,
        method: str,
        url: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """One call; slower and again when Google says that it was too often."""
        from google.auth.exceptions import GoogleAuthError
        from requests import RequestException

        for attempt in range(_TRIES):
            try:
                said = self._session.request(method, url, params=query, json=body, timeout=60)
            except GoogleAuthError as error:
                raise _nobody(error) from None
            except RequestException as error:
                why, hint = unanswered("gcp", error)
                raise CloudError(f"Google Cloud did not answer: {why}", hint) from None
            if not _slower(said) or attempt == _TRIES - 1:
                break
            time.sleep(float(said.headers.get("Retry-After") or _PAUSE * 2**attempt / 2))
        if said.status_code >= 400:  # noqa: PLR2004 - HTTP's own border
            raise _refusal(said)
        return said.json()

    def pages(self, url: str, query: Mapping[str, str] | None = None) -> Iterator[Any]:
        """Every page of a list."""
        token = ""
        while True:
            more = {"pageToken": token} if token else {}
            said = self.ask("GET", url, {**(query or {}), **more})
            yield said
            token = said.get("nextPageToken", "")
            if not token:
                return


def _nobody(error: object) -> CredentialsError:
    return CredentialsError(
        f"Google Cloud does not take these credentials: {str(error).splitlines()[0]}",
        "Type: gcloud auth application-default login   and then the same again.",
    )


def _slower(said: Any) -> bool:
    return said.status_code in _SLOWER or (
        said.status_code == _FORBIDDEN and "rateLimitExceeded" in said.text
    )


def _refusal(said: Any) -> Exception:
    try:
        error = said.json()["error"]
        rows = error.get("errors") or [{}]
        code, text = rows[0].get("reason") or error.get("status", ""), error["message"]
    except (ValueError, KeyError):
        code, text = str(said.status_code), said.text[:200]
    if said.status_code == _NOBODY:
        return _nobody(text)
    if said.status_code == _NOT_FOUND:
        return GoneError(text)
    if said.status_code == _FORBIDDEN:
        return DeniedError(f"{code}: {text}")
    return error_of(code, text)


def error_of(code: str, text: str) -> CloudError:
    """What an operation ended with, or a call."""
    return (BusyError if _BUSY.search(code) else CloudError)(f"{code}: {text}")
