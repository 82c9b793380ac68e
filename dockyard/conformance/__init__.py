"""One suite that asks a finished lab, wherever it was made: `dockyard check LAB --full`.

`facts.sh` looks, on the machine and as root, and changes nothing; `rules.py` says what must be so,
as pure functions over what was described and what was seen; `outside.py` knocks at ports from
this computer.
"""
