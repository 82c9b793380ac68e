"""May a cluster's nodes pull from a registry? Asked of a node itself, by a pod of a few seconds.

The image need not be there: a registry that knows the node says `not found`, and to a stranger it
says that one must log in. So an empty registry stays empty, and a full one is really pulled from.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from dockyard.cluster import Client
from dockyard.errors import reason

IMAGE = "dockyard/check:latest"
"""What is pulled, if somebody has pushed it."""

_PODS = "/api/v1/namespaces/default/pods"
_EVENTS = "/api/v1/namespaces/default/events?fieldSelector=involvedObject.name={}"
_SECONDS = 90.0
_PAUSE = 1.0
_NOT_FOUND = ("not found", "MANIFEST_UNKNOWN", "NAME_UNKNOWN", "manifest unknown")
_STRANGER = (
    "401 Unauthorized",
    "403 Forbidden",
    "unauthorized",
    "authorization failed",
    "access denied",
    "failed to authorize",
)


@dataclass(frozen=True)
class Pull:
    """`pulled`: an image came; `allowed`: none is there, but it might have been pulled."""

    state: Literal["pulled", "allowed", "failed"]
    problem: str = ""


def pull(kubeconfig: str, server: str, seconds: float = _SECONDS) -> Pull:
    """Tries a pull from `server` on one node; never raises for what the cluster does."""
    try:
        client = Client(kubeconfig)
        made = json.loads(client.ask("POST", _PODS, _pod(f"{server}/{IMAGE}")))
        name = made["metadata"]["name"]
        try:
            return _wait(client, name, seconds)
        finally:
            client.ask("DELETE", f"{_PODS}/{name}?gracePeriodSeconds=0")
    except (KeyError, TypeError, StopIteration, yaml.YAMLError) as error:
        return Pull("failed", f"the API server's answer is not understood: {error!r}")
    except (OSError, ValueError) as error:
        return Pull("failed", f"no pod could be made for it: {reason(error)}")


def _pod(image: str) -> dict[str, Any]:
    """It ends by itself, should nobody be there any more to delete it."""
    wish = {"cpu": "10m", "memory": "16Mi"}
    container = {"name": "pull", "image": image, "imagePullPolicy": "Always"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "dockyard-check-", "labels": {"app": "dockyard-check"}},
        "spec": {
            "restartPolicy": "Never",
            "activeDeadlineSeconds": 120,
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": False,
            "containers": [{**container, "resources": {"requests": wish, "limits": wish}}],
        },
    }


def _wait(client: Client, name: str, seconds: float) -> Pull:
    end = time.monotonic() + seconds
    while True:
        pod = json.loads(client.get(f"{_PODS}/{name}"))
        found = _judge(pod, lambda: _events(client, name))
        if found:
            return found
        if time.monotonic() > end:
            return Pull("failed", f"no node has tried it in {seconds:.0f} s{_why(pod)}")
        time.sleep(_PAUSE)


def _judge(pod: dict[str, Any], events: Callable[[], Iterator[str]]) -> Pull | None:
    for one in pod.get("status", {}).get("containerStatuses") or ():
        waiting = one.get("state", {}).get("waiting") or {}
        if one.get("imageID"):
            return Pull("pulled")
        if waiting.get("reason") in ("ErrImagePull", "ImagePullBackOff"):
            said = " ".join([waiting.get("message", ""), *events()])
            return _of(said)
    return None


def _of(said: str) -> Pull | None:
    """None: what was said names no reason yet."""
    if any(word in said for word in _STRANGER):
        return Pull(
            "failed", f"its nodes may not pull (attach_registry, or its role): {said[:300]}"
        )
    if any(word in said for word in _NOT_FOUND):
        return Pull("allowed")
    if said.strip().lower().startswith("back-off"):
        return None
    return Pull("failed", f"its nodes can't pull: {said[:300]}")


def _events(client: Client, name: str) -> Iterator[str]:
    for one in json.loads(client.get(_EVENTS.format(name)))["items"]:
        if str(one.get("message", "")).startswith("Failed to pull image"):
            yield one["message"]


def _why(pod: dict[str, Any]) -> str:
    said = [one.get("message") for one in pod.get("status", {}).get("conditions") or ()]
    return "".join(f": {text}" for text in said if text)
