"""A bucket of Google Cloud Storage: one a project, for all who may use that project's states."""

import os

from dockyard.sweep.clouds.gcp import open_cloud
from dockyard.sweep.things import GoneError

_API = "https://storage.googleapis.com"
EMULATOR = "STORAGE_EMULATOR_HOST"
"""Google's own variable for another endpoint of its storage: HOST:PORT, as its Go client has it."""


def make() -> str:
    """`gs://dockyard-states-PROJECT`; each of its rules is set again. Google encrypts it."""
    gcp = open_cloud()
    name = f"dockyard-states-{gcp.account.id}"
    there = os.environ.get(EMULATOR)
    base = f"{f'http://{there}' if there else _API}/storage/v1/b"
    closed = {
        "iamConfiguration": {
            "publicAccessPrevention": "enforced",
            "uniformBucketLevelAccess": {"enabled": True},
        },
        "versioning": {"enabled": True},
    }
    try:
        gcp.ask("GET", f"{base}/{name}")
    except GoneError:
        gcp.ask("POST", base, {"project": gcp.account.id}, {"name": name, **closed})
    else:
        gcp.ask("PATCH", f"{base}/{name}", None, closed)
    return f"gs://{name}"
