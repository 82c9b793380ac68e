"""What ends a lab when nobody does, one file a cloud: made, and read back, before any machine.

A cloud's file has a `make`; what it gives back stands before everything that costs money, so
that a guard that is refused leaves nothing to be guarded.
"""
