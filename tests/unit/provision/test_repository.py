"""Docker's repository: its key is checked without gpg, its source is written once."""

import base64
import hashlib
import random

import pytest

from standin.folder_machine import FolderMachine

SOURCES = "etc/apt/sources.list.d/docker.sources"
KEYRING = "etc/apt/keyrings/docker.gpg"


def packet(tag: int, body: bytes, *, old: bool = True) -> bytes:
    """One OpenPGP packet with the old or the new kind of head (RFC 4880, 4.2)."""
    if old and len(body) < 256:
        return bytes([0x80 | tag << 2, len(body)]) + body
    if old:
        return bytes([0x80 | tag << 2 | 1]) + len(body).to_bytes(2) + body
    if len(body) < 192:
        return bytes([0xC0 | tag, len(body)]) + body
    high, low = divmod(len(body) - 192, 256)
    return bytes([0xC0 | tag, high + 192, low]) + body


RANDOM = random.Random(3)  # noqa: S311
BODY = RANDOM.randbytes(525)
SMALL = RANDOM.randbytes(51)
REST = packet(13, b"Docker Release <docker@example.invalid>") + packet(2, RANDOM.randbytes(600))
SUBKEY = packet(14, RANDOM.randbytes(270)) + packet(2, RANDOM.randbytes(190))


def fingerprint(body: bytes) -> str:
    return hashlib.sha1(b"\x99" + len(body).to_bytes(2) + body).hexdigest().upper()  # noqa: S324


KEYS = {
    "as gpg writes it": (packet(6, BODY) + REST + SUBKEY, fingerprint(BODY)),
    "new heads": (packet(6, BODY, old=False) + REST, fingerprint(BODY)),
    "small, old": (packet(6, SMALL) + REST, fingerprint(SMALL)),
    "small, new": (packet(6, SMALL, old=False) + REST, fingerprint(SMALL)),
    "two keys": (packet(6, BODY) + REST + packet(6, SMALL) + REST, ""),
    "a secret key": (packet(5, BODY) + REST, ""),
    "another packet first": (packet(13, b"x") + packet(6, BODY), ""),
    "cut off": ((packet(6, BODY) + REST)[:-1], ""),
    "more behind": (packet(6, BODY) + REST + b"x", ""),
    "no key": (b"<html>503</html>", ""),
    "empty": (b"", ""),
}


@pytest.mark.parametrize("kind", KEYS)
def test_the_fingerprint_is_that_of_the_one_key(machine: FolderMachine, kind: str) -> None:
    data, expected = KEYS[kind]
    (machine.folder / "key").write_bytes(data)
    done = machine.call(f"fingerprint {machine.folder}/key")
    assert (done.code, done.out.strip()) == (0, expected)


def armored(data: bytes, line: str = "\n") -> str:
    code = base64.encodebytes(data).decode().replace("\n", line)
    return (
        f"-----BEGIN PGP PUBLIC KEY BLOCK-----{line}{line}{code}=abcd{line}-----END PGP-----{line}"
    )


def serve(machine: FolderMachine, text: str) -> None:
    """What apt's helper fetches."""
    (machine.folder / "served").write_text(text, newline="")
    helper = machine.file("usr/lib/apt/apt-helper", "")
    machine.stub("apt-helper", f'for file; do :; done; cp {machine.folder}/served "$file"')
    helper.unlink()
    helper.symlink_to(machine.folder / "bin/apt-helper")


@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_the_key_that_was_looked_at_is_installed(machine: FolderMachine, line: str) -> None:
    data, expected = KEYS["as gpg writes it"]
    machine.settings |= {"MIRROR": "http://mirror:8080", "MIRROR_KEY": expected}
    serve(machine, armored(data, line))
    done = machine.call("ensure_repository")
    assert done.code == 0, done.err
    assert (machine.root / KEYRING).read_bytes() == data
    assert [call for call in done.calls if "http://mirror:8080/linux/debian/gpg" in call]
    assert machine.text(SOURCES) == (
        "Types: deb\nURIs: http://mirror:8080/linux/debian\nSuites: bookworm\n"
        "Components: stable\nArchitectures: amd64\nSigned-By: /etc/apt/keyrings/docker.gpg\n"
    )
    again = machine.call("ensure_repository")
    assert (again.out, [call for call in again.calls if call.startswith("apt-helper")]) == ("", [])


@pytest.mark.parametrize("kind", ["as gpg writes it", "two keys", "no key"])
def test_another_key_is_refused_with_both_fingerprints(machine: FolderMachine, kind: str) -> None:
    data, found = KEYS[kind]
    machine.settings["MIRROR"] = "http://mirror"
    serve(machine, armored(data))
    done = machine.call("STEP=docker; ensure_repository")
    assert done.code == 5
    expected = "9DC858229FC7DD38854AE2D88D81803C0EBFCD88"
    assert f"{expected} expected, {found or '-'} found" in done.err
    assert not (machine.root / KEYRING).exists()
    assert not (machine.root / SOURCES).exists()


def test_the_source_of_another_installer_does_not_contradict(machine: FolderMachine) -> None:
    old = machine.file(
        "etc/apt/sources.list.d/docker.list", "deb [signed-by=/x] http://y z stable\n"
    )
    machine.settings["CHANNEL"] = "test"
    assert machine.call("ensure_source http://mirror/linux/debian").code == 0
    assert not old.exists()
    assert "Components: test\n" in machine.text(SOURCES)


def test_https_gets_its_certificates_first(machine: FolderMachine) -> None:
    machine.stub("apt-get")
    serve(machine, "")
    done = machine.call("ensure_repository")
    installs = [
        call
        for call in done.calls
        if call.startswith("apt-get") and call.endswith(" ca-certificates")
    ]
    assert len(installs) == 1
    assert done.calls.index(installs[0]) < next(
        number for number, call in enumerate(done.calls) if "apt-helper" in call
    )
