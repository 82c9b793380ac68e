"""Real machines behind the stand-in clouds: systemd in containers, one for each instance.

`bound.py` binds them to the inventory: what is created there boots here, by real cloud-init with
the real user data, has the size, the addresses and the firewall that the cloud was told, and is
gone when the cloud says so (`power.py`: also when somebody switches it off from inside).
`images.py` builds what they are made of, once.
"""
