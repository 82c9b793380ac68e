"""The lab as a trainer knows it: description, seats, machines, results."""

__version__ = "0.1.0"
