"""The floor: the program by hand of the stack that is asked for."""

from importlib import import_module

import pulumi

import_module(pulumi.get_stack().replace("-", "_"))
