"""Packs provision/ into the texts that machines are given: provision/user-data.sh, English,
and provision/user-data.fr.sh, French; and into provision/install-docker.sh, one readable file
for a machine that Dockyard did not make.

The texts are committed, so that neither Python nor Ruby compresses when a lab is made: two
computers' zlib may differ, and other bytes would replace every machine. `--check` therefore
compares what is inside, not the compressed bytes.

A machine is given at most 15,000 bytes, its settings included. So it gets the files without
comments and indentation, which are for readers of this folder, and sentences in one language;
a file begins at a line `== NAME`.
"""

import argparse
import base64
import gzip
import hashlib
import importlib
import re
import sys
from pathlib import Path

PROVISION = Path(__file__).resolve().parent.parent / "provision"
PLACE = "@PROVISION@\n"
TEXTS = {"user-data.sh": "en", "user-data.fr.sh": "fr"}
LEFT_OUT = ("user-data", "install", "daemon.json", ".")
"""Beginnings of names: what makes the texts, and the settings that each machine is given."""
ALONE = "install-docker.sh"
SHARED = ("lib", "mark", "system", "apt", "repository", "docker", "daemon", "users", "verify")
"""Files of this folder that the stand-alone installer has, too, in their order."""
WIDTH = 1000
"""Of a line of base64; each line break is a byte."""


def packed_files(folder: Path) -> list[Path]:
    """Every file that goes to a machine, in the order of their names."""
    return sorted(
        path for path in folder.iterdir() if path.is_file() and not path.name.startswith(LEFT_OUT)
    )


