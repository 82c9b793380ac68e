"""What the trainer may do in the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.plain import Plain


def may(setting: Callable[[str], Plain], permission: str) -> bool:
    """By `permissions` (those of a role of its own; none: an owner), and not by `denied`."""
    own = setting("permissions")
    return permission not in setting("denied") and (not own or permission in own)
