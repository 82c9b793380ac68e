"""Knocks at a machine's ports from this computer: what must be let in, and what must not."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dockyard.conformance.rules import Finding

NEVER = (2375, 2376, 2377, 4789, 111, 8443)
"""Docker's API, a swarm's ports, and two that nobody describes."""
_SECONDS = 2.0
_AT_ONCE = 64


@dataclass(frozen=True)
class Door:
    """A port, and whether the lab lets this computer in."""

    host: str
    address: str
    port: int
    opened: bool


def doors(host: str, address: str, ports: Iterable[str]) -> list[Door]:
    """What a lab of these ports (`8080`, `8000-8100`) means for one machine."""
    first = [int(port.partition("-")[0]) for port in ports]
    ranges = [port.partition("-") for port in ports]
    opened = [(int(low), int(high or low)) for low, _, high in ranges]
    shut = [one for one in NEVER if not any(low <= one <= high for low, high in opened)]
    wanted = [Door(host, address, port, opened=True) for port in sorted({22, *first})]
    return [*wanted, *(Door(host, address, port, opened=False) for port in shut)]


def knock(found: Sequence[Door]) -> list[Finding]:
    """One finding a machine. Silence is a closed door, a refusal an open one with nobody home."""
    answers = asyncio.run(_all(found))
    hosts = dict.fromkeys(door.host for door in found)
    said = {
        host: tuple(
            f"port {door.port} is {'silent' if door.opened else 'let in'}"
            for door, answer in zip(found, answers, strict=True)
            if door.host == host and answer != door.opened
        )
        for host in hosts
    }
    return [Finding(host, "ports", "ports are open and closed as described", said[host])
            for host in hosts]  # fmt: skip


async def _all(found: Sequence[Door]) -> list[bool]:
    limit = asyncio.Semaphore(_AT_ONCE)

    async def step(door: Door) -> bool:
        async with limit:
            return await _answers(door.address, door.port)

    return await asyncio.gather(*map(step, found))


async def _answers(address: str, port: int) -> bool:
    try:
        async with asyncio.timeout(_SECONDS):
            _, writer = await asyncio.open_connection(address, port)
    except ConnectionRefusedError:
        return True
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
