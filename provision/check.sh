#!/bin/sh
# usage: sh check.sh [SETTINGS_FILE]     (root, or an account in the group docker)
# The same as `main.sh --check`: JSON on stdout (verify.sh); exit code 0 ready, 7 not.
set -eu
exec sh "$(dirname "$0")/main.sh" --check "$@"
