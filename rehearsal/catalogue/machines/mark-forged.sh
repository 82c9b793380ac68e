#!/bin/sh
# The mark says what no machine says.
set -eu

echo '{"state":"splendid"}' >/var/lib/dockyard/result.json
