#!/bin/sh
# Stands as pulumi-language-python beside a self-built pulumi, which starts it in the project's
# folder. Serves every clone on this computer: the Python is that of the project.
set -eu

folder=$PWD
while [ ! -x "$folder/.venv/bin/python" ]; do
	if [ "$folder" = / ]; then
		echo "There is no .venv in $PWD or above; type: make ready-aws (azure, gcp, aks)" >&2
		exit 1
	fi
	folder=$(dirname "$folder")
done
exec "$folder/.venv/bin/python" -m dockyard.engine.language_host "$@"
