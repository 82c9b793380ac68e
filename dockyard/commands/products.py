"""`dockyard kubeconfig` and `registry login`: the ways into what is no machine."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from dockyard import show
from dockyard.commands.target import stack_lab
from dockyard.errors import DockyardError, HostError
from dockyard.project import Project

_TOKEN_USER = "00000000-0000-0000-0000-000000000000"  # noqa: S105 - no secret, Azure's own word
"""The user name that ACR gives to whoever logs in with a token."""


def run_kubeconfig(project: Project, name: str) -> None:
    """Writes the cluster's kubeconfig to a file of the person alone, and prints the file's name."""
    lab = stack_lab(project, name)
    if not lab.need_result().cluster:
        raise DockyardError(f"{name} has no cluster.", "aks-lab has one: dockyard up aks-lab")
    file = write_secret(lab.kept / "kubeconfig", lab.kubeconfig())
    show.line(str(file))
    show.say(f"Use it:  export KUBECONFIG={file}    then: kubectl get nodes")


def write_secret(file: Path, text: str) -> Path:
    """A file that its owner alone may read, from its first byte on; complete or not there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
    half.replace(file)
    return file


def run_registry_login(project: Project, name: str) -> None:
    """Logs the person's own Docker in, with a token that lasts hours and is shown nowhere."""
    registry = stack_lab(project, name).need_result().registry
    if not registry:
        raise DockyardError(f"{name} has no registry.", "aks-lab has one: dockyard up aks-lab")
    for tool, remedy in _TOOLS.items():
        if shutil.which(tool) is None:
            raise HostError(f"There is no `{tool}` on this computer.", remedy)
    token = _token(registry["name"])
    command = ["docker", "login", registry["server"], "-u", _TOKEN_USER, "--password-stdin"]
    done = subprocess.run(command, input=token, text=True, capture_output=True, check=False)
    if done.returncode:
        raise DockyardError(
            f"docker login was refused: {done.stderr.strip()[-300:]}", "Is Docker running here?"
        )
    show.say(f"Logged in. Next: docker push {registry['server']}/NAME:TAG")


_TOOLS = {
    "docker": "Install Docker, or log in on a machine of the lab.",
    "az": "Install the Azure CLI: https://learn.microsoft.com/cli/azure/install-azure-cli",
}


def _token(registry: str) -> str:
    command = ["az", "acr", "login", "--name", registry, "--expose-token", "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DockyardError(
            f"Azure gives no token for {registry}: {done.stderr.strip()[-300:]}", "Type: az login"
        )
    return str(json.loads(done.stdout)["accessToken"])
