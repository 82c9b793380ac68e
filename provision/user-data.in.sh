#!/bin/sh
# Dockyard: sets this machine up; may be run again. Made by tools/pack.py
set -eu
umask 022
new=$(mktemp -d "${ROOT:-}/run/dockyard.XXXXXX" 2>/dev/null || mktemp -d)
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
