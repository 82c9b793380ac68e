"""One file per managed Kubernetes; `dockyard/clouds/` says which target offers it."""
