"""What a public address on the net answers, without an account: plain http, and nothing else."""

import urllib.request


def is_http(url: str) -> bool:
    """Whether it may be asked: urllib would read files, too."""
    return url.startswith(("http://", "https://"))


def read(url: str, seconds: float, most: int = 10**7) -> bytes:
    """What answers there, `most` bytes of it.

    Raises OSError or ValueError when nobody does, or the address is none.
    """
    if not is_http(url):
        raise ValueError(f"{url} is no http:// or https:// address")
    with urllib.request.urlopen(url, timeout=seconds) as answer:  # noqa: S310 - checked above
        said: bytes = answer.read(most)
    return said
