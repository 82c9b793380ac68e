"""One file per registry; `dockyard/clouds/` says which target offers it."""
