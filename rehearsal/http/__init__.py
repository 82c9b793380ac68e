"""The other face of the stand-in clouds: what boto3, azure-mgmt and google-cloud-compute talk to.

Same inventory as the engine's face, same refusals (`operations.delete` does the deleting). As
strict: an unknown call, parameter or filter is refused in the cloud's own form of an error, and
names the file to extend. Pages, credentials, throttling and slow operations are as in the cloud:
settings and faults of the inventory choose them (`manners.py`).
"""

from __future__ import annotations

import importlib
import importlib.util
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rehearsal.http.server import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.http.manners import Desk
    from rehearsal.http.server import Face
    from rehearsal.inventory import Inventory


@contextmanager
def serving_face(name: str, desk: Desk) -> Iterator[dict[str, str]]:
    """Serve a cloud's face; what is yielded is what its SDK must be told (environment).

    A cloud may have none: then nobody can look into it but the engine.
    """
    if importlib.util.find_spec(f"{__name__}.{name}") is None:
        yield {}
        return
    module = importlib.import_module(f"{__name__}.{name}")
    with serving(module.Face(desk)) as endpoint:
        yield module.environment(endpoint, desk)


def metadata_face(name: str, inventory: Inventory) -> Face | None:
    """What a cloud tells its machines of themselves; None: its stand-in tells nothing."""
    if importlib.util.find_spec(f"{__name__}.{name}_metadata") is None:
        return None
    module = importlib.import_module(f"{__name__}.{name}_metadata")
    face: Face = module.Metadata(inventory)
    return face
