"""Packs provision/ into provision/user-data.sh, the text that every machine is given.

The text is committed, so that neither Python nor Ruby compresses when a lab is made: two
computers' zlib may differ, and other bytes would replace every machine. `--check` therefore
compares what is inside, not the compressed bytes.

A machine gets the files without their comments and indentation, which are for readers of this
folder; a file begins at a line `== NAME`.
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
WIDTH = 1000
"""Of a line of base64; each line break is a byte of the 15,000 that a machine may be given."""


def packed_files(folder: Path) -> list[Path]:
    """Every file that goes to a machine, in the order of their names."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith((".", "user-data"))
    )


def lean(path: Path) -> str:
    """The file without comments, blank lines and indentation; a script keeps its first line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line.lstrip("\t") for line in lines]
    first = [line for line in kept[:1] if line.startswith("#!")]
    return "\n".join([*first, *(line for line in kept if line and not line.startswith("#"))]) + "\n"


def inside(folder: Path) -> bytes:
    """What is compressed."""
    return "".join(f"== {path.name}\n{lean(path)}" for path in packed_files(folder)).encode()


def compressed(data: bytes) -> bytes:
    """As small as this computer can: zopfli, where it is installed, saves 3 % of zlib's size."""
    try:
        zopfli = importlib.import_module("zopfli.gzip")
    except ImportError:
        return gzip.compress(data, 9, mtime=0)
    return bytes(zopfli.compress(data, numiterations=100))


def text(folder: Path) -> str:
    """The whole user data, but for a machine's settings."""
    frame = (folder / "user-data.in.sh").read_text(encoding="ascii")
    code = base64.b64encode(compressed(inside(folder))).decode("ascii")
    lines = [code[start : start + WIDTH] + "\n" for start in range(0, len(code), WIDTH)]
    return frame.replace(PLACE, "".join(lines))


def unpacked(user_data: str) -> tuple[str, bytes]:
    """The frame and what is inside a packed text."""
    code = re.compile(r"(?:^[A-Za-z0-9+/=]{100,}\n)+(?:^[A-Za-z0-9+/=]+\n)?(?=END\n)", re.MULTILINE)
    match = code.search(user_data)
    if not match:
        return user_data, b""
    return code.sub(PLACE, user_data), gzip.decompress(base64.b64decode(match[0]))


def is_current(folder: Path) -> bool:
    """Whether the committed text holds these files."""
    target = folder / "user-data.sh"
    if not target.is_file():
        return False
    frame = (folder / "user-data.in.sh").read_text(encoding="ascii")
    return unpacked(target.read_text(encoding="ascii")) == (frame, inside(folder))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when stale")
    parser.add_argument("--folder", type=Path, default=PROVISION, help="default: %(default)s")
    asked = parser.parse_args()
    target = asked.folder / "user-data.sh"
    if is_current(asked.folder):
        print(f"{target.name} is current: {target.stat().st_size} bytes")
        return 0
    if asked.check:
        print(
            f"{target.name} does not hold what is in {asked.folder.name}/.\n"
            "  Type: python tools/pack.py",
            file=sys.stderr,
        )
        return 1
    target.write_text(text(asked.folder), encoding="ascii")
    print(f"{target.name}: {target.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
