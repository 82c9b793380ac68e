"""asyncssh, imported without what it looks for in vain.

It asks where libraries are of ciphers that no machine of ours is offered (nettle, oqs). Where they
are not, Python asks ldconfig, the compiler and the linker for them, one after another: a third of
the time of the import.
"""

import ctypes.util

_find = ctypes.util.find_library


def _nowhere(name: str) -> None:
    del name


ctypes.util.find_library = _nowhere
try:
    import asyncssh
finally:
    ctypes.util.find_library = _find

__all__ = ["asyncssh"]
