"""The way from a machine to its cloud's metadata service, at 169.254.169.254.

This computer serves it, on the gateway of the machines' network. So an answer has one hop more to a
container on the machine, as in the cloud, and the kernels count.
"""

ADDRESS = "169.254.169.254"
STEPS = (
    f"ip route replace {ADDRESS}/32 dev eth0",  # also of a machine without the internet
    "iptables-restore --noflush --wait 5",
)
"""what is done in a new network, by a shell that reads the rules"""


def rules(where: str) -> str:
    """What iptables-restore reads: whoever asks there, on the machine or in a container, asks
    `where`, an address and port.
    """
    to = f"-d {ADDRESS}/32 -p tcp --dport 80 -j DNAT --to-destination {where}"
    return f"*nat\n-A PREROUTING {to}\n-A OUTPUT {to}\nCOMMIT\n"
