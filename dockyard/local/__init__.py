"""Machines on this computer: what it can do, and Vagrant driven with care."""
