"""The commands, one file each: a straight line of steps, and what the person reads."""
