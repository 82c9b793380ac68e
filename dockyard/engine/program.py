"""The child that runs a Pulumi program, started by language_host.py; reads its Job from stdin.

It runs in the Python of the project, which may know nothing of Dockyard: standard library and
the Pulumi SDK alone.
"""

import asyncio
import json
import logging
import os
import runpy
import signal
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.runtime.proto.language_pb2 import RunRequest

SAID = 32
"""Exit code: it failed, and the engine has been told why."""


@dataclass(frozen=True)
class Job:
    """What the engine wants run, and where it listens."""

    program: str
    project: str
    stack: str
    organization: str
    root_directory: str
    monitor: str
    engine: str
    parallel: int
    dry_run: bool
    arguments: list[str]
    config: dict[str, str]
    secret_keys: list[str]

    @classmethod
    def of(cls, request: "RunRequest", engine: str) -> "Job":
        """From the engine's RunRequest."""
        return cls(
            program=request.info.entry_point,
            project=request.project,
            stack=request.stack,
            organization=request.organization,
            root_directory=request.info.root_directory,
            monitor=request.monitor_address,
            engine=engine,
            parallel=request.parallel,
            dry_run=request.dryRun,
            arguments=list(request.args),
            config=dict(request.config),
            secret_keys=list(request.configSecretKeys),
        )

    def as_line(self) -> str:
        return json.dumps(asdict(self)) + "\n"


def run(job: Job) -> int:
    """Runs the program; returns an exit code."""
    # the engine is on this computer, whatever proxy the cloud is reached by
    os.environ.setdefault("no_grpc_proxy", "127.0.0.1,localhost")
    try:
        import pulumi
    except ImportError as missing:
        sys.stderr.write(f"The Pulumi SDK is not installed in {sys.prefix}: {missing}\n")
        return 1
    _configure(job)

    def program() -> None:
        runpy.run_path(job.program, run_name="__main__")

    sys.argv = [job.program, *job.arguments]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    workers = ThreadPoolExecutor(max(job.parallel, 1) * 4)
    loop.set_default_executor(workers)
    # when a resource fails, futures stay unread; asyncio's words about that help nobody
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(program))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return SAID
    except Exception as error:  # noqa: BLE001 - whatever a program raises is the engine's to show
        pulumi.log.error(f"The program failed:\n{_own_frames(error)}")
        return SAID
    finally:
        workers.shutdown(wait=True)
        loop.close()
    return 0


def _configure(job: Job) -> None:
    import pulumi

    pulumi.runtime.set_all_config(job.config, job.secret_keys)
    settings = pulumi.runtime.Settings(
        project=job.project,
        stack=job.stack,
        monitor=job.monitor,
        engine=job.engine,
        parallel=job.parallel,
        dry_run=job.dry_run,
        organization=job.organization,
        root_directory=job.root_directory,
    )
    pulumi.runtime.configure(settings)


def _own_frames(error: Exception) -> str:
    """The traceback without what lies before the program itself."""
    frames = traceback.TracebackException.from_exception(error)
    own = str(Path.cwd())
    first = next((i for i, f in enumerate(frames.stack) if _is_own(f.filename, own)), 0)
    frames.stack = traceback.StackSummary.from_list(frames.stack[first:])
    return "".join(frames.format())


def _is_own(filename: str, own: str) -> bool:
    path = Path(filename).absolute()  # not resolved: a link would lead out of the folder
    return path.is_relative_to(own) and path.is_file() and "site-packages" not in path.parts


def _end_with_the_host() -> None:
    """The host holds the other end of stdin; when it is gone nobody waits for this program."""

    def watch() -> None:
        sys.stdin.read()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def main() -> int:
    # the engine's end is ours, without a traceback
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    line = sys.stdin.readline()
    if not line:
        return 1
    _end_with_the_host()
    return run(Job(**json.loads(line)))


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
