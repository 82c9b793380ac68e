"""The stand-in for Google Cloud refuses an alarm as Google does."""

from collections.abc import Callable

import pytest

from unit.rehearsal.small_engine import Engine, Made, Properties, refused

STANDIN = "gcp"
CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"
POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
RUNS = (
    'resource.type = "workflows.googleapis.com/Workflow" AND '
    'resource.labels.workflow_id = "ends" AND '
    'metric.type = "workflows.googleapis.com/finished_execution_count" AND '
    'metric.labels.status = "SUCCEEDED"'
)


@pytest.fixture
def gcp(connect: Callable[..., Engine]) -> Engine:
    return connect(project="class", region="europe-west9")


def watching(channel: str, **absent: object) -> Properties:
    missed = {"filter": RUNS, "duration": "3600s", **absent}
    condition = {"displayName": "none", "conditionAbsent": missed}
    return {
        "displayName": "alarm",
        "combiner": "OR",
        "conditions": [condition],
        "notificationChannels": [channel],
    }


def mail(gcp: Engine) -> Made:
    return gcp.make(CHANNEL, "mail", {"type": "email", "labels": {"email_address": "a@b.org"}})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"duration": "90s"}, "whole minutes"),
        ({"duration": "86400s"}, "23.5 h"),
        ({"filter": "metric.type = x"}, "can't read the filter"),
        ({"aggregations": [{"crossSeriesReducer": "REDUCE_SUM"}]}, "a reducer needs an aligner"),
    ],
)
def test_an_alarm_is_refused(gcp: Engine, change: Properties, words: str) -> None:
    made = mail(gcp)
    with refused(words):
        gcp.make(POLICY, "alarm", watching(made.id, **change))


def test_an_alarm_writes_to_somebody_who_is_there(gcp: Engine) -> None:
    with refused("does not exist"):
        gcp.make(POLICY, "alarm", watching("projects/class/notificationChannels/1"))
    with refused("no valid email address"):
        gcp.make(CHANNEL, "mail", {"type": "email", "labels": {"email_address": "nobody"}})
    made = mail(gcp)
    gcp.make(POLICY, "alarm", watching(made.id))
    with refused("still referred to"):
        gcp.delete(made)
