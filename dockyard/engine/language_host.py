"""Pulumi's language host for Python, for a CLI that was built from its source.

The official CLI brings its own; its source is not served as a Go module. The engine starts
`pulumi-language-python … ADDRESS`, reads a port from the first line of stdout, and calls the
methods below. A program runs in a child Python (dockyard/engine/program.py).

    install dockyard/engine/language-host.sh FOLDER/pulumi-language-python    # beside pulumi
    PATH=FOLDER:$PATH pulumi up -s aws-lab                # in a folder with a .venv, or below it
"""

import importlib.metadata
import os
import platform
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import language_pb2, plugin_pb2

from dockyard.engine import program, rpc

SERVICE = language_pb2.DESCRIPTOR.services_by_name["LanguageRuntime"]
_CALLS_AT_ONCE = 16  # each policy pack and each program holds one as long as it runs


@dataclass
class LanguageHost:
    """What the engine calls, a function a method. Generating code and packing SDKs is not here."""

    engine: str
    children: "set[subprocess.Popen[Any]]" = field(default_factory=set)
    cancelled: bool = False

    def handshake(
        self, request: language_pb2.LanguageHandshakeRequest, _: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        self.engine = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    def get_plugin_info(self, _request: Empty, _: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=importlib.metadata.version("pulumi"))

    def about(
        self, _request: language_pb2.AboutRequest, _: grpc.ServicerContext
    ) -> language_pb2.AboutResponse:
        return language_pb2.AboutResponse(
            executable=sys.executable, version=platform.python_version()
        )

    def get_required_packages(
        self, _request: language_pb2.GetRequiredPackagesRequest, _: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        """None: a provider is fetched when a resource asks for it, not because it is installed."""
        return language_pb2.GetRequiredPackagesResponse()

    def get_required_plugins(
        self, _request: language_pb2.GetRequiredPluginsRequest, _: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPluginsResponse:
        return language_pb2.GetRequiredPluginsResponse()

    def get_program_dependencies(
        self, _request: language_pb2.GetProgramDependenciesRequest, _: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        """For `pulumi about`: what is installed beside this host."""
        found = sorted((d.metadata["Name"], d.version) for d in importlib.metadata.distributions())
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[language_pb2.DependencyInfo(name=n, version=v) for n, v in found]
        )

    def install_dependencies(
        self, _request: language_pb2.InstallDependenciesRequest, _: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Nothing: packages are pinned by hash and installed by `make ready-…`."""
        text = b"Dockyard's packages are installed by `make ready-aws` (azure, gcp, aks).\n"
        yield language_pb2.InstallDependenciesResponse(stdout=text)

    def runtime_options_prompts(
        self, _request: language_pb2.RuntimeOptionsRequest, _: grpc.ServicerContext
    ) -> language_pb2.RuntimeOptionsResponse:
        return language_pb2.RuntimeOptionsResponse()

    def cancel(self, _request: Empty, _: grpc.ServicerContext) -> Empty:
        self.cancelled = True
        self.end_children()
        return Empty()

    def run(
        self, request: language_pb2.RunRequest, _: grpc.ServicerContext
    ) -> language_pb2.RunResponse:
        """Runs the program to its end; what it said as an error the engine has shown already."""
        try:
            python = interpreter(request.info)
        except FileNotFoundError as missing:
            return language_pb2.RunResponse(error=str(missing))
        # stdout is where the engine reads; what a program prints is shown all the same
        child = subprocess.Popen(
            [python, "-u", "-P", program.__file__],
            cwd=request.info.program_directory,
            stdin=subprocess.PIPE,
            stdout=sys.stderr,
            text=True,
        )
        job = program.Job.of(request, self.engine)
        code = self._wait(child, job.as_line())
        if code == program.SAID or self.cancelled:
            return language_pb2.RunResponse(bail=True)
        error = f"The program ended with exit code {code}." if code else ""
        return language_pb2.RunResponse(error=error)

    def run_plugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Runs a policy pack (an analyzer); it ends when the engine hangs up."""
        if request.kind != "analyzer":
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{request.kind} plugins do not run here.")
        folder = request.info.program_directory
        child = subprocess.Popen(
            [interpreter(request.info), "-u", "-m", "pulumi.policy", *request.args, folder],
            cwd=request.pwd,
            env=dict(pair.split("=", 1) for pair in request.env) or None,
            stdout=subprocess.PIPE,
        )
        self.children.add(child)
        context.add_callback(child.terminate)
        for line in child.stdout or ():
            yield language_pb2.RunPluginResponse(stdout=line)
        self.children.discard(child)
        yield language_pb2.RunPluginResponse(exitcode=child.wait())

    def _wait(self, child: "subprocess.Popen[str]", line: str) -> int:
        """Hands over the job; stdin stays open, so that the child knows when this host is gone."""
        self.children.add(child)
        try:
            if child.stdin:
                child.stdin.write(line)
                child.stdin.flush()
            return child.wait()
        except BrokenPipeError:
            return child.wait()
        finally:
            self.children.discard(child)

    def end_children(self) -> None:
        for child in list(self.children):
            child.terminate()


def interpreter(info: language_pb2.ProgramInfo) -> str:
    """The Python of the project: `virtualenv` of Pulumi.yaml, else the one of this host.

    Raises FileNotFoundError, with a sentence, when that virtual environment is not there.
    """
    named = MessageToDict(info.options).get("virtualenv")
    if not named:
        return sys.executable
    python = Path(info.root_directory, named, "bin", "python")
    if not python.exists():
        raise FileNotFoundError(
            f"There is no virtual environment at {python.parents[1]} (`virtualenv` in "
            "Pulumi.yaml). Type: make ready-aws (azure, gcp, aks)"
        )
    return str(python)


def serve(engine: str) -> None:
    host = LanguageHost(engine)
    server, port = rpc.start(SERVICE, host, _CALLS_AT_ONCE)

    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    # the engine says that it is done by SIGINT; a traceback would land in its diagnostics
    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    started_by = os.getppid()
    while not ended.wait(1) and os.getppid() == started_by:
        pass  # an engine that was killed says nothing
    host.end_children()
    server.stop(grace=None)
    os._exit(0)  # a thread that waits for a program would hold the process


if __name__ == "__main__":
    serve(sys.argv[-1])
