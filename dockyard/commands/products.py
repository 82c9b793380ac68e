"""`dockyard kubeconfig` and `registry login`: the ways into what is no machine."""

import json
import shlex
import shutil
import subprocess

from dockyard import show
from dockyard.commands.target import stack_lab
from dockyard.errors import DockyardError, HostError
from dockyard.files import write_whole
from dockyard.project import Project

_TOKEN_USER = "00000000-0000-0000-0000-000000000000"  # noqa: S105 - no secret, Azure's own word
"""The user name that ACR gives to whoever logs in with a token."""


def run_kubeconfig(project: Project, name: str) -> None:
    """Writes the cluster's kubeconfig to a file of the person alone, and prints the file's name."""
    lab = stack_lab(project, name)
    if not lab.need_result().cluster:
        raise DockyardError(f"{name} has no cluster.", "aks-lab has one: dockyard up aks-lab")
    file = lab.kept / "kubeconfig"
    write_whole(file, lab.kubeconfig(), mode=0o600)
    show.line(str(file))
    show.say(f"Use it:  export KUBECONFIG={shlex.quote(str(file))}    then: kubectl get nodes")


def run_registry_login(project: Project, name: str) -> None:
    """Logs the person's own Docker in, with a token that lasts hours and is shown nowhere."""
    registry = stack_lab(project, name).need_result().registry
    if not registry:
        raise DockyardError(f"{name} has no registry.", "aks-lab has one: dockyard up aks-lab")
    for tool, remedy in _TOOLS.items():
        if shutil.which(tool) is None:
            raise HostError(f"There is no `{tool}` on this computer.", remedy)
    log_in(registry["server"], _token(registry["name"]))
    show.say(f"Logged in. Next: docker push {registry['server']}/NAME:TAG")


def log_in(server: str, token: str) -> None:
    """Docker keeps the token in a file of the person alone; it goes there by a pipe."""
    command = ["docker", "login", server, "-u", _TOKEN_USER, "--password-stdin"]
    done = subprocess.run(command, input=token, text=True, capture_output=True, check=False)
    if done.returncode:
        raise DockyardError(
            f"docker login was refused: {done.stderr.strip()[-300:]}", "Is Docker running here?"
        )


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
