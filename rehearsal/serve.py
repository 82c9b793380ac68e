"""Stand-in clouds that run: inside a test, or as a process of their own.

with running("aws") as clouds:
    subprocess.run(["pulumi", "up"], env=os.environ | clouds.environment)
    clouds.inventory["aws"].all()
"""

from __future__ import annotations

import argparse
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from rehearsal import clouds, http, operations
from rehearsal.http.manners import Desk
from rehearsal.inventory import Inventory
from rehearsal.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rehearsal.inventory import Record
    from rehearsal.scene import Hooks, Scene

# kept for documentation and benchmarks (RFC 5737, RFC 2544): nobody's addresses
_PUBLIC = [
    IPv4Network(network)
    for network in ("198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24", "198.18.0.0/15")
]
_MESSAGE_BYTES = 400 * 1024 * 1024  # the engine's own limit
_AT_ONCE = 128
"""more than the engine asks for at once: an operation may wait"""


class Documentation:
    """The hooks without real machines: addresses from the ranges that documentation uses."""

    def address(self, scene: Scene) -> str:
        taken = {record.address for record in scene.inventory.all()}
        hosts = chain.from_iterable(network.hosts() for network in _PUBLIC)
        return next(str(host) for host in hosts if str(host) not in taken)

    def happened(self, what: str, record: Record) -> None:
        pass

    def console(self, record: Record) -> str:
        del record
        return ""


@dataclass(frozen=True)
class Running:
    environment: Mapping[str, str]
    """what the engine and the SDKs need to find the stand-ins"""
    inventory: Mapping[str, Inventory]
    hooks: Hooks
    desks: Mapping[str, Desk]
    """behind the HTTP faces: what was called"""

    def advance(self, name: str, **duration: float) -> None:
        """Move a cloud's clock, by hours=9 for one; it ends what is due."""
        self.inventory[name].advance(**duration)
        operations.end_what_is_due(clouds.load(name), self.inventory[name], self.hooks)


def opened(name: str, folder: Path | None = None) -> Inventory:
    """A cloud's inventory: the one that is kept in the folder, or a new one for this process."""
    path = folder / f"{name}.jsonl" if folder else None
    return Inventory(path, clouds.load(name).settings)


@contextmanager
def running(
    *names: str, folder: Path | None = None, hooks: Hooks | None = None
) -> Iterator[Running]:
    """Serve both faces of these clouds, the engine's and that over HTTP; with a folder their
    inventories are kept there and shared.
    """
    servers, ports, inventories, desks = [], [], {}, {}
    environment: dict[str, str] = {}
    hooks = hooks or Documentation()
    with ExitStack() as ended:
        for name in names:
            cloud = clouds.load(name)
            inventories[name] = inventory = opened(name, folder)
            ended.callback(inventory.close)
            desks[name] = desk = Desk(cloud, inventory, hooks)
            environment |= ended.enter_context(http.serving_face(name, desk))
            server, port = _serve(Provider(cloud, inventory, hooks))
            servers.append(server)
            ports.append(f"{cloud.package}:{port}")
        told = {"PULUMI_DEBUG_PROVIDERS": ",".join(ports), **environment}
        try:
            yield Running(told, inventories, hooks, desks)
        finally:
            for stopped in [server.stop(grace=1) for server in servers]:
                stopped.wait()


def _serve(provider: Provider) -> tuple[grpc.Server, int]:
    server = grpc.server(
        ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=provider.cloud.package),
        options=[
            ("grpc.max_receive_message_length", _MESSAGE_BYTES),
            ("grpc.max_send_message_length", _MESSAGE_BYTES),
            ("grpc.so_reuseport", 0),
        ],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def main(arguments: Sequence[str]) -> int:
    """`python -m rehearsal serve aws azure --inventory DIR`, until it is told to end."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve stand-in clouds until told to end")
    serve.add_argument("cloud", nargs="+", choices=clouds.NAMES)
    serve.add_argument("--inventory", type=Path, help="a folder to keep and share inventories in")
    asked = parser.parse_args(arguments)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with running(*asked.cloud, folder=asked.inventory) as served:
        for name, value in served.environment.items():
            print(f"export {name}={value}", flush=True)  # noqa: T201 - for the caller's shell
        ended.wait()
    return 0
