"""A Kubernetes cluster asked directly, with its kubeconfig: is it ready, are its nodes?"""

import base64
import json
import ssl
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dockyard.errors import reason

_SECONDS = 20.0
_MOST = 20_000_000


@dataclass(frozen=True)
class Health:
    """What the API server says: `problem` is empty when all is well. Nodes by name."""

    version: str
    nodes: Mapping[str, bool]
    problem: str

    @property
    def ready(self) -> bool:
        return not self.problem


def health(kubeconfig: str) -> Health:
    """Readiness of the API server and of every node; never raises for what the cluster does."""
    try:
        ask = Client(kubeconfig)
        ask.get("/readyz")
        version = json.loads(ask.get("/version"))["gitVersion"]
        nodes = {
            node["metadata"]["name"]: _is_ready(node)
            for node in json.loads(ask.get("/api/v1/nodes"))["items"]
        }
    except KeyError as error:
        return Health("", {}, f"its kubeconfig or its answer is not understood: no {error.args[0]}")
    except (TypeError, StopIteration, yaml.YAMLError) as error:
        return Health("", {}, f"its kubeconfig or its answer is not understood: {error!r}")
    except (OSError, ValueError) as error:
        return Health("", {}, f"the API server does not answer: {reason(error)}")
    bad = [name for name, ready in nodes.items() if not ready]
    if not nodes:
        return Health(version, nodes, "it has no node")
    return Health(version, nodes, f"not ready: {', '.join(bad)}" if bad else "")


def _is_ready(node: Mapping[str, Any]) -> bool:
    conditions = node["status"]["conditions"]
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


class Client:
    """The API server of a kubeconfig, as the person whose it is."""

    def __init__(self, kubeconfig: str) -> None:
        config = yaml.safe_load(kubeconfig)
        chosen = config.get("current-context") or config["contexts"][0]["name"]
        context = _named(config["contexts"], chosen)["context"]
        cluster = _named(config["clusters"], context["cluster"])["cluster"]
        user = _named(config["users"], context["user"])["user"]
        self._server = cluster["server"].rstrip("/")
        if not self._server.startswith("https://"):
            raise ValueError(f"{self._server} is no https:// address")
        self._tls = ssl.create_default_context(cadata=_text(cluster["certificate-authority-data"]))
        self._headers = {"Authorization": f"Bearer {user['token']}"} if "token" in user else {}
        if "client-certificate-data" in user:
            _use(self._tls, user)

    def get(self, path: str) -> bytes:
        """The answer's body; raises OSError when it is no success."""
        return self.ask("GET", path)

    def ask(self, method: str, path: str, body: object = None) -> bytes:
        """As `get`, by another method and with a JSON body."""
        request = urllib.request.Request(  # noqa: S310 - https
            self._server + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={**self._headers, "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=_SECONDS, context=self._tls) as answer:  # noqa: S310 - https
            found: bytes = answer.read(_MOST)
            return found


def _named(items: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(item for item in items if item["name"] == name)


def _text(encoded: str) -> str:
    return base64.b64decode(encoded).decode("ascii")


def _use(tls: ssl.SSLContext, user: Mapping[str, str]) -> None:
    """The person's certificate; Python takes it from a file only, so one for a moment, 0600."""
    with tempfile.TemporaryDirectory() as folder:
        pair = Path(folder, "pair.pem")
        pair.touch(mode=0o600)
        pair.write_text(_text(user["client-certificate-data"]) + _text(user["client-key-data"]))
        tls.load_cert_chain(pair)
