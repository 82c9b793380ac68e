"""One file per cloud that makes machines; its name is the target's name."""
