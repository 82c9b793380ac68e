"""Public keys: read from a description or from the files that it names, never private ones."""

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from dockyard.problems import shorten

KEY_LINE = re.compile(
    r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)"
    r"|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)"
    r" +([A-Za-z0-9+/]{40,}={0,3})( .*)?"
)
_MOST_OF_A_KEY = 16_000
OWN_KEYS = ("~/.ssh/id_ed25519.pub", "~/.ssh/id_ecdsa.pub", "~/.ssh/id_rsa.pub")


def public_key(entry: str, folder: Path = Path()) -> str:
    """A public key without its comment; `entry` is the key or a path of its file.

    Relative paths start at `folder`.

    Raises ValueError with what to write instead.
    """
    text = entry
    if entry.startswith(("~", "/", ".")):
        path = folder / os.path.expanduser(entry)  # noqa: PTH111 - the error must not be a traceback
        try:
            if path.exists() and not path.is_file():
                raise ValueError(f"is {shorten(entry)}, which is no file")
            with path.open(encoding="ascii") as file:
                text = file.read(_MOST_OF_A_KEY).strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no text file"
            raise ValueError(f"is {shorten(entry)}, which can't be read: {reason}") from None
    if "PRIVATE KEY" in text:
        raise ValueError("is a private key, which stays with you: name the file that ends in .pub")
    match = KEY_LINE.fullmatch(text)
    if not match:
        shown = shorten(entry)
        raise ValueError(f"is {shown}, which is no public key (ssh-ed25519 AAAA…) or .pub file")
    return f"{match[1]} {match[2]}"


def student_key(folder: Path, seat: str) -> str:
    """The public half of a seat's key as `type blob`; empty when there is none."""
    file = folder / f"{seat}.pub"
    return public_key(str(file)) if file.exists() else ""


def own_private_key(keys: Sequence[str]) -> Path | None:
    """The private half, in ~/.ssh, of the first of `keys` (each `type blob`) that has one there.

    None: ssh's own agent and defaults may have it.
    """
    for public in sorted(Path("~/.ssh").expanduser().glob("*.pub")):
        try:
            found = public_key(str(public))
        except ValueError:
            continue
        private = public.with_suffix("")
        if found in keys and private.is_file() and _opens(private):
            return private
    return None


def _opens(private: Path) -> bool:
    """Whether a key can be used without its passphrase; the others are the agent's."""
    command = ["ssh-keygen", "-y", "-P", "", "-f", str(private)]
    try:
        return not subprocess.run(command, check=False, capture_output=True).returncode
    except FileNotFoundError:
        return True
