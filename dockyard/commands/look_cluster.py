"""What `dockyard check` asks of a lab's cluster and registry."""

import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from dockyard import cluster, cluster_pull, show
from dockyard.engine.lab import StackLab
from dockyard.errors import MachineError, reason

_SECONDS = 20.0
_LOG_IN_FIRST = 401


def check(lab: StackLab) -> dict[str, dict[str, Any]]:
    """Each product by its word: its name, and its `problem`, empty when all is well."""
    if not lab.lab.cluster and not lab.lab.registry:
        return {}
    made = lab.need_result()
    found: dict[str, dict[str, Any]] = {}
    if made.cluster:
        seen = cluster.health(lab.kubeconfig())
        found["cluster"] = {
            "name": made.cluster["name"],
            "version": seen.version,
            "nodes": dict(seen.nodes),
            "problem": seen.problem,
        }
    if made.registry:
        server = made.registry["server"]
        problem = _registry(server)
        found["registry"] = {"name": made.registry["name"], "problem": problem}
        if made.cluster and not problem and not found["cluster"]["problem"]:
            found["registry"] |= _pull(lab, server)
    return found


def _pull(lab: StackLab, server: str) -> dict[str, str]:
    """What the cluster's nodes say of the registry, by a pod that lives for seconds."""
    if lab.lab.cluster and not lab.lab.cluster.attach_registry:
        return {"pull": "not asked for (attach_registry: false)"}
    tried = cluster_pull.pull(lab.kubeconfig(), server)
    words = {
        "pulled": f"pulled {cluster_pull.IMAGE}",
        "allowed": f"may pull; {cluster_pull.IMAGE} is not there to be pulled",
        "failed": "failed",
    }
    return {"pull": words[tried.state], "problem": tried.problem}


def _registry(server: str) -> str:
    """A registry that answers says that one must log in first."""
    try:
        with urllib.request.urlopen(f"https://{server}/v2/", timeout=_SECONDS):
            return ""
    except urllib.error.HTTPError as answer:
        return "" if answer.code == _LOG_IN_FIRST else f"it answers {answer.code}"
    except (OSError, ValueError) as error:
        return f"it does not answer: {reason(error)}"


def table(products: Mapping[str, Mapping[str, Any]]) -> None:
    """One line a product."""
    if products:
        rows = [
            (
                f"{show.MARKS['bad' if one['problem'] else 'ok']} {word}",
                one["name"],
                one.get("version") or "-",
                show.count(len(one["nodes"]), "node") if "nodes" in one else "-",
                one.get("pull") or "-",
                one["problem"],
            )
            for word, one in products.items()
        ]
        show.table(("product", "name", "version", "nodes", "pull", "why"), rows)


def judge(products: Mapping[str, Mapping[str, Any]], name: str) -> None:
    """Raises MachineError when one is not well."""
    bad = [f"{word} {one['name']}" for word, one in products.items() if one["problem"]]
    if bad:
        raise MachineError(
            f"Not well: {', '.join(bad)}.",
            f"Is your address let in? See: dockyard status {name}; "
            f"let it in: dockyard allow {name} me",
        )
