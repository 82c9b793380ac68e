"""Packs provision/ into the texts that machines are given: provision/user-data.sh, English,
and provision/user-data.fr.sh, French.

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
import importlib
import re
import sys
from pathlib import Path

PROVISION = Path(__file__).resolve().parent.parent / "provision"
PLACE = "@PROVISION@\n"
TEXTS = {"user-data.sh": "en", "user-data.fr.sh": "fr"}
LEFT_OUT = ("user-data", "daemon.json", ".")
"""Beginnings of names: what makes the texts, and the settings that each machine is given."""
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


def main() -> int:
    parser = argparse.ArgumentParser(description="Packs provision/ into user data.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when stale")
    parser.add_argument("--folder", type=Path, default=PROVISION, help="default: %(default)s")
    asked = parser.parse_args()
    folder: Path = asked.folder
    stale = [name for name in TEXTS if not is_current(folder, name)]
    if stale and asked.check:
        print(f"{', '.join(stale)}: not what is in {folder.name}/.", file=sys.stderr)
        print("  Type: python tools/pack.py", file=sys.stderr)
        return 1
    for name in stale:
        (folder / name).write_text(text(folder, TEXTS[name]), encoding="ascii")
    for name in TEXTS:
        print(f"{name}: {(folder / name).stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
