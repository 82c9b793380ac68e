"""The deadline on the real engine: fixed when the lab is first made."""

import time
from datetime import datetime, timedelta

import pytest

from rehearsal import serve
from standin.stack_clone import StackClone

pytestmark = pytest.mark.engine


def test_a_time_of_day_is_fixed_when_the_lab_is_made(clone: StackClone) -> None:
    soon = datetime.now().astimezone() + timedelta(hours=3)
    words = f"{soon:%H:%M}"
    clone.describe(
        "gcp-lab", lambda described: (described.pop("hours"), described.update(until=words))
    )
    said = clone.dockyard("plan", "gcp-lab").out
    assert f"ends at the first {words} after it is first made (made now it ends " in said
    clone.dockyard("up", "gcp-lab", "--wait", "0")
    lab = clone.lab("gcp-lab")
    assert abs(lab["expires"] - time.time() - 3 * 3600) < 120
    assert lab["latest"] == lab["expires"] + 4 * 3600
    ends = datetime.fromtimestamp(lab["expires"]).astimezone()
    assert f"; made, and ends {ends:%Y-%m-%d %H:%M}" in clone.dockyard("plan", "gcp-lab").out
    assert "Nothing to change" in clone.dockyard("up", "gcp-lab", "--wait", "0").out
    clone.describe("gcp-lab", lambda described: described.update(until=f"{soon:%Y-%m-%d %H:%M}"))
    clone.up("gcp-lab")
    assert clone.lab("gcp-lab")["expires"] == lab["expires"]


def test_a_deadline_too_soon_or_beyond_the_latest_makes_nothing(
    clone: StackClone, clouds: serve.Running
) -> None:
    soon = datetime.now().astimezone() + timedelta(minutes=9)
    clone.describe(
        "aws-lab", lambda described: described.update(hours=None, until=f"{soon:%Y-%m-%d %H:%M}")
    )
    for words in ("plan", "up"):
        assert "no machine is made and used: write" in clone.dockyard(words, "aws-lab", code=3).out
    clone.pulumi("stack", "init", "aws-lab")
    said = clone.pulumi("up", "--yes", "--skip-preview", "-s", "aws-lab", code=1).out
    assert "no machine is made and used: write a later time" in said
    assert clouds.inventory["aws"].all() == []
    clone.describe("aws-lab", lambda described: described.update(hours="2h", until=None))
    clone.up("aws-lab")
    clone.describe("aws-lab", lambda described: described.update(hours="7h"))
    said = clone.dockyard("up", "aws-lab", "--wait", "0", code=1).out
    assert "is the latest: what guards it in the cloud was told so" in said