def lean(path: Path, language: str) -> str:
    """The file without comments, blank lines and indentation; a script keeps its first line."""
    lines = [line.lstrip("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    kept = [line for line in lines if line and not line.startswith("#")]
    if path.name == "messages.txt":
        kept = [in_language(line, language) for line in kept]
    first = [line for line in lines[:1] if line.startswith("#!")]
    return "\n".join([*first, *kept]) + "\n"


def in_language(line: str, language: str) -> str:
    """`KEY English|French` in one of them."""
    key, _, sentence = line.partition(" ")
    english, _, french = sentence.partition("|")
    return f"{key} {french if language == 'fr' else english}"


def inside(folder: Path, language: str) -> bytes:
    """What is compressed."""
    return "".join(
        f"== {path.name}\n{lean(path, language)}" for path in packed_files(folder)
    ).encode()


def compressed(data: bytes) -> bytes:
    """As small as this computer can: zopfli, where it is installed, saves 3 % of zlib's size."""
    try:
        zopfli = importlib.import_module("zopfli.gzip")
    except ImportError:
        return gzip.compress(data, 9, mtime=0)
    return bytes(zopfli.compress(data, numiterations=100))


def frame(folder: Path) -> str:
    """What stands around the packed files."""
    return (folder / "user-data.in.sh").read_text(encoding="ascii")


def text(folder: Path, language: str) -> str:
    """The whole user data, but for a machine's settings."""
    code = base64.b64encode(compressed(inside(folder, language))).decode("ascii")
    lines = [code[start : start + WIDTH] + "\n" for start in range(0, len(code), WIDTH)]
    return frame(folder).replace(PLACE, "".join(lines))


def unpacked(user_data: str) -> tuple[str, bytes]:
    """The frame and what is inside a packed text."""
    pattern = r"(?:^[A-Za-z0-9+/=]{100,}\n)+(?:^[A-Za-z0-9+/=]+\n)?(?=END\n)"
    match = re.search(pattern, user_data, re.MULTILINE)
    if not match:
        return user_data, b""
    around = user_data[: match.start()] + PLACE + user_data[match.end() :]
    return around, gzip.decompress(base64.b64decode(match[0]))


def is_current(folder: Path, name: str) -> bool:
    """Whether the committed text holds these files."""
    target = folder / name
    if not target.is_file():
        return False
    return unpacked(target.read_text(encoding="ascii")) == (
        frame(folder),
        inside(folder, TEXTS[name]),
    )


def _body(path: Path) -> str:
    """A script without its first line."""
    return path.read_text(encoding="utf-8").removeprefix("#!/bin/sh\n")


def _function(name: str, text: str, program: str = "cat") -> str:
    return f"{name}() {{\n\t{program} <<'END'\n{text.rstrip()}\nEND\n}}\n"


def _messages(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if line and not line.startswith("#"))


def alone(folder: Path) -> str:
    """The stand-alone installer: what it shares with machines, and what it alone can do."""
    own = folder / "install"
    head, _, rest = _body(own / "main.sh").partition("\n\ninstall_main")
    usage = "\n".join(line.removeprefix("#").removeprefix(" ") for line in head.splitlines())
    title = "\n".join(head.splitlines()[:2])
    more = sorted(path for path in own.glob("*.sh") if path.name != "main.sh")
    shared = "\n".join(_body(folder / f"{name}.sh") for name in SHARED)
    words = f"{_messages(own / 'messages.txt')}\n{_messages(folder / 'messages.txt')}"
    defaults = (folder / "daemon.json").read_text(encoding="ascii")
    functions = [
        _function("usage", usage),
        _function("daemon_defaults", defaults),
        _function("sentences", words, 'sed -n "/^$1 /{s///p;q;}"'),
    ]
    known = "\n".join([*map(_body, more), *functions, f"install_main{rest}"])
    code = "\n".join([_needed(shared, known), *map(_body, more), _SETTLED, *functions])
    code += f"\ninstall_main{rest}"
    code = re.sub(r"\n{3,}", "\n\n", code)  # where an unused function was left out
    version = hashlib.sha256(code.encode()).hexdigest()[:12]
    return f"#!/bin/sh\n{title}\n{_FIRST.format(version=version)}\n{code}\n{_LAST}"


def _needed(shared: str, known: str) -> str:
    """The shared functions that `known` calls and does not define; the rest would never run."""
    own = set(re.findall(r"^(\w+)\(\) \{", known, re.MULTILINE))
    pattern = re.compile(r"(?:^#.*\n)*^(\w+)\(\) \{\n(?:.*\n)*?^\}\n\n?", re.MULTILINE)
    while True:
        called = re.sub(r"(?m)^\s*#.*|^\w+\(\) \{", "", f"{shared}\n{known}")
        unused = [
            found
            for found in pattern.finditer(shared)
            if found[1] in own or not re.search(rf"\b{found[1]}\b", called)
        ]
        if not unused:
            return shared
        for found in unused:
            shared = shared.replace(found[0], "", 1)


_FIRST = """\
#
# Made by tools/pack.py of provision/ and provision/install/: change those. Options: --help
set -eu
umask 022
SPOKEN=${{LC_ALL:-${{LC_MESSAGES:-${{LANG:-}}}}}}
PROVISION={version}
"""
_SETTLED = """\
# what is this program's own: nothing of it is a lab's
STATE=$ROOT/var/lib/install-docker
LOG=$ROOT/var/log/install-docker.log
PROGRAM=install-docker
SUM=
TRIES=${TRIES:-5}
export SPOKEN PROVISION STATE LOG PROGRAM SUM TRIES
"""
_LAST = 'if [ "${DOCKYARD_MAIN:-}" != noop ]; then install_main "$@"; fi\n'


def main() -> int:
    parser = argparse.ArgumentParser(description="Packs provision/ into user data.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when stale")
    parser.add_argument("--folder", type=Path, default=PROVISION, help="default: %(default)s")
    asked = parser.parse_args()
    folder: Path = asked.folder
    made = folder / ALONE
    stale = [name for name in TEXTS if not is_current(folder, name)]
    if not made.is_file() or made.read_text(encoding="utf-8") != alone(folder):
        stale.append(ALONE)
    if stale and asked.check:
        print(f"{', '.join(stale)}: not what is in {folder.name}/.", file=sys.stderr)
        print("  Type: python tools/pack.py", file=sys.stderr)
        return 1
    for name in stale:
        whole = alone(folder) if name == ALONE else text(folder, TEXTS[name])
        (folder / name).write_text(whole, encoding="utf-8")
    for name in (*TEXTS, ALONE):
        print(f"{name}: {(folder / name).stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
