"""Where a cloud's own interface is asked, and as whom: the one place that decides it.

Nothing is set for the clouds as most people know them. A sovereign cloud, a proxy with its own
certificate, or a rehearsal names another endpoint; each SDK's own variables (AWS_ENDPOINT_URL,
AWS_CA_BUNDLE, REQUESTS_CA_BUNDLE, AZURE_AUTHORITY_HOST …) hold as well.
"""

import os
from dataclasses import dataclass

CA = "DOCKYARD_CA_BUNDLE"


@dataclass(frozen=True)
class Endpoint:
    """`url` and `token` are empty where the SDK's own way holds; `ca` is a file of certificates."""

    url: str
    token: str
    ca: str


def unanswered(cloud: str, error: object) -> tuple[str, str]:
    """Why nobody answered a call, and what to do."""
    named = endpoint(cloud).url or (
        os.environ.get("AWS_ENDPOINT_URL", "") if cloud == "aws" else ""
    )
    if not named:
        return str(error), "Is the network there? Type it again."
    return (
        f"nothing speaks at {named}, which this shell names",
        "Was that a rehearsal? It has ended: open another shell.",
    )


def endpoint(cloud: str) -> Endpoint:
    """By DOCKYARD_AZURE_ENDPOINT, DOCKYARD_AZURE_TOKEN and the like."""
    own = f"DOCKYARD_{cloud.upper()}"
    url = os.environ.get(f"{own}_ENDPOINT", "")
    return Endpoint(url, os.environ.get(f"{own}_TOKEN", ""), os.environ.get(CA, ""))
