"""The accounts that a person has confirmed, once, to be swept; kept in their configuration."""

import json
import os
import time
from pathlib import Path
from typing import Any

from dockyard.errors import DockyardError
from dockyard.files import write_whole
from dockyard.sweep.things import Account


def file() -> Path:
    """$XDG_CONFIG_HOME/dockyard/accounts.json."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home, "dockyard", "accounts.json").absolute()


def is_confirmed(account: Account) -> bool:
    return account.id in _read().get(account.cloud, {})


def confirm(account: Account) -> None:
    """Remembers it, with the day."""
    known = _read()
    known.setdefault(account.cloud, {})[account.id] = {
        "title": account.title,
        "confirmed": time.strftime("%Y-%m-%d", time.gmtime()),
    }
    file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(file(), json.dumps(known, indent=2) + "\n", 0o600)


_MEND = "Mend it, or move it away: each account is then confirmed once more."


def _read() -> dict[str, Any]:
    try:
        found = json.loads(file().read_text("utf-8"))
        if all(isinstance(one, dict) for one in (found, *found.values())):
            return dict(found)
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError):
        pass
    raise DockyardError(f"{file()} can't be read: it is not what Dockyard wrote.", _MEND)
