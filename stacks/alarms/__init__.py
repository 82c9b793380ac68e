"""Who is told when what ends a lab fails, one file a cloud: made before any machine, as guards are.

A cloud's `make` is called by its guard, and gives back what machines wait for beside it.
"""
