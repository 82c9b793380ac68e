#!/bin/sh
# Dockyard: sets this machine up until a container runs; run it as often as you like.
# Made from provision/ by tools/pack.py. Result: /var/lib/dockyard/result.json
set -eu
umask 022
if [ "$(id -u)" != 0 ]; then
	echo "dockyard: only root can run this: type it with sudo in front" >&2
	exit 3
fi
new=$(mktemp -d "${ROOT:-}/run/dockyard.XXXXXX")
trap 'rm -rf "$new"' EXIT
cat >"$new/settings" <<'END'
@SETTINGS@
END
mkdir "$new/provision"
cd "$new/provision"
base64 -d <<'END' | gzip -dc | awk '/^== / { name = $2; next } { print >name }'
@PROVISION@
END
sh main.sh "$new/settings"
